import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from backend.demo import processes
from backend.demo.stage import PortTakenError, Stage, is_free


def test_a_stage_has_ports_of_its_own_and_is_found_again(tmp_path: Path):
    stage = Stage.choose(tmp_path, 0)
    ports = [stage.web_port, stage.broker_port, stage.wire_port, stage.town_port, stage.bench_port]
    assert len(set(ports)) == 5 and all(is_free(port) for port in ports)
    stage.write()
    assert Stage.read(tmp_path) == stage


def test_a_port_that_somebody_listens_on_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            Stage.choose(Path("nowhere"), port)


def test_a_port_that_was_just_closed_is_free():
    with socket.socket() as server, socket.socket() as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every web server does
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client.connect(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
    assert is_free(port)


def start(home: str, name: str, code: str) -> "subprocess.Popen[bytes]":
    marked = {**os.environ, **processes.environment(home, name)}
    process = subprocess.Popen([sys.executable, "-c", code], env=marked, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


WAITS = "import time; print(flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def test_what_an_earlier_demo_left_behind_is_ended_and_nobody_elses_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "_GOES_WITHIN_S", 0.3)
    home, other = str(tmp_path / "a"), str(tmp_path / "b")
    mine = [start(home, "gateway", WAITS), start(home, "town", DEAF)]
    halted = start(home, "node", WAITS)
    halted.send_signal(signal.SIGSTOP)
    theirs = start(other, "gateway", WAITS)
    try:
        assert processes.find(home, "gateway") == [mine[0].pid]
        until = time.monotonic() + 60
        while not processes.is_stopped(halted.pid) and time.monotonic() < until:
            time.sleep(0.01)
        assert processes.is_stopped(halted.pid) and not processes.is_stopped(mine[0].pid)
        reaped: list[int] = []
        # They are this test's children, so somebody must take note of their end.
        for process in (*mine, halted):
            threading.Thread(target=lambda process=process: reaped.append(process.wait())).start()
        assert processes.end_all(home) == 3
        assert processes.find(home) == []
        assert theirs.poll() is None
    finally:
        for process in (*mine, halted, theirs):
            process.kill()
            process.wait()


def test_with_nothing_left_behind_there_is_nothing_to_end(tmp_path: Path):
    assert processes.end_all(str(tmp_path)) == 0
