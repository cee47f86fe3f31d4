from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from gateway.simulator.habits import Habits, draw_habits
from gateway.simulator.life import Collapse, Decline, Life, Span, draw_life
from gateway.simulator.persons import Person
from gateway.simulator.stays import Firing

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
    assert Counter(firing.room for firing in asleep).most_common(1)[0][0] == "bedroom"
    noon = [firing.room for firing in firings if 12.3 <= hours(firing.at) < 12.6]
    assert noon.count("kitchen") > len(noon) / 2


def test_shopping_is_done_on_the_days_for_it_and_nothing_moves_meanwhile():
    habits = Habits(shopping_days=(2,), walk=0.0, letterbox=0.0, day_out=0.0)
    person = Person(habits, "a", TOKYO)
    outings = person.outings(START + DAY_S, START + 28 * DAY_S)
    assert outings and {datetime.fromtimestamp(out.start, ZoneInfo(TOKYO)).weekday() for out in outings} == {2}
    firings = list(person.between(START + DAY_S, START + 28 * DAY_S))
    doors = [firing.at for firing in firings if firing.kind == "contact" and firing.value]
    assert doors == [at for out in outings for at in (out.start, out.end) if at < START + 28 * DAY_S]
    seen = [firing.at for firing in firings if firing.kind == "motion" and firing.value]
    assert not [at for at in seen for out in outings if out.start < at < out.end]


def test_in_winter_they_rise_later_and_in_summer_they_nap():
    habits = Habits(wake_h=6.5, winter_later_h=1.0, nap=0.0, summer_nap=1.0)
    winter, summer = days_from("2026-01-10", 30, habits), days_from("2026-07-10", 30, habits)
    assert median(map(rises, winter)) > median(map(rises, summer)) + 0.5
    assert sum(map(naps, winter)) < 4 < 9 < sum(map(naps, summer))


def days_from(first: str, count: int, habits: Habits, life: Life | None = None) -> list[list[Firing]]:
    person, day = Person(habits, "a", TOKYO, life), date.fromisoformat(first)
    return [person.day(day + timedelta(days=number)) for number in range(count)]


def rises(day: list[Firing]) -> float:
    return hours(day[0].at)


def naps(day: list[Firing]) -> bool:
    """Whether they were seen in bed for half an hour of the early afternoon."""
    times = [firing.at for firing in day if 13.0 < hours(firing.at) < 15.5 and firing.room == "bedroom"]
    return bool(times) and times[-1] - times[0] > 1200


def test_who_is_ill_is_more_in_bed_more_often_up_at_night_and_does_not_go_out():
    days = 28
    ill = Life(ill=(Span(START - DAY_S, START + 40 * DAY_S),))
    well, unwell = Person(Habits(), "a", TOKYO), Person(Habits(), "a", TOKYO, ill)
    assert well.outings(START, START + days * DAY_S) and not unwell.outings(START, START + days * DAY_S)
    counts = [Counter(seen(one.between(START, START + days * DAY_S), 9, 18)) for one in (well, unwell)]
    assert counts[1]["bedroom"] > 1.5 * counts[0]["bedroom"]
    nights = [Counter(seen(one.between(START, START + days * DAY_S), 0, 5)) for one in (well, unwell)]
    assert nights[1]["toilet"] > 1.3 * nights[0]["toilet"]


def seen(firings: Iterable[Firing], from_h: float, until_h: float) -> list[str]:
    return [one.room for one in firings if one.kind == "motion" and one.value and from_h <= hours(one.at) < until_h]


def test_who_declines_goes_out_less_moves_less_and_has_more_restless_nights():
    declines = Person(Habits(), "a", TOKYO, Life(decline=Decline(START, 0.1)))
    early, late = (START, START + 40 * DAY_S), (START + 200 * DAY_S, START + 240 * DAY_S)
    assert len(declines.outings(*late)) < 0.7 * len(declines.outings(*early))
    assert len(seen(declines.between(*late), 7, 22)) < 0.95 * len(seen(declines.between(*early), 7, 22))
    night = [Counter(seen(declines.between(*span), 0, 5)) for span in (early, late)]
    assert night[1]["toilet"] > 1.3 * night[0]["toilet"]


def test_nothing_is_seen_of_a_resident_who_is_away_but_the_door_at_both_ends():
    away = Span(START + 3 * DAY_S, START + 12 * DAY_S)
    person = Person(Habits(visit_days=(0, 1, 2, 3, 4)), "a", TOKYO, Life(away=(away,)))
    firings = list(person.between(START, START + 20 * DAY_S))
    doors = [firing.at for firing in firings if firing.kind == "contact" and firing.value]
    assert away.start in doors and away.end in doors and away in person.outings(START, START + 20 * DAY_S)
    assert not [firing for firing in firings if away.start + 60 < firing.at < away.end]


def test_the_signs_of_a_visitor_are_beside_those_of_the_resident():
    alone, visited = (Person(Habits(visit_days=days), "a", TOKYO) for days in ((), (3,)))
    firings = list(visited.between(START, START + 14 * DAY_S))
    visits = list(visited.visits(START, START + 14 * DAY_S))
    assert {datetime.fromtimestamp(visit.start, ZoneInfo(TOKYO)).weekday() for visit in visits} == {3}
    doors = {firing.at for firing in firings if firing.kind == "contact" and firing.value}
    assert doors >= {visit.start for visit in visits}
    others = [one for one in firings if not any(visit.start <= one.at < visit.end + 60 for visit in visits)]
    assert set(others) <= set(alone.between(START, START + 14 * DAY_S))


def test_an_animal_trips_sensors_also_while_nobody_is_there():
    away = Life(away=(Span(START + DAY_S, START + 11 * DAY_S),))
    firings = Person(Habits(pet_trips=8.0), "a", TOKYO, away).between(START + 2 * DAY_S, START + 10 * DAY_S)
    assert 32 < len(seen(firings, 0, 24)) < 100


@pytest.mark.parametrize("room", ["bath", ""])
def test_nothing_is_seen_after_a_collapse(room: str):
    collapse = Collapse(START + 3600, room)
    person = Person(Habits(visit_days=(2, 3)), "a", TOKYO, Life(collapse=collapse))
    found = list(person.between(START, START + 3 * DAY_S))
    assert found and START + 1800 < found[-1].at < collapse.at
    assert not room or found[-1].room == room


def test_residents_drawn_from_different_seeds_have_habits_of_their_own():
    drawn = [draw_habits(f"{number}") for number in range(30)]
    assert draw_habits("7") == drawn[7] and len(set(drawn)) == 30
    assert max(one.wake_h for one in drawn) - min(one.wake_h for one in drawn) > 1.5
    assert 5 < sum(bool(one.visit_days) for one in drawn) < 25


def test_what_befalls_somebody_does_not_hang_on_how_long_one_looks():
    zone = ZoneInfo(TOKYO)
    short, long = (draw_life("a", START, START + days * DAY_S, zone) for days in (300, 900))
    assert long.ill[: len(short.ill)] == short.ill and long.away[: len(short.away)] == short.away
    assert len(long.ill) > len(short.ill) > 0


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_day_the_clocks_change_has_one_getting_up(day: str):
    person = Person(Habits(), "a", "Europe/Paris")
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    firings = list(person.between(start, start + 2 * DAY_S))
    assert all(one.at <= other.at for one, other in pairwise(firings))
