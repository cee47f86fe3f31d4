"""What the water meters of a home have told: the run that goes on, the time without any, what past ones have taught.

Water runs while any meter of the home says so. Meters speak of one home in any order: one that comes late ends, or
begins, the run it belongs to. The time without water is counted while the resident is at home.
"""

from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from gateway.core.signs import Sign

WINDOW_DAYS = 60
LEARNING_DAYS = 14
MOST_OF_A_DAY = 3
MOST_UNSEEN = 1  # spells beyond the ceiling: from the second on the meter does not see all that the resident uses
STILL_S = 3600.0  # who moves again after this long has just got up


class Bounds(NamedTuple):
    """A limit is `margin` times what is usual, and moves there from `default_s` while the home is being learned."""

    margin: float
    floor_s: float
    ceiling_s: float
    default_s: float


# A bath of 200 l fills in a quarter of an hour; two hours at 10 l a minute are more than a cubic metre.
RUN = Bounds(1.5, 30 * 60.0, 2 * 3600.0, 3600.0)
# Half a day is the practice of Japan's housing for the elderly (シルバーハウジング), a day what a stranger is granted.
DRY = Bounds(1.25, 12 * 3600.0, 24 * 3600.0, 24 * 3600.0)


class Meter(msgspec.Struct):
    """What one meter said last, at `at`. Instants are those of sensing, Unix seconds."""

    at: float
    since: float | None = None  # it runs; None: it does not, or nobody knows
    flowed: bool = False  # ever


class Run(msgspec.Struct):
    """Water that runs."""

    since: float
    counted_from: float  # the limit runs from here: somebody may have looked, or said that all is well, meanwhile
    limit_s: float
    teaches: bool = True


class Dry(msgspec.Struct):
    """The time without water that goes on."""

    since: float
    limit_s: float | None  # None: the meters say nothing of what this resident uses
    out_s: float = 0.0  # of it the resident was out
    settled: bool = False  # not asked about (again) before water runs: the meter may be blocked
    teaches: bool = True


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A run, or a time without water, that has ended; `out_s` of it the resident was out."""

    since: int
    until: int
    out_s: int = 0

    @property
    def length_s(self) -> int:
        return self.until - self.since - self.out_s


class Day(msgspec.Struct):
    """The longest of one recorded day."""

    runs: list[Span] = []
    dry: list[Span] = []


class Water(msgspec.Struct):
    """What a unit with a meter remembers of its water: at most six kilobytes for 60 recorded days."""

    meters: dict[str, Meter] = {}  # by node
    run: Run | None = None
    dry: Dry | None = None
    ran_until: float = 0.0
    seen: float | None = None  # the latest sign of life inside
    up_since: float | None = None  # the first one after an hour without
    moved_at: float = 0.0  # when, by the gateway's clock, the latest sign came
    days: dict[int, Day] = {}  # by the number of the local day


# What happens


def told(water: Water, node: str, at: float, runs: bool, zone: tzinfo, teaches: bool) -> None:
    """A meter said at `at` whether water runs. teaches: whether it is the resident's own, as far as anybody knows."""
    meter = water.meters.setdefault(node, Meter(at))
    if at < meter.at:
        return
    meter.at = at
    if runs == (meter.since is not None):
        return
    meter.since, meter.flowed = at if runs else None, meter.flowed or runs
    others = [other.since for other in water.meters.values() if other.since is not None]
    if not runs and (not others or min(others) > at):
        _end(water, at, zone)
    if others and water.run is None:
        _begin(water, min(others), zone, teaches)


def _begin(water: Water, at: float, zone: tzinfo, teaches: bool) -> None:
    dry, water.dry = water.dry, None
    if dry is not None and dry.teaches and teaches and at > dry.since:
        _keep(_day(water, at, zone).dry, Span(int(dry.since), int(at), int(dry.out_s)))
    water.run = Run(at, at, run_limit_s(water), teaches)


def _end(water: Water, at: float, zone: tzinfo) -> None:
    run, water.run = water.run, None
    if run is not None and run.teaches and at > run.since:
        _keep(_day(water, at, zone).runs, Span(int(run.since), int(at)))
    water.ran_until = max(at, water.ran_until)
    water.dry = Dry(water.ran_until, dry_limit_s(water))


def _keep(spans: list[Span], span: Span) -> None:
    spans.append(span)
    spans.sort(key=lambda each: -each.length_s)
    del spans[MOST_OF_A_DAY:]


