"""Whether a series of daily numbers has moved to another level, and since when.

For every day on which it may have moved, the days since are ranked against the days before (Mann and Whitney's test,
with its correction for ties), and the day that tells them apart best is taken. Ranks, so that one wild day says no more
than any other. The best of many looks, so that what counts as clear must lie far above the limit of a single one. And
where whole weeks before already differed by more than their days explain, the same difference says less.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, variance
from typing import NamedTuple

WEEK = 7
RECENT_MOST = 42  # a slow change needs weeks to show
CLEAR_Z = 4.5  # of 60 years in which nothing changed six speak; at 4.0, 54 did


class Shift(NamedTuple):
    """`at`: index of the first day of the new level; `before` and `now`: the mean levels."""

    at: int
    before: float
    now: float


def find(values: Sequence[float], least_before: int) -> Shift | None:
    """The clear change of level of which a week or more is known; None where there is none, or too few days.

    least_before: how many days must be known before the change.
    """
    lasts = range(WEEK, min(RECENT_MOST, len(values) - least_before) + 1)
    if not lasts:
        return None
    ranks = _ranks(values)
    spread = variance(ranks)
    if not spread:
        return None
    at = max((len(values) - last for last in lasts), key=lambda at: abs(_z(ranks, spread, at)))
    if abs(_z(ranks, spread, at)) < CLEAR_Z * math.sqrt(_unrest(ranks[:at], spread)):
        return None
    return Shift(at, fmean(values[:at]), fmean(values[at:]))


def _ranks(values: Sequence[float]) -> list[float]:
    """Days that are alike share the middle of their ranks."""
    counts = Counter(values)
    below, rank = 0, {}
    for value in sorted(counts):
        rank[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    return [rank[value] for value in values]


def _z(ranks: Sequence[float], spread: float, at: int) -> float:
    """By how many standard deviations the ranks from `at` on exceed what chance would deal them."""
    recent, everything = len(ranks) - at, len(ranks)
    excess = sum(ranks[at:]) - recent * (everything + 1) / 2
    return excess / math.sqrt(spread * recent * at / everything)


def _unrest(before: Sequence[float], spread: float) -> float:
    """How much more the weeks before differ from each other than their days would make them; at least 1."""
    weeks = [fmean(before[end - WEEK : end]) for end in range(len(before), WEEK - 1, -WEEK)]
    return max(1.0, WEEK * variance(weeks) / spread) if len(weeks) > 2 else 1.0
