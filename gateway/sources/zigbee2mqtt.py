"""Zigbee devices as Zigbee2MQTT publishes them. A node is called by the device's friendly name.

It repeats what it has cached (`occupancy: true`) whenever any other attribute changes. So levels are passed on as
levels (`presence`, `door`, `smoke`, `leak`), in which the core looks for edges; only a button's `action`, which is
never cached, is an event.
"""

from typing import Any

from gateway.core.inputs import NodeStatus
from gateway.sources.bodies import is_number, json_object, node_name, observations
from gateway.sources.reading import Reading, Unreadable

_LEAST_MV = 500
_MOST_HEARD = 2000  # a Zigbee network holds some hundred devices
_EMERGENCY_ACTIONS = frozenset(("emergency", "sos", "panic"))
_CALLS = (b'"emergency"', b'"panic"', b'"sos"', b'"smoke"', b'"action"')  # an action is a press of a button
_OWN_LEAVES = frozenset(("set", "get"))  # what is said to a device, not by it

# attribute -> (kind, its value from the attribute's)
_LEVELS: dict[str, tuple[str, dict[bool, object]]] = {
    "occupancy": ("presence", {True: True, False: False}),
    "presence": ("presence", {True: True, False: False}),
    "contact": ("door", {True: "closed", False: "open"}),
    "smoke": ("smoke", {True: True, False: False}),
    "water_leak": ("leak", {True: True, False: False}),
    "tamper": ("tamper", {True: True, False: False}),
}
_FIGURES = {"illuminance": ("light", "lux"), "power": ("power", "w")}


class Zigbee2Mqtt:
    """`<base>/<friendly name>`, its `availability`, and the bridge's own state.

    emergency_buttons: devices whose every press is an emergency; other buttons say only that somebody is there.
    """

    def __init__(self, base: str, emergency_buttons: tuple[str, ...] = ()) -> None:
        self.filters: tuple[str, ...] = (f"{base}/#",)
        self._skip = len(base) + 1
        self._buttons = frozenset(emergency_buttons)
        self._heard: dict[str, None] = {}
        self._bridge_is_down = False

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        name = topic[self._skip :]
        head, _, leaf = name.rpartition("/")
        if name.startswith("bridge/"):
            return self._bridge(_state(body), received_at) if name == "bridge/state" else []
        if leaf in _OWN_LEAVES or not body:
            return []
        node = head if leaf == "availability" else name
        node_name(node)
        if leaf == "availability":
            return [_said_of(node, _state(body), received_at)]
        readings = self._device(node, json_object(body), received_at, retained)
        self._hear(node)
        if self._bridge_is_down:
            readings.append(_said_of(node, "offline", received_at))
        return readings

    def may_call(self, topic: str, body: bytes) -> bool:
        return any(word in body for word in _CALLS)

    def _hear(self, node: str) -> None:
        self._heard[node] = None
        if len(self._heard) > _MOST_HEARD:
            del self._heard[next(iter(self._heard))]

    def _bridge(self, state: str, at: float) -> list[Reading]:
        """Nothing is heard of any device while the bridge is down, so all of them are."""
        down = state == "offline"
        changed, self._bridge_is_down = down != self._bridge_is_down, down
        return [_said_of(node, state, at) for node in self._heard] if changed else []

    def _device(self, node: str, said: dict[str, Any], at: float, retained: bool) -> list[Reading]:
        found = [*self._presses(node, said), *_levels(said), *_figures(said), ("health", _health(said))]
        return observations(node, found, at, retained)

    def _presses(self, node: str, said: dict[str, Any]) -> list[tuple[str, object]]:
        action = said.get("action")
        if not isinstance(action, str):
            action = ""
        # A cached `sos` may be repeated. It is taken for a press all the same: no press may ever be swallowed.
        if said.get("sos") is True or action in _EMERGENCY_ACTIONS or (action and node in self._buttons):
            return [("emergency", "pressed")]
        return [("motion", {"count": 1})] if action else []


def _said_of(node: str, state: str, at: float) -> NodeStatus:
    """The bridge says "online" of a sleepy device for a day after its last word, and again whenever it starts."""
    return NodeStatus(at, node, state, hearsay=True)


def _levels(said: dict[str, Any]) -> list[tuple[str, object]]:
    return [
        (kind, values.get(said[name], said[name]) if isinstance(said[name], bool) else said[name])
        for name, (kind, values) in _LEVELS.items()
        if said.get(name) is not None
    ]


def _figures(said: dict[str, Any]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        (kind, {unit: said[name]}) for name, (kind, unit) in _FIGURES.items() if said.get(name) is not None
    ]
    if said.get("temperature") is not None:
        found.append(("climate", {"temperature_c": said["temperature"], "humidity_pct": said.get("humidity")}))
    return found


def _health(said: dict[str, Any]) -> dict[str, Any]:
    """Battery and radio as far as they are told; even without them the message says that the device is there."""
    health: dict[str, Any] = {}
    # A battery's voltage is in mV; a plug, which has no battery, gives the mains' in V under the same name.
    if _is_figure(said.get("voltage"), 60_000) and said["voltage"] >= _LEAST_MV:
        health["battery_v"] = said["voltage"] / 1000
    if _is_figure(said.get("battery"), 100):
        health["battery_pct"] = said["battery"]
    if isinstance(said.get("battery_low"), bool):
        health["battery_low"] = said["battery_low"]
    if _is_figure(said.get("linkquality"), 255):
        health["linkquality"] = said["linkquality"]
    return health


def _is_figure(value: object, most: float) -> bool:
    return is_number(value) and 0 <= value <= most  # type: ignore[operator]  # is_number has looked


def _state(body: bytes) -> str:
    """online or offline, said as text or as an object."""
    said: object = body[:16].decode("ascii", "replace")
    if said not in ("online", "offline"):
        said = json_object(body).get("state")
    if said not in ("online", "offline"):
        raise Unreadable("range", "state: must be online or offline")
    return str(said)
