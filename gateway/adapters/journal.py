"""The gateway's memory: every input in order, and what it decided, committed together or not at all.

One thread writes it. A failed append changes nothing on disk and may be tried again as it stands.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from contract import reports

from gateway.adapters.database import FILE, open_database, transaction, translated
from gateway.core.decisions import Send
from gateway.core.inputs import Input, Observed, decode, encode, taken_at
from gateway.errors import JournalError

QUARANTINE_ROWS = 1000
QUARANTINE_BYTES = 1024  # of each body; enough for a person to see what it was
COMMAND = "command"  # the reason of what the backend said and the gateway cannot do; its body says why
KEEP_INPUTS_S = 30 * 86_400.0  # domain time; long enough to know every repetition of a node
KEEP_INPUTS = 5_000_000  # some 600 MB
PRUNE_AT_ONCE = 20_000  # so that it never takes long
_HEARD = "SELECT 1 FROM input WHERE node = ? AND boot = ? AND seq = ?"
_INPUT = "INSERT INTO input (at, node, boot, seq, body) VALUES (?, ?, ?, ?, ?)"

_encode = msgspec.msgpack.Encoder().encode
_decode_report: msgspec.msgpack.Decoder[reports.Report] = msgspec.msgpack.Decoder(reports.Report)


def decode_report(body: bytes) -> reports.Report:
    """The report in an outbox row. Raises msgspec.ValidationError or msgspec.DecodeError when it is none."""
    return _decode_report.decode(body)


@dataclass(frozen=True, slots=True)
class Refused:
    """A message nobody could read: kept for a person to look at, and counted by `reason`."""

    at: float
    topic: str
    reason: str
    body: bytes


@dataclass(slots=True)
class Entry:
    """All that one commit holds. `alive_at`: domain time up to which the gateway was certainly running."""

    alive_at: float
    inputs: list[Input] = field(default_factory=list)
    repeated: set[int] = field(default_factory=set)  # which of them are journalled already, and are so once more
    sends: list[Send] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)  # more to count than is kept
    last_command: int | None = None
    snapshot: bytes | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What to begin with: load the snapshot, then apply the inputs. `alive_at` is None for a new journal."""

    snapshot: bytes | None
    inputs: list[Input]
    alive_at: float | None
    last_command: int


class Journal:
    """The inputs of the core and the reports it decided, in `data_dir`. Raises JournalError, from every method."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._db = open_database(data_dir)
        with translated(self._path), transaction(self._db):
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('id', ?)", (uuid.uuid4().hex,))
        self.id: str = self._meta("id")

    def close(self) -> None:
        self._db.close()

    def _meta(self, key: str) -> Any:
        with translated(self._path):
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def restore(self) -> Restored:
        """What was last committed. Also raises JournalError when another version wrote it."""
        with translated(self._path):
            found = self._db.execute("SELECT position, body FROM snapshot").fetchone()
            position, snapshot = found or (0, None)
            rows = self._db.execute("SELECT body FROM input WHERE position > ? ORDER BY position", (position,))
            try:
                later = [decode(body) for (body,) in rows]
            except msgspec.MsgspecError as error:
                text = f"{self._path}: holds an input this version cannot read ({error}); install the version before"
                raise JournalError(text, permanent=True) from error
        return Restored(snapshot, later, self._meta("alive_at"), self._meta("last_command") or 0)

    def heard(self, node: str, boot: str, seq: int) -> bool:
        """Whether this report of a node is in the journal."""
        with translated(self._path):
            return self._db.execute(_HEARD, (node, boot, seq)).fetchone() is not None

    def append(self, entry: Entry) -> None:
        """Commit all of `entry`; when this returns it has reached the disk. On JournalError nothing of it has."""
        with translated(self._path), transaction(self._db):
            self._db.executemany(_INPUT, _input_rows(entry))
            self._db.executemany(
                "INSERT INTO outbox (lane, at, body) VALUES (?, ?, ?)",
                [(send.lane, entry.alive_at, _encode(send.report)) for send in entry.sends],
            )
            self._set("alive_at", entry.alive_at)
            if entry.last_command is not None:
                self._set("last_command", entry.last_command)
            if entry.snapshot is not None:
                self._db.execute(
                    "INSERT OR REPLACE INTO snapshot SELECT 1, ifnull(max(position), 0), ? FROM input",
                    (entry.snapshot,),
                )
            if entry.refused or entry.counted:
                self._put_aside(entry)

    def _set(self, key: str, value: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _put_aside(self, entry: Entry) -> None:
        self._db.executemany(
            "INSERT INTO quarantine (at, topic, reason, size, body) VALUES (?, ?, ?, ?, ?)",
            [(one.at, one.topic, one.reason, len(one.body), one.body[:QUARANTINE_BYTES]) for one in entry.refused],
        )
        self._db.execute("DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?", (QUARANTINE_ROWS,))
        counts = Counter(entry.counted)
        counts.update(one.reason for one in entry.refused)
        self._db.executemany(
            "INSERT INTO refused VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count",
            counts.items(),
        )

    def prune(self, now: float) -> int:
        """Forget inputs that the snapshot holds and nobody will ask for again; returns how many."""
        with translated(self._path), transaction(self._db):
            (covered,) = self._db.execute("SELECT ifnull(max(position), 0) FROM snapshot").fetchone()
            (newest,) = self._db.execute("SELECT ifnull(max(position), 0) FROM input").fetchone()
            oldest = self._db.execute(
                "SELECT position, at FROM input WHERE position <= ? ORDER BY position LIMIT ?", (covered, PRUNE_AT_ONCE)
            )
            last = 0
            for position, at in oldest:
                if at >= now - KEEP_INPUTS_S and position > newest - KEEP_INPUTS:
                    break
                last = position
            return self._db.execute("DELETE FROM input WHERE position <= ?", (last,)).rowcount

    def refused(self) -> dict[str, int]:
        """How many messages and reports were refused since this journal began, by reason."""
        with translated(self._path):
            return dict(self._db.execute("SELECT reason, count FROM refused"))

    def sizes(self) -> tuple[int, int]:
        """(rows in the outbox, inputs kept)."""
        with translated(self._path):
            queued, kept = self._db.execute(
                "SELECT (SELECT count(*) FROM outbox), (SELECT ifnull(max(position) - min(position) + 1, 0) FROM input)"
            ).fetchone()
        return queued, kept


def _input_rows(entry: Entry) -> Iterator[tuple[float, str | None, str | None, int | None, bytes]]:
    for index, one in enumerate(entry.inputs):
        body = encode(one)
        if isinstance(one, Observed) and one.boot and index not in entry.repeated:
            yield one.received_at, one.node, one.boot, one.seq, body
        else:
            yield taken_at(one), None, None, None, body
