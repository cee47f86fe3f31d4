"""Bytes from strangers → observations: one file per maker, chosen by topic.

A new maker is one file with a `Source` and one line in `open_sources`.
"""

from gateway.config import Config
from gateway.sources.native import Native
from gateway.sources.reading import Reading, Source, Unreadable
from gateway.sources.zigbee2mqtt import Zigbee2Mqtt

__all__ = ("Reading", "Source", "Sources", "Unreadable", "open_sources")


class Sources:
    """All sources as one; a message belongs to the first whose filter its topic matches."""

    def __init__(self, sources: list[Source]) -> None:
        self._by_filter = [(filter_.split("/"), source) for source in sources for filter_ in source.filters]
        self.filters = tuple(filter_ for source in sources for filter_ in source.filters)

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        """As `Source.read`."""
        levels = topic.split("/")
        for filter_, source in self._by_filter:
            if _matches(filter_, levels):
                return source.read(topic, body, received_at, retained)
        raise Unreadable("topic", "nobody reads this topic")


def _matches(filter_: list[str], levels: list[str]) -> bool:
    if filter_[-1] == "#":
        return levels[: len(filter_) - 1] == filter_[:-1]
    return len(filter_) == len(levels) and all(f in ("+", level) for f, level in zip(filter_, levels, strict=True))


def open_sources(config: Config) -> Sources:
    """The sources this configuration asks for."""
    found: list[Source] = [Native()]
    if config.zigbee2mqtt is not None:
        found.append(Zigbee2Mqtt(config.zigbee2mqtt.base_topic, config.zigbee2mqtt.emergency_buttons))
    return Sources(found)
