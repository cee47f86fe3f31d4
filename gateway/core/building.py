"""The gateway's whole knowledge of its building: a fold over the journal's inputs, without clock, disk or socket.

The core's time is the latest instant at which the gateway took something in; what a node claims never moves it.
Whatever was due by then is done first, at its own place in the order, so that it makes no difference whether a
`Ticked` came in time.

`next_deadline` never lies further off than the next five-minute pulse. An input a minute after it means that the
gateway itself was away, and no node is blamed for its silence; after a quarter of an hour it is nobody's silence
either, and nothing is learned from it.
"""

import heapq
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec
from contract.reports import (
    Absence,
    AbsenceEnded,
    Answered,
    Building,
    Closed,
    Command,
    Configure,
    NodePlace,
    Receipt,
    UnitSettings,
)

from gateway.core import absences, edges, emergency, moved_out, numbering, supervision
from gateway.core.configuration import check
from gateway.core.decisions import Decision
from gateway.core.diary import Kept
from gateway.core.inputs import Acked, Input, NodeStatus, Observed, Ticked, Told, taken_at
from gateway.core.kept_calls import KeptCalls
from gateway.core.live import Tally
from gateway.core.showing import PULSE_S
from gateway.core.state import House, UnitState
from gateway.core.supervision import NodeState
from gateway.core.unit import Unit
from gateway.core.watches import LearnedWatches, Watches

__all__ = ("BuildingCore", "check")

OUTAGE_S = 900.0
LATE_S = 60.0
MOST_UNASSIGNED = 100
MOST_LEFT = 1000
_FOREVER = float("inf")


class _Dump(msgspec.Struct):
    gateway: str
    now: float | None
    pulse_at: float
    building: Building
    nodes: dict[str, NodeState]
    unassigned: dict[str, float]
    units: dict[str, tuple[UnitState, Kept]]
    calls: list[Observed] = []
    left: dict[str, dict[str, numbering.Ranges]] = {}
    gone: dict[str, moved_out.Kept] = {}


