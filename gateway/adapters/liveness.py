"""Whether every part of the gateway still works: one that is dead or hangs must not leave a process that looks alive.

The loop looks after the threads, and faulthandler, which needs no Python to run, after the loop.
"""

import faulthandler
import sys
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from gateway.errors import ThreadError

HANGS_S = 300.0  # real time; nothing rightly takes longer than a pause of a minute and a request after it
ENDS_WITHIN_S = 30.0
_EVERY_S = 1.0


class Part(Protocol):
    """Something that has a thread."""

    def problem(self) -> str | None:
        """Why it does no more work; None while it does."""


class Worker(threading.Thread):
    """A thread that says, by `beat`, that it still works: at least every HANGS_S."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._beat_at = time.monotonic()

    def beat(self) -> None:
        self._beat_at = time.monotonic()

    def problem(self) -> str | None:
        """See `Part`."""
        if not self.is_alive():
            return f"the thread {self.name!r} has ended"
        if time.monotonic() - self._beat_at > HANGS_S:
            faulthandler.dump_traceback(sys.stderr)
            return f"the thread {self.name!r} has been stuck for {HANGS_S:.0f} s"
        return None


class Liveness:
    """The loop calls `turn` as often as it turns, and `ending` when it has left off."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._looked_at = -_EVERY_S

    def turn(self) -> None:
        """Raises ThreadError when a part does no more work. Ends the process unless it is called again in HANGS_S."""
        now = time.monotonic()
        if now - self._looked_at < _EVERY_S:
            return
        self._looked_at = now
        faulthandler.dump_traceback_later(HANGS_S, exit=True)
        for part in self._parts:
            problem = part.problem()
            if problem is not None:
                raise ThreadError(problem)

    def ending(self) -> None:
        """The process has little time left; ending it loses nothing, for all that was acknowledged is committed."""
        faulthandler.dump_traceback_later(ENDS_WITHIN_S, exit=True)

    def ended(self) -> None:
        faulthandler.cancel_dump_traceback_later()
