"""What is kept of a resident's days for the weekly comparison: a few numbers a day, and the slots of the last two.

Motion and the entrance door tell; other contacts come and go in a home and add little to the motion beside them.
"""

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

import msgspec

from gateway.core import days
from gateway.core.days import SLOT_S
from gateway.core.signs import Sign

MOST_DAYS = 84
MOST_DOUBTS = 64
MOTION = ("motion", "presence")
HALF_DAY_S = 43_200


class Said(msgspec.Struct, frozen=True):
    """The last change that was reported of a measure: since which day, and the level left, None if regained."""

    since: int
    left: float | None


class Daybook(msgspec.Struct):
    """Days are counted by the date of their first noon, as `date.toordinal`. Instants are Unix seconds."""

    begun_at: float | None = None  # with these sensors
    sensors: list[str] = []
    open: dict[int, dict[int, int]] = {}  # day -> its slots
    closed: int = 0  # the last day that is over and reckoned
    days: list[int] = []  # those that count
    values: dict[str, list[int | None]] = {}  # measure -> one for each of `days`
    doubts: list[tuple[float, float, str]] = []  # when a node was lost or stuck
    week: int = 0
    said: dict[str, Said] = {}
    compared_at: float | None = None
    compared: list[str] = []


def day_and_second(at: float, zone: tzinfo) -> tuple[int, int]:
    """The day in which an instant lies, and how many seconds of the wall clock after its noon."""
    local = datetime.fromtimestamp(at, zone)
    second = local.hour * 3600 + local.minute * 60 + local.second - HALF_DAY_S
    return (local.toordinal(), second) if second >= 0 else (local.toordinal() - 1, second + 2 * HALF_DAY_S)


@lru_cache(maxsize=64)
def noon(day: int, zone: tzinfo) -> float:
    """The Unix time at which a day begins."""
    return (datetime(1, 1, 1, 12, tzinfo=zone) + timedelta(days=day - 1)).timestamp()


def begin(book: Daybook, sensors: list[str], now: float, zone: tzinfo) -> None:
    """From now on these sensors tell: what others told cannot be compared with it."""
    today, _ = day_and_second(now, zone)
    book.begun_at, book.sensors, book.open = now, sensors, {}
    book.closed, book.week = today - 1, (today - 1) // 7
    book.days, book.values = [], {}
    unsaid(book)


def saw(book: Daybook, sign: Sign, zone: tzinfo) -> None:
    """A sign of a day that is not closed yet."""
    day, second = day_and_second(sign.at, zone)
    if day > book.closed and (sign.kind in MOTION or sign.is_exit_door):
        slots = book.open.setdefault(day, {})
        slots[second // SLOT_S] = slots.get(second // SLOT_S, 0) | days.seen_in(sign)


def doubt(book: Daybook, since: float, until: float, node: str) -> None:
    """A node was lost or stuck in between."""
    book.doubts = [*book.doubts, (since, until, node)][-MOST_DOUBTS:]


def add(book: Daybook, day: int, found: dict[str, int]) -> None:
    """A day that counts is over; the oldest is forgotten."""
    for name in found.keys() | book.values.keys():
        column = book.values.setdefault(name, [None] * len(book.days))
        column.append(found.get(name))
        del column[:-MOST_DAYS]
    book.days = [*book.days, day][-MOST_DAYS:]


def go_on_with(book: Daybook, before: Daybook) -> None:
    """Know as well the days that were known before the book began, if the same sensors saw them."""
    if book.days or (book.begun_at is not None and book.sensors != before.sensors):
        return
    book.sensors = before.sensors
    book.begun_at, book.closed, book.week = before.begun_at, before.closed, before.week
    book.days, book.values, book.doubts = before.days, before.values, [*before.doubts, *book.doubts][-MOST_DOUBTS:]
    book.open = before.open | book.open
    book.said, book.compared_at, book.compared = before.said, before.compared_at, before.compared


def unsaid(book: Daybook) -> None:
    """Nobody was told of what was found so far: it is to be found, and said, on the next Monday."""
    book.said, book.compared_at, book.compared = {}, None, []


def known(book: Daybook, name: str, since: int = 0) -> list[tuple[int, int]]:
    """The days of a measure, oldest first, with their numbers."""
    column = zip(book.days, book.values.get(name, []), strict=False)
    return [(day, value) for day, value in column if value is not None and day >= since]


def clock_set_back(book: Daybook, now: float, zone: tzinfo) -> None:
    """The gateway's clock was ahead: the days from today on never were."""
    if book.begun_at is None:
        return
    today, _ = day_and_second(now, zone)
    kept = [n for n, day in enumerate(book.days) if day < today]
    book.values = {name: [column[n] for n in kept] for name, column in book.values.items()}
    book.days = [book.days[n] for n in kept]
    book.open = {day: slots for day, slots in book.open.items() if day < today}
    book.said = {name: said for name, said in book.said.items() if said.since < today}
    book.closed = min(book.closed, today - 1)
    book.week = min(book.week, (today - 1) // 7)
    book.begun_at, book.doubts = now, []  # what today has seen until now, it saw by the other clock
    book.compared_at = None if book.compared_at is None else min(book.compared_at, now)
