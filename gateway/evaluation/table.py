"""The comparison as lines of text."""

from collections.abc import Mapping, Sequence

from gateway.evaluation.score import Rate, Score, quantile
from gateway.evaluation.watches import Watch

_HEAD = (
    f"{'watch':<46}{'needless checks at home':>34}{'while away':>30}{'delay h':>10}{'90 %':>7}{'7-22 h':>8}{'90 %':>7}"
)


def lines(title: str, scores: Mapping[Watch, Score]) -> list[str]:
    """One line for each watch: counts, per 30 days with the exact 95 % interval, and quantiles of the delay."""
    days = next(iter(scores.values())).days
    return [f"{title}: {days:.1f} days", _HEAD, *(_line(watch.name, one) for watch, one in scores.items())]


def _line(name: str, one: Score) -> str:
    delays = (quantile(one.delays_h, 0.5), quantile(one.delays_h, 0.9))
    by_day = (quantile(one.day_delays_h, 0.5), quantile(one.day_delays_h, 0.9))
    return (
        f"{name:<46}{_rate(one.home_rate):>34}{_rate(one.away_rate):>30}"
        f"{delays[0]:>10.2f}{delays[1]:>7.2f}{by_day[0]:>8.2f}{by_day[1]:>7.2f}"
    )


def _rate(rate: Rate) -> str:
    return f"{rate.checks} = {rate.per_30_days:.2f} ({rate.low:.2f}-{rate.high:.2f}) / 30 d"


def families(watches: Sequence[Watch]) -> dict[str, list[Watch]]:
    """Those that differ by one dial alone, in their order."""
    found: dict[str, list[Watch]] = {}
    for watch in watches:
        found.setdefault(watch.family, []).append(watch)
    return found
