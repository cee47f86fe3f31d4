"""Time: our own outages, clocks set ahead and back, signs out of order."""

from typing import Any

import pytest
from contract.reports import Absence, UnitHour

from gateway.core.inputs import Observed, Ticked
from tests.gateway.core.house import HOUR, START, House, place


def test_signs_count_once_whatever_the_order_they_arrive_in() -> None:
    house = House()
    house.wait(600)
    entries = [
        Observed(START + n, house.now, "button", "motion", {"count": 1}, True, "old", n) for n in (5, 3, 4, 3, 5)
    ]
    for entry in entries:
        house.take(entry)
    house.wait(3600)
    assert sum(report.counts.get("living", 0) for report in house.sent(UnitHour)) == 3


def test_a_restart_within_minutes_blames_no_node_and_is_silence_like_any_other() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(12 * HOUR - 600)
    house.now += 600
    house.wait(60)
    assert house.stages("node_lost") == []
    assert house.stages("inactivity") == ["asking"]


def test_a_tick_before_its_time_is_not_worth_a_line_in_the_journal() -> None:
    house = House()
    before = house.core.dump()
    due = house.core.next_deadline()
    assert due is not None
    assert not house.core.is_due(due - 1)
    assert house.core.apply(Ticked(due - 1)) == []
    assert house.core.dump() == before
    assert house.core.is_due(due)


def test_the_core_never_asks_to_be_woken_in_the_past() -> None:
    house = House()
    for _ in range(200):
        house.wait(700)
        due = house.core.next_deadline()
        assert due is not None
        assert house.now < due <= house.now + 300


@pytest.mark.parametrize("ahead_s", [0.5, 60, 119, 121, 3600, 1e9, float("inf"), float("nan")])
def test_no_clock_of_a_node_dates_a_sign_later_than_it_came(ahead_s: float) -> None:
    house = House(
        place("button"), place("door", "101", "entrance", "door"), place("mm", "101", "living", "presence", "water")
    )
    house.wait(600)
    at = house.now + ahead_s
    said: list[tuple[str, str, Any]] = [
        ("button", "motion", {"count": 2, "last_at": at + 1000}),
        ("button", "fine", "pressed"),
        ("button", "away", "back"),
        ("mm", "presence", False),
        ("mm", "presence", True),
        ("mm", "water", {"l_per_min": 0.0}),
        ("mm", "water", {"l_per_min": 5.0}),
        ("door", "door", "open"),
        ("door", "door", "closed"),
        ("button", "motion", {"count": 2, "last_at": at}),
    ]
    for node, kind, value in said:
        house.sense(node, kind, value, at=at)
        house.sense(node, kind, value, at=START, historical=True)
    watch = house.core.units["101"].watch
    assert START <= watch.since() <= house.now
    due = watch.deadline()
    assert due is not None
    assert due <= house.now + 12 * HOUR
    assert all(sign.at <= house.now for sign in house.core.units["101"].state.signs)
    house.wait(13 * HOUR)
    assert "asking" in house.stages("inactivity")


def test_an_absence_announced_by_a_clock_that_was_ahead_goes_on_when_it_is_set_back() -> None:
    house = House()
    house.wait(600)
    house.now += 24 * HOUR
    house.tell(Absence("101", "hospital", house.now))
    house.now -= 24 * HOUR
    house.wait(60)
    assert (house.live().watching, house.live().presence) == ("paused", "away")
    assert house.alerts() == []
