"""A recorded home played as the nodes of one unit.

Recordings are CSV files (gzipped where the name ends in .gz) with the columns time,node,room,kind,value; their sensors
have names no node may bear and kinds of their own, both of which are translated here.
"""

import csv
import gzip
import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

_KINDS = {"motion": "motion", "contact": "door", "power": "power"}
_LIKELY_ZONES = ("Asia/Tokyo", "Europe/Paris", "America/Los_Angeles", "America/New_York", "UTC")
_CUT_AFTER_S = 1800.0
_START_H = 10.5
_LOOKS_BACK_DAYS = 15


class Row(Struct, frozen=True):
    """One line. `at`: Unix seconds; `offset_s`: what the recording's wall clock was ahead of UTC."""

    at: float
    offset_s: float
    node: str
    room: str
    kind: str
    value: str


class Span(Struct, frozen=True):
    """Which part of a recording is played: learned until `start`, silent from `cut_at`; Unix seconds."""

    zone: str
    start: float
    cut_at: float


class RecordingError(ValueError):
    """A file that is no recording, or does not hold the span asked for; says which."""


def rows(path: Path) -> Iterator[Row]:
    """Every line, in the file's order. Raises OSError, or RecordingError naming the line that cannot be read."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw:
        for number, line in enumerate(csv.DictReader(TextIOWrapper(raw, encoding="utf-8", newline="")), start=2):
            try:
                when = datetime.fromisoformat(line["time"])
                offset = when.utcoffset()
                if offset is None:
                    raise ValueError("time without offset")
                yield Row(
                    when.timestamp(), offset.total_seconds(), line["node"], line["room"], line["kind"], line["value"]
                )
            except (KeyError, TypeError, ValueError) as error:
                raise RecordingError(f"{path}, line {number}: {error}") from error


def node_name(recorded: str) -> str:
    """A name a node may bear, made of the sensor's name in the recording."""
    return ("rec-" + re.sub(r"[^a-z0-9]+", "-", recorded.lower()).strip("-"))[:32]


def report(row: Row) -> tuple[str, Any] | None:
    """The contract's kind and value of a line, or None for what a node would not report."""
    kind = _KINDS.get(row.kind)
    if kind == "motion":
        return (kind, {"count": 1, "last_at": round(row.at, 3)}) if row.value == "1" else None
    if kind == "door":
        return kind, "open" if row.value == "1" else "closed"
    if kind == "power":
        return kind, {"w": float(row.value)}
    return None


def sensors(lines: Iterable[Row]) -> dict[str, tuple[str, set[str]]]:
    """Node name to (room, kinds) of every sensor a node can stand for."""
    found: dict[str, tuple[str, set[str]]] = {}
    for row in lines:
        if row.kind in _KINDS:
            found.setdefault(node_name(row.node), (row.room or "unknown", set()))[1].add(_KINDS[row.kind])
    return found


def find_zone(lines: Iterable[Row]) -> str:
    """An IANA zone whose wall clock agrees with every offset of the recording. Raises RecordingError if none does."""
    daily = {int(row.at // 86400): row for row in lines}
    for name in chain(_LIKELY_ZONES, sorted(available_timezones())):
        zone = ZoneInfo(name)
        if all(_offset_s(zone, row.at) == row.offset_s for row in daily.values()):
            return name
    raise RecordingError("no time zone agrees with the offsets of this recording")


def _offset_s(zone: ZoneInfo, at: float) -> float:
    return (datetime.fromtimestamp(at, zone).utcoffset() or timedelta()).total_seconds()


def choose_span(lines: list[Row], start: float | None, cut_at: float | None) -> Span:
    """Complete what was not given: half past ten on the last whole day with a sign of life in the half hour after it,
    at the end of which it is cut.

    Raises RecordingError when the span lies outside the recording or ends before it begins.
    """
    if not lines:
        raise RecordingError("the recording is empty")
    zone = find_zone(lines)
    if start is None:
        start = cut_at - _CUT_AFTER_S if cut_at is not None else _late_morning(lines, zone)
    if cut_at is None:
        cut_at = start + _CUT_AFTER_S
    if not lines[0].at < start < cut_at <= lines[-1].at:
        first, last = (datetime.fromtimestamp(row.at, ZoneInfo(zone)).isoformat() for row in (lines[0], lines[-1]))
        raise RecordingError(f"FROM and CUT_AT must lie, in this order, between {first} and {last}")
    return Span(zone, start, cut_at)


def _late_morning(lines: list[Row], zone: str) -> float:
    signs = [row.at for row in lines if row.kind in ("motion", "contact")]
    day = datetime.fromtimestamp(lines[-1].at, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    mornings = [(day - timedelta(days=back)).timestamp() + _START_H * 3600 for back in range(1, _LOOKS_BACK_DAYS)]
    for morning in mornings:
        place = bisect(signs, morning)
        if place < len(signs) and signs[place] < morning + _CUT_AFTER_S:
            return morning
    return mornings[0]


def write_past(path: Path, lines: Iterable[Row], until: float) -> int:
    """Copy what came before `until` into the gzipped CSV file `path`, under the nodes' names. Returns the row count."""
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("time", "node", "room", "kind", "value"))
        for row in lines:
            if row.at >= until:
                break
            node = "gateway" if row.kind == "link" and row.node == "gateway" else node_name(row.node)
            table.writerow((_iso(row), node, row.room, row.kind, row.value))
            count += 1
    return count


def _iso(row: Row) -> str:
    local = datetime.fromtimestamp(row.at, timezone(timedelta(seconds=row.offset_s)))
    return local.isoformat(timespec="milliseconds")
