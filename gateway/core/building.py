"""The gateway's whole knowledge of its building: a fold over the journal's inputs, without clock, disk or socket.

The core's time is the latest instant at which the gateway took something in; what a node claims never moves it.
Whatever was due by then is done first, at its own place in the order, so that it makes no difference whether a
`Ticked` came in time.

`next_deadline` never lies further off than the next five-minute pulse. An input a minute after it means that the
gateway itself was away, and no node is blamed for its silence; after a quarter of an hour it is nobody's silence
either, and nothing is learned from it.
"""

import msgspec
from contract.reports import Absence, AbsenceEnded, Answered, Closed, Command, Configure, NodePlace, Receipt, Restore

from gateway.core import absences, changes, edges, emergency, learned, moved_out, numbering, snapshot, supervision
from gateway.core.agenda import FOREVER, Agenda
from gateway.core.configuration import check
from gateway.core.decisions import Decision
from gateway.core.inputs import Acked, Flooded, Input, NodeStatus, Observed, Restored, Ticked, Told, taken_at
from gateway.core.learned import Learned
from gateway.core.roster import Roster
from gateway.core.showing import PULSE_S
from gateway.core.supervision import NodeState
from gateway.core.unit import Unit
from gateway.core.watch import UnitWatch
from gateway.core.watches import LearnedWatches, Watches

__all__ = ("BuildingCore", "check")

OUTAGE_S = 900.0
LATE_S = 60.0


