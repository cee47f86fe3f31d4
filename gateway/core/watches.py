"""How the units of a building come by their watches."""

from datetime import tzinfo
from typing import Protocol

from contract.reports import UnitSettings

from gateway.core.limits import LimitSettings
from gateway.core.watch import CARRIED, UnitWatch, WatchSettings
from gateway.core.watch_state import pack, unpack


class Watches(Protocol):
    """Makes watches; a test may put others in their place."""

    def new(self, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """A watch that knows nothing yet."""

    def load(self, body: bytes, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """The watch that was dumped, under the settings of today. Raises ValueError where `body` is no dump."""

    def relearn(self, watch: UnitWatch, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        """A watch with the same rhythm that knows of no silence yet."""

    def remember(self, watch: UnitWatch, before: bytes, unit: UnitSettings, zone: tzinfo, now: float) -> UnitWatch:
        """The watch, its silence and all, with what one of the unit's had learned before it that was dumped.

        Raises ValueError where `before` is no dump.
        """


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

    def remember(self, watch: UnitWatch, before: bytes, unit: UnitSettings, zone: tzinfo, now: float) -> UnitWatch:
        settings = _settings(unit)
        past, rhythm, _ = unpack(before, settings.window_days)
        state, later, _ = unpack(watch.dump(), settings.window_days)
        rhythm.go_on_with(later, now, CARRIED)
        state.door = state.door or past.door  # or no outing would be told from a silence until it is next opened
        return UnitWatch.load(pack(state, rhythm, None), zone, settings)


def _settings(unit: UnitSettings) -> WatchSettings:
    return WatchSettings(limits=LimitSettings(false_alarms_per_30_days=unit.false_alarms_per_30_days))
