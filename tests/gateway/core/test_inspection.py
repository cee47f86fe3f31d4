"""What a technician is shown, and what lights a sensor in a walk test."""

import pytest
from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.core import edges
from gateway.core.building import BuildingCore
from gateway.core.inputs import NodeStatus, Observed, Told
from gateway.core.inspection import heard_within_min, lit_by, senses_somebody, unit_seen

NOW = 1_795_400_000.0
PLACES = [
    NodePlace("move", "101", "hall", 0.0, mains=True, kinds=["motion"]),
    NodePlace("door", "101", "entrance", 0.0, source="zigbee2mqtt", kinds=["door"]),
]


def core_with(places: list[NodePlace] = PLACES) -> BuildingCore:
    core = BuildingCore("g1")
    core.apply(Told(NOW, Configure(Building("Asia/Tokyo", [UnitSettings("101")], places))))
    return core


def lights(core: BuildingCore, node: str, kind: str, value: object, at: float, *, historical: bool = False) -> bool:
    """Whether a report lights its node, taken as an onlooker takes it."""
    seen = Observed(at, at, node, kind, value, historical)  # type: ignore[arg-type]
    before = edges.level_since(core.nodes[node], kind)
    core.apply(seen)
    return senses_somebody(seen, before, core.nodes[node])


def test_a_door_lights_when_it_moves_and_not_when_a_bridge_repeats_it() -> None:
    core = core_with()
    assert [
        lights(core, "door", "door", value, NOW + second)
        for second, value in enumerate(("closed", "closed", "open", "open", "closed"))
    ] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("motion", {"count": 1}, True),
        ("presence", True, True),
        ("presence", False, False),
        ("emergency", "pressed", True),
        ("emergency", "released", False),
        ("health", {"battery_v": 3.0}, False),
        ("climate", {"temperature_c": 20.0, "humidity_pct": 50}, False),
        ("light", {"lux": 3}, False),
    ],
)
def test_only_what_somebody_does_lights(kind: str, value: object, expected: bool) -> None:
    assert lights(core_with(), "move", kind, value, NOW + 1) is expected


def test_what_a_broker_kept_does_not_light() -> None:
    assert not lights(core_with(), "move", "motion", {"count": 1}, NOW + 1, historical=True)


def test_why_a_unit_cannot_be_watched_is_told() -> None:
    core = core_with()
    assert unit_seen(core.units["101"], NOW).why == ["never_seen"]
    core.apply(Observed(NOW, NOW, "move", "motion", {"count": 1}))
    assert unit_seen(core.units["101"], NOW).why == []
    core.apply(NodeStatus(NOW + 1, "move", "offline"))
    assert unit_seen(core.units["101"], NOW + 1).why == ["never_seen", "offline"]
    assert unit_seen(core_with([]).units["101"], NOW).why == ["no_sensor"]


def test_radio_battery_and_firmware_are_as_last_said_and_survive_a_snapshot() -> None:
    core = core_with()
    core.apply(NodeStatus(NOW, "move", "online", firmware="1.4.0"))
    core.apply(Observed(NOW, NOW, "move", "health", {"rssi_dbm": -85, "battery_v": 3.0}))
    core.apply(Observed(NOW, NOW, "door", "health", {"linkquality": 120, "battery_pct": 61}))
    again = BuildingCore("g1")
    again.load(core.dump())
    move, door = unit_seen(again.units["101"], NOW).nodes
    assert (move.firmware, move.rssi_dbm, move.battery_v, move.weak) == ("1.4.0", -85, 3.0, True)
    assert (door.firmware, door.linkquality, door.battery_pct, door.weak) == ("", 120, 61, False)


def test_a_last_word_is_told_in_steps_too_coarse_for_a_neighbour() -> None:
    assert [heard_within_min(NOW - ago, NOW) for ago in (0, 899, 901, 3601, 14_401)] == [15, 15, 60, 240, None]


def test_how_a_node_is_lit_follows_from_its_kinds() -> None:
    place = PLACES[0]
    kinds = (["motion", "emergency"], ["door"], ["emergency"], ["climate"], ["water"])
    places = [NodePlace(place.node, place.unit, place.room, 0.0, kinds=one) for one in kinds]
    assert [lit_by(one) for one in places] == ["walk", "door", "press", "nothing", "water"]
