"""Play a recording through the building's own core, with the recording's times as the clock.

What a source of the gateway would make of a row goes into `BuildingCore`, which is woken when it asks to be. A node
once heard goes on telling that it is there, unless its link is down. Where the whole recording was down nothing comes
and nobody wakes the core, as when the gateway itself was off.
"""

import csv
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from contract.reports import Alert, AlertKind, Building, Configure, NodePlace, UnitHour, UnitSettings
from msgspec.structs import replace

from gateway.core import silence
from gateway.core.agenda import FOREVER, Agenda
from gateway.core.building import BuildingCore, check
from gateway.core.decisions import Send
from gateway.core.inputs import Input, NodeStatus, Observed, Ticked, Told, taken_at
from gateway.core.supervision import expected_within_s
from gateway.core.unit import Unit
from gateway.errors import GatewayError, RecordingError
from gateway.recordings import (
    UNREADABLE,
    Hanging,
    Outages,
    Row,
    find_zone,
    observed,
    opened,
    parse,
)

UNIT = "home"
PROGRESS_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """What a replay came to. `unread` rows had a time or value that cannot be."""

    rows: int
    unread: int
    signs: int
    alarms: int
    learning_day: int
    learning_days: int


def only_unit(building: Building, name: str | None) -> Building:
    """The building as if it held this unit alone; `name` may be None where there is but one. Raises GatewayError."""
    units = [unit for unit in building.units if name in (None, unit.unit)]
    if len(units) != 1:
        known = ", ".join(unit.unit for unit in building.units[:20]) or "none"
        raise GatewayError(f"say by --unit whose recording it is; the building's units are: {known}")
    nodes = [place for place in building.nodes if place.unit == units[0].unit]
    return replace(building, units=units, nodes=nodes)


def replay(
    log: Path,
    deadlines: Path | None,
    alarms: Path | None,
    zone: ZoneInfo | None,
    building: Building | None = None,
    progress: Callable[[float], None] | None = None,
    entrance: Collection[str] = (),
    kind: AlertKind = "inactivity",
) -> ReplaySummary:
    """Write what the building would do to `deadlines` (time,deadline) and `alarms` (time,since,reason).

    A deadline is when the core would begin to ask if nothing more came; none is written while an alarm stands.
    kind: of the alerts that are written and counted; deadlines are those of inactivity whatever it is.
    building: of one unit, whose nodes are named as in the recording; without it, every recorded sensor is a node.
    zone: goes before the building's; with neither, one that agrees with the recording's first offset.
    progress: is told the time reached. entrance: sensors that hang there, where the file does not say it. Raises
    RecordingError where the recording is not one.
    """
    with ExitStack() as stack:
        said = _table(stack, deadlines, ("time", "deadline"))
        raised = _table(stack, alarms, ("time", "since", "reason"))
        run = _Run(zone, building, said, raised, kind)
        lines, _ = stack.enter_context(opened(log, run.zone, entrance))
        for line in lines:
            run.take(line)
            if progress is not None and run.rows % PROGRESS_ROWS == 0:
                progress(run.now)
        return run.summary()


