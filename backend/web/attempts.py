"""How often something may be tried, as a password. Per process and in memory: a restart forgives, and whoever guesses
gains nothing by it."""

import threading
from collections.abc import Callable
from time import monotonic

MOST_REMEMBERED = 10_000


class Attempts:
    """Counts tries by key and says when a key has to wait; `real_time` returns seconds that only grow."""

    def __init__(self, *, most: int = 5, within_s: float = 300.0, real_time: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._within_s = within_s
        self._real_time = real_time
        self._tries: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Return how long this key has to wait before it may try again; 0 when it may try now."""
        with self._lock:
            recent = self._recent(key)
            return 0.0 if len(recent) < self._most else recent[-self._most] + self._within_s - self._real_time()

    def count(self, key: str) -> None:
        with self._lock:
            if len(self._tries) >= MOST_REMEMBERED:  # names that somebody makes up must not fill the memory
                self._tries = {key: kept for key in self._tries if (kept := self._recent(key))}
                while len(self._tries) >= MOST_REMEMBERED:
                    self._tries.pop(next(iter(self._tries)))
            self._tries[key] = [*self._recent(key), self._real_time()][-self._most :]

    def forget(self, key: str) -> None:
        with self._lock:
            self._tries.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        since = self._real_time() - self._within_s
        return [at for at in self._tries.get(key, []) if at > since]
