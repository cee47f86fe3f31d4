"""ECHONET Lite devices as echonetlite2mqtt publishes them. A node is called `echonet/<device>`, as its topic says.

The property's name says what it is (the Machine Readable Appendix of the ECHONET Consortium, which echonetlite2mqtt
follows): emergency button 0x0003 (0xB1), human detection 0x0007 (0xB1), electric lock 0x026F (0xE3, 0xE5, 0xE7), smart
meter 0x0288 (0xE7). The lock's own bolt is left alone: it locks by itself. Every message is kept by the broker, so on
each connection all of them come again, marked as retained. Topics and texts:
https://github.com/banban525/echonetlite2mqtt (README, server/MqttController.ts, MRA_v1.3.1).
"""

from gateway.core.emergency import CALLS
from gateway.sources.bodies import Said, figure, node_name, observations, word
from gateway.sources.contacts import Contacts
from gateway.sources.reading import Reading, Unreadable

PREFIX = "echonet/"
_FLAGS = {"true": True, "detected": True, "false": False, "notDetected": False}
_ALARMS = {"normal": False, "breakOpen": True, "tampered": True, "doorOpen": False, "manualUnlocked": False}
_NO_DATA = frozenset(("undefined", "noData", "underflow", "overflow"))


class Echonet:
    """`<base>/<device>/properties/<name>`. base: by default echonetlite2mqtt/elapi/v2/devices."""

    def __init__(self, base: str) -> None:
        self.filters: tuple[str, ...] = (f"{base}/+/properties/+",)
        self._contacts = Contacts()

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        device, _, name = topic.rsplit("/", 2)
        device = device.rpartition("/")[2]
        node = node_name(PREFIX + device)
        if not body:
            return []
        said = [*self._says(f"{device}/{name}", name, body, received_at, retained), ("health", _health(name, body))]
        return observations(node, said, received_at, retained)

    def may_call(self, topic: str, body: bytes) -> bool:
        return _KINDS.get(topic.rpartition("/")[2]) in CALLS

    def _says(self, key: str, name: str, body: bytes, at: float, retained: bool) -> list[Said]:
        if name not in _KINDS:
            return []
        text = word(body)
        if text in _NO_DATA:
            return []
        kind = _KINDS[name]
        if kind == "power":
            return [(kind, {"w": figure(text)})]
        on = (_ALARMS if kind == "tamper" else _FLAGS).get(text)
        if on is None:
            raise Unreadable("range", f"{name}: not a state that we know")
        return self._contacts.says(key, kind, on, at, surely=retained)


_KINDS = {
    "occurrenceOfEmergency": "emergency",
    "detection": "presence",
    "doorOpened": "door",
    "alarmStatus": "tamper",
    "instantaneousElectricPower": "power",
}


def _health(name: str, body: bytes) -> dict[str, object]:
    return {"battery_low": body == b"true"} if name == "replaceBatteryLevel" else {}
