"""The peer of the paging bench: alerta, from its own wheel in a folder of its own, on a database of the same server.

It stores an alert and calls nobody: its figures end with its answer.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

from tests.broker import free_port
from tests.system.installation import ROOT

WANTED = Path(__file__).with_name("alerta.lock")
HOME = ROOT / "var" / "alerta"
STARTS_WITHIN_S = 60.0
PROCESSES = 2


class Alerta:
    """alerta under gunicorn with two processes, as ours has two web processes."""

    def __init__(self, database_url: str) -> None:
        _install()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url.replace("postgresql+psycopg://", "postgresql://"),
            "SECRET_KEY": "s" * 40,
            "AUTH_REQUIRED": "False",
            "ALLOWED_ENVIRONMENTS": "Production",
        }

    def __enter__(self) -> "Alerta":
        # First by itself: of two processes that make the tables at the same time one fails, and gunicorn ends both.
        make_tables = [str(HOME / "bin" / "python"), "-c", "from alerta import create_app; create_app()"]
        subprocess.run(make_tables, env=self._environment, cwd=HOME, check=True, capture_output=True)
        where = ["--bind", f"127.0.0.1:{self._port}", "--workers", str(PROCESSES), "--threads", "8"]
        self._process = subprocess.Popen(
            [str(HOME / "bin" / "gunicorn"), *where, "--log-level", "error", "alerta:create_app()"],
            env=self._environment,
            cwd=HOME,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            assert time.monotonic() < until, "alerta does not answer"
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/management/healthcheck", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def _install() -> None:
    if (HOME / "complete").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
    pip = [str(HOME / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(WANTED)], check=True)
    (HOME / "complete").touch()
