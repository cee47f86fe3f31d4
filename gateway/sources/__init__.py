"""Bytes from strangers → observations: one file per maker, chosen by topic.

A new maker is one file with a `Source` and one line in `open_sources`.
"""

from gateway.config import Config
from gateway.sources.discovery import Discovery
from gateway.sources.echonet import Echonet
from gateway.sources.esphome import Esphome
from gateway.sources.native import Native
from gateway.sources.reading import Reading, Source, Unreadable
from gateway.sources.tasmota import Tasmota
from gateway.sources.zigbee2mqtt import Zigbee2Mqtt

__all__ = ("Reading", "Source", "Sources", "Unreadable", "open_sources")


class Sources:
    """All sources as one; a message belongs to the first whose filter its topic matches, else to `discovery`."""

    def __init__(self, sources: list[Source], discovery: Discovery | None = None) -> None:
        filters = [(filter_, source) for source in sources for filter_ in source.filters]
        self._patterns: dict[str, list[tuple[list[str], Source]]] = {}
        for filter_, source in filters:
            if _is_pattern(filter_):
                self._patterns.setdefault(filter_.partition("/")[0], []).append((filter_.split("/"), source))
        self._exact = {filter_: source for filter_, source in reversed(filters) if not _is_pattern(filter_)}
        self._fixed = tuple(filter_ for filter_, _ in filters)
        self._discovery = discovery

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to. More or fewer when a message has announced what its device says where."""
        return self._fixed + (() if self._discovery is None else self._discovery.filters)

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        """As `Source.read`."""
        source = self._source_of(topic) or self._discovery
        if source is None:
            raise Unreadable("topic", "nobody reads this topic")
        return source.read(topic, body, received_at, retained)

    def may_call(self, topic: str, body: bytes) -> bool:
        """As `Source.may_call`."""
        source = self._source_of(topic) or self._discovery
        return source is not None and source.may_call(topic, body)

    def is_configured(self, topic: str) -> bool:
        """Whether the configuration itself says who reads this topic."""
        return self._source_of(topic) is not None

    def _source_of(self, topic: str) -> Source | None:
        found = self._exact.get(topic)
        if found is not None:
            return found
        levels = topic.split("/")
        for pattern, source in self._patterns.get(levels[0], ()):  # no maker's first level is a wildcard
            if _matches(pattern, levels):
                return source
        return None


def _is_pattern(filter_: str) -> bool:
    return "+" in filter_ or "#" in filter_


def _matches(pattern: list[str], levels: list[str]) -> bool:
    if pattern[-1] == "#":
        return levels[: len(pattern) - 1] == pattern[:-1]
    return len(pattern) == len(levels) and all(p in ("+", level) for p, level in zip(pattern, levels, strict=True))


def open_sources(config: Config) -> Sources:
    """The sources this configuration asks for."""
    found: list[Source] = [Native()]
    if config.zigbee2mqtt is not None:
        found.append(Zigbee2Mqtt(config.zigbee2mqtt.base_topic, config.zigbee2mqtt.emergency_buttons))
    if config.tasmota is not None:
        found.append(Tasmota(config.tasmota.inputs))
    if config.esphome is not None:
        found.append(Esphome(config.esphome.entities))
    if config.echonet is not None:
        found.append(Echonet(config.echonet.base_topic))
    wanted = config.homeassistant
    if wanted is None or not wanted.listen:
        return Sources(found)
    taken = Sources(found).is_configured
    return Sources(found, Discovery(wanted.prefix, wanted.emergency_buttons, taken))
