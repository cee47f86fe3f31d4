"""All that a building's core knows, as bytes: to go on from there instead of from the beginning of the journal."""

from zoneinfo import ZoneInfo

import msgspec
from contract.reports import Building

from gateway.core.diary import Kept
from gateway.core.inputs import Observed
from gateway.core.kept_calls import KeptCalls
from gateway.core.learned import Learned
from gateway.core.numbering import Ranges
from gateway.core.roster import Roster
from gateway.core.state import House, UnitState
from gateway.core.supervision import NodeState
from gateway.core.unit import Unit
from gateway.core.whereabouts import Whereabouts


class _Snapshot(msgspec.Struct):
    gateway: str
    now: float | None
    pulse_at: float
    building: Building
    nodes: dict[str, NodeState]
    unassigned: dict[str, float]
    units: dict[str, tuple[UnitState, Kept]]
    calls: list[Observed] = []
    left: dict[str, dict[str, Ranges]] = {}
    gone: dict[str, Learned] = {}
    unassigned_kinds: dict[str, list[str]] = {}


def write(roster: Roster, now: float | None, pulse_at: float) -> bytes:
    """The roster with everything in it, and how far the core's time has come."""
    house, strays = roster.house, roster.strays
    return msgspec.msgpack.encode(
        _Snapshot(
            house.gateway,
            now,
            pulse_at,
            house.building,
            house.nodes,
            strays.heard,
            {name: (unit.state, unit.diary.keep()) for name, unit in roster.units.items()},
            list(strays.calls),
            strays.left,
            roster.moved_out,
            strays.kinds,
        )
    )


def read(body: bytes, roster: Roster) -> tuple[float | None, float]:
    """Let `roster` become what was written; return the two instants. Raises ValueError for what nobody wrote."""
    kept = msgspec.msgpack.decode(body, type=_Snapshot)
    roster.house = House(kept.gateway, kept.building, ZoneInfo(kept.building.zone), kept.nodes)
    roster.settings = {unit.unit: unit for unit in kept.building.units}
    roster.where = Whereabouts(kept.building.nodes)
    roster.strays.heard, roster.strays.left = kept.unassigned, kept.left
    roster.strays.kinds = kept.unassigned_kinds
    roster.strays.calls = KeptCalls(kept.calls)
    roster.moved_out = kept.gone
    roster.units = {name: _unit(roster, name, state, watch) for name, (state, watch) in kept.units.items()}
    for place in roster.where.at(kept.now or 0.0):
        roster.units[place.unit].places.append(place)
    return kept.now, kept.pulse_at


def _unit(roster: Roster, name: str, state: UnitState, kept: Kept) -> Unit:
    watch = roster.watches.load(kept.base, roster.settings[name], roster.house.zone)
    return Unit(name, roster.house, watch, state, kept)
