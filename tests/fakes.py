"""Stand-ins that more than one test needs."""

import threading


class Clock:
    """Domain time that stands still until the test moves it. Fits `contract.clock.Clock`."""

    def __init__(self, at: float = 1_795_400_000.0) -> None:
        self._at = at
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._at

    def rate(self) -> float:
        return 0.0

    def advance(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> float:
        """Move ahead and return the new instant."""
        ahead_s = seconds + 60 * minutes + 3600 * hours
        if ahead_s < 0:
            raise ValueError("domain time does not run backwards")
        with self._lock:
            self._at += ahead_s
            return self._at

    def set_back(self, *, hours: float) -> None:
        """What happens to real time where a machine's clock was wrong."""
        with self._lock:
            self._at -= 3600 * hours
