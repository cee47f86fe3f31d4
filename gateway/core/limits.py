"""From a resident's past silences to a limit for the next one, by place and time of day.

For each place and half hour, the past silences give a rate: how many of them would have outlasted a limit, per hour
lived there. A longer limit costs help that comes later, a shorter one costs needless questions. Among all ways to
spend the false alarms that the coordinator allows, the one with the least mean delay is where the last hour added to
any limit saves everywhere the same number of false alarms (Neyman and Pearson's lemma, one context at a time); an hour
by day counts as two. It is found in one walk down the lower convex hulls of the rates.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import merge
from itertools import pairwise

from gateway.core.rhythm import DAY_S, Silence
from gateway.core.signs import LEFT

HOUR_S = 3600.0
BINS = 48
BIN_S = DAY_S // BINS
DAY_FROM_S, DAY_UNTIL_S = 7 * HOUR_S, 22 * HOUR_S

Row = list[float]


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How limits are learned. One setting serves every home."""

    false_alarms_per_30_days: float = 0.25
    """The coordinator's dial: needless checks per resident and 30 days, at home and away each."""
    floor_h: float = 3.0
    """Sleep and naps come without warning; below this, motion and doors cannot tell rest from collapse."""
    ceiling_h: float = 12.0
    """Nobody at home is left longer than this, whatever the past says: the rule of practice in Japan."""
    exit_floor_h: float = 12.0
    """Who closed the door behind them is nearly always out, and a long day out is no emergency."""
    exit_ceiling_h: float = 24.0
    """An absence that nobody announced is asked about after a day; people collapse in the hall too."""
    clock_spread_h: float = 0.75
    """How far a habit moves from day to day; also how far one day's silence speaks for the hours beside it."""
    length_spread_h: float = 0.28
    """How far silences of an hour differ from one another (standard deviation); it grows with the root of the length,
    as for any sum of independent parts: a nap may be longer by half, a night only by a tenth."""
    day_weight: float = 2.0
    """What an hour of delay counts where the silence begins by day (7 to 22 h); at night it counts 1. So delays by day
    are weighed twice, as they are judged: among those at any hour, and on their own."""
    pooling_h: float = 0.5
    """Where fewer hours than this were lived (one place, one half hour), the whole flat says more than the place."""
    pooling_without_door_h: float = 5.0
    """Where no door contact tells an outing, it may begin in any room, so that rooms differ less than they seem."""


