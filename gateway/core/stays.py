"""How long a resident stays in bathroom and toilet: the stay that goes on, and what past ones have taught.

A stay lasts from the first sign in a wet room to the next one elsewhere; the wet rooms are one place, since one goes to
and fro between them. Signs may come in any order: one that comes late ends, shortens or moves the stay it belongs to.
"""

import bisect
from datetime import datetime, tzinfo

import msgspec

from gateway.core.rooms import WET

FLOOR_S = 75 * 60.0  # a long bath is half an hour, and who lies down in the next room may lie still for an hour
CEILING_S = 3 * 3600.0  # from here on the inactivity watch asks
DEFAULT_S = 2 * 3600.0  # until the resident is known
MARGIN = 1.5
WINDOW_DAYS = 60
LEARNING_DAYS = 14
LEAST_VISITS = 3
VISITS_FOR_ONE_UNSEEN = 20
PARTS = 6  # of the day, from 22:00 on
MOST_OF_A_DAY = 6
MOST_TIMES = 16
TIMES_APART_S = 60.0


class Stay(msgspec.Struct):
    """The stay that goes on. Instants are those of sensing, Unix seconds."""

    since: float
    last: float
    room: str  # of the latest sign
    counted_from: float  # the limit runs from here: somebody may have looked, or said that all is well, meanwhile
    limit_s: float | None = None
    teaches: bool = True
    times: list[float] = []  # of its latest signs a minute apart, for a sign from elsewhere that comes late