class BuildingCore:
    """Decides what to send and to ask; the same inputs in the same order always decide the same.

    gateway: its id, which goes into the ids of alerts, so that a decision made twice is the same alert.
    """

    def __init__(self, gateway: str, watches: Watches | None = None) -> None:
        self._roster = Roster(gateway, watches or LearnedWatches())
        self._agenda = Agenda()
        self._now: float | None = None
        self._pulse_at = FOREVER
        self._move_at = FOREVER

    def apply(self, entry: Input) -> list[Decision]:
        """Take one input in and return what is to be done, in order. Never raises on what a node or a clock claims."""
        if isinstance(entry, Ticked) and not self.is_due(entry.at):
            return []
        now = self._advance(taken_at(entry))
        if isinstance(entry, Observed):
            self._observed(entry, now)
        elif isinstance(entry, NodeStatus):
            self._status(entry, now)
        elif isinstance(entry, Flooded):
            self._flooded(entry, now)
        elif isinstance(entry, Acked):
            self._heard_nowhere(entry.node, now)
        elif isinstance(entry, Told):
            self._told(entry.command, now)
        elif isinstance(entry, Restored):
            self._restored(entry, now)
        decided = list(self._roster.house.out)
        self._roster.house.out.clear()
        return decided

    def next_deadline(self) -> float | None:
        """When the core wants a `Ticked` if nothing else comes before; None while it has no unit."""
        if not self.units:
            return None
        return min(self._pulse_at, self._move_at, self._agenda.first_due())

    def is_due(self, at: float) -> bool:
        """Whether `Ticked(at)` would do anything, and so belongs into the journal."""
        due = self.next_deadline()
        return due is not None and (at >= due or (self._now is not None and at < self._now - OUTAGE_S))

    @property
    def units(self) -> dict[str, Unit]:
        """By name, to look at."""
        return self._roster.units

    @property
    def nodes(self) -> dict[str, NodeState]:
        """What is known of each node that hangs or hung here, to look at."""
        return self._roster.house.nodes

    def unassigned(self) -> list[str]:
        """Nodes heard that hang in no unit, at most 100, for the gateway's health report."""
        return sorted(self._roster.strays.heard)

    def strangers(self) -> list[tuple[str, float, list[str]]]:
        """Of these: node, when it was last heard, and the kinds it was heard to report; the latest first."""
        strays = self._roster.strays
        return [(node, at, strays.kinds.get(node, [])) for node, at in reversed(strays.heard.items())]

    def hangs(self, node: str) -> bool:
        """Whether this node is configured to hang somewhere, today or another day."""
        return node in self._roster.house.nodes

    def chattering(self) -> list[str]:
        """Nodes that sent more than can be true when they were last heard of."""
        return [name for name, node in self._roster.house.nodes.items() if node.chattering]

    def problems_with(self, command: Command) -> list[str]:
        """Why a command cannot be done; empty when it can, or when it only comes too late to matter."""
        if isinstance(command, Configure):
            return check(command.building)
        if isinstance(command, (Absence, AbsenceEnded, Restore)) and command.unit not in self.units:
            return [f"unit {command.unit} is not in this building"]
        return []

    def problems_with_restored(self, entry: Restored) -> list[str]:
        """Why what was learned cannot be taken over; empty when it can."""
        try:
            self._remembering(entry, taken_at(entry))
        except ValueError as error:
            return [f"learned state of unit {entry.unit} cannot be read: {error}"]
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
        elif to > (self.next_deadline() or FOREVER) + LATE_S:
            self._forgive(to)
            self._plan_all()
        self._now = now = max(to, self._now or to)
        self._do_what_is_due(now)
        return now

    def _do_what_is_due(self, now: float) -> None:
        while (due := self.next_deadline()) is not None and due <= now:
            if due == self._move_at:
                self._roster.place_nodes(now)
                self._plan_moves(now)
            elif due == self._pulse_at:
                self._pulse(due, now)
            else:
                unit = self.units[self._agenda.first()]
                unit.wake(now)
                self._plan(unit)

    def _pulse(self, due: float, now: float) -> None:
        self._pulse_at += PULSE_S
        moved_out.forget_old(self._roster.moved_out, now)
        for unit in self.units.values():
            unit.pulse(due, now)
            self._plan(unit)

    def _plan(self, unit: Unit) -> None:
        """Have the unit woken in time, after anything that happened to it."""
        self._agenda.put(unit.name, unit.due())

    def _plan_all(self) -> None:
        self._agenda = Agenda()
        for unit in self.units.values():
            self._plan(unit)

    def _plan_moves(self, now: float) -> None:
        self._move_at = self._roster.where.next_move(now)
        self._plan_all()

    def _missed(self, since: float, now: float) -> None:
        """The gateway was away for so long that it is nobody's silence."""
        self._forgive(now)
        for unit in self.units.values():
            unit.missed(since, now)
        self._pulse_at = _next_pulse(now)
        self._plan_all()

    def _forgive(self, now: float) -> None:
        """No node is to blame for a silence in which the gateway did not even keep its own appointments.

        One that was lost before is not back for that: it would be believed again unheard.
        """
        before = now if self._now is None else self._now
        for name, node in self._roster.house.nodes.items():
            place = self._roster.where.of(name, before)
            if place is None or not supervision.is_lost(place, node, before):
                node.awaited_from = now

    def _clock_set_back(self, now: float) -> None:
        """The gateway's clock was ahead. What is dated later than now never was."""
        roster = self._roster
        for node in roster.house.nodes.values():
            supervision.clock_set_back(node, now)
        for unit in self.units.values():
            watch = roster.watches.relearn(unit.watch, roster.settings[unit.name], roster.house.zone)
            unit.clock_set_back(watch, now)
        self._now, self._pulse_at = now, _next_pulse(now)
        self._plan_all()

    # --- nodes ---

    def _observed(self, seen: Observed, now: float) -> None:
        at = edges.sensed_at(seen, now)
        place = self._roster.where.of(seen.node, at)
        if place is None and seen.kind in emergency.CALLS:
            place = self._roster.where.of(seen.node, now)  # whenever it was, somebody called for help here
        if place is None:
            if emergency.calls_for_help(seen):
                self._roster.strays.calls.keep(msgspec.structs.replace(seen, at=at))
            self._heard_nowhere(seen.node, now, seen.kind)
            return
        node, unit = self._roster.house.nodes[seen.node], self.units[place.unit]
        if edges.is_first_hand(seen):
            supervision.heard(node, now)
        if seen.boot and not numbering.is_new(node.seen, seen.boot, seen.seq):
            if seen.kind in emergency.CALLS and place.source == "native":
                emergency.repeated(unit.cases, seen)
        else:
            unit.sensed(seen, place, at, now)
            unit.clock(place, edges.clock_is_wrong(seen, seen.received_at), now)
        self._plan(unit)

    def _heard_nowhere(self, node: str, now: float, kind: str = "") -> None:
        """Where it hangs today its being alive counts, though not its old reports; else it is a stray."""
        place = self._roster.where.of(node, now)
        if place is None:
            self._roster.strays.hear(node, now, kind)
        else:
            self._heard(place, now)

    def _heard(self, place: NodePlace, now: float) -> None:
        supervision.heard(self._roster.house.nodes[place.node], now)
        self.units[place.unit].heard(place, now)
        self._plan(self.units[place.unit])

    def _status(self, status: NodeStatus, now: float) -> None:
        place = self._roster.where.of(status.node, now)
        if place is None:
            self._roster.strays.hear(status.node, now)
            return
        supervision.took_status(self._roster.house.nodes[status.node], status, now)
        self.units[place.unit].status(status, place, now)
        self._plan(self.units[place.unit])

    def _flooded(self, flooded: Flooded, now: float) -> None:
        node, place = self._roster.house.nodes.get(flooded.node), self._roster.where.of(flooded.node, now)
        if node is not None:
            node.chattering = flooded.on
        if place is not None:
            self.units[place.unit].chatters(place, now)
            self._plan(self.units[place.unit])

    # --- commands ---

    def _told(self, command: Command, now: float) -> None:
        if self.problems_with(command) or isinstance(command, Restore):  # which comes as `Restored`
            return
        if isinstance(command, Configure):
            self._roster.configure(command.building, now)
            self._plan_moves(now)
            self._roster.raise_kept_calls(now)
            return
        unit = self._roster.unit_of(command)
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
        self._plan(unit)

    def _restored(self, entry: Restored, now: float) -> None:
        if entry.unit not in self.units or self.problems_with_restored(entry):
            return
        unit = self.units[entry.unit]
        found, unit.watch = self._remembering(entry, now)
        learned.go_on_with(unit.state, found, now, unit.house.zone)
        changes.hung(unit, now)  # other sensors than those that saw the days before may hang here
        unit.look(now)
        self._plan(unit)

    def _remembering(self, entry: Restored, now: float) -> tuple[Learned, UnitWatch]:
        """What was learned before, and the unit's watch that knows it too. Raises ValueError."""
        roster, watch, found = self._roster, self.units[entry.unit].watch, learned.unpack(entry.learned)
        settings, zone = roster.settings[entry.unit], roster.house.zone
        return found, roster.watches.remember(watch, found.watch, settings, zone, now)

    # --- what is kept ---

    def dump(self) -> bytes:
        """All state: `load` of it goes on exactly where this one stands."""
        return snapshot.write(self._roster, self._now, self._pulse_at)

    def load(self, body: bytes) -> None:
        """Become what `dump` wrote. Raises ValueError (msgspec's are ValueErrors) when it did not write this."""
        self._now, self._pulse_at = snapshot.read(body, self._roster)
        self._plan_moves(self._now or 0.0)


def _next_pulse(now: float) -> float:
    return now - now % PULSE_S + PULSE_S
