"""What each position of the coordinator's dial costs: how late help would begin, by the days a home has taught.

Had the resident collapsed at an instant of their life at home in those days, and no sensor reported anything more, the
watch would have begun to ask when the limit of the silence that was going on was reached: so it is also judged on
recordings (docs/evaluation.md), with the difference that there only what came before an instant is known, and here the
limits have learned from the very silences. It is what to expect from days like those, and promises nothing.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

from contract.reports import DIAL, Cost

from gateway.core.limits import DAY_FROM_S, DAY_UNTIL_S, HOUR_S, Limits, LimitSettings, LocalClock, learn_each
from gateway.core.presence import AWAY_AFTER_S
from gateway.core.rhythm import DAY_S, Silence
from gateway.core.signs import LEFT

STEP_S = 60.0

Stretch = tuple[str, float, float, float]
"""A part of a silence: where and at which second of the local day it began, and from when until when, in seconds since.
"""


def costs(past: Sequence[Silence], clock: LocalClock, settings: LimitSettings, door_works: bool) -> list[Cost]:
    """The delays of every position of the dial, from many needless checks to few; nothing where nobody was at home.

    Hours behind a closed entrance door count as hours out; without a door that works they cannot be told from those at
    home, and count too.
    """
    home = [silence for silence in past if silence.place != LEFT or silence.length_s <= AWAY_AFTER_S]
    whole = [(silence.place, clock.second(silence.start), 0.0, silence.length_s) for silence in home]
    days = [_by_day(stretch) for stretch in whole]
    by_day = [part for parts in days for part in parts]
    by_night = [part for stretch, parts in zip(whole, days, strict=True) for part in _rest(stretch, parts)]
    limits = learn_each(past, clock, settings, door_works, list(DIAL.values()))
    return [
        _cost(months, _edges(by_day, learned), _edges(by_night, learned))
        for months, learned in zip(DIAL, limits, strict=True)
        if home
    ]


def _cost(months: int, by_day: Counter[int], by_night: Counter[int]) -> Cost:
    day = _delays_h(by_day)
    by_night.update(by_day)
    return Cost(months, *_delays_h(by_night), *day)


def _by_day(whole: Stretch) -> list[Stretch]:
    """What of a silence lies between 7 and 22 h. A change of the clock within it is not looked for."""
    place, second, _, length_s = whole
    found = []
    for midnight in range(0, int(second + length_s) + 1, DAY_S):
        since = max(0.0, midnight + DAY_FROM_S - second)
        until = min(length_s, midnight + DAY_UNTIL_S - second)
        if since < until:
            found.append((place, second, since, until))
    return found


def _rest(whole: Stretch, cut_out: Sequence[Stretch]) -> list[Stretch]:
    """What is left of a silence without these parts of it."""
    place, second, start, end = whole
    edges = [start, *(edge for _, _, since, until in cut_out for edge in (since, until)), end]
    return [
        (place, second, since, until) for since, until in zip(edges[::2], edges[1::2], strict=True) if since < until
    ]


def _edges(stretches: Sequence[Stretch], limits: Limits) -> Counter[int]:
    """The histogram of the delays at all instants of the stretches, as its steps up and down; in `STEP_S`.

    While a silence lasts, the delay falls from its limit by a second in each second, and stays nothing once the watch
    has begun to ask. So each stretch is one block in the histogram, of which only the edges are noted.
    """
    spans = [(limits.limit_s(place, second), since, until) for place, second, since, until in stretches]
    edges = Counter(round((limit_s - until) / STEP_S) for limit_s, _, until in spans)
    edges.subtract(Counter(round((limit_s - since) / STEP_S) for limit_s, since, _ in spans))
    return edges


def _delays_h(edges: Counter[int]) -> tuple[float | None, float | None]:
    """The median and the 90 % of a histogram, in hours; None of no instant."""
    steps = sorted(edges)
    heights = accumulate(edges[step] for step in steps)
    blocks = [(low, high, height) for (low, high), height in zip(pairwise(steps), heights, strict=False)]
    return _quantile_h(blocks, 0.5), _quantile_h(blocks, 0.9)


def _quantile_h(blocks: Sequence[tuple[int, int, int]], part: float) -> float | None:
    """The delay that this part of the instants does not exceed. Blocks: from, until (in steps) and how high."""
    left = part * sum((high - low) * height for low, high, height in blocks)
    for low, high, height in blocks:
        if height and left <= (high - low) * height:
            return round(max(0.0, low + left / height) * STEP_S / HOUR_S, 2)
        left -= (high - low) * height
    return None
