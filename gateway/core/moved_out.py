"""What was learned in units that were left out of the configuration: a slip of the pen must not cost two months."""

from datetime import tzinfo

import msgspec
from contract.reports import UnitSettings

from gateway.core import flow, outings
from gateway.core.flow import Water
from gateway.core.live import Tally
from gateway.core.outings import Outings
from gateway.core.state import UnitState
from gateway.core.stays import Day, Stays
from gateway.core.unit import Unit
from gateway.core.watch import UnitWatch
from gateway.core.watches import Watches

MOST_UNITS = 200
KEPT_S = 60 * 86_400.0


class Kept(msgspec.Struct):
    """What a unit had learned when it was left out at `since`: its watch, days of bathroom stays, outings by night,
    water."""

    since: float
    watch: bytes
    days: dict[int, Day] = {}
    outings: Outings = msgspec.field(default_factory=Outings)
    water: Water | None = None


def keep(units: dict[str, Kept], unit: Unit, now: float) -> None:
    """Remember what the unit has learned; the longest gone are forgotten first."""
    units.pop(unit.name, None)
    state = unit.state
    water = None if state.water is None else flow.learned(state.water)
    units[unit.name] = Kept(now, unit.watch.dump(), state.stays.days, outings.learned(state.outings), water)
    while len(units) > MOST_UNITS:
        del units[next(iter(units))]


def forget_old(units: dict[str, Kept], now: float) -> None:
    for name in [name for name, kept in units.items() if now - kept.since >= KEPT_S]:
        del units[name]


def come_back(
    units: dict[str, Kept], watches: Watches, settings: UnitSettings, zone: tzinfo, now: float
) -> tuple[UnitWatch, UnitState]:
    """Watch and state of a unit that is new, or listed again: it knows what it knew, its absence teaches nothing."""
    forget_old(units, now)
    kept = units.pop(settings.unit, None)
    if kept is None:
        return watches.new(settings, zone), UnitState(Tally(now))
    before = watches.load(kept.watch, settings, zone)
    watch = watches.relearn(before, settings, zone)
    watch.leave_out(min(kept.since, before.believed_at() or now, now), now, "outage")
    return watch, UnitState(Tally(now), stays=Stays(days=kept.days), outings=kept.outings, water=kept.water)
