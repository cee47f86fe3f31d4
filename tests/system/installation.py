"""A building and a backend as they are installed: real broker, real processes, and phones lent by the phone company.

with Installation(home, units=10) as all_of_it:
    all_of_it.start()
    nodes = Nodes(all_of_it)
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType

import httpx
from sqlalchemy import func, select

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Alert, Notification, Revision, Unit
from gateway.adapters.database import FILE
from tests.broker import Broker, free_port
from tests.phone_company.company import ACCOUNT, TOKEN
from tests.phone_company.phone import RingingCall
from tests.phone_company.tireless import TirelessCompany
from tests.system import household

PROCESSES = ("gateway", "web", "worker")
ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0  # with what a busy machine may take; nothing here promises to be quick
CONFIGURED = "SELECT value FROM meta WHERE key = 'last_command'"


class Installation:
    """Everything of one organisation with one building of `units` units on this machine, in `home`.

    Aoi, the worker of the first step, never answers; Bea, of the second, takes everything she is called about.
    """

    def __init__(self, home: Path, units: int, *, database_url: str = "") -> None:
        self.home = home
        self.database_url = database_url or f"sqlite:///{home}/backend.db"
        self.web_port = free_port()
        self.gateway_reaches_port = self.web_port  # a test may put a wire in between
        self.url = f"http://127.0.0.1:{self.web_port}"
        self._open = ExitStack()
        self.broker = self._open.enter_context(Broker())
        self.company = self._open.enter_context(TirelessCompany())
        self.company.serves(self.url, self.url)
        self.store = Store(self.database_url)
        self._open.callback(self.store.close)
        migrate(self.store)
        self.household = household.build(self.store, units, time.time())
        self.units = self.household.units
        self.kills: Counter[str] = Counter()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.aoi = self.company.phone("Aoi", household.AOI).takes_any_sms()
        self.aoi.does(RingingCall.does_not_answer, calls=None)
        self.bea = self.company.phone("Bea", household.BEA).takes_any_sms()
        self.bea.does(lambda ringing: ringing.answer().press(1), calls=None)

    def __enter__(self) -> "Installation":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(PROCESSES):
            self.stop(name)
        self._open.__exit__(kind, error, trace)

    # --- processes --------------------------------------------------------------------------------------------------

    def start(self, names: Iterable[str] = PROCESSES) -> None:
        """Start processes that do not run, and wait until the web process answers."""
        self._write_settings()
        for name in names:
            with (self.home / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    self._command(name), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )
        if "web" in names:
            wait_until(self._web_answers, what="the web process answers")

    def wait_until_watching(self) -> None:
        """Until the gateway knows its building: a button that hangs nowhere yet can call nobody."""
        wait_until(lambda: self._of_journal(CONFIGURED) > 0, what="the gateway has its configuration")

    def wait_until_quiet(self, for_s: float, *, within_s: float = 120) -> None:
        """Until nothing that a screen shows has changed for so long, and the gateway has no more to tell."""
        known, since = -1, time.monotonic()

        def is_quiet() -> bool:
            nonlocal known, since
            with self.store.reading(self.household.organisation_id) as session:
                now = session.scalar(select(func.sum(Revision.n))) or 0
            if now != known or self.waiting_reports():
                known, since = now, time.monotonic()
            return time.monotonic() - since >= for_s

        wait_until(is_quiet, within_s=within_s, what=f"nothing has changed for {for_s:.0f} s")

    def stop(self, name: str) -> None:
        """End a process in order, if it runs."""
        process = self._running.pop(name, None)
        if process is not None:
            process.terminate()
            process.wait(timeout=60)

    def kill(self, name: str) -> None:
        """SIGKILL a process with all its children, at whatever it is doing, and start it again."""
        process = self._running.pop(name)
        assert process.poll() is None, f"{name} had ended by itself; see {self.home / name}.log"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.kills[name] += 1
        self.start([name])

    @contextmanager
    def disk_hangs(self) -> Iterator[None]:
        """Meanwhile the gateway can take what comes, and commit none of it."""
        with closing(sqlite3.connect(self.home / "journal" / FILE, timeout=60, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def _command(self, name: str) -> list[str]:
        if name == "gateway":
            return [sys.executable, "-m", "gateway", "run", "--config", str(self.home / "gateway.toml")]
        verb = {"web": "serve", "worker": "work"}[name]
        return [sys.executable, "-m", "backend", verb, "--config", str(self.home / "backend.toml")]

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=10, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _write_settings(self) -> None:
        (self.home / "gateway.toml").write_text(
            f'gateway = "{self.household.gateway}"\ndata_dir = "journal"\n'
            f"[broker]\nport = {self.broker.port}\n"
            f'[backend]\nurl = "http://127.0.0.1:{self.gateway_reaches_port}"\n'
            f'credential = "{self.household.credential}"\n'
        )
        (self.home / "backend.toml").write_text(
            f'database_url = "{self.database_url}"\nsecret_key = "{"s" * 40}"\npublic_url = "{self.url}"\n'
            f"port = {self.web_port}\n"
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom_number = "+815011110000"\n'
            f'api_url = "{self.company.api_url}"\nrate_per_s = 1000.0\n'
            "[limits]\nlease_s = 30.0\n"
        )

    # --- what is known ----------------------------------------------------------------------------------------------

    def journalled(self) -> set[tuple[str, str, int]]:
        """The nodes' reports (node, boot, seq) that stand in the gateway's journal."""
        with self._journal() as database:
            return set(database.execute("SELECT node, boot, seq FROM input WHERE boot IS NOT NULL"))

    def broker_connections(self) -> int:
        """How often the gateway has connected to the broker."""
        return (self.home / "gateway.log").read_text(encoding="utf-8").count("broker: connected")

    def waiting_reports(self) -> int:
        """How many reports the gateway still has to deliver."""
        return self._of_journal("SELECT count(*) FROM outbox")

    def _of_journal(self, question: str) -> int:
        with self._journal() as database:
            return int((database.execute(question).fetchone() or (0,))[0])

    @contextmanager
    def _journal(self) -> Iterator[sqlite3.Connection]:
        path = self.home / "journal" / FILE
        wait_until(path.exists, what="the gateway has a journal")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
            yield database

    def alerts(self, kind: str = "emergency") -> list[Alert]:
        with self.store.reading(self.household.organisation_id, viewer="system:test") as session:
            return list(session.scalars(select(Alert).where(Alert.kind == kind).order_by(Alert.id)))

    def presses(self) -> list[tuple[str, int]]:
        """Unit and number of presses of every emergency."""
        with self.store.reading(self.household.organisation_id, viewer="system:test") as session:
            found = session.execute(select(Alert, Unit.ref).join(Alert.unit).where(Alert.kind == "emergency"))
            return [(unit, alert.evidence["presses"]) for alert, unit in found]

    def notifications(self) -> list[Notification]:
        """The outbox."""
        with self.store.reading(self.household.organisation_id) as session:
            return list(session.scalars(select(Notification).order_by(Notification.id)))


def wait_until(
    reached: Callable[[], bool],
    *,
    what: str,
    within_s: float = PATIENCE_S,
    so_far: Callable[[], object] = lambda: None,
) -> float:
    """Wait for a condition and return the seconds it took. Fails naming `what` did not happen.

    `within_s` begins anew whenever `so_far` changes: a full count on a busy machine takes as long as it takes.
    """
    began = moved = time.monotonic()
    before = so_far()
    while not reached():
        now = so_far()
        if now != before:
            before, moved = now, time.monotonic()
        assert time.monotonic() - moved < within_s, f"nothing more within {within_s:.0f} s: {what} (so far: {before})"
        time.sleep(0.02)
    return time.monotonic() - began
