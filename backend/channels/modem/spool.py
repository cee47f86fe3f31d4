"""gammu-smsd's database (its SQL service with SQLite): what we lay in, what became of it, what came in.

Its columns are those of gammu's schema version 17. Our name for a message stands in CreatorID, which gammu-smsd copies
along, so whoever has the file can say what became of a message. Instants there are of two kinds: what gammu-smsd
compares or takes from the network is in the machine's own zone, what its triggers write is UTC.
"""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from backend.channels.modem.parts import Arrived, Row, joined
from backend.core.segments import cut, is_plain

OURS = "tomoshibi:"
BUSY_S = 5.0  # how long gammu-smsd's own writing is waited for
MOST_PARTS = 255  # of a long SMS
ONE_HOUR = 11  # TP-VP: an hour later a page helps nobody
STATES = ("outbox", "sent", "delivered", "failed")


class State(Struct, frozen=True):
    """How far a message has come: one of STATES, and gammu-smsd's word for it."""

    id: int
    state: str
    status: str


class Waiting(Struct, frozen=True):
    """A message of ours that was not sent yet. `failure`: the network's number for why it was refused once."""

    id: int
    message_id: str
    age_s: float
    is_being_sent: bool
    failure: int | None


class Spool:
    """Every method raises sqlite3.Error when the database is away, is no such database or stays busy."""

    def __init__(self, path: Path, phone_id: str) -> None:
        self._path, self._phone_id = path, phone_id

    def problem(self, silent_s: float) -> str:
        """Why nothing would be sent now; empty where the modem seems to be well."""
        with self._open() as database:
            row = database.execute(
                "SELECT (julianday('now') - julianday(max(UpdatedInDB))) * 86400, max(Send = 'yes') FROM phones"
                " WHERE ? IN ('', ID)",
                (self._phone_id,),
            ).fetchone()
        if row[0] is None:
            return "gammu-smsd knows no modem"
        if row[0] > silent_s:
            return f"gammu-smsd has given no sign of life for {row[0]:.0f} s"
        return "" if row[1] else "gammu-smsd may not send"

    def lay_in(self, message_id: str, number: str, text: str) -> int:
        """Queue a message and return gammu-smsd's name for it; the same one when it was queued before."""
        with self._open() as database, _changing(database):
            known = _find(database, message_id)
            return known.id if known else _insert(database, OURS + message_id, number, text, self._phone_id)

    def find(self, message_id: str) -> State | None:
        """Return how far a message has come; None when it was never queued or was taken back."""
        with self._open() as database:
            return _find(database, message_id)

    def waiting(self) -> list[Waiting]:
        """Return what is still to be sent."""
        with self._open() as database:
            rows = database.execute(
                "SELECT ID, substr(CreatorID, ?), (julianday('now') - julianday(InsertIntoDB)) * 86400,"
                " Retries = 0 AND SendingTimeOut > datetime('now', 'localtime'),"
                " CASE WHEN Retries > 0 THEN StatusCode END FROM outbox WHERE CreatorID LIKE ? ORDER BY ID",
                (len(OURS) + 1, OURS + "%"),
            )
            return [Waiting(row[0], row[1], row[2], bool(row[3]), row[4]) for row in rows]

    def recent(self) -> dict[int, str]:
        """Return the names of the messages of ours that were sent within a day, by gammu-smsd's."""
        with self._open() as database:
            rows = database.execute(
                "SELECT ID, substr(CreatorID, ?) FROM sentitems"
                " WHERE CreatorID LIKE ? AND julianday('now') - julianday(InsertIntoDB) < 1",
                (len(OURS) + 1, OURS + "%"),
            )
            return dict(rows.fetchall())

    def states(self, ids: Iterable[int]) -> dict[int, State]:
        """Return how far these messages have come, as far as they were sent, or tried to be."""
        statuses: dict[int, list[str]] = {}
        with self._open() as database:
            for id_ in ids:
                rows = database.execute("SELECT Status FROM sentitems WHERE ID = ?", (id_,)).fetchall()
                if rows:
                    statuses[id_] = [str(status) for (status,) in rows]
        return {id_: State(id_, *state_of(of)) for id_, of in statuses.items()}

    def take_back(self, id_: int) -> None:
        """Let a message not be sent any more."""
        with self._open() as database, _changing(database):
            database.execute("DELETE FROM outbox WHERE ID = ?", (id_,))
            database.execute("DELETE FROM outbox_multipart WHERE ID = ?", (id_,))

    def unread(self) -> list[Arrived]:
        """Return what came in, the oldest first; no more at once than the longest SMS has parts."""
        with self._open() as database:
            rows = database.execute(
                "SELECT ID, SenderNumber, TextDecoded, ReceivingDateTime,"
                # An instant that cannot be read: nothing more is waited for.
                " coalesce((julianday('now') - julianday(UpdatedInDB)) * 86400, -1),"
                " coalesce((julianday('now') - julianday(ReceivingDateTime, 'utc')) * 86400, -1), UDH"
                " FROM inbox WHERE Processed = 'false' AND ? IN ('', RecipientID) ORDER BY ID LIMIT ?",
                (self._phone_id, MOST_PARTS),
            )
            return joined(
                Row(row[0], str(row[1]), str(row[2]), str(row[3]), row[4], row[5], str(row[6])) for row in rows
            )

    def read(self, arrived: Arrived, answer: str) -> None:
        """Note that every part of a message was acted on, and queue the answer, if any; both or neither, and once."""
        with self._open() as database, _changing(database):
            done = database.executemany(
                "UPDATE inbox SET Processed = 'true' WHERE ID = ? AND Processed = 'false'",
                [(id_,) for id_ in arrived.ids],
            )
            if done.rowcount and answer:
                _insert(database, "answer", arrived.number, answer, self._phone_id)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # mode=rw: a database that is not there is an error, and not a new one in which messages would be lost
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)) as database:
            # gammu-smsd writes half of an emoji as it came, which is no UTF-8: one such SMS must not hide the others.
            database.text_factory = lambda written: written.decode("utf-8", "replace")
            yield database