def _day(water: Water, at: float, zone: tzinfo) -> Day:
    """The recorded day of `at`; one older than the window is nobody's any more."""
    number = datetime.fromtimestamp(at, zone).toordinal()
    if number not in water.days:
        if len(water.days) > WINDOW_DAYS:  # the window, and the day that is not over yet
            if number < min(water.days):
                return Day()
            del water.days[min(water.days)]
        water.days[number] = Day()
    return water.days[number]


def saw(water: Water, sign: Sign, out_since: float | None, now: float) -> None:
    """A believed sign of life. out_since: when the entrance door was heard that nothing has followed until this one."""
    dry = water.dry
    if dry is not None and out_since is not None:
        dry.out_s += max(0.0, sign.at - max(out_since, dry.since))
    if sign.is_exit_door:
        return
    if water.seen is None or sign.at - water.seen > STILL_S:
        water.up_since = sign.at
    water.seen, water.moved_at = max(sign.at, water.seen or sign.at), now


# What it says


def run_limit_s(water: Water) -> float:
    """How long water may run that begins now."""
    return _limit_s([span.length_s for day in water.days.values() for span in day.runs], RUN, len(water.days))


def dry_limit_s(water: Water) -> float | None:
    """How long there may be no water from now on; None where much more than that is usual: other taps are in use."""
    lengths = [span.length_s for day in water.days.values() for span in day.dry]
    if sum(length > DRY.ceiling_s for length in lengths) > MOST_UNSEEN:
        return None
    return _limit_s(lengths, DRY, len(water.days))


def _limit_s(lengths: list[int], bounds: Bounds, days: int) -> float:
    # The longest but one: a single forgotten tap must not make the watch slow for two months.
    usual = sorted((length for length in lengths if length <= bounds.ceiling_s), reverse=True)[1:2]
    learned_s = min(max(bounds.margin * (usual or [0])[0], bounds.floor_s), bounds.ceiling_s)
    known = min(1.0, days / LEARNING_DAYS)
    return max(learned_s, known * learned_s + (1 - known) * bounds.default_s)


def longest_run_s(water: Water) -> float:
    """The longest run of the window; 0 before any."""
    return max((float(span.length_s) for day in water.days.values() for span in day.runs), default=0.0)


def longest_dry_s(water: Water) -> float:
    """The longest time without water of the window; 0 before any."""
    return max((float(span.length_s) for day in water.days.values() for span in day.dry), default=0.0)


# What others say of it


def count_from(water: Water, at: float) -> None:
    """Somebody said or saw at `at` that all is well: the limit of a run begins anew."""
    if water.run is not None:
        water.run.counted_from = max(water.run.counted_from, at)


def settle(water: Water) -> None:
    """All was said to be well although there is no water: the meter is in doubt until some runs."""
    if water.dry is not None:
        water.dry.settled = True


def resumed(water: Water, at: float) -> None:
    """Until `at` the resident was elsewhere or not alone, or nobody could see: nothing of it counts or teaches."""
    if water.run is not None:
        water.run.counted_from, water.run.teaches = max(at, water.run.counted_from), False
    elif water.dry is not None:
        water.dry = Dry(at, dry_limit_s(water), settled=water.dry.settled)


def lost(water: Water, node: str, now: float) -> None:
    """Nobody knows what the meter saw until `now`: what it said last is no word about a run any more."""
    water.meters[node].since = None
    if water.run is not None and all(meter.since is None for meter in water.meters.values()):
        water.run, water.dry = None, Dry(now, dry_limit_s(water))
    resumed(water, now)


def take_down(water: Water, node: str, now: float) -> None:
    """The meter hangs here no more."""
    lost(water, node, now)
    del water.meters[node]


def leave_out(water: Water, at: float) -> None:
    """The run and the time without water in which something happened to the resident at `at` must not teach."""
    for current in (water.run, water.dry):
        if current is not None and at >= current.since:
            current.teaches = False
    for day in water.days.values():
        day.runs = [span for span in day.runs if not span.since <= at < span.until + 1]
        day.dry = [span for span in day.dry if not span.since <= at < span.until + 1]


def learned(water: Water) -> Water:
    """The same home, and nothing known of how it is now."""
    return Water(days=water.days)


def clock_set_back(water: Water, now: float) -> None:
    """The clock was ahead: what is dated later than `now` never was."""
    water.days = {number: day for number, day in water.days.items() if all(s.until <= now for s in day.runs + day.dry)}
    water.meters = {node: Meter(min(meter.at, now), None, meter.flowed) for node, meter in water.meters.items()}
    water.seen = water.up_since = None
    water.ran_until = water.moved_at = now
    water.run, water.dry = None, None if water.run is None and water.dry is None else Dry(now, dry_limit_s(water))
