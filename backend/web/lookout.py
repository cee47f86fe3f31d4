"""A thread of each web process looks whether the worker beats, and has the operator told where it does not.

Its own end must not go unnoticed: it winds up faulthandler, which ends the process unless it comes round again.
gunicorn then starts another.
"""

import faulthandler
import logging
import threading
import time
from collections.abc import Callable, Mapping

from backend.adapters.store.session import Store
from backend.core.clocks import instant
from backend.services import operator
from backend.services.operator import Way

EVERY_S = 5.0
HANGS_S = 300.0  # nothing rightly takes longer than two ways out and the database

NOBODY = "nobody is told when the worker is silent: set email or webhook in [operator]"

log = logging.getLogger(__name__)


class Lookout(threading.Thread):
    """Runs from `start` to `stop`. Without `ways` there is nobody to tell, and it says so when it starts."""

    def __init__(self, store: Store, ways: Mapping[str, Way], real: Callable[[], float] = time.time) -> None:
        super().__init__(name="lookout", daemon=True)
        self.ways = ways
        self._store, self._real = store, real
        self._stopping = threading.Event()
        self._beaten: float | None = None

    def problem(self) -> str | None:
        """Why it looks no more; None while it does, and where it was not started."""
        if self._beaten is None:
            return None
        if not self.is_alive():
            return "has ended"
        stuck_s = time.monotonic() - self._beaten
        return f"has been stuck for {stuck_s:.0f} s" if stuck_s > HANGS_S / 2 else None

    def start(self) -> None:
        if not self.ways:
            log.warning(NOBODY)
        self._beaten = time.monotonic()
        super().start()

    def run(self) -> None:
        since = instant(self._real())
        while not self._stopping.is_set():
            faulthandler.dump_traceback_later(HANGS_S, exit=True)
            self._beaten = time.monotonic()
            try:
                real_now = instant(self._real())
                since = min(since, real_now)  # a clock that was set back must not hide the silence that follows
                operator.look(self._store, self.ways, looking_since=since, real_now=real_now)
            except Exception:
                # The database is away, mostly: who cannot see the beat looks again, and /readyz says so meanwhile.
                log.exception("whether the worker beats cannot be seen; looking again")
            self._stopping.wait(EVERY_S)
        faulthandler.cancel_dump_traceback_later()

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=60)
