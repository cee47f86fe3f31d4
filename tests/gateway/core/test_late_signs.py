"""What a watch learned survives: a flood of late signs, and a unit that was left out by mistake."""

import random
from typing import Any

import pytest
from contract.reports import Building, Configure, UnitSettings

from gateway.core import limits, moved_out, unit, watch
from gateway.core.building import BuildingCore
from tests.gateway.core.house import HOUR, START, House, building, place

DAY = 24 * HOUR
REST = Building("Asia/Tokyo", [UnitSettings("102")], [place("other", "102")])


def taught(*more: Any) -> House:
    """A house that has known its resident for four days, each from noon to nine in the evening."""
    house = House(place("button"), *more)
    for day in range(4):
        for n in range(36):
            house.now = START + day * DAY + n * 900.0
            house.move()
    return house


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever any watch learns."""
    found: list[int] = []

    def counted(*given: Any) -> limits.Limits:
        found.append(1)
        return limits.learn(*given)

    monkeypatch.setattr(watch, "learn", counted)
    return found


def flood(house: House, count: int = 1000) -> None:
    """Signs of the days before, in any order, ten in a second."""
    dice = random.Random(3)
    for _ in range(count):
        house.now += 0.1
        house.sense("button", "motion", {"count": 1}, at=START + dice.uniform(0, 3 * DAY), historical=True)


def test_a_thousand_late_signs_are_learned_from_once(learned: list[int]) -> None:
    house = taught()
    house.now += 20.0
    house.move()
    learned.clear()
    flood(house)
    assert len(learned) <= 1
    before = house.core.units["101"].watch.limit_s(house.now)
    house.wait(unit.RELEARN_AFTER_S + unit.RELEARN_SPREAD_S + 1)
    assert 1 <= len(learned) <= 2
    assert not house.core.units["101"].watch.is_stale
    assert house.core.units["101"].watch.limit_s(house.now) != before
    house.wait(HOUR)
    assert len(learned) <= 2


def test_units_learn_from_late_signs_each_at_its_own_time(learned: list[int]) -> None:
    places = [place(f"n{n}", f"1{n:02}") for n in range(20)]
    house = House(*places)
    for day in range(2):
        for n in range(20):
            house.now = START + day * DAY + n
            house.move(f"n{n}")
    for n in range(20):
        house.sense(f"n{n}", "motion", {"count": 1}, at=START + 600, historical=True)
    learned.clear()
    most, until = 0, house.now + unit.RELEARN_AFTER_S + unit.RELEARN_SPREAD_S
    while (due := house.core.next_deadline()) is not None and due <= until:
        before = len(learned)
        house.now = due
        house._tick()
        most = max(most, len(learned) - before)
    assert len(learned) >= 20
    assert most <= 3, "no emergency waits for twenty lessons"


def test_after_an_outage_of_the_gateway_what_came_late_is_learned_later_and_not_at_once(learned: list[int]) -> None:
    house = taught()
    flood(house, 10)
    learned.clear()
    house.now += 2000
    house.sense("button", "emergency", "pressed")
    assert learned == []
    house.wait(1000)
    assert learned == [1]


def test_restarts_among_late_signs_change_nothing() -> None:
    house = taught()
    flood(house, 100)
    house.wait(1200)
    house.now += 2000
    house.move()
    house.wait(14 * HOUR)
    core, decided = BuildingCore("gw1"), []
    for n, entry in enumerate(house.journal):
        decided += core.apply(entry)
        if n % 7 == 0:
            body, core = core.dump(), BuildingCore("gw1")
            core.load(body)
    assert house.stages("inactivity")
    assert decided == house.decided


def test_nobody_is_asked_before_what_came_late_is_learned(learned: list[int]) -> None:
    house = taught()
    flood(house, 10)
    state = house.core.units["101"].state
    state.relearn_at = house.now + 100 * DAY
    learned.clear()
    house.wait(13 * HOUR)
    assert house.stages("inactivity") == ["asking", "open"]
    assert learned == [1]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_unit_left_out_and_put_back_knows_what_it_knew(restarts: bool) -> None:
    house = taught(place("other", "102"))
    twin = taught(place("other", "102"))
    house.tell(Configure(REST))
    if restarts:
        body, house.core = house.core.dump(), BuildingCore("gw1")
        house.core.load(body)
    house.now += 5 * DAY
    house.tell(Configure(building(place("button"), place("other", "102"))))
    now, was = house.core.units["101"].watch, twin.core.units["101"].watch
    house.sense("button", "motion", {"count": 1})
    assert now.learning() == was.learning()
    assert now.learning()[0] > 0
    assert now._rhythm.days.keys() >= was._rhythm.days.keys()
    assert max(silence.length_s for silence in now._rhythm.silences()) < 2 * DAY, "its absence teaches nothing"


def test_what_was_learned_in_a_unit_that_is_gone_is_forgotten_in_the_end() -> None:
    house = taught(place("other", "102"))
    house.tell(Configure(REST))
    assert "101" in house.core._roster.moved_out
    house.now += moved_out.KEPT_S
    house.idle(600)
    assert house.core._roster.moved_out == {}


def test_no_more_than_so_many_units_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved_out, "MOST_UNITS", 2)
    house = House(*(place(f"n{n}", f"20{n}") for n in range(4)))
    house.tell(Configure(REST))
    assert list(house.core._roster.moved_out) == ["202", "203"]
