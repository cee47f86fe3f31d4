"""Tasmota's devices, with its default topic `%prefix%/%topic%/`. A node is called `tasmota/<topic>`.

A telemetry message repeats how every switch stands, so switches are levels, in which the core looks for edges. What a
switch is about nobody can see from its message: that is configured, and a switch of which nothing is said tells only
that its device is there. `Time` is local time without a zone, and therefore not looked at: a message is dated when it
came. Formats: https://tasmota.github.io/docs/ (MQTT, Buttons-and-Switches, JSON-Status-Responses, LD2410) and the
flow meter's driver (xsns_96).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.core.emergency import CALLS
from gateway.core.inputs import NodeStatus
from gateway.sources.bodies import Said, is_number, json_object, node_name, observations, word
from gateway.sources.climates import celsius
from gateway.sources.contacts import Contacts
from gateway.sources.reading import Reading, Unreadable

PREFIX = "tasmota/"
_STATES = {"Online": "online", "Offline": "offline", "DeepSleep": "sleeping"}
_SETTINGS = {"ON": True, "OFF": False}
_PRESSES = frozenset(("SINGLE", "DOUBLE", "TRIPLE", "QUAD", "PENTA", "HOLD", "TOGGLE", "ON"))
_OWN_CHIP = frozenset(("ESP32",))  # how warm the board is says nothing of the room
_PER_MIN = {"l/min": 1.0, "l/h": 1 / 60, "m³/h": 1000 / 60, "m3/h": 1000 / 60}


class Tasmota:
    """`tele/<t>/SENSOR`, `STATE` and `LWT`, and `stat/<t>/RESULT`.

    inputs: what hangs at a device's switches and buttons, `<topic>/<Switch1>` -> a kind: "presence", "door" (ON is
    open), "smoke", "leak", "tamper" or "emergency".
    """

    filters = ("tele/+/SENSOR", "tele/+/STATE", "tele/+/LWT", "stat/+/RESULT")

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self._inputs = dict(inputs)
        self._callers = {name.partition("/")[0] for name, kind in inputs.items() if kind in CALLS}
        self._contacts = Contacts()

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        _, device, leaf = topic.split("/")
        node = node_name(PREFIX + device)
        if not body:
            return []
        if leaf == "LWT":
            return [NodeStatus(received_at, node, _state(body), hearsay=retained)]
        said = json_object(body)
        is_change = leaf == "RESULT" or retained
        found = [*self._inputs_of(device, said, received_at, is_change)]
        if leaf != "RESULT":  # the answer to a command may bear any name
            found += _sensors(said)
        return observations(node, [*found, ("health", _health(said))], received_at, retained)

    def may_call(self, topic: str, body: bytes) -> bool:
        return b'"Action"' in body or topic.split("/")[1] in self._callers

    def _inputs_of(self, device: str, said: dict[str, Any], at: float, is_change: bool) -> Iterator[Said]:
        for name, value in said.items():
            kind = self._inputs.get(f"{device}/{name}")
            action = value.get("Action") if isinstance(value, dict) else value
            if name.startswith("Button"):
                if isinstance(action, str) and action in _PRESSES:
                    yield ("emergency", "pressed") if kind == "emergency" else ("motion", {"count": 1})
            elif kind is not None:
                yield from self._switch(f"{device}/{name}", kind, action, at, is_change)

    def _switch(self, name: str, kind: str, action: object, at: float, is_change: bool) -> list[Said]:
        if isinstance(action, str) and action in _SETTINGS:
            return self._contacts.says(name, kind, _SETTINGS[action], at, surely=is_change)
        if kind == "emergency" and isinstance(action, str) and action in _PRESSES:
            return [(kind, "pressed")]
        return [(kind, action)]


def _sensors(said: dict[str, Any]) -> list[Said]:
    """The readings of whatever sensors the device has: each is an object of figures under its chip's name."""
    found: list[Said] = []
    unit = said.get("TempUnit")
    chips = [chip for name, chip in said.items() if isinstance(chip, dict) and name not in _OWN_CHIP]
    airs = [chip for chip in chips if chip.get("Temperature") is not None]
    for air in sorted(airs, key=lambda chip: chip.get("Humidity") is None)[:1]:  # one node is in one room
        degrees = celsius(air["Temperature"], unit if isinstance(unit, str) else "C")
        found.append(("climate", {"temperature_c": degrees, "humidity_pct": air.get("Humidity")}))
    for chip in chips:
        if chip.get("Illuminance") is not None:
            found.append(("light", {"lux": chip["Illuminance"]}))
        if chip.get("Rate") is not None and isinstance(chip.get("Unit"), str) and chip["Unit"] in _PER_MIN:
            found.append(("water", {"l_per_min": _scaled(_sum(chip["Rate"]), _PER_MIN[chip["Unit"]])}))
    energy, radar = said.get("ENERGY"), said.get("LD2410")
    if isinstance(energy, dict) and energy.get("Power") is not None:
        found.append(("power", {"w": _sum(energy["Power"])}))
    if isinstance(radar, dict) and radar.get("Energy") is not None:
        found.append(("presence", _moves(radar["Energy"])))
    return found


def _sum(figures: object) -> object:
    """Of a device with several channels, all together; what is no figure stays, to be refused by name."""
    if isinstance(figures, list) and 0 < len(figures) <= 8 and all(map(is_number, figures)):
        return sum(figures)
    return figures


def _scaled(figure: object, factor: float) -> object:
    return figure * factor if is_number(figure) else figure  # type: ignore[operator]  # is_number has looked


def _moves(energy: object) -> object:
    """The share of moving targets, and of still ones, which may be furniture: only who moves is somebody."""
    if isinstance(energy, list) and len(energy) == 2 and all(map(is_number, energy)):
        return bool(energy[0] > 0)
    return energy


def _health(said: dict[str, Any]) -> dict[str, Any]:
    wifi = said.get("Wifi")
    signal = wifi.get("Signal") if isinstance(wifi, dict) else None
    return {"rssi_dbm": signal} if is_number(signal) and -150 <= signal <= 20 else {}  # type: ignore[operator]


def _state(body: bytes) -> str:
    said = word(body)
    if said not in _STATES:
        raise Unreadable("range", "LWT: must be Online, Offline or DeepSleep")
    return _STATES[said]
