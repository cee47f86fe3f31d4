"""The product as it runs: web and worker as processes of their own over SQLite, and a gateway's reports over HTTP."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx
import msgspec
from contract.reports import Batch, Report
from sqlalchemy import delete

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Base, Worker
from backend.channels.webpush.identity import new_private_key
from backend.core.clocks import instant
from backend.services import alerts
from backend.services.actors import acting
from tests.backend.web import reporting, town
from tests.broker import free_port

CONFIG = """\
database_url = "sqlite:///{home}/backend.db"
secret_key = "{key}"
public_url = "http://127.0.0.1:{port}"
port = {port}
threads = {threads}
console = true
{more}

[line]
channel_access_token = "of nobody"
channel_secret = "of nobody"

[push]
private_key = "{push_key}"
contact = "mailto:it@watch.example"
"""
# Between two reports of a test nobody sends the gateway's heartbeat: a slow machine must not make it silent.
PATIENT = """\
[limits]
gateway_red_s = 36000.0
gateway_lost_s = 36001.0
gateway_checks_s = 36002.0
"""
REGISTER = {
    "organisation", "building", "gateway", "unit", "unit_entry", "resident", "tenancy", "contact", "worker", "policy",
    "policy_step", "revision", "heartbeat", "rota", "rota_layer", "partner",
}  # fmt: skip
PATIENCE_S = 120.0
PROGRAM = Path(sys.executable).with_name("tomoshibi-backend")


class Installation:
    """Two processes on a free port of loopback. `more` is added to the configuration as it stands."""

    def __init__(self, home: Path, *, threads: int = 24, more: str = PATIENT) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._config = home / "backend.toml"
        text = CONFIG.format(
            home=home, key="k" * 40, port=self.port, threads=threads, more=more, push_key=new_private_key()
        )
        self._config.write_text(text, encoding="utf-8")
        self.store = Store(f"sqlite:///{home}/backend.db")
        migrate(self.store)
        self.town = town.build(self.store)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._seq = 0

    def __enter__(self) -> "Installation":
        self.start("work", wait=False)
        self.start("serve")
        self._wait_for("/readyz")  # the worker beats as well: until then every page says that nobody is called
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._processes):
            self.kill(name)
        self.store.close()

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start "serve" or "work"; of the web, wait until it answers."""
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with (self.home / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [PROGRAM, name, "--config", self._config],
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        if wait:
            self._wait_for("/healthz")

    def kill(self, name: str) -> None:
        """End a process and its children as a power cut would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)

    def _wait_for(self, path: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}{path}", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.05)
        raise RuntimeError("the web did not start:\n" + (self.home / "serve.log").read_text(encoding="utf-8"))

    def clear(self) -> None:
        """Forget everything but the register: what the next test reports begins with number 1."""
        with self.store.system_session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in REGISTER:
                    session.execute(delete(table))

    def act(self, alert_id: int, event: str) -> None:
        """Let the first worker claim, be coming, have arrived or close, without a page."""
        how = {"outcome": "helped"} if event == "close" else {}
        with self.store.session(self.town.organisation_id, viewer="system:test", purpose="test") as session:
            worker = acting(session.get_one(Worker, self.town.workers["aoki"]), "web")
            getattr(alerts, event)(session, alert_id, worker, now=instant(time.time()), **how)

    def report(self, *reports: Report) -> None:
        """Send reports as the gateway does."""
        numbered = [reporting.numbered(self._seq + i, time.time(), each) for i, each in enumerate(reports, start=1)]
        self._seq += len(reports)
        answer = httpx.post(
            f"{self.url}/api/v1/gateway/reports",
            content=msgspec.json.encode(Batch("j1", time.time(), numbered)),
            headers={"Authorization": f"Bearer {self.town.credential}", "Content-Type": "application/json"},
            trust_env=False,
        )
        answer.raise_for_status()
        assert all(each["result"] == "stored" for each in answer.json()["results"]), answer.text
