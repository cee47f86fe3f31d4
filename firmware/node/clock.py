"""What time it is, for a board that is told so by its gateway.

Two times run here, both in whole milliseconds because some boards' floats are single. `real` is the board's own
steady count since boot: debouncing, deadlines of the link and repeats go by it. Domain time is what the gateway
says, and may run faster or stand still: health, coalescing and asking go by it.
"""

from contract.observations import TimeSignal

_DOUBLE = 1795400000.25 != 1795400000.0


def seconds(milliseconds: int) -> float:
    """Unix seconds to put into a message; whole ones where a float could not hold the fraction."""
    return milliseconds / 1000 if _DOUBLE else milliseconds // 1000


class Clock:
    """Domain time: real time from boot on, until the gateway says better."""

    def __init__(self) -> None:
        self.known = False
        self._anchor_real = 0
        self._anchor_domain = 0
        self._anchor_unix = 0
        self._rate = 1.0

    def set(self, signal: TimeSignal, real: int) -> None:
        """Take the gateway's word for it. Intervals that run go on from where they are, at the new rate."""
        self._anchor_domain = self.domain(real)
        self._anchor_real = real
        self._anchor_unix = signal.now_ms
        self._rate = signal.rate
        self.known = True

    def domain(self, real: int) -> int:
        """Domain milliseconds since boot: it never jumps, so intervals may be measured in it."""
        return self._anchor_domain + int((real - self._anchor_real) * self._rate)

    def unix(self, real: int) -> int:
        """Unix milliseconds, UTC, at an instant of `real`, also one before the time was known."""
        return self._anchor_unix + int((real - self._anchor_real) * self._rate)

    def real_until(self, domain: int, real: int) -> int | None:
        """How many real milliseconds from `real` on until the instant `domain`; None while time stands still."""
        ahead = domain - self.domain(real)
        if ahead <= 0:
            return 0
        if self._rate <= 0:
            return None
        return int(ahead / self._rate) + 1
