"""Between the contract's seconds and the backend's instants."""

from datetime import UTC, datetime, timedelta


def instant(seconds: float) -> datetime:
    """Return the aware UTC instant of Unix `seconds`."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> float:
    """Return `at` in Unix seconds."""
    return at.timestamp()


def after(at: datetime, wait_s: float) -> datetime:
    return at + timedelta(seconds=wait_s)
