"""Between the contract's seconds and the backend's instants."""

from datetime import UTC, datetime, timedelta


def instant(seconds: float) -> datetime:
    """Return the aware UTC instant of Unix `seconds`."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> float:
    """Return `at` in Unix seconds."""
    return at.timestamp()


def has_gone_by(since: float | None, now: float, wait_s: float) -> bool:
    """Whether `wait_s` are over. A clock that was set back says nothing of how long, so then they are, as at first."""
    return since is None or not 0 <= now - since < wait_s


def after(at: datetime, wait_s: float) -> datetime:
    return at + timedelta(seconds=wait_s)
