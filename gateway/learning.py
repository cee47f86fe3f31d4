"""Teach a unit's watch from a past recording, so that a new gateway does not begin as a stranger."""

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from contract.reports import SeenSign

from gateway.core.signs import Sign
from gateway.core.unit import MOST_SIGNS, Unit
from gateway.core.watch import UnitWatch
from gateway.core.watches import LearnedWatches
from gateway.errors import GatewayError

DAY_S = 86_400.0
COLUMNS = "time,node,room,kind,value"
_TOLD_EVERY = 5000


@dataclass(frozen=True, slots=True)
class Learned:
    """What a recording held: rows in all, rows with a time or kind that cannot be, and signs of life."""

    rows: int
    unread: int
    signs: int


def teach(unit: Unit, log: Path, now: float, progress: Callable[[int], None] = lambda bytes_read: None) -> Learned:
    """Give `unit` the watch that the recording `log` teaches, and its last signs, as of `now` (Unix seconds).

    Only for a unit that has learned nothing yet. `progress` is told how many bytes of the file have been read. Raises
    GatewayError where the unit knows something already, and where the file is no recording.
    """
    day, _ = unit.watch.learning()
    if day:
        raise GatewayError(f"unit {unit.name} has learned from {day} days already; a recording is for a new unit")
    settings = next(settings for settings in unit.house.building.units if settings.unit == unit.name)
    lesson = _Lesson(LearnedWatches().new(settings, unit.house.zone))
    learned = _read(log, lesson, now, progress)
    if not learned.signs:
        raise GatewayError(f"{log}: holds no sign of life from before now; a recording has {COLUMNS}")
    lesson.end(now)
    if unit.state.paused is not None:
        lesson.watch.pause(now, unit.state.paused)
    unit.watch = lesson.watch
    unit.state.signs = sorted([*lesson.signs, *unit.state.signs], key=lambda sign: sign.at)[-MOST_SIGNS:]
    return learned


def _read(log: Path, lesson: "_Lesson", until: float, progress: Callable[[int], None]) -> Learned:
    rows = unread = signs = 0
    with _opened(log) as (table, position):
        for rows, fields in enumerate(table, start=1):  # counted beyond the loop
            try:
                when = datetime.fromisoformat(fields["time"])
                if when.tzinfo is None:
                    raise ValueError("a time without offset may be any time")
                if when.timestamp() < until:
                    row = (fields["node"], fields["room"], fields["kind"], fields["value"])
                    signs += lesson.row(when.timestamp(), *row)
            except (KeyError, TypeError, ValueError, OverflowError):
                unread += 1
            if rows % _TOLD_EVERY == 0:
                progress(position())
    return Learned(rows, unread, signs)


class _Lesson:
    def __init__(self, watch: UnitWatch) -> None:
        self.watch = watch
        self.signs: deque[SeenSign] = deque(maxlen=MOST_SIGNS)
        self._before: dict[str, str] = {}
        self._last_at: float | None = None
        self._down_since: float | None = None

    def row(self, at: float, node: str, room: str, kind: str, value: str) -> bool:
        """Take in one report, at its place in time; whether it was a sign of life."""
        self._skip_gap(at)
        self._last_at = max(at, self._last_at or at)
        if kind == "link" and node == "gateway":
            self._link(at, value)
        elif kind == "motion" and value == "1":
            return self._sign(Sign(at, room, "motion", "", node))
        elif kind == "contact" and self._before.get(node) != value:
            self._before[node] = value
            return self._sign(Sign(at, room, "door", "open" if value == "1" else "closed", node))
        return False

    def end(self, now: float) -> None:
        """The recording ends. What is short of a day until `now` is silence: to ask too early does no harm."""
        self._link(now, "online")
        self._skip_gap(now)

    def _skip_gap(self, at: float) -> None:
        """Homes are never a day without any report: nobody recorded, and it teaches nothing."""
        if self._last_at is not None and at - self._last_at > DAY_S:
            self.watch.pause(self._last_at, "outage")
            self.watch.resume(at)

    def _link(self, at: float, value: str) -> None:
        if value == "offline" and self._down_since is None:
            self._down_since = at
            self.watch.pause(at, "outage")
        elif value == "online" and self._down_since is not None:
            self._down_since = None
            self.watch.resume(at)

    def _sign(self, sign: Sign) -> bool:
        self.watch.observe(sign)
        self.signs.append(SeenSign(sign.at, sign.room, sign.kind))
        return True


@contextmanager
def _opened(log: Path) -> Iterator[tuple["csv.DictReader[str]", Callable[[], int]]]:
    """The rows of a recording, and how many bytes of its file have been read."""
    try:
        with log.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if log.suffix == ".gz" else raw
            yield csv.DictReader(TextIOWrapper(packed, encoding="utf-8", newline="")), raw.tell
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise GatewayError(f"{log}: cannot be read ({error}); name a recording as .csv or .csv.gz") from None
