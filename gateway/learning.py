"""Teach a unit's watch from a past recording, so that a new gateway does not begin as a stranger."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from gateway.core.signs import Sign
from gateway.core.watch import UnitWatch
from gateway.errors import GatewayError

DAY_S = 86_400.0
_TOLD_EVERY = 5000


@dataclass(frozen=True, slots=True)
class Learned:
    """What a recording held: rows in all, rows with a time or kind that cannot be, and signs of life."""

    rows: int
    unread: int
    signs: int


def learn(
    log: Path, watch: UnitWatch, until: float, progress: Callable[[int], None] = lambda bytes_read: None
) -> Learned:
    """Let `watch` take in what the recording `log` holds from before `until` (Unix seconds).

    Rows that say the recording itself was down, and gaps of more than a day, teach nothing. `progress` is told how many
    bytes of the file have been read. Raises GatewayError where it is no recording.
    """
    lesson = _Lesson(watch)
    rows = unread = 0
    with _opened(log) as (table, position):
        for rows, fields in enumerate(table, start=1):
            try:
                when = datetime.fromisoformat(fields["time"])
                at = when.timestamp() if when.tzinfo is not None else until
                if at < until:
                    lesson.row(at, fields["node"], fields["room"], fields["kind"], fields["value"])
            except (KeyError, TypeError, ValueError, OverflowError):
                unread += 1
            if rows % _TOLD_EVERY == 0:
                progress(position())
    return Learned(rows, unread, lesson.signs)


class _Lesson:
    def __init__(self, watch: UnitWatch) -> None:
        self._watch = watch
        self._before: dict[str, str] = {}
        self._last_at: float | None = None
        self._down_since: float | None = None
        self.signs = 0

    def row(self, at: float, node: str, room: str, kind: str, value: str) -> None:
        """One report; later than the one before it, or it teaches no outage."""
        if self._last_at is not None and at - self._last_at > DAY_S:
            # Homes are never a day without any report: nobody recorded.
            self._watch.leave_out(self._last_at, at, "outage")
        self._last_at = max(at, self._last_at or at)
        if kind == "link" and node == "gateway":
            self._link(at, value)
        elif kind == "motion" and value == "1":
            self._sign(Sign(at, room, "motion", "", node))
        elif kind == "contact" and self._before.get(node) != value:
            self._before[node] = value
            self._sign(Sign(at, room, "door", "open" if value == "1" else "closed", node))

    def _link(self, at: float, value: str) -> None:
        if value == "offline" and self._down_since is None:
            self._down_since = at
        elif value == "online" and self._down_since is not None:
            self._watch.leave_out(self._down_since, at, "outage")
            self._down_since = None

    def _sign(self, sign: Sign) -> None:
        self._watch.observe(sign)
        self.signs += 1


@contextmanager
def _opened(log: Path) -> Iterator[tuple["csv.DictReader[str]", Callable[[], int]]]:
    """The rows of a recording, and how many bytes of its file have been read."""
    try:
        with log.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if log.suffix == ".gz" else raw
            yield csv.DictReader(TextIOWrapper(packed, encoding="utf-8", newline="")), raw.tell
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise GatewayError(f"{log}: cannot be read ({error}); name a recording as .csv or .csv.gz") from None
