"""The building as its journal has it, for whoever looks on while the gateway runs: it follows and writes nothing.

It folds the journal into a core of its own, so that looking costs the gateway's loop neither a lock nor a line of code.
"""

import sqlite3
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.adapters.database import FILE, open_to_read, translated
from gateway.adapters.journal import COMMAND
from gateway.adapters.outbox import BACKUP_AT, REFUSED_AT
from gateway.core import edges, inputs, inspection
from gateway.core.building import BuildingCore
from gateway.core.inputs import Observed
from gateway.errors import JournalError

MOST_SKIPPED = 3


class Notes(Struct, frozen=True):
    """What the journal says beside the core. Instants are domain time; None: never, or nothing waits.

    refused_since: since when the backend has not known this gateway any more. backup_at: of when the last backup is
    that the backend has taken. skipped_commands: what the backend said last that the gateway could not do, newest
    first, each with every reason.
    """

    journal: str
    running_until: float | None
    queued_alerts: int
    queued_routine: int
    oldest_alert_at: float | None
    oldest_routine_at: float | None
    refused_reports: int
    refused: dict[str, int]
    last_command: int
    refused_since: float | None
    backup_at: float | None
    skipped_commands: list[str]


class Onlooker:
    """Looks at the journal in `data_dir`. `core` is as of the last `look`, and `sensed` when each node last sensed
    somebody since the snapshot that was begun with. For one thread at a time.
    """

    def __init__(self, data_dir: Path, gateway_id: str) -> None:
        self._data_dir, self._gateway_id = data_dir, gateway_id
        self._begin()

    def _begin(self) -> None:
        self.core = BuildingCore(self._gateway_id)
        self.sensed: dict[str, float] = {}
        self._journal = ""
        self._position: int | None = None  # None: not even the snapshot has been read

    def look(self) -> Notes:
        """Come to the last commit. Raises JournalError."""
        with translated(self._data_dir / FILE):
            db = open_to_read(self._data_dir)
            try:
                db.execute("BEGIN")  # one picture, whatever is committed meanwhile
                notes = _notes(db)
                if notes.journal != self._journal:
                    self._begin()
                self._journal = notes.journal
                self._follow(db)
            except (ValueError, msgspec.MsgspecError) as error:
                self._begin()
                text = f"{self._data_dir / FILE}: was written by another version ({error}); look at it with that one"
                raise JournalError(text, permanent=True) from error
            finally:
                db.close()
        return notes

    def _follow(self, db: sqlite3.Connection) -> None:
        if self._position is None:
            self._position, snapshot = db.execute("SELECT position, body FROM snapshot").fetchone() or (0, None)
            if snapshot is not None:
                self.core.load(snapshot)
        rows = db.execute("SELECT position, body FROM input WHERE position > ? ORDER BY position", (self._position,))
        for position, body in rows:
            self._apply(inputs.decode(body))
            self._position = position

    def _apply(self, entry: inputs.Input) -> None:
        if not isinstance(entry, Observed):
            self.core.apply(entry)
            return
        known = self.core.nodes.get(entry.node)
        before = None if known is None else edges.level_since(known, entry.kind)
        self.core.apply(entry)
        node = self.core.nodes.get(entry.node)
        if node is not None and inspection.senses_somebody(entry, before, node):
            self.sensed[entry.node] = entry.received_at


def _notes(db: sqlite3.Connection) -> Notes:
    meta = dict(db.execute("SELECT key, value FROM meta"))
    # SQLite: a bare column beside min() is of the row that min() found.
    rows = db.execute("SELECT lane, count(*), at, min(seq) FROM outbox GROUP BY lane")
    queued = {lane: (count, oldest_at) for lane, count, oldest_at, _ in rows}
    alerts, routine = queued.get("alert", (0, None)), queued.get("routine", (0, None))
    (put_aside,) = db.execute("SELECT count(*) FROM refused_report").fetchone()
    skipped = db.execute(
        "SELECT topic, body FROM quarantine WHERE reason = ? ORDER BY id DESC LIMIT ?", (COMMAND, MOST_SKIPPED)
    ).fetchall()
    return Notes(
        journal=meta.get("id", ""),
        running_until=meta.get("alive_at"),
        queued_alerts=alerts[0],
        queued_routine=routine[0],
        oldest_alert_at=alerts[1],
        oldest_routine_at=routine[1],
        refused_reports=put_aside,
        refused=dict(db.execute("SELECT reason, count FROM refused")),
        last_command=meta.get("last_command", 0),
        refused_since=meta.get(REFUSED_AT),
        backup_at=meta.get(BACKUP_AT),
        skipped_commands=[f"{name} is skipped: {body.decode(errors='replace')}" for name, body in skipped],
    )