class Visit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stay that has ended; `part` of the day in which it began."""

    since: int
    length_s: int
    part: int


class Day(msgspec.Struct):
    """One recorded day: how many visits in each part of it, and the longest ones."""

    visits: list[int]
    longest: list[Visit] = []


class Stays(msgspec.Struct):
    """What a unit remembers of its wet rooms: at most five kilobytes for 60 recorded days."""

    current: Stay | None = None
    outside_at: float | None = None  # the latest sign in any other room
    watched_from: float = 0.0  # since when an end would have been seen: sensors and gateway were there
    days: dict[int, Day] = {}  # by the number of the local day


def saw(stays: Stays, at: float, room: str, zone: tzinfo) -> None:
    """Take in a sign of life that was sensed at `at`."""
    if room in WET:
        _saw_inside(stays, at, room, zone)
    else:
        _saw_outside(stays, at, zone)


def _saw_inside(stays: Stays, at: float, room: str, zone: tzinfo) -> None:
    if stays.outside_at is not None and at <= stays.outside_at:
        return
    stay = stays.current
    if stay is None:
        stay = stays.current = Stay(at, at, room, at, limit_s(stays, at, zone))
    elif at < stay.since:
        stay.since, stay.limit_s = at, limit_s(stays, at, zone)
    if at >= stay.last:
        stay.last, stay.room = at, room
    place = bisect.bisect_right(stay.times, at)
    if not place or at - stay.times[place - 1] >= TIMES_APART_S:
        stay.times.insert(place, at)
        del stay.times[:-MOST_TIMES]


def _saw_outside(stays: Stays, at: float, zone: tzinfo) -> None:
    stay = stays.current
    if stays.outside_at is not None and at < stays.outside_at:
        _shorten(stays, at)
    stays.outside_at = max(at, stays.outside_at or at)
    if stay is None or at <= stay.since:
        return
    if stay.teaches and stay.since >= stays.watched_from:
        _learn(stays, stay.since, at - stay.since, zone)
    if at >= stay.last:
        stays.current = None
        return
    stay.since = next((time for time in stay.times if time > at), stay.last)  # it was over, and another began
    stay.counted_from, stay.teaches = max(stay.counted_from, stay.since), True
    stay.limit_s = limit_s(stays, stay.since, zone)


def _shorten(stays: Stays, at: float) -> None:
    """A sign from elsewhere came late: the visit that it falls into was over by then."""
    for day in stays.days.values():
        for n, visit in enumerate(day.longest):
            if visit.since < at < visit.since + visit.length_s:
                day.longest[n] = Visit(visit.since, int(at - visit.since), visit.part)


def _learn(stays: Stays, since: float, length_s: float, zone: tzinfo) -> None:
    day = _day(stays, datetime.fromtimestamp(since, zone).toordinal())
    if day is not None:
        part = _part(since, zone)
        day.visits[part] += 1
        longest = [*day.longest, Visit(int(since), int(length_s), part)]
        day.longest = sorted(longest, key=lambda visit: -visit.length_s)[:MOST_OF_A_DAY]


def _day(stays: Stays, number: int) -> Day | None:
    """The recorded day of that number; None where it is older than the window."""
    if number not in stays.days:
        if len(stays.days) > WINDOW_DAYS:  # the window, and the day that is not over yet
            oldest = min(stays.days)
            if number < oldest:
                return None
            del stays.days[oldest]
        stays.days[number] = Day([0] * PARTS)
    return stays.days[number]


def _part(at: float, zone: tzinfo) -> int:
    return (datetime.fromtimestamp(at, zone).hour + 2) % 24 * PARTS // 24


# What it says


def deadline(stays: Stays) -> float | None:
    """When the stay that goes on becomes too long; None where none goes on, or nobody could tell."""
    stay = stays.current
    if stay is None or stay.limit_s is None:
        return None
    return max(stay.counted_from, stays.watched_from) + stay.limit_s


def limit_s(stays: Stays, since: float, zone: tzinfo) -> float | None:
    """How long a stay may last that begins at `since`; None where the way out is not reliably seen at that time of day.

    Whoever goes from the toilet to a bed that no sensor sees is in the toilet all night, as far as anybody can tell.
    """
    part = _part(since, zone)
    visits = sum(day.visits[part] for day in stays.days.values())
    unseen = sum(v.part == part and v.length_s > CEILING_S for day in stays.days.values() for v in day.longest)
    if visits < LEAST_VISITS or unseen > min(1, visits // VISITS_FOR_ONE_UNSEEN):
        return None
    known = min(1.0, len(stays.days) / LEARNING_DAYS)
    # The longest but one: a single way out that no sensor saw must not make the watch slow for two months.
    usual_s = (_seen_s(stays)[1:2] or [0.0])[0]
    learned_s = min(max(MARGIN * usual_s, FLOOR_S), CEILING_S)
    return max(learned_s, known * learned_s + (1 - known) * DEFAULT_S)


def longest_s(stays: Stays) -> float:
    """The longest visit of the window of which the end was seen; 0 before any."""
    return max(_seen_s(stays), default=0.0)


def _seen_s(stays: Stays) -> list[float]:
    lengths = (float(visit.length_s) for day in stays.days.values() for visit in day.longest)
    return sorted((length for length in lengths if length <= CEILING_S), reverse=True)


# What others say of it


def count_from(stays: Stays, at: float) -> None:
    """Somebody said or saw at `at` that all is well: the limit runs anew."""
    stay = stays.current
    if stay is not None and at >= stay.since:
        stay.counted_from = max(stay.counted_from, at)


def leave_out(stays: Stays, at: float) -> None:
    """The visit in which something happened to the resident at `at` must not teach."""
    stay = stays.current
    if stay is not None and at >= stay.since:
        stay.teaches = False
    for day in stays.days.values():
        for visit in [visit for visit in day.longest if visit.since <= at < visit.since + visit.length_s + 1]:
            day.longest.remove(visit)
            day.visits[visit.part] -= 1


def clock_set_back(stays: Stays, now: float) -> None:
    """The clock was ahead: what is dated later than `now` never was."""
    stays.current, stays.watched_from = None, now
    stays.outside_at = None if stays.outside_at is None else min(stays.outside_at, now)
    stays.days = {number: day for number, day in stays.days.items() if all(v.since <= now for v in day.longest)}
