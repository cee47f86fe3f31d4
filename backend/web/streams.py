"""How many event streams one process carries: each holds a thread, and the rest must stay free for people's actions."""

import threading


class Streams:
    """A counted number of places. Whoever gets none polls instead and says so."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a place if there is one."""
        with self._lock:
            if self._taken >= self._places:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1

    @property
    def taken(self) -> int:
        return self._taken
