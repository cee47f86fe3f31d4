"""A recorded home played as the nodes of one unit.

`gateway.recordings` says what the rows mean; here sensors with names that no node may bear are given others.
"""

import csv
import gzip
import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.errors import RecordingError
from gateway.formats import COLUMNS
from gateway.recordings import KINDS, UNREADABLE, Row, find_zone, opened, parse, report

__all__ = (
    "RecordingError", "Row", "Span", "choose_span", "find_zone", "node_name", "report", "rows", "sensors", "write_past"
)  # fmt: skip

_CUT_AFTER_S = 1800.0
_START_H = 10.5
_LOOKS_BACK_DAYS = 15


class Span(Struct, frozen=True):
    """Which part of a recording is played: learned until `start`, silent from `cut_at`; Unix seconds."""

    zone: str
    start: float
    cut_at: float


def rows(path: Path) -> Iterator[Row]:
    """Every line, in the file's order. Raises RecordingError, naming the line that cannot be read."""
    with opened(path) as (lines, _):
        for number, line in enumerate(lines, start=2):
            try:
                row = parse(line)
                report(row)
            except UNREADABLE as error:
                raise RecordingError(f"{path}, line {number}: {error}") from error
            yield row


def node_name(recorded: str) -> str:
    """A name a node may bear, made of the sensor's name in the recording."""
    return ("rec-" + re.sub(r"[^a-z0-9]+", "-", recorded.lower()).strip("-"))[:32]


def sensors(lines: Iterable[Row]) -> dict[str, tuple[str, set[str]]]:
    """Node name to (room, kinds) of every sensor a node can stand for."""
    found: dict[str, tuple[str, set[str]]] = {}
    for row in lines:
        if row.kind in KINDS:
            found.setdefault(node_name(row.node), (row.room or "unknown", set()))[1].add(KINDS[row.kind])
    return found


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
        table.writerow(COLUMNS)
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