@contextmanager
def _changing(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _find(database: sqlite3.Connection, message_id: str) -> State | None:
    # One statement sees one state of the file: gammu-smsd moves a message from one table to the other.
    rows = database.execute(
        "SELECT ID, 'Waiting' FROM outbox WHERE CreatorID = :name"
        " UNION ALL SELECT ID, Status FROM sentitems WHERE CreatorID = :name",
        {"name": OURS + message_id},
    ).fetchall()
    if not rows:
        return None
    return State(rows[0][0], *state_of([str(status) for _, status in rows]))


def state_of(statuses: list[str]) -> tuple[str, str]:
    """Return the state of a message whose parts have these statuses, and the status that says so."""
    for status in statuses:
        if status in ("SendingError", "Error", "DeliveryFailed"):
            return "failed", status
    if "Waiting" in statuses:
        return "outbox", "Waiting"
    if all(status == "DeliveryOK" for status in statuses):
        return "delivered", "DeliveryOK"
    return "sent", next(status for status in statuses if status != "DeliveryOK")


def _insert(database: sqlite3.Connection, creator: str, number: str, text: str, phone_id: str) -> int:
    parts = cut(text)
    coding = "Default_No_Compression" if is_plain(text) else "Unicode_No_Compression"
    reference = random.randrange(256)
    headers = [f"050003{reference:02X}{len(parts):02X}{n:02X}" if parts[1:] else "" for n in range(1, len(parts) + 1)]
    row = database.execute(
        # Two days ago is before now in every zone, and so due at once.
        "INSERT INTO outbox (InsertIntoDB, SendingDateTime, SendingTimeOut, DestinationNumber, TextDecoded, Coding,"
        " UDH, MultiPart, CreatorID, SenderID, RelativeValidity) VALUES"
        " (datetime('now'), datetime('now', '-2 days'), datetime('now', '-2 days'), ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, parts[0], coding, headers[0], str(len(parts) > 1).lower(), creator, phone_id, ONE_HOUR),
    )
    for position, (part, header) in enumerate(zip(parts[1:], headers[1:], strict=True), 2):
        database.execute(
            "INSERT INTO outbox_multipart (ID, SequencePosition, TextDecoded, Coding, UDH) VALUES (?, ?, ?, ?, ?)",
            (row.lastrowid, position, part, coding, header),
        )
    assert row.lastrowid is not None
    return row.lastrowid
