"""Which unit a node speaks for: hung up, moved, taken down, or a stranger."""

import msgspec
import pytest
from contract.reports import Closed, Configure

from gateway.core.building import BuildingCore
from gateway.core.inputs import Observed
from tests.gateway.core.house import HOUR, START, House, building, place


def test_a_node_in_no_unit_is_shown_and_its_signs_are_nobodys() -> None:
    house = House()
    house.sense("stranger", "motion", {"count": 1})
    assert house.core.unassigned() == ["stranger"]
    house.tell(Configure(building(*house.places, place("stranger"))))
    assert house.core.unassigned() == []


def test_a_press_on_a_node_in_no_unit_counts_once_it_hangs_somewhere() -> None:
    house = House()
    assert house.press("new") == [], "the node is not told that it was received, and goes on trying"
    house.tell(Configure(building(*house.places, place("new"))))
    house.take(house.journal[-2])
    assert house.stages("emergency") == ["open"]


def test_a_flood_of_strangers_takes_no_memory() -> None:
    house = House()
    for n in range(500):
        house.sense(f"n{n}", "motion", {"count": 1})
    assert len(house.core.unassigned()) == 100


def test_of_a_stranger_the_kinds_it_reported_are_known_also_after_a_restart() -> None:
    house = House()
    house.sense("stranger", "motion", {"count": 1})
    house.sense("stranger", "health", {"uptime_s": 1})
    again = BuildingCore("gw1")
    again.load(house.core.dump())
    assert again.strangers() == [("stranger", START, ["motion", "health"])]
    house.tell(Configure(building(*house.places, place("stranger"))))
    assert house.core.strangers() == []


def test_a_moved_node_speaks_for_the_unit_it_hung_in_when_it_sensed() -> None:
    moved = [
        msgspec.structs.replace(place("pir", "101", "living", "motion"), until=START + HOUR),
        msgspec.structs.replace(place("pir", "102", "kitchen", "motion"), since=START + HOUR),
    ]
    house = House(*moved)
    house.places = (place("pir"),)
    house.wait(2 * HOUR)
    house.move("pir")
    house.sense("pir", "motion", {"count": 1}, at=START + 600, historical=True)
    house.wait(600)
    assert house.live("102").last_sign.room == "kitchen"  # type: ignore[union-attr]
    assert house.live("101").last_sign.at == START + 600  # type: ignore[union-attr]


@pytest.mark.parametrize(("kind", "value"), [("emergency", "pressed"), ("smoke", True)])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_call_for_help_of_a_node_that_hung_nowhere_is_raised_when_its_place_becomes_known(
    kind: str, value: str | bool, restarted: bool
) -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", kind, value))
    house.wait(1200)
    if restarted:
        house.core, before = BuildingCore("another"), house.core
        house.core.load(before.dump())
    house.tell(Configure(building(*house.places, place("zb", "102", "toilet", kind))))
    (alert,) = house.alerts(kind)
    assert (alert.unit, alert.stage, alert.since) == ("102", "open", START)
    assert "12:00" in alert.reason.en, "it says when"
    house.tell(Configure(building(*house.places, place("zb", "102", "toilet", kind))))
    assert len(house.alerts(kind)) == 1


def test_smoke_that_went_on_and_off_before_its_place_was_known_can_be_raised_again() -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", "smoke", True))
    house.take(Observed(house.now, house.now, "zb", "smoke", False))
    house.tell(Configure(building(*house.places, place("zb", "101", "kitchen", "smoke"))))
    house.tell(Closed(house.alerts("smoke")[0].alert, house.now, "false"))
    house.wait(60)
    house.take(Observed(house.now, house.now, "zb", "smoke", True))
    assert len({alert.alert for alert in house.alerts("smoke")}) == 2


def test_a_kept_press_that_its_node_repeats_is_one_alert() -> None:
    house = House()
    house.press("new")
    seen = house.journal[-1]
    house.tell(Configure(building(*house.places, place("new"))))
    assert [told.body["stage"] for told in house.told("new")] == ["journalled"]
    house.tell(Closed(house.alerts("emergency")[0].alert, house.now, "false"))
    house.take(seen)
    assert house.stages("emergency") == ["open"]


def test_a_press_from_before_a_node_was_hung_up_is_nobodys() -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", "emergency", "pressed"))
    house.wait(600)
    later = msgspec.structs.replace(place("zb"), since=house.now)
    house.tell(Configure(building(*house.places, later)))
    assert house.alerts("emergency") == []
    house.tell(Configure(building(*house.places, place("zb"))))
    assert house.stages("emergency") == ["open"], "but somebody corrected since when it hangs there"


def test_a_flood_of_presses_of_strangers_takes_no_memory_and_loses_the_oldest() -> None:
    house = House()
    for n in range(300):
        house.press(f"n{n}")
    house.tell(Configure(building(*house.places, *(place(f"n{n}", "101") for n in range(300)))))
    assert house.alerts("emergency")[-1].evidence.presses == 100


def test_a_node_taken_out_of_the_configuration_and_put_back_is_not_heard_twice() -> None:
    house = House()
    house.press()
    seen = house.journal[-1]
    house.tell(Closed(house.alerts()[0].alert, house.now, "false"))
    house.wait(60)
    everything = building(*house.places)
    house.tell(Configure(building(house.places[1])))
    again = BuildingCore("another")
    again.load(house.core.dump())
    house.core = again
    house.tell(Configure(everything))
    house.take(seen)
    assert house.stages("emergency") == ["open"]
    house.press()
    assert len({alert.alert for alert in house.alerts("emergency")}) == 2, "and nothing new is lost"


def test_nodes_that_come_and_go_take_no_memory() -> None:
    house = House()
    for n in range(1100):
        nodes = (place(f"n{n}"),)
        house.tell(Configure(building(*nodes)))
        house.press(f"n{n}")
    assert len(house.core.dump()) < 200_000
