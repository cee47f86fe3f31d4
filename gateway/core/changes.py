"""What has changed in a resident's days: looked for once a week, said once, and never an alarm.

A day counts if the unit was watched through all of it by the same sensors: days of an outage, of an absence, of a stay
in hospital, of a visit, of a lost or stuck sensor do not, nor does the one on which it began.

Days are closed an hour after noon and a little more, each unit at a time of its own, and compared when the Monday's is
closed; a gateway that was off then makes up for it. A change that was said becomes what the days after it are compared
with: so it is said again only where it goes on, or has gone back.
"""

from __future__ import annotations

import zlib
from datetime import date
from typing import TYPE_CHECKING

from contract.reports import Change, Comparing, DayValue, NodePlace
from msgspec.structs import replace

from gateway.core import change_words, daybook, days, shift
from gateway.core.daybook import Daybook, Said
from gateway.core.decisions import Send
from gateway.core.faults import BLINDING
from gateway.core.measures import MEASURES, Measure, matters, sensed
from gateway.core.signs import ENTRANCE, Sign

if TYPE_CHECKING:
    from gateway.core.unit import Unit

GRACE_S = 3600.0  # for what a node tells late
SPREAD_S = 3600
UNWATCHED_MOST_S = 900.0  # a restart of the gateway costs no day
LEAST_BEFORE = 21  # every day of the week three times, so that none of them is a change
LEAST_BEFORE_SAID = shift.WEEK  # a level that was said to be new may be left again soon
LEAST_FRESH = 4  # of the last week's days: else nothing can be said of how it is now
SHOWN_DAYS = 56


def saw(unit: Unit, sign: Sign, now: float) -> None:
    """A sign of the resident's own."""
    if unit.state.daybook.begun_at is None:
        _begin(unit, now)
    daybook.saw(unit.state.daybook, sign, unit.house.zone)


def hung(unit: Unit, now: float) -> None:
    """Nodes came or left: days seen by other sensors cannot be compared."""
    book = unit.state.daybook
    if book.begun_at is not None and book.sensors != _sensors(unit):
        _begin(unit, now)


def _begin(unit: Unit, now: float) -> None:
    daybook.begin(unit.state.daybook, _sensors(unit), now, unit.house.zone)


def _sensors(unit: Unit) -> list[str]:
    return sorted(f"{place.node}/{place.room}" for place in unit.places if _sees_motion(place) or _is_exit_door(place))


def _sees_motion(place: NodePlace) -> bool:
    return not set(daybook.MOTION).isdisjoint(place.kinds)


def _is_exit_door(place: NodePlace) -> bool:
    return place.room == ENTRANCE and "door" in place.kinds


def due(unit: Unit) -> float | None:
    """When the oldest day that is not closed yet is to be."""
    book = unit.state.daybook
    return None if book.begun_at is None else daybook.noon(book.closed + 2, unit.house.zone) + _after_noon_s(unit)


def _after_noon_s(unit: Unit) -> float:
    return GRACE_S + zlib.crc32(unit.name.encode()) % SPREAD_S


def wake(unit: Unit, now: float) -> None:
    """Close the days that are over, and compare them if it is time."""
    at, book = due(unit), unit.state.daybook
    if at is None or now < at:
        return
    until = daybook.day_and_second(now - _after_noon_s(unit), unit.house.zone)[0] - 1
    for day in sorted(day for day in book.open if day <= until):
        _close(unit, day, now)
    book.closed = until
    if until // shift.WEEK > book.week:  # day 7, 14, … is a Sunday, which is over at Monday's noon
        book.week = until // shift.WEEK
        _compare(unit, now)


def _close(unit: Unit, day: int, now: float) -> None:
    """Reckon a day, if the unit was watched through it by all its sensors."""
    book, zone = unit.state.daybook, unit.house.zone
    start, end = daybook.noon(day, zone), daybook.noon(day + 1, zone)
    found = days.numbers(book.open.pop(day))
    blind = _blind(unit, start, end, now)
    if found is None or book.begun_at is None or book.begun_at > start:
        return
    if unit.watch.left_out_s(start, end) > UNWATCHED_MOST_S or any(_sees_motion(place) for place in blind):
        return
    if blind:
        del found["outings"]
    daybook.add(book, day, found)


