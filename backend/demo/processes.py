"""The processes of a demo: found by the folder their environment names, whoever started them and whenever."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from backend.demo.stage import ENVIRONMENT

_PROC = Path("/proc")
_NAME = "TOMOSHIBI_DEMO_PROCESS"
_GOES_WITHIN_S = 3.0


def environment(home: str, name: str) -> Mapping[str, str]:
    """What marks a process as `name` of the demo in `home`."""
    return {ENVIRONMENT: home, _NAME: name}


def find(home: str, name: str | None = None) -> list[int]:
    """The ids of the demo's processes, this one and its forebears left out; of those called `name` if one is given."""
    found = []
    spared = _forebears()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) in spared:
            continue
        try:
            marks = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # somebody else's, or gone meanwhile
            continue
        if f"{ENVIRONMENT}={home}".encode() not in marks:
            continue
        if name is None or f"{_NAME}={name}".encode() in marks:
            found.append(int(entry.name))
    return sorted(found)


def end_all(home: str) -> int:
    """End what an earlier start of this demo left behind; returns how many processes that was."""
    left = find(home)
    for pid in left:
        send(pid, signal.SIGTERM)
        send(pid, signal.SIGCONT)  # a stopped one would never hear it
    until = time.monotonic() + _GOES_WITHIN_S
    while find(home) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in find(home):
        send(pid, signal.SIGKILL)
    while find(home):
        time.sleep(0.05)
    return len(left)


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def is_stopped(pid: int) -> bool:
    """Whether it was halted by a signal."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def _forebears() -> set[int]:
    pids = set()
    pid = os.getpid()
    while pid > 1:
        pids.add(pid)
        try:
            pid = int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return pids
