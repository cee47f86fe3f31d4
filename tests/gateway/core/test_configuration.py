"""What a building is told to be: checked whole, and refused with every reason."""

import msgspec
import pytest
from contract.reports import Absence, AbsenceEnded, Building, Closed, Command, Configure, UnitSettings

from gateway.core.building import check
from tests.gateway.core.house import HOUR, START, House, building, place


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"zone": "Asia/Nowhere"}, "zone: Asia/Nowhere is no IANA time zone"),
        ({"ask_node_s": 600.0}, "ask_node_s: must not be longer than ask_total_s"),
        ({"units": []}, "node button: hangs in unit 101, which is not listed"),
        ({"units": [UnitSettings("101"), UnitSettings("101")]}, "unit 101: named more than once"),
        ({"nodes": [place("Über")]}, "node Über: a native node's name is 1 to 32 of a-z, 0-9 and -"),
        ({"nodes": [place("a", "101", "x", "smell")]}, "node a: unknown kind smell"),
        ({"nodes": [place("a"), place("a")]}, "node a: hangs in two places at once (101 and 101)"),
        ({"ask_node_s": -1.0}, "Expected `float` >= 0.0"),
    ],
)
def test_a_wrong_configuration_is_named_and_changes_nothing(change: dict[str, object], problem: str) -> None:
    wrong = msgspec.structs.replace(building(place("button")), **change)
    assert any(problem in found for found in check(wrong)), check(wrong)
    house = House()
    assert house.tell(Configure(wrong)) == []
    assert house.press() != []


def test_all_problems_of_a_configuration_are_said_at_once() -> None:
    wrong = Building("Nowhere", [], [place("a", "101", "x", "smell")], 600.0, 1.0)
    assert len(check(wrong)) == 4


def test_a_unit_taken_from_the_gateway_while_asking_is_handed_to_a_worker() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(12 * HOUR)
    house.tell(Configure(Building("Asia/Tokyo", [UnitSettings("102")], [])))
    assert house.stages("inactivity") == ["asking", "open"]


@pytest.mark.parametrize(
    ("command", "problems"),
    [
        (Absence("101", "away", START), []),
        (AbsenceEnded("101", "away", START), []),
        (Absence("999", "away", START), ["unit 999 is not in this building"]),
        (AbsenceEnded("999", "away", START), ["unit 999 is not in this building"]),
        (Closed("an alert forgotten long ago", START, "false"), []),
    ],
)
def test_a_command_that_cannot_be_done_is_named(command: Command, problems: list[str]) -> None:
    house = House()
    assert house.core.problems_with(command) == problems
    house.tell(command)
    assert house.press() != []
