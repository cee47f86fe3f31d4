"""How often the weekly comparison speaks of changes that are none, and how soon of those that are.

`python -m tests.bench.changes [ZONE:RECORDING.csv.gz …]`: simulated residents whose habits stay as they are for a
year, and others whose habits change after twelve weeks; and of each real recording the weeks in an order drawn by lot,
a year long, in which nothing changes but what differs from week to week anyhow.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from gateway.core import changes, daybook, days
from gateway.core.measures import MEASURES, sensed
from gateway.core.signs import Sign
from gateway.recordings import opened, parse
from gateway.simulator.persons import Habits, Person
from tests.gateway.core.house import place

START = date(2026, 1, 5)
ZONE = "Asia/Tokyo"
STEADY = (
    Habits(),
    Habits(nights_up=2, nap=0.8),
    Habits(walk=0.7, shopping_days=(0, 2, 4)),
    Habits(wake_h=5.5, bed_h=20.5, quiet_min=12),
    Habits(wake_h=8, bed_h=24, nights_up=0.5),
    Habits(quiet_min=20, walk=0.1, shopping_days=(3,)),
)
CHANGED = (
    ("nights up 1 -> 2", "night_rising", Habits(), Habits(nights_up=2)),
    ("nights up 1 -> 2.5", "night_rising", Habits(), Habits(nights_up=2.5)),
    ("outings 4.6 -> 1.2 a week", "outings", Habits(), Habits(walk=0.05, shopping_days=(3,))),
    ("toilet every 2.5 -> 1.6 h", "toilet_day", Habits(), Habits(toilet_every_h=1.6)),
    ("up an hour later", "rising", Habits(), Habits(wake_h=7.5)),
    ("to bed an hour earlier", "bedtime", Habits(), Habits(bed_h=21)),
    ("less about", "active_day", Habits(), Habits(quiet_min=15)),
)
EACH = 4  # residents with the same habits
LOTS = 60  # years drawn from a recording
HOME = tuple(place(room, "1", room, "motion", "door") for room in ("toilet", "bedroom", "living", "entrance"))

Numbers = dict[str, int]


def numbers(signs: Iterable[Sign], zone: ZoneInfo) -> list[Numbers]:
    """Every day that counts."""
    open_days: dict[int, dict[int, int]] = {}
    for sign in signs:
        day, second = daybook.day_and_second(sign.at, zone)
        slots = open_days.setdefault(day, {})
        slots[second // days.SLOT_S] = slots.get(second // days.SLOT_S, 0) | days.seen_in(sign)
    found = (days.numbers(open_days[day]) for day in sorted(open_days))
    return [one for one in found if one is not None]


def lived(habits: Habits, seed: str, start: date, count: int) -> list[Numbers]:
    person = Person(habits, seed, ZONE)
    firings = (firing for n in range(count) for firing in person.day(start + timedelta(days=n)))
    signs = (
        Sign(firing.at, firing.room, "door" if firing.kind == "contact" else "motion")
        for firing in firings
        if firing.kind == "contact" or firing.value
    )
    return numbers(signs, ZoneInfo(ZONE))


def recorded(log: Path, zone: ZoneInfo) -> list[Numbers]:
    def signs() -> Iterator[Sign]:
        with opened(log, zone) as (lines, _):
            for row in map(parse, lines):
                if row.kind == "motion" and row.value == "1":
                    yield Sign(row.at, row.room, "motion")
                elif row.kind == "contact" and row.room == "entrance":
                    yield Sign(row.at, row.room, "door")

    return numbers(signs(), zone)


def said(counted: list[Numbers]) -> list[tuple[int, str]]:
    """After how many days something was said, and of what."""
    book, found = daybook.Daybook(), []
    names = [name for name, measure in MEASURES.items() if sensed(measure, HOME)]
    for n, one in enumerate(counted, start=1):
        daybook.add(book, n, one)
        for name in names if n % 7 == 0 else ():
            if len(daybook.known(book, name)) < changes.LEAST_BEFORE + 7:
                continue
            change = changes.changed(book, name)
            if change is not None:
                book.said[name] = daybook.Said(change[0], change[1])
                found.append((n, name))
    return found


def drawn(counted: list[Numbers], seed: int) -> list[Numbers]:
    """A year of weeks of the same home."""
    draw = Random(seed)
    starts = [draw.randrange(len(counted) - 6) for _ in range(52)]
    return [one for start in starts for one in counted[start : start + 7]]


def main(recordings: list[str]) -> None:
    years = [said(lived(habits, f"{n}-{m}", START, 364)) for n, habits in enumerate(STEADY) for m in range(EACH)]
    print(f"simulated, nothing changes: {sum(map(len, years))} said in {len(years)} resident-years")
    for name, what, before, after in CHANGED:
        delays = [next_said(before, after, what, f"{name}{m}") for m in range(3 * EACH)]
        heard = sorted(delay for delay in delays if delay is not None)
        print(f"{name}: {len(heard)} of {len(delays)} said within 10 weeks, median {median(heard or [0]):.0f} days")
    for argument in recordings:
        zone, _, log = argument.partition(":")
        counted = recorded(Path(log), ZoneInfo(zone))
        natural, lots = said(counted), [said(drawn(counted, seed)) for seed in range(LOTS)]
        print(f"{Path(log).name}: as recorded {len(natural)} said in {len(counted)} days that count; ", end="")
        print(f"weeks by lot: {sum(map(len, lots))} said in {LOTS} resident-years")


def next_said(before: Habits, after: Habits, what: str, seed: str) -> int | None:
    """How many days after the change it was said."""
    first = lived(before, seed, START, 84)
    found = said([*first, *lived(after, seed, START + timedelta(days=84), 70)])
    return next((n - len(first) for n, name in found if name == what and n > len(first)), None)


if __name__ == "__main__":
    main(sys.argv[1:])
