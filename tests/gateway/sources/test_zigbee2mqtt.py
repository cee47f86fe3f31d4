"""Zigbee devices, as Zigbee2MQTT really publishes them."""

import json
from typing import Any

import pytest

from gateway.core.inputs import NodeStatus, Observed
from gateway.sources.reading import Reading, Unreadable
from gateway.sources.zigbee2mqtt import Zigbee2Mqtt

NOW = 1795400100.0


def read(said: Any, *, topic: str = "zigbee2mqtt/Bad 1F", source: Zigbee2Mqtt | None = None) -> list[Reading]:
    said_bytes = said if isinstance(said, bytes) else json.dumps(said).encode()
    return (source or Zigbee2Mqtt("zigbee2mqtt", ("sos-button",))).read(topic, said_bytes, NOW, False)


def without_health(found: list[Reading]) -> list[tuple[str, Any]]:
    return [(one.kind, one.value) for one in found if isinstance(one, Observed) and one.kind != "health"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"occupancy": True, "battery": 100, "illuminance": 1515, "linkquality": 86},
            [("presence", True), ("light", {"lux": 1515})],
        ),
        ({"occupancy": False, "battery": 100, "linkquality": 80}, [("presence", False)]),
        ({"contact": False, "tamper": False, "battery_low": False}, [("door", "open"), ("tamper", False)]),
        ({"contact": True, "voltage": 3000, "linkquality": 111}, [("door", "closed")]),
        ({"action": "emergency", "battery": 100}, [("emergency", "pressed")]),
        ({"sos": True, "battery": 90}, [("emergency", "pressed")]),
        ({"action": "single", "linkquality": 76}, [("motion", {"count": 1})]),
        ({"action": "", "linkquality": 76}, []),
        ({"presence": True, "target_distance": 1.2}, [("presence", True)]),
        (
            {"temperature": 24.35, "humidity": 54.06, "pressure": 1002, "battery": 77},
            [("climate", {"temperature_c": 24.35, "humidity_pct": 54.06})],
        ),
        ({"temperature": 24.35, "humidity": None}, [("climate", {"temperature_c": 24.35})]),
        ({"smoke": True, "battery_low": False}, [("smoke", True)]),
        ({"water_leak": True}, [("leak", True)]),
        ({"power": 41.2, "energy": 12.3, "state": "ON"}, [("power", {"w": 41.2})]),
        ({"linkquality": 10, "update": {"state": "idle", "installed_version": 1}}, []),
    ],
)
def test_an_attribute_becomes_an_observation(said: dict[str, Any], expected: list[tuple[str, Any]]) -> None:
    assert without_health(read(said)) == expected


def test_every_message_says_that_the_device_is_there_and_how_its_battery_and_radio_are() -> None:
    found = read({"contact": True, "voltage": 2700, "battery": 61, "battery_low": True, "linkquality": 86})
    expected = {"battery_v": 2.7, "battery_pct": 61, "battery_low": True, "linkquality": 86}
    assert found[-1] == Observed(NOW, NOW, "Bad 1F", "health", expected)


@pytest.mark.parametrize(("voltage", "expected"), [(2700, {"battery_v": 2.7}), (231, {}), (100.4, {})])
def test_the_voltage_of_the_mains_is_not_taken_for_a_battery(voltage: float, expected: dict[str, float]) -> None:
    found = read({"power": 3, "voltage": voltage})[-1]
    assert isinstance(found, Observed)
    assert (found.kind, found.value) == ("health", expected)


def test_a_repeated_level_is_passed_on_as_it_is() -> None:
    """The edge is for the core to find: it survives a restart, and this source does not."""
    source = Zigbee2Mqtt("zigbee2mqtt")
    first = without_health(read({"occupancy": True}, source=source))
    assert without_health(read({"occupancy": True, "illuminance": 3}, source=source))[0] == first[0]


def test_any_press_of_an_emergency_button_is_an_emergency() -> None:
    assert without_health(read({"action": "single"}, topic="zigbee2mqtt/sos-button")) == [("emergency", "pressed")]


def test_a_retained_press_is_no_news() -> None:
    found = Zigbee2Mqtt("zigbee2mqtt").read("zigbee2mqtt/b", b'{"sos":true}', NOW, True)
    assert all(one.historical for one in found if isinstance(one, Observed))


@pytest.mark.parametrize("said", [b"offline", b'{"state":"offline"}'])
def test_availability_is_the_bridges_word_in_either_form(said: bytes) -> None:
    assert read(said, topic="zigbee2mqtt/Bad 1F/availability") == [NodeStatus(NOW, "Bad 1F", "offline", hearsay=True)]


def test_while_the_bridge_is_down_no_device_can_be_heard() -> None:
    source = Zigbee2Mqtt("zigbee2mqtt")
    read({"contact": True}, source=source)
    assert read(b'{"state":"offline"}', topic="zigbee2mqtt/bridge/state", source=source) == [
        NodeStatus(NOW, "Bad 1F", "offline", hearsay=True)
    ]
    assert NodeStatus(NOW, "Bad 1F", "offline", hearsay=True) in read({"contact": True}, source=source)
    assert read(b"online", topic="zigbee2mqtt/bridge/state", source=source) == [
        NodeStatus(NOW, "Bad 1F", "online", hearsay=True)
    ]
    assert read(b"online", topic="zigbee2mqtt/bridge/state", source=source) == []


@pytest.mark.parametrize("topic", ["bridge/devices", "bridge/log", "Bad 1F/set", "Bad 1F/get"])
def test_what_is_not_said_by_a_device_is_left_alone(topic: str) -> None:
    assert read(b"[1, 2]", topic=f"zigbee2mqtt/{topic}") == []


def test_a_broken_thermometer_does_not_take_a_press_with_it() -> None:
    with pytest.raises(Unreadable) as caught:
        read({"sos": True, "temperature": 900, "humidity": 50})
    assert caught.value.reason == "range"
    assert without_health(caught.value.rest) == [("emergency", "pressed")]
