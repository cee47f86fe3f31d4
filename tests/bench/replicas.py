"""Web and worker processes on one database, as an installation with several of each runs them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

from tests.broker import free_port
from tests.phone_company.company import ACCOUNT, TOKEN
from tests.system.installation import ROOT

STARTS_WITHIN_S = 60.0


class Replicas:
    """`webs` + `workers` processes in `home`, calling out through the provider at `api_url`."""

    def __init__(
        self, home: Path, database_url: str, api_url: str, *, webs: int = 2, workers: int = 2, rate_per_s: float = 1e6
    ) -> None:
        self._home, self._database_url, self._api_url, self._rate_per_s = home, database_url, api_url, rate_per_s
        self._ports = [free_port() for _ in range(webs)]
        self._workers = workers
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    def __enter__(self) -> "Replicas":
        for port in self._ports:
            self._start("serve", port)
        for _ in range(self._workers):
            self._start("work", free_port())
        for url in self.urls:
            _wait_for(f"{url}/healthz")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(timeout=60)

    def _start(self, verb: str, port: int) -> None:
        settings = self._home / f"{verb}-{port}.toml"
        settings.write_text(
            f'database_url = "{self._database_url}"\nsecret_key = "{"s" * 40}"\npublic_url = "{self.urls[0]}"\n'
            f'port = {port}\n[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\n'
            f'from_number = "+815011110000"\napi_url = "{self._api_url}"\nrate_per_s = {self._rate_per_s}\n',
            encoding="utf-8",
        )
        with (self._home / f"{verb}-{port}.log").open("ab") as log:
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "backend", verb, "--config", str(settings)],
                    cwd=ROOT,
                    env=os.environ,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )


def _wait_for(url: str) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.1)