def _blind(unit: Unit, start: float, end: float, now: float) -> list[NodePlace]:
    """The sensors that were lost or stuck at some time between `start` and `end`."""
    nodes = {node for since, until, node in _doubts(unit, now) if since < end and until > start}
    return [place for place in unit.places if place.node in nodes and (_sees_motion(place) or _is_exit_door(place))]


def _doubts(unit: Unit, now: float) -> list[tuple[float, float, str]]:
    """When nodes were lost or stuck, those that still are among them."""
    doubts = list(unit.state.daybook.doubts)
    for cause in unit.state.standing:
        kind, _, node = cause.partition("/")
        if kind in BLINDING:
            doubts.append((unit.cases.since(cause), now, node))
    return doubts


def learned(unit: Unit, now: float) -> Daybook:
    """The day book for others to go on with: what they cannot know is which sensors were lost until now."""
    return replace(unit.state.daybook, doubts=_doubts(unit, now)[-daybook.MOST_DOUBTS :])


def comparing(unit: Unit) -> Comparing:
    """How far it has come, for the worker's screen."""
    book, needs = unit.state.daybook, LEAST_BEFORE + shift.WEEK
    return Comparing(min(len(book.days), needs), needs, book.compared_at, list(book.compared))


def _compare(unit: Unit, now: float) -> None:
    """Say what has changed of all that enough days are known of; what was compared before stands where none is."""
    book = unit.state.daybook
    if sum(day > book.closed - shift.WEEK for day in book.days) < LEAST_FRESH:
        return
    here = [name for name, measure in MEASURES.items() if sensed(measure, unit.places)]
    names = [name for name in here if len(daybook.known(book, name)) >= LEAST_BEFORE + shift.WEEK]
    if names:
        book.compared_at, book.compared = now, names
    for name in names:
        found = changed(book, name)
        if found is not None:
            _say(unit, name, *found)


def changed(book: Daybook, name: str) -> tuple[int, float, float] | None:
    """Since which day, from what level to what; None where nothing changed that was not said."""
    said = book.said.get(name)
    if said is not None and said.since <= book.days[0]:
        said = book.said.pop(name)  # long ago: what was new is usual
    known = daybook.known(book, name, said.since if said else 0)
    found = shift.find([value for _, value in known], LEAST_BEFORE_SAID if said else LEAST_BEFORE)
    measure = MEASURES[name]
    if found is None or not matters(measure, measure.shown(found.before), measure.shown(found.now)):
        return None
    return known[found.at][0], found.before, found.now


def _say(unit: Unit, name: str, since: int, before: float, now: float) -> None:
    book, measure = unit.state.daybook, MEASURES[name]
    course = _course(book.said.get(name), before, now)
    book.said[name] = Said(since, None if course == "back" else before)
    was, is_now = round(measure.shown(before), 3), round(measure.shown(now), 3)
    words = change_words.sentence(name, course, was, is_now, _dated(since, measure))
    start = daybook.noon(since + measure.later, unit.house.zone)
    unit.house.out.append(Send(Change(unit.name, name, start, was, is_now, words, _series(book, name)), "routine"))


def _course(said: Said | None, before: float, now: float) -> change_words.Course:
    """What the change is to the one that was said before it: `further` the same way, or `back` to what was left."""
    if said is None or said.left is None:
        return "new"
    if (now > before) == (before > said.left):
        return "further"
    return "back" if abs(now - said.left) < abs(before - said.left) / 2 else "new"


def _series(book: Daybook, name: str) -> list[DayValue]:
    measure, known = MEASURES[name], daybook.known(book, name)[-SHOWN_DAYS:]
    return [DayValue(_dated(day, measure).isoformat(), round(measure.shown(value), 3)) for day, value in known]


def _dated(day: int, measure: Measure) -> date:
    return date.fromordinal(day + measure.later)


def clock_set_back(unit: Unit, now: float) -> None:
    daybook.clock_set_back(unit.state.daybook, now, unit.house.zone)
