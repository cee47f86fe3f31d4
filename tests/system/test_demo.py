"""`make demo` as its visitor meets it: started, ended, started again, and killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from backend.demo import processes
from backend.demo.building import UNITS
from tests.broker import free_port

PROGRAM = Path(sys.executable).parent / "tomoshibi-backend"
DAYS = "3"  # enough to start with; the check learns all sixty
PATIENCE_S = 180.0


class Demo:
    """`demo up` in a folder of its own."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home = home
        self.port = free_port()
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until all six units are watched, as a visitor sees who has opened the demo's phones."""
        command = [PROGRAM, "demo", "up", "--home", self.home, "--port", str(self.port), "--days", DAYS]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        self.await_text("ready in")  # by now what an earlier start left behind is gone, and cannot answer in its place
        self._wait_until(self._is_visited)
        self._wait_until(lambda: self._watched() == len(UNITS))

    def await_text(self, pattern: str) -> None:
        self._wait_until(lambda: re.search(pattern, self.said()) is not None)

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not reached():
            assert self._process is not None and self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)

    def _is_visited(self) -> bool:
        """Whether the strip of that page was fetched, by which the story knows that somebody is there."""
        return self._get("/demo/strip?at=/demo/phones") is not None

    def _watched(self) -> int:
        found = self._get("/demo/scene.json")
        units = found.json()["units"] if found is not None else []
        return sum(unit["watching"] in ("watching", "learning") for unit in units)

    def _get(self, path: str) -> httpx.Response | None:
        try:
            found = httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)
        except httpx.TransportError:
            return None
        return found if found.is_success else None

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def interrupt(self) -> None:
        """Ctrl-C: the signal goes to everything in the foreground."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)

    def left(self) -> list[int]:
        return processes.find(str(self.home.resolve()))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "demo", tmp_path / "log")
    yield demo
    processes.end_all(str(demo.home.resolve()))


def test_ctrl_c_leaves_no_process_and_a_start_after_a_kill_ends_what_was_left_behind(demo: Demo):
    demo.start()
    assert len(demo.left()) >= 8
    demo.interrupt()
    assert demo.left() == []
    demo.start()
    demo.kill()
    left = demo.left()
    assert left, "the processes have sessions of their own and survive their parent"
    demo.start()
    assert "of an earlier demo" in demo.said()
    assert not set(left) & set(demo.left())
    demo.interrupt()
    assert demo.left() == []


def test_without_mosquitto_a_press_gets_as_far(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BROKER_OPTIONS", "--aedes")
    demo.start()
    demo.await_text("✓ .* / The button's light shows that the press was received")
    assert "aedes on" in demo.said()
    demo.interrupt()
    assert demo.left() == []


def test_a_taken_port_is_one_clear_error_that_names_it(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        command = [PROGRAM, "demo", "up", "--home", tmp_path / "demo", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode != 0
    assert f"port {port} is taken" in done.stderr and "make demo PORT=" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_recording_that_cannot_be_played_is_one_clear_error(tmp_path: Path):
    nonsense = tmp_path / "log.csv"
    nonsense.write_text("time,node,room,kind,value\nnever,a,b,motion,1\n")
    command = [PROGRAM, "demo", "up", "--home", tmp_path / "demo", "--port", "0", "--log", nonsense]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode != 0
    assert "line 2" in done.stderr and "Traceback" not in done.stderr
