"""Between the contract's seconds and the backend's instants."""

from datetime import UTC, datetime, timedelta
from itertools import repeat


def instant(seconds: float) -> datetime:
    """Return the aware UTC instant of Unix `seconds`."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> float:
    """Return `at` in Unix seconds."""
    return at.timestamp()


def has_gone_by(since: float | None, now: float, wait_s: float) -> bool:
    """Whether `wait_s` are over. A clock that was set back says nothing of how long, so then they are, as at first."""
    return since is None or not 0 <= now - since < wait_s


class Every:
    """What is done every `wait_s`, by any of the clocks that it is asked about."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._last: tuple[float, ...] = ()

    def is_due(self, *now: float) -> bool:
        """Whether the time has come, at first in any case; from then on it is waited for anew."""
        if self._last and not any(map(has_gone_by, self._last, now, repeat(self._wait_s))):
            return False
        self._last = now
        return True


def after(at: datetime, wait_s: float) -> datetime:
    return at + timedelta(seconds=wait_s)
