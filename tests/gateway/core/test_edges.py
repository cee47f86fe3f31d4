"""What is a sign of life and what is not, and when it was."""

from typing import Any

import pytest

from gateway.core import edges
from gateway.core.inputs import Observed, Value
from gateway.core.supervision import NodeState
from tests.gateway.core.house import START, place

DAY_S = 86400.0


def seen(kind: str, value: Value, *, at: float = START, historical: bool = False, boot: str = "b") -> Observed:
    return Observed(at, START, "n", kind, value, historical, boot, 1)


@pytest.mark.parametrize(
    ("at", "wrong", "sensed"),
    [
        (START, False, START),
        (START - 3600, False, START - 3600),
        (START - 366 * DAY_S, False, START - 366 * DAY_S),
        (START - 367 * DAY_S, True, START),
        (START + 120, False, START),
        (START + 121, True, START),
        (0.0, True, START),
        (float("nan"), True, START),
        (float("inf"), True, START),
    ],
)
def test_what_a_wrong_clock_dates_was_sensed_when_it_came(at: float, wrong: bool, sensed: float) -> None:
    found = seen("motion", {"count": 1}, at=at)
    assert (edges.clock_is_wrong(found, START), edges.sensed_at(found, START)) == (wrong, sensed)


@pytest.mark.parametrize(
    ("historical", "boot", "first_hand"), [(False, "", True), (False, "b", True), (True, "b", True), (True, "", False)]
)
def test_only_what_the_node_itself_sent_says_that_it_is_there(historical: bool, boot: str, first_hand: bool) -> None:
    assert edges.is_first_hand(seen("motion", {"count": 1}, historical=historical, boot=boot)) is first_hand


@pytest.mark.parametrize(
    ("kind", "values", "signs"),
    [
        ("motion", [{"count": 1}, {"count": 1}], [1, 1]),
        ("emergency", ["pressed", "released"], [1, 0]),
        ("fine", ["pressed"], [1]),
        ("away", ["out", "back"], [1, 1]),
        ("door", ["open", "closed", "closed", "open"], [0, 1, 0, 1]),
        ("door", ["open", "ajar", "closed"], [0, 0, 1]),
        ("presence", [False, True, True, False, True], [0, 1, 0, 0, 1]),
        ("presence", [True, False, True], [0, 0, 1]),
        ("water", [{"l_per_min": 0.0}, {"l_per_min": 3.0}, {"l_per_min": 4.0}, {"l_per_min": 0.1}], [0, 1, 0, 0]),
        ("water", [{"l_per_min": 0.0}, {"l_per_min": "much"}, {}], [0, 0, 0]),
        ("power", [{"w": 3.0}, {"w": 900.0}], [0, 0]),
        ("climate", [{"temperature_c": 20.0}], [0]),
        ("smoke", [False, True], [0, 0]),
        ("leak", [False, True], [0, 0]),
        ("health", [{"uptime_s": 1}], [0]),
    ],
)
def test_only_a_change_or_a_retrigger_is_a_sign_of_life(kind: str, values: list[Any], signs: list[int]) -> None:
    node = NodeState()
    found = [edges.signs_from(seen(kind, value, at=START + n), START + n, place("n"), node)
             for n, value in enumerate(values)]  # fmt: skip
    assert [len(one) for one in found] == signs


@pytest.mark.parametrize(
    ("at", "last", "ends"),
    [
        (START - 60, START - 10, [START - 60, START - 10]),
        (START - 60, START, [START - 60, START]),
        (START - 60, START + 1, [START - 60]),
        (START - 60, START - 90, [START - 60]),
        (START - 60, "soon", [START - 60]),
        (START - 60, float("nan"), [START - 60]),
        (0.0, START - 10, [START]),
    ],
)
def test_trips_in_one_report_are_a_first_and_a_last_sign(at: float, last: object, ends: list[float]) -> None:
    found = seen("motion", {"count": 4, "last_at": last}, at=at)
    signs = edges.signs_from(found, edges.sensed_at(found, START), place("n"), NodeState())
    assert [sign.at for sign in signs] == ends


def test_what_a_broker_kept_is_no_sign_but_its_level_is_known() -> None:
    node = NodeState()
    for value in ("open", "closed"):
        assert not edges.signs_from(seen("door", value, historical=True, boot=""), START, place("n"), node)
    assert edges.level(node, "door") == "closed"
    assert edges.signs_from(seen("door", "open"), START + 1, place("n"), node)


def test_a_change_that_is_told_late_finds_its_place_among_those_known() -> None:
    node = NodeState()
    assert edges.changed(node, "door", 10.0, "open") == (True, None)
    assert edges.changed(node, "door", 30.0, "open") == (False, "open")
    assert edges.changed(node, "door", 40.0, "closed") == (True, "open")
    assert edges.changed(node, "door", 20.0, "closed") == (True, "open")
    assert (edges.level(node, "door"), edges.level_since(node, "door")) == ("closed", 40.0)


def test_a_level_that_changes_without_end_takes_no_memory() -> None:
    node = NodeState()
    for n in range(100):
        edges.changed(node, "door", float(n), "open" if n % 2 else "closed")
    assert len(node.levels["door"]) == edges.MOST_CHANGES
    assert edges.level_since(node, "door") == 99.0
