"""Play a recording through the watch, with the recording's times as the clock.

A recording has the columns time,node,room,kind,value (ISO 8601 times with offset). Edges of motion and contacts
are signs of life; `link` rows of node `gateway` mark when the whole recording was down. The rest shows that it was not.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

from gateway.core.reason import in_english
from gateway.core.rhythm import DAY_S
from gateway.core.signs import Sign
from gateway.core.watch import UnitWatch, WatchSettings
from gateway.errors import GatewayError

COLUMNS = ("time", "node", "room", "kind", "value")
PROGRESS_ROWS = 10_000


class ReplayError(GatewayError):
    """The recording cannot be read; the message says where and why."""


class Row(NamedTuple):
    """One report of the recording; `at` in Unix seconds."""

    at: float
    node: str
    room: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """What a replay came to. `unread` rows had a time, kind or value that cannot be."""

    rows: int
    unread: int
    signs: int
    alarms: int
    learning_day: int
    learning_days: int
    state_bytes: int


def replay(
    log: Path,
    deadlines: Path | None,
    alarms: Path | None,
    zone: ZoneInfo | None,
    settings: WatchSettings,
    progress: Callable[[float], None] | None = None,
) -> ReplaySummary:
    """Write what the watch says to `deadlines` (time,deadline) and `alarms` (time,since,reason).

    Without a zone, the offset of the recording's own first time stands for it. `progress` is told the time reached.
    Raises ReplayError where the recording is not one.
    """
    with ExitStack() as stack:
        said = _table(stack, deadlines, ("time", "deadline"))
        raised = _table(stack, alarms, ("time", "since", "reason"))
        run = _Run(zone, settings, said, raised)
        for text in stack.enter_context(_recording(log)):
            run.take(text)
            if progress is not None and run.rows % PROGRESS_ROWS == 0:
                progress(run.now)
        return run.summary()


class _Run:
    def __init__(self, zone: ZoneInfo | None, settings: WatchSettings, said: Any, raised: Any) -> None:
        self._zone: tzinfo | None = zone
        self._settings = settings
        self._said, self._raised = said, raised
        self._watch: UnitWatch | None = None
        self._deadline: float | None = None
        self._alarm_for: float | None = None
        self._previous: dict[str, str] = {}
        self.now = 0.0
        self.rows = self.unread = self.signs = self.alarms = 0

    def take(self, fields: dict[str, str]) -> None:
        """One row of the recording."""
        self.rows += 1
        row = self._parse(fields)
        if row is None:
            self.unread += 1
            return
        watch = self._watch
        if watch is None or self._zone is None:
            self._zone = self._zone or datetime.fromisoformat(fields["time"]).tzinfo
            assert self._zone is not None
            watch = self._watch = UnitWatch(self._zone, self._settings)
        self._tick(watch, row.at)
        if self.now and row.at - self.now > DAY_S:
            # Homes are never a day without any report: the recording was down, and nobody wrote so.
            watch.leave_out(self.now, row.at, "outage")
        self.now = max(self.now, row.at)
        self._hear(watch, row)
        self._say(watch)

    def _parse(self, fields: dict[str, str]) -> Row | None:
        try:
            time = datetime.fromisoformat(fields["time"])
            if time.tzinfo is None:
                return None
            return Row(time.timestamp(), fields["node"], fields["room"], fields["kind"], fields["value"])
        except (ValueError, TypeError, KeyError, OverflowError):
            return None

    def _tick(self, watch: UnitWatch, now: float) -> None:
        """Raise what was due before this row, once for each silence."""
        due = self._deadline
        if due is None or due >= now:
            return
        since = watch.since()
        if since == self._alarm_for:
            return
        self._alarm_for = since
        self.alarms += 1
        if self._raised is not None:
            self._raised.writerow((self._iso(due), self._iso(since), in_english(watch.reason(due))))

    def _hear(self, watch: UnitWatch, row: Row) -> None:
        if row.kind == "link":
            if row.node == "gateway" and row.value == "offline":
                watch.pause(row.at, "outage")
            elif row.node == "gateway" and row.value == "online":
                watch.resume(row.at)
        elif row.kind == "motion":
            if row.value == "1":
                self._sign(watch, Sign(row.at, row.room, "motion", "", row.node))
        elif row.kind == "contact" and self._previous.get(row.node) != row.value:
            self._previous[row.node] = row.value
            self._sign(watch, Sign(row.at, row.room, "door", "open" if row.value == "1" else "closed", row.node))
        watch.observed_until(row.at)

    def _sign(self, watch: UnitWatch, sign: Sign) -> None:
        self.signs += 1
        watch.observe(sign)

    def _say(self, watch: UnitWatch) -> None:
        deadline = watch.deadline()
        if deadline == self._deadline:
            return
        self._deadline = deadline
        if self._said is not None:
            self._said.writerow((self._iso(self.now), "" if deadline is None else self._iso(deadline)))

    def _iso(self, at: float) -> str:
        return datetime.fromtimestamp(at, self._zone).isoformat(timespec="milliseconds")

    def summary(self) -> ReplaySummary:
        """After the last row."""
        if self._watch is None:
            raise ReplayError("the recording has no row that can be read")
        day, days = self._watch.learning()
        size = len(self._watch.dump())
        return ReplaySummary(self.rows, self.unread, self.signs, self.alarms, day, days, size)


@contextmanager
def _recording(log: Path) -> Iterator[Iterator[dict[str, str]]]:
    """The rows of a recording as they are written."""
    try:
        with gzip.open(log, "rt", encoding="utf-8") if log.suffix == ".gz" else log.open(encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise ReplayError(f"{log}: has no column {', '.join(missing)}; a recording has {','.join(COLUMNS)}")
            yield iter(reader)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise ReplayError(f"{log}: cannot be read ({error}); name a recording as .csv or .csv.gz") from None


def _table(stack: ExitStack, path: Path | None, header: tuple[str, ...]) -> Any:
    if path is None:
        return None
    file: TextIO = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    table = csv.writer(file)
    table.writerow(header)
    return table