class BuildingCore:
    """Decides what to send and to ask; the same inputs in the same order always decide the same.

    gateway: its id, which goes into the ids of alerts, so that a decision made twice is the same alert.
    """

    def __init__(self, gateway: str, watches: Watches | None = None) -> None:
        self._watches: Watches = watches or LearnedWatches()
        self._house = House(gateway, Building("UTC", [], []), ZoneInfo("UTC"))
        self._units: dict[str, Unit] = {}
        self._settings: dict[str, UnitSettings] = {}
        self._places: dict[str, list[NodePlace]] = {}
        self._unassigned: dict[str, float] = {}
        self._calls = KeptCalls()
        self._left: dict[str, dict[str, numbering.Ranges]] = {}  # what was seen of nodes that no longer hang anywhere
        self._moved_out: dict[str, moved_out.Kept] = {}  # what was learned in units that are no longer listed
        self._now: float | None = None
        self._pulse_at = _FOREVER
        self._move_at = _FOREVER
        self._queue: list[tuple[float, str]] = []
        self._queued: dict[str, float] = {}
        self._dues: dict[str, float | None] = {}

    def apply(self, entry: Input) -> list[Decision]:
        """Take one input in and return what is to be done, in order. Never raises on what a node or a clock claims."""
        if isinstance(entry, Ticked) and not self.is_due(entry.at):
            return []
        now = self._advance(taken_at(entry))
        if isinstance(entry, Observed):
            self._observed(entry, now)
        elif isinstance(entry, NodeStatus):
            self._status(entry, now)
        elif isinstance(entry, Acked):
            self._acked(entry, now)
        elif isinstance(entry, Told):
            self._told(entry.command, now)
        decided = list(self._house.out)
        self._house.out.clear()
        return decided

    def next_deadline(self) -> float | None:
        """When the core wants a `Ticked` if nothing else comes before; None while it has no unit."""
        if not self._units:
            return None
        return min(self._pulse_at, self._move_at, self._first_due())

    def is_due(self, at: float) -> bool:
        """Whether `Ticked(at)` would do anything, and so belongs into the journal."""
        due = self.next_deadline()
        return due is not None and (at >= due or (self._now is not None and at < self._now - OUTAGE_S))

    def unassigned(self) -> list[str]:
        """Nodes heard that hang in no unit, at most 100, for the gateway's health report."""
        return sorted(self._unassigned)

    def problems_with(self, command: Command) -> list[str]:
        """Why a command cannot be done; empty when it can, or when it only comes too late to matter."""
        if isinstance(command, Configure):
            return check(command.building)
        if isinstance(command, (Absence, AbsenceEnded)) and command.unit not in self._units:
            return [f"unit {command.unit} is not in this building"]
        return []

    # --- time ---

    def _advance(self, to: float) -> float:
        """Move the core's time, do what was due on the way, and return the new time."""
        before = self._now
        if before is None:
            self._now, self._pulse_at = to, _next_pulse(to)
        elif to < before - OUTAGE_S:
            self._clock_set_back(to)
        elif to > before + OUTAGE_S:
            self._missed(before, to)
        elif to > (self.next_deadline() or _FOREVER) + LATE_S:
            self._forgive(to)
            self._queue_all()
        self._now = now = max(to, self._now or to)
        self._do_what_is_due(now)
        return now

    def _do_what_is_due(self, now: float) -> None:
        while (due := self.next_deadline()) is not None and due <= now:
            if due == self._move_at:
                self._place_nodes(now)
            elif due == self._pulse_at:
                self._pulse_at += PULSE_S
                moved_out.forget_old(self._moved_out, now)
                for unit in self._units.values():
                    unit.pulse(due, now)
                    self._queue_up(unit)
            else:
                unit = self._units[self._queue[0][1]]
                unit.wake(now)
                self._queue_up(unit)

    def _first_due(self) -> float:
        """When the first unit is due. Entries that turn out too early are put where they belong on the way."""
        while self._queue:
            at, name = self._queue[0]
            if self._queued.get(name) == at:
                if self._dues[name] == at:
                    return at
                del self._queued[name]
            heapq.heappop(self._queue)
            self._enqueue(name)
        return _FOREVER

    def _queue_up(self, unit: Unit) -> None:
        """Have the unit woken in time, after anything that happened to it."""
        self._dues[unit.name] = unit.due()
        self._enqueue(unit.name)

    def _enqueue(self, name: str) -> None:
        """An entry that has become too early stays until it is looked at: it moves with every message otherwise."""
        due, queued = self._dues[name], self._queued.get(name)
        if due is not None and (queued is None or due < queued):
            self._queued[name] = due
            heapq.heappush(self._queue, (due, name))

    def _missed(self, since: float, now: float) -> None:
        """The gateway was away for so long that it is nobody's silence."""
        self._forgive(now)
        for unit in self._units.values():
            unit.missed(since, now)
        self._pulse_at = _next_pulse(now)
        self._queue_all()

    def _forgive(self, now: float) -> None:
        """No node is to blame for a silence in which the gateway did not even keep its own appointments.

        One that was lost before is not back for that: it would be believed again unheard.
        """
        before = now if self._now is None else self._now
        for name, node in self._house.nodes.items():
            place = self._place_of(name, before)
            if place is None or not supervision.is_lost(place, node, before):
                node.awaited_from = now

    def _clock_set_back(self, now: float) -> None:
        """The gateway's clock was ahead. What is dated later than now never was."""
        for node in self._house.nodes.values():
            supervision.clock_set_back(node, now)
        for unit in self._units.values():
            watch = self._watches.relearn(unit.watch, self._settings[unit.name], self._house.zone)
            unit.clock_set_back(watch, now)
        self._now, self._pulse_at = now, _next_pulse(now)
        self._queue_all()

    def _queue_all(self) -> None:
        self._queue, self._queued, self._dues = [], {}, {}
        for unit in self._units.values():
            self._queue_up(unit)

    # --- nodes ---

    def _observed(self, seen: Observed, now: float) -> None:
        at = edges.sensed_at(seen, now)
        place = self._place_of(seen.node, at)
        if place is None and seen.kind in emergency.CALLS:
            place = self._place_of(seen.node, now)  # whenever it was, somebody called for help here
        if place is None:
            if emergency.calls_for_help(seen):
                self._calls.keep(msgspec.structs.replace(seen, at=at))
            self._heard_nowhere(seen.node, now)
            return
        node, unit = self._house.nodes[seen.node], self._units[place.unit]
        if edges.is_first_hand(seen):
            supervision.heard(node, now)
        if seen.boot and not numbering.is_new(node.seen, seen.boot, seen.seq):
            if seen.kind in emergency.CALLS and place.source == "native":
                emergency.repeated(unit.cases, seen)
        else:
            unit.sensed(seen, place, at, now)
            unit.clock(place, edges.clock_is_wrong(seen, seen.received_at), now)
        self._queue_up(unit)

    def _heard_nowhere(self, node: str, now: float) -> None:
        """Shown until it is given a place. Where it hangs today its being alive counts, though not its old reports."""
        place = self._place_of(node, now)
        if place is not None:
            supervision.heard(self._house.nodes[node], now)
            self._units[place.unit].heard(place, now)
            self._queue_up(self._units[place.unit])
            return
        self._unassigned.pop(node, None)
        self._unassigned[node] = now
        if len(self._unassigned) > MOST_UNASSIGNED:
            del self._unassigned[next(iter(self._unassigned))]

    def _raise_kept_calls(self, now: float) -> None:
        for kind, seen, place in self._calls.take_placed(self._place_of):
            if not seen.boot or numbering.is_new(self._house.nodes[seen.node].seen, seen.boot, seen.seq):
                self._units[place.unit].called(kind, seen, place, seen.at, now)

    def _status(self, status: NodeStatus, now: float) -> None:
        place = self._place_of(status.node, now)
        if place is None:
            self._heard_nowhere(status.node, now)
            return
        supervision.took_status(self._house.nodes[status.node], status.state, status.wake_by, now)
        self._units[place.unit].status(status, place, now)
        self._queue_up(self._units[place.unit])

    def _acked(self, ack: Acked, now: float) -> None:
        place = self._place_of(ack.node, now)
        if place is None:
            self._heard_nowhere(ack.node, now)
            return
        supervision.heard(self._house.nodes[ack.node], now)
        self._units[place.unit].heard(place, now)
        self._queue_up(self._units[place.unit])

    def _place_of(self, node: str, at: float) -> NodePlace | None:
        for place in self._places.get(node, ()):
            if place.since <= at and (place.until is None or at < place.until):
                return place
        return None

    # --- commands ---

    def _told(self, command: Command, now: float) -> None:
        if self.problems_with(command):
            return
        if isinstance(command, Configure):
            self._configure(command.building, now)
            return
        unit = self._unit_of(command)
        if unit is None:
            return
        if isinstance(command, Absence):
            absences.announce(unit, command, now)
        elif isinstance(command, AbsenceEnded):
            absences.end(unit, command, now)
        elif isinstance(command, Receipt):
            unit.receipt(command, now)
        elif isinstance(command, Answered):
            unit.answered(command, now)
        elif isinstance(command, Closed):
            unit.closed(command, now)
        self._queue_up(unit)

    def _unit_of(self, command: Absence | AbsenceEnded | Receipt | Answered | Closed) -> Unit | None:
        """The unit a command is about; None for one that is not ours, or an alert long forgotten."""
        if isinstance(command, (Absence, AbsenceEnded)):
            return self._units.get(command.unit)
        return next((unit for unit in self._units.values() if command.alert in unit.state.cases), None)

    def _configure(self, building: Building, now: float) -> None:
        old, zone = self._units, ZoneInfo(building.zone)
        before, same_zone = self._settings, zone == self._house.zone
        self._house.building, self._house.zone = building, zone
        self._settings = {unit.unit: unit for unit in building.units}
        self._units = {}
        for settings in building.units:
            known = old.get(settings.unit)
            if known is None:
                watch = moved_out.come_back(self._moved_out, self._watches, settings, zone, now)
                known = Unit(settings.unit, self._house, watch, UnitState(Tally(now)))
            elif settings != before[settings.unit] or not same_zone:
                known.watch = self._watches.load(known.watch.dump(), settings, zone)
            self._units[settings.unit] = known
        for name, unit in old.items():
            if name not in self._units:
                unit.given_up(now)
                moved_out.keep(self._moved_out, unit, now)
        self._index_places()
        self._place_nodes(now)
        self._raise_kept_calls(now)

    def _index_places(self) -> None:
        self._places = {}
        for place in self._house.building.nodes:
            self._places.setdefault(place.node, []).append(place)
        for node in self._places:
            self._unassigned.pop(node, None)
        known = self._house.nodes
        self._left.update({node: state.seen for node, state in known.items() if node not in self._places})
        self._house.nodes = {node: known.get(node) or NodeState(seen=self._left.pop(node, {})) for node in self._places}
        for node in list(self._left)[: max(0, len(self._left) - MOST_LEFT)]:
            del self._left[node]

    def _place_nodes(self, now: float) -> None:
        """Hang every node where it hangs now, and note when the next one moves."""
        here: dict[str, list[NodePlace]] = {name: [] for name in self._units}
        for node in self._places:
            place = self._place_of(node, now)
            if place is not None:
                here[place.unit].append(place)
                supervision.await_from(self._house.nodes[node], now)
        for name, unit in self._units.items():
            unit.place(here[name], now)
        self._move_at = _next_move(self._house.building.nodes, now)
        self._queue_all()

    # --- what is kept ---

    def dump(self) -> bytes:
        """All state: `load` of it goes on exactly where this one stands."""
        units = {name: (unit.state, unit.diary.keep()) for name, unit in self._units.items()}
        house = self._house
        return msgspec.msgpack.encode(
            _Dump(
                house.gateway,
                self._now,
                self._pulse_at,
                house.building,
                house.nodes,
                self._unassigned,
                units,
                list(self._calls),
                self._left,
                self._moved_out,
            )
        )

    def load(self, body: bytes) -> None:
        """Become what `dump` wrote. Raises ValueError (msgspec's are ValueErrors) when it did not write this."""
        kept = msgspec.msgpack.decode(body, type=_Dump)
        zone = ZoneInfo(kept.building.zone)
        self._house = House(kept.gateway, kept.building, zone)
        self._settings = {unit.unit: unit for unit in kept.building.units}
        self._now, self._pulse_at, self._unassigned = kept.now, kept.pulse_at, kept.unassigned
        self._index_places()
        self._house.nodes, self._left = kept.nodes, kept.left
        self._calls = KeptCalls(kept.calls)
        self._moved_out = kept.gone
        self._units = {
            name: Unit(name, self._house, self._watches.load(watch.base, self._settings[name], zone), state, watch)
            for name, (state, watch) in kept.units.items()
        }
        now = kept.now or 0.0
        for name, unit in self._units.items():
            places = (self._place_of(node, now) for node in self._places)
            unit.places = [place for place in places if place is not None and place.unit == name]
        self._move_at = _next_move(kept.building.nodes, now)
        self._queue_all()


def _next_pulse(now: float) -> float:
    return now - now % PULSE_S + PULSE_S


def _next_move(places: Iterable[NodePlace], now: float) -> float:
    instants = [place.since for place in places] + [place.until for place in places if place.until is not None]
    return min((instant for instant in instants if instant > now), default=_FOREVER)
