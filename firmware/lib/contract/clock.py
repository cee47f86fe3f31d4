"""Domain time, one for all processes of an installation.

Rhythm, escalation, rota and deadlines follow this clock; leases, keep-alives, retries, TLS and signatures follow real
time. In a building the two are the same. In the demo and in tests domain time is scaled, stopped or moved ahead by a
small JSON file that every process of the installation reads: ``{"real": 1795400000.0, "domain": 1795400000.0, "rate":
60.0}`` says that at the real instant `real` (Unix seconds) it was `domain`, and that `rate` domain seconds pass in
each real one.
"""

import json
import math
import os
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Where a composition root gets domain time from."""

    def now(self) -> float:
        """Return domain time in Unix seconds."""

    def rate(self) -> float:
        """Return how many domain seconds pass in a real one; 0 when time stands still."""


class SystemClock:
    """Domain time is real time."""

    def now(self) -> float:
        return time.time()

    def rate(self) -> float:
        return 1.0


class SharedClock:
    """Domain time as a file says, so that it can be scaled or moved for all processes at once.

    The file is replaced by one rename, so a reader sees the old anchor or the new one and never half of it.
    `real` tells real time in Unix seconds. Raises OSError when the file is missing and ValueError when it holds no
    anchor.
    """

    def __init__(self, path: str, real: Callable[[], float] = time.time) -> None:
        self._path, self._now_real = path, real
        self._stamp: tuple[int, int] | None = None
        self._real = self._domain = self._rate = 0.0
        self._read()

    def _read(self) -> None:
        found = os.stat(self._path)
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._stamp:
            return
        with open(self._path, encoding="utf-8") as file:
            try:
                anchor = json.load(file)
                real, domain, rate = (float(anchor[key]) for key in ("real", "domain", "rate"))
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
                raise ValueError(f"{self._path}: holds no anchor of a clock: {error}") from None
        if not all(map(math.isfinite, (real, domain, rate))):
            raise ValueError(f"{self._path}: holds an anchor that is no instant")
        self._real, self._domain, self._rate = real, domain, rate
        self._stamp = stamp

    def now(self) -> float:
        self._read()
        return self._domain + (self._now_real() - self._real) * self._rate

    def rate(self) -> float:
        self._read()
        return self._rate

    def set(self, *, rate: float | None = None, ahead_s: float = 0.0) -> None:
        """Go on from the present instant at `rate`, after a jump of `ahead_s` domain seconds (never backwards)."""
        if ahead_s < 0:
            raise ValueError("ahead_s: domain time does not run backwards")
        write_anchor(self._path, self.now() + ahead_s, self._rate if rate is None else rate, self._now_real)
        self._read()


def write_anchor(path: str, domain: float, rate: float, real: Callable[[], float] = time.time) -> None:
    """Let domain time be `domain` (Unix seconds) now and pass at `rate` from here on."""
    part = f"{path}.{os.getpid()}.part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump({"real": real(), "domain": domain, "rate": rate}, file)
    os.replace(part, path)


def open_clock(path: str | None) -> Clock:
    """Return the clock of this installation: the file's where `path` names one, else real time."""
    return SharedClock(path) if path else SystemClock()
