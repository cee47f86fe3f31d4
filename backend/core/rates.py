"""How many sends a provider takes: so many a second, and as many at once after a rest of a second."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Tokens:
    """What was left at the real instant `at`."""

    left: float
    at: datetime


def most(rate_per_s: float) -> float:
    """How many may go at once after a rest."""
    return max(1.0, rate_per_s)


def refilled(tokens: Tokens, rate_per_s: float, now: datetime) -> Tokens:
    """Return what is left at `now`. A clock that is behind another machine's gains nothing and takes nothing."""
    at = max(now, tokens.at)
    rested_s = (at - tokens.at).total_seconds()
    return Tokens(min(most(rate_per_s), tokens.left + rested_s * rate_per_s), at)
