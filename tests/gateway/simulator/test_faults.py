"""What goes wrong between a resident and a recording."""

from collections import Counter

import pytest
from msgspec import structs

from gateway.simulator.faults import USUAL, Faults, Spoiler
from gateway.simulator.life import DAY_S, Span
from gateway.simulator.reports import Report, Truth

SPAN = Span(0.0, 30 * DAY_S)


def report(at: float, node: str = "m", room: str = "living", kind: str = "motion", value: str = "1") -> Report:
    return Report(at, at, node, room, kind, value)


def clean() -> list[Report]:
    """A sensor that trips each ten minutes, and a door each hour."""
    found = [report(600.0 * n) for n in range(30 * 144)]
    return found + [report(3600.0 * n + 5, "d", "entrance", "contact", str(n % 2)) for n in range(30 * 24)]


def spoilt(faults: Faults, seed: str = "a") -> tuple[list[Report], list[Truth]]:
    spoiler = Spoiler(faults, seed, SPAN)
    return spoiler.spoil(clean()), spoiler.truths


def test_without_faults_nothing_is_changed() -> None:
    found, truths = spoilt(Faults())
    assert sorted(found, key=str) == sorted(clean(), key=str) and truths == []


@pytest.mark.parametrize("name", list(structs.asdict(Faults())))
def test_each_fault_can_be_had_alone_and_is_the_same_each_time(name: str) -> None:
    faults = Faults(**{name: 20 * structs.asdict(USUAL)[name]})
    found, truths = spoilt(faults)
    assert (found, truths) == spoilt(faults)
    assert found != spoilt(Faults())[0] and {truth.what for truth in truths} <= {name}
    comes = [one.comes_at for one in found]
    assert comes == sorted(comes)


def test_to_switch_another_fault_on_does_not_move_the_first() -> None:
    _, alone = spoilt(Faults(outage=3.0))
    _, both = spoilt(Faults(outage=3.0, ghost=1.0, battery=2.0))
    assert [truth for truth in both if truth.what == "outage"] == alone != []


def test_in_an_outage_there_is_nothing_but_its_two_links() -> None:
    found, truths = spoilt(Faults(outage=4.0))
    assert truths
    for truth in truths:
        within = [one for one in found if truth.start <= one.comes_at <= truth.end]
        assert next((one.node, one.value) for one in within if one.kind == "link") == ("gateway", "offline")
        assert {one.kind for one in within if one.comes_at < truth.end} == {"link"}


def test_a_dead_door_says_nothing_any_more_and_the_rest_goes_on() -> None:
    found, truths = spoilt(Faults(door=5.0))
    (died,) = [truth for truth in truths if truth.what == "door"]
    assert max(one.at for one in found if one.node == "d") < died.start
    assert max(one.at for one in found if one.node == "m") > 29 * DAY_S


def test_a_stuck_sensor_trips_every_minute_for_hours() -> None:
    found, truths = spoilt(Faults(stuck=3.0))
    stuck = truths[0]
    trips = [one for one in found if stuck.start <= one.at < stuck.end and one.value == "1" and one.node == "m"]
    assert stuck.end - stuck.start >= 4 * 3600 and len(trips) > (stuck.end - stuck.start) / 61


def test_a_battery_is_told_to_run_low_before_its_node_falls_silent() -> None:
    found, truths = spoilt(Faults(battery=3.0))
    gone = truths[-1]
    assert [one.value for one in found if one.kind == "battery" and one.at < gone.start][-1] == "7"
    assert [one.kind for one in found if one.node == "m" and gone.start <= one.at < gone.end] == ["link"]


def test_a_share_of_reports_is_lost_late_or_comes_twice() -> None:
    count = len(clean())
    assert 0.7 * count < len(spoilt(Faults(lost=0.2))[0]) < 0.9 * count
    late = [one for one in spoilt(Faults(late=0.2))[0] if one.comes_at > one.at]
    assert 0.1 * count < len(late) < 0.3 * count and all(120 <= one.comes_at - one.at <= 21600 for one in late)
    twice = Counter((one.at, one.node) for one in spoilt(Faults(twice=0.2))[0])
    assert 0.1 * count < sum(times == 2 for times in twice.values()) < 0.3 * count


def test_a_clock_goes_wrong_and_is_set_each_week() -> None:
    found, _ = spoilt(Faults(drift=3.0))
    wrong = [one.at - one.comes_at for one in found if one.node == "m"]
    assert 0 < max(map(abs, wrong)) <= 21 and min(abs(one) for one in wrong[1008:1010]) < 0.1
