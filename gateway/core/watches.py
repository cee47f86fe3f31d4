"""How the units of a building come by their watches."""

from datetime import tzinfo
from typing import Protocol

from contract.reports import UnitSettings

from gateway.core.limits import LimitSettings
from gateway.core.watch import UnitWatch, WatchSettings
from gateway.core.watch_state import unpack


class Watches(Protocol):
    """Makes watches; a test may put others in their place."""

    def new(self, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """A watch that knows nothing yet."""

    def load(self, body: bytes, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """The watch that was dumped, under the settings of today. Raises ValueError where `body` is no dump."""

    def relearn(self, watch: UnitWatch, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """A watch with the same rhythm that knows of no silence yet."""


class LearnedWatches:
    """The product's own."""

    def new(self, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        return UnitWatch(zone, _settings(unit))

    def load(self, body: bytes, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        return UnitWatch.load(body, zone, _settings(unit))

    def relearn(self, watch: UnitWatch, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        settings = _settings(unit)
        _, rhythm, _ = unpack(watch.dump(), settings.window_days)
        return UnitWatch(zone, settings, rhythm)


def _settings(unit: UnitSettings) -> WatchSettings:
    return WatchSettings(limits=LimitSettings(false_alarms_per_30_days=unit.false_alarms_per_30_days))
