"""Recordings of homes: what their rows say, in the words of the nodes that stand for the recorded sensors.

A recording is a CSV file (gzipped where the name ends in .gz) with the columns time,node,room,kind,value: ISO 8601
times with offset; motion (1), contact (1 open, 0 closed), power (W), water (l/min), battery (%) and link (offline,
online). `link` rows of node `gateway` mark when the whole recording was down. Replay, learning and the simulator read
by these rules.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from contract.observations import INSTANT
from contract.reports import NodePlace
from msgspec.structs import replace

from gateway.core.inputs import NodeStatus, Observed
from gateway.errors import RecordingError
from gateway.formats import COLUMNS, Line, lines

KINDS = {"motion": "motion", "contact": "door", "power": "power", "water": "water"}
"""The contract's kinds by the recordings'."""

UNREADABLE = (KeyError, TypeError, ValueError, OverflowError)
"""What `parse` and `observed` raise for a row with a time or value that cannot be."""

DAY_S = 86_400.0
_LONGEST_NAME = 64
_LIKELY_ZONES = ("Asia/Tokyo", "Europe/Paris", "America/Los_Angeles", "America/New_York", "UTC")


class Row(NamedTuple):
    """One line. `at`: Unix seconds; `offset_s`: what the recording's wall clock was ahead of UTC."""

    at: float
    offset_s: float
    node: str
    room: str
    kind: str
    value: str


@contextmanager
def opened(
    log: Path, zone: tzinfo | None = None, entrance: Collection[str] = ()
) -> Iterator[tuple[Iterator[Line], Callable[[], int]]]:
    """The lines of a recording as they are written, and how many bytes of its file have been read.

    zone, entrance: for files of others that do not say them, see `formats.lines`. Raises RecordingError.
    """
    try:
        with log.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if log.suffix == ".gz" else raw
            text = TextIOWrapper(packed, encoding="utf-8", newline="")
            try:
                found = lines(text, zone, entrance)
            except RecordingError as error:
                raise RecordingError(f"{log}: {error}") from None
            yield found, raw.tell
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{log}: cannot be read ({error}); name a recording as .csv or .csv.gz") from None


def parse(line: dict[str, str]) -> Row:
    """Raises one of UNREADABLE for a line that is no row."""
    if not all(isinstance(line[column], str) for column in COLUMNS):  # None where it ends before the header does
        raise ValueError("a line with too few columns")
    when = datetime.fromisoformat(line["time"])
    offset = when.utcoffset()
    if offset is None:
        raise ValueError("a time without offset may be any time")
    at = when.timestamp()
    INSTANT.check("time", at)
    return Row(at, offset.total_seconds(), line["node"], line["room"], line["kind"], line["value"])


def report(row: Row) -> tuple[str, Any] | None:
    """The contract's kind and value of a row, or None for what a node would not report."""
    kind = KINDS.get(row.kind)
    if kind == "motion":
        return (kind, {"count": 1, "last_at": round(row.at, 3)}) if row.value == "1" else None
    if kind == "door":
        return kind, "open" if row.value == "1" else "closed"
    if kind == "power":
        return kind, {"w": float(row.value)}
    if kind == "water":
        return kind, {"l_per_min": float(row.value)}
    return None


def observed(row: Row, node: str, received_at: float) -> Observed | NodeStatus | None:
    """What a source of the gateway makes of a row when it comes from `node`; None where the node said nothing."""
    if row.kind == "link":
        return NodeStatus(received_at, node, row.value) if row.value in ("online", "offline") else None
    if row.kind == "battery":
        return Observed(row.at, received_at, node, "health", {"battery_pct": float(row.value)})
    reported = report(row)
    return None if reported is None else Observed(row.at, received_at, node, *reported)


class Hanging:
    """The nodes that stand for the recorded sensors in `unit`: battery-powered, each there from its first report on.

    A node hangs in one room: a sensor that reports from several stands for as many nodes.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._names: dict[tuple[str, str], str] = {}
        self.places: dict[str, NodePlace] = {}

    def find(self, row: Row) -> tuple[NodePlace | None, bool]:
        """Where the node hangs that a row is of (None before it has sensed anything), and whether that is news."""
        name = self._names.get((row.node, row.room))
        known = None if name is None else self.places[name]
        kind = KINDS.get(row.kind)
        if kind is None or (known is not None and kind in known.kinds):
            return known, False
        place = self._new(row) if known is None else known
        place = self.places[place.node] = replace(place, kinds=[*place.kinds, kind])
        return place, True

    def _new(self, row: Row) -> NodePlace:
        name = row.node[:_LONGEST_NAME] or "unknown"
        if name in self.places:
            name = f"{row.node} ({len(self.places)})"[-_LONGEST_NAME:]
        self._names[row.node, row.room] = name
        return NodePlace(name, self._unit, row.room[:_LONGEST_NAME] or "unknown", 0.0, source="zigbee2mqtt")


class Outages:
    """Follows a recording row by row and tells when nobody recorded."""

    def __init__(self) -> None:
        self._last_at: float | None = None
        self._down = False

    def before(self, row: Row) -> list[tuple[float, bool]]:
        """The instants from which on the recording was down (False) or up (True), as far as this row tells."""
        last_at, self._last_at = self._last_at, max(row.at, self._last_at or row.at)
        goes_down = row.kind == "link" and row.node == "gateway" and row.value == "offline"
        if self._down:
            self._down = goes_down
            return [] if goes_down else [(row.at, True)]
        changes = []
        if last_at is not None and row.at - last_at > DAY_S:
            # Homes are never a day without any report: the recording was down, and nobody wrote so. A gateway could
            # not have told before the day was over.
            changes = [(last_at + DAY_S, False), (row.at, True)]
        self._down = goes_down
        return [*changes, (row.at, False)] if goes_down else changes

    def end(self, at: float) -> list[tuple[float, bool]]:
        """The same at `at`, after the recording has ended: what is short of a day is silence."""
        if self._last_at is None or (not self._down and at - self._last_at <= DAY_S):
            return []
        return [(at, True)] if self._down else [(self._last_at, False), (at, True)]


def find_zone(rows: Iterable[Row]) -> str:
    """An IANA zone whose wall clock agrees with the offset of every row. Raises RecordingError if none does."""
    daily = {int(row.at // DAY_S): row for row in rows}
    for name in chain(_LIKELY_ZONES, sorted(available_timezones())):
        zone = ZoneInfo(name)
        if all(_offset_s(zone, row.at) == row.offset_s for row in daily.values()):
            return name
    raise RecordingError("no time zone agrees with the offsets of this recording")


def find_outings(log: Path) -> list[tuple[float, float]] | None:
    """When the resident was out (Unix seconds, in order), where NAME.outings.csv beside the recording says it.

    Raises RecordingError where that is no list of left,returned.
    """
    path = log.with_name(log.name.removesuffix(".gz").removesuffix(".csv") + ".outings.csv")
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return sorted((_unix(row["left"]), _unix(row["returned"])) for row in csv.DictReader(file))
    except (OSError, *UNREADABLE) as error:
        raise RecordingError(f"{path}: is no list of left,returned ({error})") from None


def _unix(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _offset_s(zone: ZoneInfo, at: float) -> float:
    return (datetime.fromtimestamp(at, zone).utcoffset() or timedelta()).total_seconds()
