"""Play a recording through the building's own core, and write when it would have asked, and why."""

import csv
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from contract.reports import Alert, AlertKind, Building
from msgspec.structs import replace

from gateway.core import silence
from gateway.core.decisions import Decision, Send
from gateway.errors import GatewayError, RecordingError
from gateway.playback import Playback
from gateway.recordings import opened

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
        played = run.played
        lines, _ = stack.enter_context(opened(log, played.zone, entrance))
        for line in lines:
            played.take(line)
            if progress is not None and played.rows % PROGRESS_ROWS == 0:
                progress(played.now)
        return run.summary()


class _Run:
    def __init__(
        self, zone: ZoneInfo | None, building: Building | None, said: Any, raised: Any, kind: AlertKind
    ) -> None:
        self.played = Playback(zone, building, self._decided)
        self._kind, self._said, self._raised = kind, said, raised
        self._deadline: float | None = None
        self._alerts: set[str] = set()

    def _decided(self, decided: list[Decision]) -> None:
        for decision in decided:
            if isinstance(decision, Send) and isinstance(decision.report, Alert):
                self._alert(decision.report)
        self._say()

    def _alert(self, alert: Alert) -> None:
        """One row for each alert, when the core begins to ask."""
        if alert.kind != self._kind or alert.alert in self._alerts:
            return
        self._alerts.add(alert.alert)
        if self._raised is not None:
            self._raised.writerow((self._iso(self.played.now), self._iso(alert.since), alert.reason.en))

    def _say(self) -> None:
        """Write when the core would begin to ask, where that is news; what it has begun stands as it was said."""
        unit = self.played.unit
        if unit is None or silence.running(unit) is not None:
            return
        deadline = None if self.played.is_down else silence.due(unit)
        if deadline == self._deadline:
            return
        self._deadline = deadline
        if self._said is not None:
            self._said.writerow((self._iso(self.played.now), "" if deadline is None else self._iso(deadline)))

    def _iso(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.played.zone).isoformat(timespec="milliseconds")

    def summary(self) -> ReplaySummary:
        """After the last row."""
        played = self.played
        if played.unit is None:
            raise RecordingError("the recording has no row that can be read")
        day, days = played.unit.watch.learning()
        return ReplaySummary(played.rows, played.unread, played.signs, len(self._alerts), day, days)


def _table(stack: ExitStack, path: Path | None, header: tuple[str, ...]) -> Any:
    if path is None:
        return None
    file: TextIO = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    table = csv.writer(file)
    table.writerow(header)
    return table
