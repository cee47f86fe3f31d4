"""What nodes report of a home, and the recording that is made of it: the format of the recordings of real homes."""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.formats import COLUMNS
from gateway.simulator.stays import Firing

GATEWAY = "gateway"

Hanging = Mapping[tuple[str, str], tuple[str, str]]
"""By a room of the flat and "motion", "contact" or "water": the node that notices it, and the room in which it
hangs."""


class Report(Struct, frozen=True):
    """A row that is written at `comes_at` and says `at`, both Unix seconds."""

    comes_at: float
    at: float
    node: str
    room: str
    kind: str
    value: str


class Truth(Struct, frozen=True, order=True):
    """What a recording itself does not say: `what` happened from `start` to `end` (Unix seconds), and where."""

    start: float
    end: float
    what: str
    where: str = ""


def reported(firings: Iterable[Firing], hanging: Hanging) -> Iterator[Report]:
    """What the nodes that hang there say; what no node notices is left out."""
    for firing in firings:
        place = hanging.get((firing.room, firing.kind))
        if place is not None:
            yield Report(firing.at, firing.at, *place, firing.kind, str(firing.value))


def write_recording(path: Path, reports: Iterable[Report], zone: ZoneInfo) -> int:
    """Write `reports`, in their order, to the CSV file `path`, gzipped where it ends in .gz. Returns the row count.

    The same reports make the same bytes: the file carries no time of writing.
    """
    rows = 0
    with _opened(path) as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(COLUMNS)
        for report in reports:
            table.writerow((_iso(report.at, zone), report.node, report.room, report.kind, report.value))
            rows += 1
    return rows


def write_truth(path: Path, truths: Sequence[Truth], zone: ZoneInfo) -> None:
    """Write what,start,end,where; and the outings as `evaluate` reads them (left,returned) into the file beside it.

    path: NAME.truth.csv; the outings are in NAME.outings.csv.
    """
    out = [(_iso(truth.start, zone), _iso(truth.end, zone)) for truth in truths if truth.what == "outing"]
    _table(path.with_name(path.name.replace(".truth.", ".outings.")), ("left", "returned"), out)
    rows = [(truth.what, _iso(truth.start, zone), _iso(truth.end, zone), truth.where) for truth in sorted(truths)]
    _table(path, ("what", "start", "end", "where"), rows)


def _table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("wb") as raw:
        packed = gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) if path.suffix == ".gz" else raw
        with TextIOWrapper(packed, encoding="utf-8", newline="") as out:
            yield out


def _iso(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(timespec="milliseconds")
