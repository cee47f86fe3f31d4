"""Which views were just written into the audit: a screen that refreshes itself would fill it with the same line."""

import threading
from collections.abc import Callable
from time import monotonic

View = tuple[int, str, str, tuple[str, ...]]  # organisation, who, what for, whose data
WITHIN_S = 300.0
MOST_REMEMBERED = 10_000


class Repeats:
    """Remembers views by process, in real time. Forgetting one early costs a line, never hides one."""

    def __init__(self, *, real_time: Callable[[], float] = monotonic, most: int = MOST_REMEMBERED) -> None:
        self._real_time = real_time
        self._most = most
        self._written: dict[View, float] = {}  # the oldest first
        self._lock = threading.Lock()

    def is_repeat(self, view: View) -> bool:
        """Whether this very view was written down less than `WITHIN_S` ago."""
        with self._lock:
            at = self._written.get(view)
            return at is not None and self._real_time() - at < WITHIN_S

    def written(self, view: View) -> None:
        """Note that the view stands in the audit; call it after the commit."""
        with self._lock:
            now = self._real_time()
            self._written.pop(view, None)
            self._written[view] = now
            while self._written:
                oldest = next(iter(self._written))
                if now - self._written[oldest] < WITHIN_S and len(self._written) <= self._most:
                    break
                del self._written[oldest]

    def __len__(self) -> int:
        with self._lock:
            return len(self._written)
