"""How many sends a provider takes: so many a second, and as many at once after a rest of a second."""

from dataclasses import dataclass
from datetime import datetime, timedelta

APART = timedelta(seconds=5)  # as far as the clocks of two machines that keep time may be


@dataclass(frozen=True)
class Tokens:
    """What was left at the real instant `at`."""

    left: float
    at: datetime


def most(rate_per_s: float) -> float:
    """How many may go at once after a rest."""
    return max(1.0, rate_per_s)


def refilled(tokens: Tokens, rate_per_s: float, now: datetime) -> Tokens:
    """Return what is left at `now`. A clock that is behind another machine's gains nothing and takes nothing.

    Where it is far behind, one of them was set back, and waiting for it to come round would stop all sending: it is
    counted on from now, with no more than was left, so that nobody exceeds the rate by it.
    """
    if tokens.at - now > APART:
        return Tokens(tokens.left, now)
    at = max(now, tokens.at)
    rested_s = (at - tokens.at).total_seconds()
    return Tokens(min(most(rate_per_s), tokens.left + rested_s * rate_per_s), at)
