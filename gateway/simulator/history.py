"""Write what a resident's sensors would have recorded, in the format of the recordings of real homes."""

import csv
import gzip
from collections.abc import Iterable
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.formats import COLUMNS
from gateway.simulator.persons import Firing


def write(path: Path, firings: Iterable[Firing], zone: str, nodes: dict[tuple[str, str], str]) -> int:
    """Write `firings` to the gzipped CSV file `path`; `nodes`: (room, kind) -> node. Returns the row count.

    The same firings make the same bytes: the file carries no time of writing.
    """
    local = ZoneInfo(zone)
    rows = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed:
        out = TextIOWrapper(packed, encoding="utf-8", newline="")
        table = csv.writer(out, lineterminator="\n")
        table.writerow(COLUMNS)
        for firing in firings:
            node = nodes.get((firing.room, firing.kind))
            if node is None:
                continue
            when = datetime.fromtimestamp(firing.at, local).isoformat(timespec="milliseconds")
            table.writerow((when, node, firing.room, firing.kind, firing.value))
            rows += 1
        out.flush()
        out.detach()
    return rows