class _Run:
    def __init__(
        self, zone: ZoneInfo | None, building: Building | None, said: Any, raised: Any, kind: AlertKind
    ) -> None:
        self._zone, self._building, self._kind = zone, building, kind
        self._said, self._raised = said, raised
        self._core = BuildingCore("replay")
        self._unit: Unit | None = None
        self._hanging = Hanging(UNIT)
        self._places: dict[str, NodePlace] = {}
        self._are_named = False  # by the building, and not by the recording
        self._beats = Agenda()
        self._outages = Outages()
        self._down = False
        self._deadline: float | None = None
        self._alerts: set[str] = set()
        self.now = 0.0
        self.rows = self.unread = self.signs = 0

    @property
    def zone(self) -> ZoneInfo | None:
        """The home's, where the building or whoever asked says it."""
        if self._zone is not None or self._building is None:
            return self._zone
        return ZoneInfo(self._building.zone)

    def take(self, line: dict[str, str]) -> None:
        """One line of the recording."""
        self.rows += 1
        try:
            row = parse(line)
        except UNREADABLE:
            self.unread += 1
            return
        if self._unit is None:
            self._begin(row)
        for at, up in self._outages.before(row):
            self._switch(at, up)
        if not self._down:
            self._walk(row.at)
            self._hear(row)

    def _begin(self, row: Row) -> None:
        """The building is configured when the recording begins; where its nodes hang now is where they always hung."""
        zone = self._zone.key if self._zone is not None else None
        if self._building is None:
            self._building = Building(zone or find_zone([row]), [UnitSettings(UNIT)], [])
        elif zone is not None:
            self._building = replace(self._building, zone=zone)
        nodes = [replace(place, since=0.0) for place in self._building.nodes if place.until is None]
        self._configure(replace(self._building, nodes=nodes), row.at)
        (self._unit,) = self._core.units.values()
        self._are_named = bool(nodes)

    def _configure(self, building: Building, at: float) -> None:
        problems = check(building)
        if problems:
            raise RecordingError("no building can be made for this recording: " + "; ".join(problems))
        self._building, self._zone = building, ZoneInfo(building.zone)
        self._places = {place.node: place for place in building.nodes}
        self._apply(Told(at, Configure(building)))

    def _switch(self, at: float, up: bool) -> None:
        """The gateway goes off, which says nothing any more, or is back, and takes notice of the time."""
        if up:
            self._down = False
            self._apply(Ticked(max(at, self.now)))
        else:
            self._walk(at)
            self._down = True
            self._say()

    def _walk(self, to: float) -> None:
        """Let time pass: the core is woken when it asked to be, and the nodes tell that they are there."""
        while True:
            beat, due = self._beats.first_due(), self._core.next_deadline() or FOREVER
            if min(beat, due) > to:
                return
            if due <= beat:
                self._apply(Ticked(due))
            else:
                self._beat(self._beats.first(), max(beat, self.now))

    def _beat(self, node: str, at: float) -> None:
        self._apply(Observed(at, at, node, "health", {}))
        self._await_beat(node)

    def _await_beat(self, node: str) -> None:
        """Twice within the time after which a node is lost is as good to the core as every minute or hour."""
        place = self._places.get(node)
        if place is not None:
            self._beats.put(node, self.now + expected_within_s(place) / 2)

    def _hear(self, row: Row) -> None:
        node = row.node if self._are_named else self._hang(row)
        try:
            entry = None if node is None else observed(row, node, max(row.at, self.now))
        except UNREADABLE:
            self.unread += 1
            return
        if node is None or entry is None:
            return
        self._apply(entry)
        if isinstance(entry, NodeStatus) and entry.state == "offline":
            self._beats.put(node, None)
        else:
            self._await_beat(node)

    def _hang(self, row: Row) -> str | None:
        """The node that a recorded sensor is, hung up when it first senses something."""
        place, is_new = self._hanging.find(row)
        if is_new and self._building is not None:
            nodes = list(self._hanging.places.values())
            self._configure(replace(self._building, nodes=nodes), max(row.at, self.now))
        return None if place is None else place.node

    def _apply(self, entry: Input) -> None:
        self.now = max(self.now, taken_at(entry))
        for decision in self._core.apply(entry):
            if not isinstance(decision, Send):
                continue
            if isinstance(decision.report, Alert):
                self._alert(decision.report)
            elif isinstance(decision.report, UnitHour):
                self.signs += sum(decision.report.counts.values())
        self._say()

    def _alert(self, alert: Alert) -> None:
        """One row for each alert, when the core begins to ask."""
        if alert.kind != self._kind or alert.alert in self._alerts:
            return
        self._alerts.add(alert.alert)
        if self._raised is not None:
            self._raised.writerow((self._iso(self.now), self._iso(alert.since), alert.reason.en))

    def _say(self) -> None:
        """Write when the core would begin to ask, where that is news; what it has begun stands as it was said."""
        if self._unit is None or silence.running(self._unit) is not None:
            return
        deadline = None if self._down else silence.due(self._unit)
        if deadline == self._deadline:
            return
        self._deadline = deadline
        if self._said is not None:
            self._said.writerow((self._iso(self.now), "" if deadline is None else self._iso(deadline)))

    def _iso(self, at: float) -> str:
        return datetime.fromtimestamp(at, self._zone).isoformat(timespec="milliseconds")

    def summary(self) -> ReplaySummary:
        """After the last row."""
        if self._unit is None:
            raise RecordingError("the recording has no row that can be read")
        day, days = self._unit.watch.learning()
        signs = self.signs + sum(self._unit.state.tally.counts.values())
        return ReplaySummary(self.rows, self.unread, signs, len(self._alerts), day, days)


def _table(stack: ExitStack, path: Path | None, header: tuple[str, ...]) -> Any:
    if path is None:
        return None
    file: TextIO = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    table = csv.writer(file)
    table.writerow(header)
    return table
