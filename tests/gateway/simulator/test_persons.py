from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.simulator.persons import Habits, Person

TOKYO = "Asia/Tokyo"
START = datetime(2026, 6, 3, 10, 30, tzinfo=ZoneInfo(TOKYO)).timestamp()
DAY_S = 86400.0


def hours(at: float) -> float:
    local = datetime.fromtimestamp(at, ZoneInfo(TOKYO))
    return local.hour + local.minute / 60


def test_the_same_seed_lives_the_same_life():
    lives = [list(Person(Habits(), "a", TOKYO).between(START, START + 5 * DAY_S)) for _ in range(2)]
    assert lives[0] == lives[1]
    assert lives[0] != list(Person(Habits(), "b", TOKYO).between(START, START + 5 * DAY_S))


def test_a_span_asked_for_in_two_halves_is_the_whole():
    person = Person(Habits(), "a", TOKYO)
    middle = START + 2.3 * DAY_S
    halves = [*person.between(START, middle), *person.between(middle, START + 4 * DAY_S)]
    assert halves == list(person.between(START, START + 4 * DAY_S))


def test_firings_come_in_order_for_sixty_days():
    firings = list(Person(Habits(), "a", TOKYO).between(START, START + 60 * DAY_S))
    assert len(firings) > 60 * 100
    assert all(one.at <= other.at for one, other in pairwise(firings))


def test_a_resident_sleeps_at_night_and_eats_in_the_kitchen():
    firings = list(Person(Habits(), "a", TOKYO).between(START, START + 30 * DAY_S))
    asleep = [firing for firing in firings if 0 <= hours(firing.at) < 5]
    assert len(asleep) < len(firings) / 10
    assert {firing.room for firing in asleep} <= {"bedroom", "toilet"}
    noon = [firing.room for firing in firings if 12.3 <= hours(firing.at) < 12.6]
    assert noon.count("kitchen") > len(noon) / 2


def test_shopping_is_done_on_the_days_for_it_and_nothing_moves_meanwhile():
    habits = Habits(shopping_days=(2,), walk=0.0)
    firings = list(Person(habits, "a", TOKYO).between(START + DAY_S, START + 28 * DAY_S))
    doors = [firing for firing in firings if firing.kind == "contact"]
    assert doors and {datetime.fromtimestamp(door.at, ZoneInfo(TOKYO)).weekday() for door in doors} == {2}
    left, back = doors[0].at, doors[2].at
    assert not [firing for firing in firings if left + 60 < firing.at < back]


def test_nothing_is_seen_after_a_collapse():
    seen = list(Person(Habits(), "a", TOKYO).between(START, START + DAY_S, collapsed_at=START + 3600))
    assert seen and seen[-1].at < START + 3600


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_day_the_clocks_change_has_one_getting_up(day: str):
    person = Person(Habits(), "a", "Europe/Paris")
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    firings = list(person.between(start, start + 2 * DAY_S))
    assert all(one.at <= other.at for one, other in pairwise(firings))
