"""Who is on call, found out the long way: by looking at a clock on the wall every minute.

Nothing here is shared with what it checks. A wall time is reached in the first minute in which the clock on the wall
shows it or a later one; what has begun once has begun, also when the clock is put back.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from backend.core.rota import Hours, Layer, Rota
from tests.backend.core.rota import calendar

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAYS = 6
HOLIDAYS = calendar.HOLIDAYS | {date(2012, 1, 1), date(2012, 1, 2)}  # with those that Apia's walk comes upon
Situation = tuple[tuple[tuple[str, ...], ...], tuple[bool, ...], frozenset[str]]


@dataclass(frozen=True)
class Walk:
    """Six days, minute by minute, in a zone whose clocks may be changed on the way."""

    zone: str
    start: datetime

    @property
    def minutes(self) -> int:
        return DAYS * 24 * 60

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    def minute(self, at: datetime) -> int:
        return int((at - self.start) / MINUTE)

    @property
    def first_day(self) -> date:
        return _walls(self)[0].date()

    def reached(self, day: date, at: time) -> int:
        """The first minute of the walk in which the wall shows that time of that day, or a later one."""
        return _reached(self, datetime.combine(day, at))


def walk(zone: str, day: str) -> Walk:
    return Walk(zone, datetime.fromisoformat(f"{day}T00:00:00+00:00"))


WALKS = (
    walk("Asia/Tokyo", "2026-04-30"),  # three holidays and the day that stands in for one
    walk("Asia/Tokyo", "2026-09-18"),  # a day between two holidays
    walk("Europe/Berlin", "2026-03-27"),
    walk("Europe/Berlin", "2026-10-23"),
    walk("America/New_York", "2026-03-06"),
    walk("America/New_York", "2026-10-30"),
    walk("Australia/Sydney", "2026-04-03"),
    walk("Australia/Sydney", "2026-10-02"),
    walk("Australia/Lord_Howe", "2026-04-03"),  # half an hour back
    walk("Australia/Lord_Howe", "2026-10-02"),  # half an hour ahead
    walk("America/St_Johns", "2006-10-27"),  # back past midnight
    walk("Pacific/Apia", "2011-12-28"),  # a whole day that was left out
)


@lru_cache
def _walls(on: Walk) -> list[datetime]:
    zone = ZoneInfo(on.zone)
    return [on.at(minute).astimezone(zone).replace(tzinfo=None) for minute in range(on.minutes)]


@lru_cache(maxsize=100_000)
def _reached(on: Walk, wall: datetime) -> int:
    return next((minute for minute, shown in enumerate(_walls(on)) if shown >= wall), on.minutes)


def people_by_minute(rota: Rota, on: Walk) -> list[tuple[str, ...]]:
    """Who is on call in each minute of the walk; nobody: an empty tuple."""
    named = [_named_by_minute(layer, on) for layer in rota.layers]
    overrides = [(on.minute(each.since), on.minute(each.until)) for each in rota.overrides]
    leaves = [
        (each.person, on.minute(each.since), on.minute(each.until) if each.until else None) for each in rota.leaves
    ]
    known: dict[Situation, tuple[str, ...]] = {}
    found = []
    for minute in range(on.minutes):
        running = tuple(begin <= minute < end for begin, end in overrides)
        away = frozenset(name for name, begin, end in leaves if begin <= minute and (end is None or minute < end))
        situation = (tuple(of_layer[minute] for of_layer in named), running, away)
        if situation not in known:
            known[situation] = _people(rota, *situation)
        found.append(known[situation])
    return found


def _named_by_minute(layer: Layer, on: Walk) -> list[tuple[str, ...]]:
    named: list[tuple[str, ...]] = [()] * on.minutes
    rotation, number = layer.rotation, 0
    while layer.turns and rotation.start + number * rotation.days * DAY <= on.first_day + (DAYS + 2) * DAY:
        begins = on.reached(rotation.start + number * rotation.days * DAY, rotation.handover)
        named[begins:] = [layer.turns[number % len(layer.turns)]] * (on.minutes - begins)
        number += 1
    begins = on.minute(layer.since) if layer.since else 0
    ends = on.minute(layer.until) if layer.until else on.minutes
    open_ = [span for each in layer.hours for span in _spans(each, on)]
    for minute in range(on.minutes):
        if not begins <= minute < ends or (layer.hours and not any(minute in span for span in open_)):
            named[minute] = ()
    return named


@lru_cache(maxsize=10_000)
def _spans(hours: Hours, on: Walk) -> list[range]:
    spans = []
    for ahead in range(-2, DAYS + 3):
        day = on.first_day + ahead * DAY
        is_holiday = day in HOLIDAYS and hours.holidays != "ignored"
        if hours.holidays == "included" if is_holiday else day.weekday() in hours.weekdays:
            last = day + DAY if hours.end <= hours.begin else day
            spans.append(range(on.reached(day, hours.begin), on.reached(last, hours.end)))
    return spans


def _people(
    rota: Rota, named: tuple[tuple[str, ...], ...], running: tuple[bool, ...], away: frozenset[str]
) -> tuple[str, ...]:
    """Lay what is said on top of each other, and take the first from the top that leaves anybody."""
    said = [(names, 0) for names in named]  # and how many overrides are older than it
    for place, override in enumerate(rota.overrides):
        if running[place] and override.instead_of is None:
            said.append((override.people, place + 1))
    for names, older in reversed(said):
        left = list(names)
        for place, override in enumerate(rota.overrides):
            there = [name for name in override.people if name not in away]
            if place >= older and running[place] and there and override.instead_of in left:
                at = left.index(override.instead_of)
                left[at : at + 1] = there
        here = [name for i, name in enumerate(left) if name not in away and name not in left[:i]]
        if here:
            return tuple(here)
    return ()
