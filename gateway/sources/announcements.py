"""Home Assistant discovery: what a device that announces itself says it will publish, checked before it is believed.

Both ways are read: one entity a message (`<prefix>/<component>/[<node>/]<id>/config`), and a whole device with its
components. Names may be abbreviated, and `~` stands for a base topic. Formats:
https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.sources.bodies import LONGEST_NAME, is_writable, json_object, node_name
from gateway.sources.reading import Unreadable
from gateway.sources.templates import Pick, as_text, read_template

PREFIX = "ha/"
MOST_COMPONENTS = 64  # of one device
LONGEST_TOPIC = 200
_OURS = "tomoshibi"
_ABBREVIATIONS = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "cns": "connections",
    "dev": "device",
    "dev_cla": "device_class",
    "ids": "identifiers",
    "o": "origin",
    "obj_id": "object_id",
    "off_dly": "off_delay",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
# device class -> kind; what is not here says nothing that the watch has a word for
_CONTACTS = {
    "motion": "presence",
    "occupancy": "presence",
    "presence": "presence",
    "door": "door",
    "garage_door": "door",
    "opening": "door",
    "window": "door",
    "smoke": "smoke",
    "moisture": "leak",
    "tamper": "tamper",
    "battery": "battery_low",
}
_SENSORS = {
    "temperature": "temperature",
    "humidity": "humidity",
    "illuminance": "light",
    "power": "power",
    "volume_flow_rate": "water",
    "battery": "battery_pct",
    "signal_strength": "rssi_dbm",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that a device says at `topic`. kind: of the contract, or a part of climate or of health."""

    node: str
    name: str
    topic: str
    kind: str
    pick: Pick
    on: str = "ON"
    off: str = "OFF"
    unit: str = ""
    retriggers: bool = False
    """It says "on" at each trip and never "off"."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Where somebody says whether a device is there."""

    node: str
    topic: str
    pick: Pick
    available: str = "online"
    unavailable: str = "offline"


@dataclass(frozen=True, slots=True)
class Announcement:
    """All of one message; `refused`: why parts of it were not taken."""

    entities: tuple[Entity, ...] = ()
    availabilities: tuple[Availability, ...] = ()
    refused: tuple[str, ...] = ()


def read_announcement(component: str, object_id: str, body: bytes, buttons: frozenset[str]) -> Announcement:
    """What a message to a `config` topic announces. Raises Unreadable.

    component: the topic's, "device" for a whole device. buttons: nodes whose contacts without a class, or of class
    "safety" or "problem", call for help.
    """
    said = _spelt_out(json_object(body))
    if _record(said.get("origin")).get("name") == _OURS:
        return Announcement()
    node = node_name(PREFIX + (_device_id(_record(said.get("device"))) or _text(said, "unique_id") or object_id))
    parts = [(object_id, component, said)] if component != "device" else list(_components(said))
    entities: list[Entity] = []
    availabilities: dict[str, Availability] = {}
    refused: list[Unreadable] = []
    for name, platform, part in parts:
        try:
            entity = _entity(node, name, platform, part, buttons)
            if entity is not None:
                entities.append(entity)
                availabilities.update({one.topic: one for one in _availabilities(node, part)})
        except Unreadable as error:
            refused.append(Unreadable(error.reason, f"{name[:40]}: {error}"))
    if refused and not entities:
        raise Unreadable(refused[0].reason, "; ".join(map(str, refused))[:500])
    return Announcement(tuple(entities), tuple(availabilities.values()), tuple(map(str, refused)))


def _components(said: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    components = said.get("components")
    if not isinstance(components, dict) or len(components) > MOST_COMPONENTS:
        raise Unreadable("type", f"components: must be an object of at most {MOST_COMPONENTS}")
    shared = {name: said[name] for name in _SHARED if name in said}
    for name, component in components.items():
        part = shared | _spelt_out(_record(component))
        yield name, _text(part, "platform"), part


_SHARED = (
    "~",
    "state_topic",
    "availability",
    "availability_topic",
    "availability_template",
    "payload_available",
    "payload_not_available",
)


def _entity(node: str, name: str, platform: str, said: dict[str, Any], buttons: frozenset[str]) -> Entity | None:
    """None for what the watch has no use for."""
    device_class = _text(said, "device_class")
    if platform == "sensor":
        kind = _SENSORS.get(device_class)
    elif platform == "binary_sensor":
        kind = _CONTACTS.get(device_class)
        if node in buttons and device_class in ("", "safety", "problem"):
            kind = "emergency"
    else:
        return None
    if kind is None:
        return None
    pick = read_template(said.get("value_template"))
    on, off = (as_text(said.get(key, usual)) for key, usual in (("payload_on", "ON"), ("payload_off", "OFF")))
    topic = topic_of(said, "state_topic")
    retriggers = kind == "presence" and said.get("off_delay") is not None
    return Entity(node, name, topic, kind, pick, on, off, _text(said, "unit_of_measurement"), retriggers)


def _availabilities(node: str, said: dict[str, Any]) -> Iterator[Availability]:
    listed = said.get("availability")
    places = [_spelt_out(_record(one)) for one in listed[:8]] if isinstance(listed, list) else []
    if said.get("availability_topic") is not None:
        places.append(said | {"topic": said["availability_topic"], "value_template": said.get("availability_template")})
    for place in places:
        available, gone = (_text(place, key) for key in ("payload_available", "payload_not_available"))
        pick = read_template(place.get("value_template"))
        topic = topic_of(said | {"topic": place.get("topic")}, "topic")
        yield Availability(node, topic, pick, available or "online", gone or "offline")


def topic_of(said: dict[str, Any], key: str) -> str:
    """A topic that a stranger names, if we may listen to it. Raises Unreadable.

    No wildcards, nothing of the broker's own, and nothing of our nodes', which no stranger may speak for.
    """
    topic, base = said.get(key), said.get("~")
    if not isinstance(topic, str):
        raise Unreadable("type", f"{key}: missing, or no text")
    if isinstance(base, str) and topic.startswith("~"):
        topic = base + topic[1:]
    elif isinstance(base, str) and topic.endswith("~"):
        topic = topic[:-1] + base
    if not 0 < len(topic.encode("utf-8", "replace")) <= LONGEST_TOPIC or not is_writable(topic):
        raise Unreadable("topic", f"{key}: must be 1 to {LONGEST_TOPIC} bytes without control characters")
    first = topic.partition("/")[0]
    if any(sign in topic for sign in "+#") or first.startswith("$") or first.lower() == _OURS:
        raise Unreadable("topic", f"{key}: we do not listen to {topic[:60]!r}")
    return topic


def _device_id(device: dict[str, Any]) -> str:
    identifiers = device.get("identifiers")
    if isinstance(identifiers, list) and identifiers:
        identifiers = identifiers[0]
    if isinstance(identifiers, str):
        return identifiers[: LONGEST_NAME - len(PREFIX)]
    connections = device.get("connections")
    if isinstance(connections, list) and connections and isinstance(connections[0], list):
        return ":".join(part for part in connections[0] if isinstance(part, str))[: LONGEST_NAME - len(PREFIX)]
    return ""


def _spelt_out(said: dict[str, Any]) -> dict[str, Any]:
    found = {_ABBREVIATIONS.get(key, key): value for key, value in said.items()}
    if isinstance(found.get("device"), dict):
        found["device"] = {_ABBREVIATIONS.get(key, key): value for key, value in found["device"].items()}
    return found


def _record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""
