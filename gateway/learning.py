"""Teach a unit from a past recording, so that a new gateway does not begin as a stranger.

A core of its own hears the recording, and the unit then knows what that core has learned. What it decided on the way,
nobody is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contract.reports import Building

from gateway.core import changes, daybook, learned
from gateway.core.unit import MOST_SIGNS, Unit
from gateway.core.watches import LearnedWatches
from gateway.errors import GatewayError
from gateway.formats import COLUMNS
from gateway.playback import Playback
from gateway.recordings import opened

_TOLD_EVERY = 5000


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a recording held: rows in all, rows with a time or value that cannot be, signs of life, and days by the
    unit's own sensors, with which later ones can be compared."""

    rows: int
    unread: int
    signs: int
    days: int


def teach(unit: Unit, log: Path, now: float, progress: Callable[[int], None] = lambda bytes_read: None) -> Lesson:
    """Let `unit` know what the recording `log` teaches, and its last signs, as of `now` (Unix seconds).

    Only for a unit that has learned nothing yet. `progress` is told how many bytes of the file have been read. Raises
    GatewayError where the unit knows something already, and where the file is no recording.
    """
    day, _ = unit.watch.learning()
    if day:
        raise GatewayError(f"unit {unit.name} has learned from {day} days already; a recording is for a new unit")
    played = _play(unit, log, now, progress)
    if played.unit is None or not played.signs:
        raise GatewayError(f"{log}: holds no sign of life from before now; a recording has {','.join(COLUMNS)}")
    played.end(now)
    _give(unit, played.unit, now)
    return Lesson(played.rows, played.unread, played.signs, len(unit.state.daybook.days))


def _play(unit: Unit, log: Path, now: float, progress: Callable[[int], None]) -> Playback:
    house = unit.house
    settings = [settings for settings in house.building.units if settings.unit == unit.name]
    played = Playback(None, Building(house.building.zone, settings, []), lambda decided: None, until=now)
    with opened(log, house.zone) as (table, position):
        for line in table:
            played.take(line)
            if played.rows % _TOLD_EVERY == 0:
                progress(position())
    return played


def _give(unit: Unit, taught: Unit, now: float) -> None:
    """The silence at the recording's end goes on: to ask too early does no harm."""
    state, found, zone = unit.state, learned.of(taught, now), unit.house.zone
    daybook.unsaid(found.daybook)
    learned.give(state, found, now, zone)
    changes.hung(unit, now)
    settings = next(settings for settings in unit.house.building.units if settings.unit == unit.name)
    watch = LearnedWatches().load(found.watch, settings, zone)
    watch.resume(now)
    if state.paused is not None:
        watch.pause(now, state.paused)
    unit.watch = watch
    state.signs = sorted([*taught.state.signs, *state.signs], key=lambda sign: sign.at)[-MOST_SIGNS:]
