"""The gateway's one SQLite file: its tables, how it is opened, and whose it is."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import InUseError, JournalError

FILE = "journal.sqlite"
_LOCK = "gateway.lock"
_LAYOUT = 1
_WAIT_S = 5.0  # for the other thread's commit, which takes milliseconds

# AUTOINCREMENT: a position or a number is never given twice, even when everything before it has been pruned.
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE input (
    position INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, node TEXT, boot TEXT, seq INTEGER, body BLOB NOT NULL
);
CREATE UNIQUE INDEX input_once ON input (node, boot, seq) WHERE boot IS NOT NULL;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL);
CREATE INDEX outbox_in_order ON outbox (lane, seq);
CREATE TABLE refused_report (seq INTEGER PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL, problem TEXT NOT NULL);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, topic TEXT NOT NULL, reason TEXT NOT NULL,
    size INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE refused (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, body BLOB NOT NULL);
"""


def open_database(data_dir: Path) -> sqlite3.Connection:
    """A connection for one thread, the tables made when the file is new. Raises JournalError.

    WAL: reading and writing do not wait for each other. FULL: a commit has reached the disk when it returns.
    """
    path = data_dir / FILE
    with translated(path):
        db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _make_tables(db, path)
    return db


def open_to_read(data_dir: Path) -> sqlite3.Connection:
    """A connection that cannot write, for looking on while the gateway runs. Raises JournalError."""
    path = data_dir / FILE
    none_yet = JournalError(f"{path}: there is no journal yet; start the gateway once or check data_dir")
    if not path.exists():
        raise none_yet
    with translated(path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_WAIT_S, isolation_level=None)
        if db.execute("PRAGMA user_version").fetchone() == (0,):  # the gateway is about to make its tables
            raise none_yet
        _check_layout(db, path)
    return db


def _make_tables(db: sqlite3.Connection, path: Path) -> None:
    with transaction(db):
        if db.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_LAYOUT}")
    _check_layout(db, path)


def _check_layout(db: sqlite3.Connection, path: Path) -> None:
    (layout,) = db.execute("PRAGMA user_version").fetchone()
    if layout != _LAYOUT:
        raise JournalError(
            f"{path}: was written by another version (layout {layout}); install that one", permanent=True
        )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say SQLite's errors as JournalError: what is wrong with `path` and what to do about it."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            text = f"{path}: is damaged ({error}); move it away and start again, the backend keeps what was sent"
            raise JournalError(text, permanent=True) from error
        if code == sqlite3.SQLITE_FULL:
            raise JournalError(f"{path}: the disk is full; make room, nothing is acknowledged until then") from error
        raise JournalError(f"{path}: cannot be used ({error}); check the disk and its permissions") from error


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Keep other processes from writing to `data_dir`. Raises InUseError, or JournalError when it cannot exist."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(
            f"{data_dir}: cannot be used as data_dir ({error.strerror}); check its permissions"
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InUseError(f"{data_dir}: a gateway is running on it; stop that one first") from None
        yield
    finally:
        os.close(handle)


def is_held(data_dir: Path) -> bool | None:
    """Whether a process holds `data_dir`; None: nobody may tell us. Leaves nothing behind."""
    try:
        handle = os.open(data_dir / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
