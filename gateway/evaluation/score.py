"""False alarms and delay of a watch in one home, and of several homes together.

Nobody collapsed in these recordings, so every alarm is false. The delay is asked at instants spread evenly over the
time at home: had the resident collapsed then and no sensor reported anything more, how long until the alarm?
"""

import bisect
import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from scipy.stats import chi2

from gateway.evaluation.home import Home

DAY_FROM_H, DAY_UNTIL_H = 7, 22
ASKED_EVERY_S = 300.0
PER_DAYS = 30.0

Said = tuple[float, float]
"""As of an instant, when the alarm would be raised if nothing more were reported; `inf` for never. Unix seconds."""


class Rate(NamedTuple):
    """So many in 30 days, with the exact 95 % interval of a Poisson count."""

    checks: int
    per_30_days: float
    low: float
    high: float


class Score(NamedTuple):
    """`delays_h` and those by day (7-22 h), in hours, sorted; `inf` where the alarm would never have come."""

    days: float
    at_home: int
    away: int
    delays_h: Sequence[float]
    day_delays_h: Sequence[float]

    @property
    def home_rate(self) -> Rate:
        return rate(self.at_home, self.days)

    @property
    def away_rate(self) -> Rate:
        return rate(self.away, self.days)


def score(home: Home, said: Sequence[Said]) -> Score:
    """Judge what a watch said, in the order of time; each word holds until the next."""
    at_home, away = _alarms(home, said)
    delays: list[float] = []
    by_day: list[float] = []
    instants = [at for at, _ in said]
    at = home.judged_from
    while at < home.judged_until:
        if not home.is_out(at) and not home.is_down(at):
            i = bisect.bisect_right(instants, at) - 1
            delay = (max(0.0, said[i][1] - at) if i >= 0 else math.inf) / 3600
            delays.append(delay)
            if DAY_FROM_H <= datetime.fromtimestamp(at, home.zone).hour < DAY_UNTIL_H:
                by_day.append(delay)
        at += ASKED_EVERY_S
    return Score(home.judged_days, at_home, away, sorted(delays), sorted(by_day))


def _alarms(home: Home, said: Sequence[Said]) -> tuple[int, int]:
    """How many while the resident was at home, and out: at most one between two signs of life."""
    at_home = away = 0
    last = None
    for (_, deadline), (until, _) in pairwise([*said, (home.judged_until, math.inf)]):
        if not (home.judged_from <= deadline <= home.judged_until and deadline < until) or home.is_down(deadline):
            continue
        silence = bisect.bisect(home.signs, deadline)
        if silence == last:
            continue
        last = silence
        if home.is_out(deadline):
            away += 1
        else:
            at_home += 1
    return at_home, away


def pooled(scores: Sequence[Score]) -> Score:
    """Of several homes together; a home counts by its days."""
    return Score(
        sum(one.days for one in scores),
        sum(one.at_home for one in scores),
        sum(one.away for one in scores),
        sorted(delay for one in scores for delay in one.delays_h),
        sorted(delay for one in scores for delay in one.day_delays_h),
    )


def rate(count: int, days: float) -> Rate:
    """The interval is Garwood's: by the quantiles of chi-square."""
    scale = PER_DAYS / days
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return Rate(count, count * scale, float(low) * scale, float(chi2.ppf(0.975, 2 * count + 2)) / 2 * scale)


def quantile(ordered: Sequence[float], part: float) -> float:
    """NaN where there is none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else math.nan
