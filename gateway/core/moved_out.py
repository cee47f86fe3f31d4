"""What was learned in units that were left out of the configuration: a slip of the pen must not cost two months."""

from datetime import tzinfo

from contract.reports import UnitSettings

from gateway.core import learned
from gateway.core.learned import Learned
from gateway.core.live import Tally
from gateway.core.state import UnitState
from gateway.core.unit import Unit
from gateway.core.watch import UnitWatch
from gateway.core.watches import Watches

MOST_UNITS = 200
KEPT_S = 60 * 86_400.0


def keep(units: dict[str, Learned], unit: Unit, now: float) -> None:
    """Remember what the unit has learned; the longest gone are forgotten first."""
    units.pop(unit.name, None)
    units[unit.name] = learned.of(unit, now)
    while len(units) > MOST_UNITS:
        del units[next(iter(units))]


def forget_old(units: dict[str, Learned], now: float) -> None:
    for name in [name for name, kept in units.items() if now - kept.since >= KEPT_S]:
        del units[name]


def come_back(
    units: dict[str, Learned], watches: Watches, settings: UnitSettings, zone: tzinfo, now: float
) -> tuple[UnitWatch, UnitState]:
    """Watch and state of a unit that is new, or listed again: it knows what it knew, its absence teaches nothing."""
    forget_old(units, now)
    kept = units.pop(settings.unit, None)
    if kept is None:
        return watches.new(settings, zone), UnitState(Tally(now))
    return learned.restore(kept, watches, settings, zone, now)
