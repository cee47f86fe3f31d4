"""The core that survives a power cut: what it takes is on the disk, with what it decided, before that is done."""

import logging
from collections.abc import Iterable

from gateway.adapters.backups import Backups
from gateway.adapters.journal import Entry, Journal, Refused
from gateway.core import learned, showing
from gateway.core.building import OUTAGE_S, BuildingCore
from gateway.core.decisions import Decision, Send, TellNode
from gateway.core.inputs import Input, Observed, Ticked, taken_at
from gateway.core.unit import Unit
from gateway.errors import BackupError, GatewayError, JournalError

SNAPSHOT_INPUTS = 10_000

log = logging.getLogger(__name__)


class DurableCore:
    """A `BuildingCore` and its `Journal`, kept in step. Raises JournalError, from every method that reads or writes.

    What was taken has changed the core in memory, but nothing of it is true before `commit` has returned. When that
    fails it is to be called again: it holds on to the very same entry.
    """

    def __init__(self, gateway_id: str, journal: Journal, backups: Backups) -> None:
        self.core = BuildingCore(gateway_id)
        self.journal = journal
        self._backups = backups
        self._names: set[tuple[str, str, int]] = set()
        self._entry = Entry(0.0)
        self._tell: list[TellNode] = []
        self._since_snapshot = 0
        self._prune_to: float | None = None
        found = journal.restore()
        self.last_command = found.last_command
        self.alive_at = found.alive_at
        self.now = 0.0  # how far the core's own time has come
        self._fold(found.snapshot, found.inputs)

    def _fold(self, snapshot: bytes | None, later: list[Input]) -> None:
        if snapshot is not None:
            try:
                self.core.load(snapshot)
            except ValueError as error:
                text = f"the snapshot is of another version ({error}); install the version before"
                raise JournalError(text, permanent=True) from error
        for entry in later:
            self.core.apply(entry)
        self._since_snapshot = len(later)
        if self.alive_at is not None:
            self.now = max(self.alive_at, taken_at(later[-1]) if later else 0.0)
            # Folding ends where the gateway did, so that the core sees how long nobody was listening.
            self.tick(self.alive_at)

    def is_repeated(self, seen: Observed) -> bool:
        """Whether this very report of a node has been taken before."""
        if not seen.boot:
            return False
        name = (seen.node, seen.boot, seen.seq)
        return name in self._names or self.journal.heard(*name)

    def take(self, entry: Input, *, repeated: bool = False) -> None:
        """Apply an input; it and what it decides belong to the next commit.

        repeated: the node reports it again, and the core is to know that.
        """
        if repeated:
            self._entry.repeated.add(len(self._entry.inputs))
        if isinstance(entry, Observed) and entry.boot:
            self._names.add((entry.node, entry.boot, entry.seq))
        at = taken_at(entry)
        self.now = at if at < self.now - OUTAGE_S else max(self.now, at)
        self._entry.inputs.append(entry)
        for decision in self.core.apply(entry):
            self._decided(decision)

    def _decided(self, decision: Decision) -> None:
        if isinstance(decision, Send):
            self._entry.sends.append(decision)
        elif isinstance(decision, TellNode):
            self._tell.append(decision)
        elif decision.unit in self.core.units:
            self._account(self.core.units[decision.unit])

    def _account(self, unit: Unit) -> None:
        """What the dial costs, and a backup. One that cannot be sealed does not leave the building: it is said, counted
        and made again tomorrow."""
        self._entry.sends.append(Send(showing.dial(unit), "routine"))
        try:
            backup = self._backups.seal(unit.name, learned.pack(learned.of(unit, self.now)))
        except BackupError as error:
            log.error("no backup of unit %s: %s", unit.name, error)
            self.refuse((), {"backup": 1})
        else:
            self._entry.sends.append(Send(backup, "routine"))

    def tick(self, now: float) -> None:
        """Let time come to `now`, if the core has something to do then."""
        if self.core.is_due(now):
            self.take(Ticked(now))

    def walk(self, to: float) -> None:
        """Let time pass until `to`, moment by moment: somebody was listening all the while.

        Only `tick` over so long a time would look to the core as if the gateway had been away.
        """
        while (due := self.core.next_deadline()) is not None and due <= to:
            self.take(Ticked(due))

    def send(self, send: Send) -> None:
        """Add a report of the shell's own."""
        self._entry.sends.append(send)

    def refuse(self, kept: Iterable[Refused], counted: dict[str, int]) -> None:
        """Add what nobody could read."""
        self._entry.refused.extend(kept)
        for reason, count in counted.items():
            self._entry.counted[reason] = self._entry.counted.get(reason, 0) + count

    def commanded(self, n: int) -> None:
        """Remember, with this commit, that commands up to number `n` have been taken."""
        self._entry.last_command = self.last_command = n

    @property
    def has_something(self) -> bool:
        entry = self._entry
        return bool(entry.inputs or entry.sends or entry.refused or entry.counted or entry.last_command)

    @property
    def is_urgent(self) -> bool:
        """Whether something waits to be committed that must not wait to be sent either."""
        return any(send.lane == "alert" for send in self._entry.sends)

    def commit(self, now: float, *, snapshot: bool = False) -> list[TellNode]:
        """Commit what was taken; return what is now to be said to nodes. `now`: domain time, when still alive."""
        entry = self._entry
        entry.alive_at = max(now, self.now)
        if snapshot or self._since_snapshot + len(entry.inputs) >= SNAPSHOT_INPUTS:
            entry.snapshot = self.core.dump()
        self.journal.append(entry)
        self._since_snapshot = 0 if entry.snapshot is not None else self._since_snapshot + len(entry.inputs)
        tell = self._tell
        self._entry, self._tell, self._names = Entry(0.0), [], set()
        if entry.snapshot is not None:
            self._prune_to = entry.alive_at
        return tell

    def prune(self) -> None:
        """Forget what the last snapshot made superfluous; for when all that the commit allows has been done.

        What cannot be forgotten now is left for the next snapshot. Raises JournalError only for a damaged journal.
        """
        to, self._prune_to = self._prune_to, None
        if to is None:
            return
        try:
            self.journal.prune(to)
        except JournalError as error:
            if error.permanent:
                raise
            log.error("old inputs are kept for now: %s", error)


def unit_of(core: BuildingCore, name: str) -> Unit:
    """The unit of this name. Raises GatewayError when it is not configured."""
    units = core.units
    if name not in units:
        known = ", ".join(sorted(units)[:20]) or "none; run configure first"
        raise GatewayError(f"unit {name} is not configured; configured are: {known}")
    return units[name]
