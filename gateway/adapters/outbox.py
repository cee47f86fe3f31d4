"""Reports on their way to the backend. The journal writes them; whoever sends them reads and forgets them here."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from contract import reports

from gateway.adapters.database import FILE, open_database, transaction, translated
from gateway.adapters.journal import decode_report

MOST_IN_BATCH = 500
REFUSED_AT, BACKUP_AT = "refused_at", "backup_at"  # since when the backend refuses us; of when the last backup is
_NEXT = "SELECT seq, at, body FROM outbox WHERE lane = (SELECT min(lane) FROM outbox) ORDER BY seq LIMIT ?"


class Outbox:
    """The outbox in `data_dir`, for the thread that sends. Raises JournalError, from every method."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._db = open_database(data_dir)
        with translated(self._path):
            (self.journal,) = self._db.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()

    def close(self) -> None:
        self._db.close()

    def first(self, most: int = MOST_IN_BATCH) -> list[reports.Numbered]:
        """What is to be sent next: of the alert lane while there is any, then of the routine lane, each in order.

        Never of both: no alert waits because the backend stumbles over something of less importance.
        """
        with translated(self._path):
            rows = self._db.execute(_NEXT, (most,)).fetchall()
        found, damaged = [], []
        for seq, at, body in rows:
            try:
                found.append(reports.Numbered(seq, at, decode_report(body)))
            except msgspec.MsgspecError as error:
                damaged.append((seq, f"cannot be read: {error}"))
        self.settle((), damaged)
        return found

    def queued(self) -> int:
        with translated(self._path):
            return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def note(self, key: str, at: float | None) -> None:
        """Keep an instant under a name, for `status`; None: it no longer holds."""
        with translated(self._path), transaction(self._db):
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
            if at is not None:
                self._db.execute("INSERT INTO meta VALUES (?, ?)", (key, at))

    def settle(self, stored: Iterable[int], refused: Iterable[tuple[int, str]]) -> None:
        """Forget what the backend stored; put aside, and count, what it refused with its problem."""
        stored, refused = list(stored), list(refused)
        if not stored and not refused:
            return
        with translated(self._path), transaction(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO refused_report SELECT seq, at, body, ? FROM outbox WHERE seq = ?",
                [(problem[:200], seq) for seq, problem in refused],
            )
            self._db.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in stored])
            gone = sum(self._db.execute("DELETE FROM outbox WHERE seq = ?", (seq,)).rowcount for seq, _ in refused)
            if gone:
                self._db.execute(
                    "INSERT INTO refused VALUES ('report', ?) "
                    "ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count",
                    (gone,),
                )