class LocalClock:
    """Seconds since local midnight as the wall clock shows them; the offset from UTC is kept per half hour."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._offsets: dict[int, float] = {}

    def second(self, at: float) -> float:
        """Seconds since local midnight, 0 to 86,400, of a Unix time."""
        return (at + self._offset(at)) % DAY_S

    def day(self, at: float) -> int:
        """The local day, counted from 1970-01-01."""
        return int((at + self._offset(at)) // DAY_S)

    def midnight(self, day: int) -> float:
        """The Unix time at which that local day begins."""
        return (datetime(1970, 1, 1, tzinfo=self.zone) + timedelta(days=day)).timestamp()

    def _offset(self, at: float) -> float:
        half_hour = int(at // 1800)
        offset = self._offsets.get(half_hour)
        if offset is None:
            if len(self._offsets) > 4096:
                self._offsets.clear()
            delta = datetime.fromtimestamp(half_hour * 1800, UTC).astimezone(self.zone).utcoffset()
            offset = self._offsets[half_hour] = 0.0 if delta is None else delta.total_seconds()
        return offset


@dataclass(slots=True)
class Limits:
    """Learned limits in seconds, per place and half hour of the local day, and the time they rest on."""

    recorded_s: float
    by_place: dict[str, Row]
    anywhere: Row
    """The longest limit of any room at home: for a silence of which nobody knows where it began."""
    door_works: bool
    """Whether the contact of the entrance door can be believed: it tells outings, and has not died."""

    def limit_s(self, place: str, local_second: float) -> float:
        """The limit of a silence that begins at `place` at this local time; between two half hours, between both."""
        row = self.by_place.get(place, self.anywhere)
        position = local_second / BIN_S - 0.5
        low = math.floor(position)
        part = position - low
        return row[low % BINS] * (1 - part) + row[(low + 1) % BINS] * part


class _Place:
    """What is known of one place, per half hour: hours lived there and silences that outlast each limit."""

    def __init__(self, limits_h: Row) -> None:
        self.limits_h = limits_h
        self.lived_h: Row = [0.0] * BINS
        self.outlasting: list[Row] = [[0.0] * len(limits_h) for _ in range(BINS)]

    def add(self, half_hour: int, length_h: float, spread_h: float) -> None:
        self.lived_h[half_hour] += min(length_h, self.limits_h[-1])
        if length_h > self.limits_h[0] / 3:
            chances = _outlasting(length_h, self.limits_h, spread_h)
            self.outlasting[half_hour] = _sum(self.outlasting[half_hour], chances)

    def smoothed(self, kernel: list[tuple[int, float]]) -> "_Place":
        smooth = _Place(self.limits_h)
        smooth.lived_h = [sum(w * self.lived_h[(n + k) % BINS] for k, w in kernel) for n in range(BINS)]
        smooth.outlasting = _smooth(self.outlasting, kernel)
        return smooth

    def include(self, other: "_Place") -> None:
        self.lived_h = _sum(self.lived_h, other.lived_h)
        self.outlasting = [_sum(a, b) for a, b in zip(self.outlasting, other.outlasting, strict=True)]

    def rates(self, half_hour: int, coarse: Row, pooling_h: float) -> Row:
        """Silences outlasting each limit per hour lived here, shrunk towards the `coarse` ones."""
        hours = self.lived_h[half_hour] + pooling_h
        return [(n + pooling_h * c) / hours for n, c in zip(self.outlasting[half_hour], coarse, strict=True)]


@dataclass(slots=True)
class _Context:
    """One place at one half hour, and the limit chosen for it so far."""

    lived_h: float
    limits_h: Row
    rates: Row
    weight: float


def learn(silences: Iterable[Silence], clock: LocalClock, settings: LimitSettings, door_works: bool) -> Limits:
    """Limits from past silences: the same silences give the same limits, whenever and however often it is asked.

    Without a door that works, an outing begins with whatever sign came last: what is known of outings then speaks for
    every room.
    """
    return learn_each(list(silences), clock, settings, door_works, [settings.false_alarms_per_30_days])[0]


def learn_each(
    past: Sequence[Silence], clock: LocalClock, settings: LimitSettings, door_works: bool, dials: Sequence[float]
) -> list[Limits]:
    """The limits under each of several dials, which go from many needless checks per 30 days to few.

    All are stations of one walk, so that five take hardly longer than one.
    """
    home_h = _grid_h(settings.floor_h, settings.ceiling_h)
    exit_h = _grid_h(settings.exit_floor_h, settings.exit_ceiling_h)
    rooms: dict[str, _Place] = {}
    left, outings = _Place(exit_h), _Place(home_h)
    recorded_s = 0.0
    for silence in past:
        half_hour, length_s = int(clock.second(silence.start) // BIN_S), silence.length_s
        recorded_s += min(length_s, settings.exit_ceiling_h * HOUR_S)
        length_h = length_s / HOUR_S
        if silence.place == LEFT:
            left.add(half_hour, length_h, settings.length_spread_h)
            outings.add(half_hour, length_h, settings.length_spread_h)
        else:
            if silence.place not in rooms:
                rooms[silence.place] = _Place(home_h)
            rooms[silence.place].add(half_hour, length_h, settings.length_spread_h)
    allowed = [dial * recorded_s / (30 * DAY_S) for dial in dials]
    at_home = _choose(rooms, None if door_works else outings, allowed, settings)
    away = _choose({LEFT: left}, None, allowed, settings)
    return [_limits(recorded_s, *found, settings, door_works) for found in zip(at_home, away, strict=True)]


def _limits(
    recorded_s: float, at_home: dict[str, Row], away: dict[str, Row], settings: LimitSettings, door_works: bool
) -> Limits:
    anywhere = [max(row) for row in zip(*at_home.values(), strict=True)] or [settings.ceiling_h * HOUR_S] * BINS
    return Limits(recorded_s, at_home | away, anywhere, door_works)


def _choose(
    places: dict[str, _Place], outings: _Place | None, allowed: Sequence[float], settings: LimitSettings
) -> list[dict[str, Row]]:
    """Limits in seconds per place and half hour that are expected to cost `allowed` false alarms in the same time.

    `outings`: silences that may begin in any of the places, because no door contact tells them apart.
    """
    if not places:
        return [{} for _ in allowed]
    kernel = _clock_kernel(settings.clock_spread_h)
    smooth = {name: places[name].smoothed(kernel) for name in sorted(places)}
    limits_h = next(iter(smooth.values())).limits_h
    whole, out = _Place(limits_h), _Place(limits_h)
    for place in smooth.values():
        whole.include(place)
    if outings is not None:
        out.outlasting = outings.smoothed(kernel).outlasting
    out.lived_h = whole.lived_h
    pooling_h = settings.pooling_h if outings is None else settings.pooling_without_door_h
    contexts: dict[str, list[_Context]] = {name: [] for name in smooth}
    for half_hour in range(BINS):
        nothing = [0.0] * len(limits_h)
        coarse, leaving = whole.rates(half_hour, nothing, 1.0), out.rates(half_hour, nothing, 1.0)
        weight = settings.day_weight if DAY_FROM_S <= half_hour * BIN_S < DAY_UNTIL_S else 1.0
        for name, place in smooth.items():
            rates = _sum(place.rates(half_hour, coarse, pooling_h), leaving)
            contexts[name].append(_Context(places[name].lived_h[half_hour], limits_h, rates, weight))
    stations = _spend([context for row in contexts.values() for context in row], allowed)
    limits_s = [hours * HOUR_S for hours in limits_h]  # the numbers are shared by all half hours: a third of the memory
    found_s = [[limits_s[index] for index in chosen] for chosen in stations]
    return [{name: row[n * BINS : (n + 1) * BINS] for n, name in enumerate(contexts)} for row in found_s]


def _spend(contexts: list[_Context], allowed: Sequence[float]) -> list[list[int]]:
    """Raise limits, where an hour saves most false alarms first, until no more than are `allowed` are expected.

    allowed: from many to few; for each the limit of every context, by its index.

    What outlasts even the longest limit cannot be saved, and is not counted: an unannounced week away must not
    lengthen every other limit.
    """
    expected = sum(context.lived_h * (context.rates[0] - context.rates[-1]) for context in contexts)
    chosen, stations = [0] * len(contexts), list[list[int]]()
    walk = merge(*(_steps(n, context) for n, context in enumerate(contexts)))
    for most in allowed:
        while expected > most and (step := next(walk, None)) is not None:
            _, n, to = step
            expected -= contexts[n].lived_h * (contexts[n].rates[chosen[n]] - contexts[n].rates[to])
            chosen[n] = to
        stations.append(list(chosen))
    return stations


def _steps(n: int, context: _Context) -> Iterator[tuple[float, int, int]]:
    """What a context saves per weighed hour added to its limit, the most first.

    Yields (change of the rate, `n`, index to go to). Most are never asked for: the walk ends long before the longest
    limits.
    """
    limits_h, rates = context.limits_h, context.rates
    for a, b in pairwise(_lower_hull(limits_h, rates)):
        yield (rates[b] - rates[a]) / (limits_h[b] - limits_h[a]) / context.weight, n, b


def _lower_hull(xs: Row, ys: Row) -> list[int]:
    """Indices of the lower convex hull of the points (xs[i], ys[i]), xs ascending."""
    hull: list[int] = []
    for i in range(len(xs)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[a]) < (ys[i] - ys[a]) * (xs[b] - xs[a]):
                break
            hull.pop()
        hull.append(i)
    return hull


def _grid_h(floor: float, ceiling: float) -> Row:
    """The limits to choose from: quarters of an hour up to 12 hours, then whole hours."""
    quarters = [q / 4 for q in range(round(floor * 4), round(min(ceiling, 12.0) * 4) + 1)]
    return quarters + [float(hour) for hour in range(int(max(floor, 12)) + 1, int(ceiling) + 1)]


def _outlasting(length_h: float, limits_h: Row, spread_h: float) -> Row:
    """How likely a silence like one of `length_h` is to outlast each limit: a kernel over the logarithm of length."""
    scale = math.sqrt(length_h / 2) / spread_h
    return [0.5 * math.erfc(math.log(limit / length_h) * scale) for limit in limits_h]


def _clock_kernel(spread_h: float) -> list[tuple[int, float]]:
    """Weights, adding up to one, of the half hours around one."""
    reach = min(BINS // 2 - 1, math.ceil(3 * spread_h * HOUR_S / BIN_S))
    raw = [(k, math.exp(-0.5 * (k * BIN_S / HOUR_S / spread_h) ** 2)) for k in range(-reach, reach + 1)]
    total = sum(weight for _, weight in raw)
    return [(k, weight / total) for k, weight in raw]


def _smooth(rows: list[Row], kernel: list[tuple[int, float]]) -> list[Row]:
    """Spread each half hour over its neighbours around the clock."""
    spread = []
    for half_hour in range(BINS):
        total = [0.0] * len(rows[0])
        for k, weight in kernel:
            row = rows[(half_hour + k) % BINS]
            if row[0]:
                total = [t + weight * x for t, x in zip(total, row, strict=True)]
        spread.append(total)
    return spread


def _sum(a: Row, b: Row) -> Row:
    return [x + y for x, y in zip(a, b, strict=True)]
