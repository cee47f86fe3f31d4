"""ESPHome's devices over MQTT, as far as they are configured by name. A node is called `esphome/<topic prefix>`.

Neither topic nor body says what an entity is. ESPHome announces that to Home Assistant by default, and `discovery.py`
reads it there; this is for devices whose announcements are switched off, or for saying otherwise than they do. The
topics are exactly those of the configured entities: nothing is subscribed to on suspicion. Formats:
https://esphome.io/components/mqtt.html
"""

from collections.abc import Mapping

from gateway.core.emergency import CALLS
from gateway.core.inputs import NodeStatus
from gateway.sources.bodies import Said, figure, node_name, observations, word
from gateway.sources.climates import Climates
from gateway.sources.contacts import Contacts
from gateway.sources.reading import Reading, Unreadable

PREFIX = "esphome/"
_FLAGS = {"ON": True, "OFF": False}
_FIGURES = {"light": "lux", "power": "w", "water": "l_per_min"}
SENSORS = frozenset(("temperature", "humidity", *_FIGURES))
_UNKNOWN = frozenset(("nan", "unknown", "unavailable"))


class Esphome:
    """`<node>/binary_sensor/<id>/state`, `<node>/sensor/<id>/state` and `<node>/status`.

    entities: `<node>/<id>` -> one of CONTACTS ("door": ON is open) or of SENSORS (in °C, %, lx, W, l/min).
    """

    def __init__(self, entities: Mapping[str, str]) -> None:
        self._kinds: dict[str, str] = {}
        for name, kind in entities.items():
            node, _, entity = name.rpartition("/")
            component = "sensor" if kind in SENSORS else "binary_sensor"
            self._kinds[f"{node}/{component}/{entity}/state"] = kind
        nodes = sorted({name.rpartition("/")[0] for name in entities})
        self._statuses = {f"{node}/status": node for node in nodes}
        self.filters: tuple[str, ...] = (*self._kinds, *self._statuses)
        self._climates = Climates()
        self._contacts = Contacts()

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        if not body:
            return []
        text = word(body)
        if topic in self._statuses:
            if text not in ("online", "offline"):
                raise Unreadable("range", "status: must be online or offline")
            return [NodeStatus(received_at, node_name(PREFIX + self._statuses[topic]), text, hearsay=retained)]
        name = topic.rsplit("/", 3)[0]
        said = self._says(name, topic, text, received_at, retained)
        return observations(node_name(PREFIX + name), [*said, ("health", {})], received_at, retained)

    def may_call(self, topic: str, body: bytes) -> bool:
        return self._kinds.get(topic) in CALLS

    def _says(self, name: str, topic: str, text: str, at: float, retained: bool) -> list[Said]:
        kind = self._kinds[topic]
        if kind in SENSORS:
            if text in _UNKNOWN:
                return []
            value = figure(text)
            if kind == "temperature":
                return [self._climates.warm(name, value, at)]
            if kind == "humidity":
                climate = self._climates.humid(name, value, at)
                return [] if climate is None else [climate]
            return [(kind, {_FIGURES[kind]: value})]
        if text not in _FLAGS:
            raise Unreadable("range", "state: must be ON or OFF")
        return self._contacts.says(topic, kind, _FLAGS[text], at, surely=retained)
