"""Any device that announces itself to Home Assistant, ESPHome's among them. A node is called `ha/<its identifier>`.

What it announces decides what is subscribed to, so that is bounded: so many entities, one topic each, none with
wildcards, none that another source reads. A device that takes its announcement back is no longer listened to.
"""

from collections.abc import Callable

from gateway.core.emergency import CALLS
from gateway.core.inputs import NodeStatus, Observed
from gateway.sources.announcements import Announcement, Availability, Entity, read_announcement
from gateway.sources.bodies import Said, figure, observations
from gateway.sources.climates import Climates, celsius
from gateway.sources.contacts import Contacts
from gateway.sources.reading import Reading, Unreadable
from gateway.sources.templates import as_text

MOST_ANNOUNCED = 1000
MOST_ON_A_TOPIC = 64
_UNKNOWN = frozenset(("", "None", "nan", "unknown", "unavailable"))
_FIGURES = {"light": "lux", "power": "w", "water": "l_per_min"}
_SCALES = {
    "kW": 1000.0, "mW": 0.001, "L/h": 1 / 60, "l/h": 1 / 60, "L/s": 60.0, "mL/s": 0.06, "m³/h": 1000 / 60,
    "m³/min": 1000.0, "gal/min": 3.785412,
}  # fmt: skip


class Discovery:
    """`<prefix>/…/config`, and the topics that are announced there.

    is_taken: whether another source reads a topic. buttons: nodes whose contact is an emergency button.
    """

    def __init__(self, prefix: str, buttons: tuple[str, ...], is_taken: Callable[[str], bool]) -> None:
        self._prefix = prefix
        self._configs = (f"{prefix}/+/+/config", f"{prefix}/+/+/+/config")
        self._buttons = frozenset(buttons)
        self._is_taken = is_taken
        self._announced: dict[str, Announcement] = {}
        self._entities: dict[str, list[Entity]] = {}
        self._availabilities: dict[str, list[Availability]] = {}
        self._contacts = Contacts()
        self._climates = Climates()
        self.filters: tuple[str, ...] = self._configs

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        entities, availabilities = self._entities.get(topic, []), self._availabilities.get(topic, [])
        if entities or availabilities:
            if not body:
                return []
            return self._heard(entities, availabilities, body, received_at, retained)
        if topic.startswith(f"{self._prefix}/") and topic.endswith("/config"):
            return self._announce(topic, body, received_at)
        raise Unreadable("topic", "nobody has announced this topic")

    def may_call(self, topic: str, body: bytes) -> bool:
        return any(entity.kind in CALLS for entity in self._entities.get(topic, ()))

    # --- what is announced ---

    def _announce(self, topic: str, body: bytes, at: float) -> list[Reading]:
        if not body:
            if self._announced.pop(topic, None) is not None:
                self._listen()
            return []
        component, *_, object_id = topic[len(self._prefix) + 1 :].split("/")[:-1]
        found = self._for_us(read_announcement(component, object_id, body, self._buttons))
        count = sum(len(one.entities) for name, one in self._announced.items() if name != topic)
        if count + len(found.entities) > MOST_ANNOUNCED:
            raise Unreadable("range", f"more than {MOST_ANNOUNCED} entities are announced")
        before = {entity.node for one in self._announced.values() for entity in one.entities}
        if found.entities:
            self._announced[topic] = found
        else:
            self._announced.pop(topic, None)
        self._listen()
        # That a device was announced says that it exists, and not that it is there now.
        readings: list[Reading] = [
            Observed(at, at, node, "health", {}, historical=True)
            for node in sorted({entity.node for entity in found.entities} - before)
        ]
        if found.refused:
            raise Unreadable("kind", "; ".join(found.refused)[:500], readings)
        return readings

    def _for_us(self, found: Announcement) -> Announcement:
        entities = tuple(entity for entity in found.entities if not self._is_closed(entity.topic))
        places = tuple(one for one in found.availabilities if entities and not self._is_closed(one.topic))
        return Announcement(entities, places, found.refused)

    def _is_closed(self, topic: str) -> bool:
        is_of_discovery = topic.startswith(f"{self._prefix}/") and topic.endswith(("/config", "/status"))
        return is_of_discovery or self._is_taken(topic)

    def _listen(self) -> None:
        """One topic may serve many entities, but not so many that a single message makes a flood."""
        self._entities, self._availabilities = {}, {}
        for one in self._announced.values():
            for entity in one.entities:
                there = self._entities.setdefault(entity.topic, [])
                if len(there) < MOST_ON_A_TOPIC:
                    there.append(entity)
            for availability in one.availabilities:
                places = self._availabilities.setdefault(availability.topic, [])
                if len(places) < MOST_ON_A_TOPIC and availability not in places:
                    places.append(availability)
        self.filters = (*self._configs, *sorted(self._entities.keys() | self._availabilities.keys()))

    # --- what is said there ---

    def _heard(
        self, entities: list[Entity], availabilities: list[Availability], body: bytes, at: float, retained: bool
    ) -> list[Reading]:
        readings: list[Reading] = []
        wrong: list[Unreadable] = []
        for node in dict.fromkeys(entity.node for entity in entities):
            said: list[Said] = []
            health: dict[str, object] = {}
            for entity in entities:
                if entity.node == node:
                    try:
                        said += self._says(entity, body, at, retained, health)
                    except Unreadable as error:
                        wrong.append(error)
            try:
                readings += observations(node, [*said, ("health", health)], at, retained)
            except Unreadable as error:
                wrong.append(error)
                readings += error.rest
        for availability in availabilities:
            try:
                text = as_text(availability.pick(body))
            except Unreadable as error:
                wrong.append(error)
                continue
            if text in (availability.available, availability.unavailable):
                state = "online" if text == availability.available else "offline"
                readings.append(NodeStatus(at, availability.node, state, hearsay=True))  # whoever says it
        if wrong:
            raise Unreadable(wrong[0].reason, "; ".join(map(str, wrong))[:500], readings)
        return readings

    def _says(self, entity: Entity, body: bytes, at: float, retained: bool, health: dict[str, object]) -> list[Said]:
        text = as_text(entity.pick(body))
        if entity.kind in _SENSOR_KINDS:
            return [] if text in _UNKNOWN else self._sensed(entity, figure(text), at, health)
        if text not in (entity.on, entity.off):
            if text in _UNKNOWN:
                return []
            raise Unreadable("range", f"{entity.name[:40]}: neither {entity.on[:20]!r} nor {entity.off[:20]!r}")
        on = text == entity.on
        if entity.kind == "battery_low":
            health["battery_low"] = on
            return []
        if entity.retriggers:
            return [("motion", {"count": 1})] if on else []
        key = f"{entity.topic} {entity.name}"
        return self._contacts.says(key, entity.kind, on, at, surely=retained)

    def _sensed(self, entity: Entity, value: float, at: float, health: dict[str, object]) -> list[Said]:
        if entity.kind in _HEALTH:
            low, high = _HEALTH[entity.kind]
            if low <= value <= high:
                health[entity.kind] = value
            return []
        if entity.kind == "temperature":
            return [self._climates.warm(entity.node, celsius(value, entity.unit), at)]
        if entity.kind == "humidity":
            climate = self._climates.humid(entity.node, value, at)
            return [] if climate is None else [climate]
        return [(entity.kind, {_FIGURES[entity.kind]: value * _SCALES.get(entity.unit, 1.0)})]


_HEALTH = {"battery_pct": (0.0, 100.0), "rssi_dbm": (-150.0, 20.0)}
_SENSOR_KINDS = frozenset(("temperature", "humidity", *_FIGURES, *_HEALTH))
