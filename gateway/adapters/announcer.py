"""Outwards: each unit and node as a device that Home Assistant finds by itself, and how it is.

Whoever may read the broker can read this, so it says the least that is of use: whether a unit can be watched and
whether a node works; never who is at home, what was sensed, or that somebody called. Formats:
https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, get_args

import msgspec
from contract import topics
from contract.reports import SensorState, Watching

LOOK_S = 2.0  # real seconds

_WATCHING = list(get_args(Watching))
_STATES = list(get_args(msgspec.structs.fields(SensorState)[2].type))


class Announcer:
    """Says what is to be published, retained: what is new of the units since it last looked. real_now: real seconds."""

    def __init__(self, gateway: str, version: str, prefix: str, real_now: Callable[[], float] = time.monotonic) -> None:
        self._gateway, self._version, self._prefix = gateway, version, prefix
        self._real_now = real_now
        self._root = f"{topics.ROOT}/gateway/{gateway}"
        self._known: dict[str, bytes] = {}
        self._look_at = 0.0
        self.birth_topic = f"{prefix}/status"
        self.availability = f"{self._root}/availability"

    @property
    def will(self) -> tuple[str, bytes]:
        """What the broker is to say when the gateway is gone; in an orderly stop the gateway says it itself."""
        return self.availability, b"offline"

    def heard_birth(self, body: bytes) -> None:
        """Home Assistant has started, and is told everything again."""
        if body == b"online":
            self.begin()

    def begin(self) -> None:
        """Say everything again: there is a new connection, or somebody new who listens."""
        self._known = dict.fromkeys(self._known, b"")
        self._look_at = 0.0

    def news(self, units: Callable[[], Iterable[tuple[str, Watching, list[SensorState]]]]) -> dict[str, bytes]:
        """What has changed, by topic, every two seconds at most. An empty body takes back what was said there.

        units: of each its name, whether it can be watched, and its nodes.
        """
        now = self._real_now()
        if now < self._look_at:
            return {}
        self._look_at = now + LOOK_S
        wanted = {self.availability: b"online"}
        for name, watching, nodes in units():
            wanted |= self._device("unit", name, "watching", watching, _WATCHING)
            for node in nodes:
                wanted |= self._device("node", node.node, "state", node.state, _STATES)
        news = {topic: body for topic, body in wanted.items() if self._known.get(topic) != body}
        gone = dict.fromkeys(sorted(self._known.keys() - wanted.keys()), b"")
        self._known = wanted
        return news | gone

    def _device(self, what: str, name: str, key: str, value: str, values: list[str]) -> dict[str, bytes]:
        device = f"{what}-{_plain(name)}"
        topic, unique = f"{self._root}/{device}/state", f"tomoshibi-{self._gateway}-{device}"
        config: dict[str, Any] = {
            "dev": {"ids": [unique], "name": name, "mf": "Tomoshibi", "mdl": what},
            "o": {"name": "tomoshibi", "sw": self._version},
            "avty_t": self.availability,
            "cmps": {
                key: {
                    "p": "sensor",
                    "dev_cla": "enum",
                    "ops": values,
                    "name": key,
                    "uniq_id": f"{unique}-{key}",
                    "stat_t": topic,
                    "val_tpl": f"{{{{ value_json.{key} }}}}",
                }
            },
        }
        return {
            f"{self._prefix}/device/{unique}/config": msgspec.json.encode(config),
            topic: msgspec.json.encode({key: value}),
        }


def _plain(name: str) -> str:
    """A name in the characters that a topic of discovery may have; two names never become one."""
    return re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", name)
