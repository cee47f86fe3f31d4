"""The bell: rings in every process when something that screens show has been committed.

One thread per process listens (LISTEN on PostgreSQL, ``PRAGMA data_version`` on SQLite) and counts a revision per
organisation. Revisions of two processes or two lives of one cannot be compared: differing means "fetch anew".
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, select
from sqlalchemy.exc import DBAPIError

from backend.adapters.store.schema import Revision
from backend.adapters.store.session import NOTIFY_CHANNEL, Store

POLL_S = 0.02  # what another process wrote is seen so much later; what this one wrote, at once
BREAK_S = 1.0  # after the database was away

log = logging.getLogger(__name__)


class Notifier:
    """Waits for changes on behalf of many. `start` it once per process, after any fork."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition()
        self._revisions: dict[int, int] = {}
        # Every life starts at another figure, so that a screen from before a restart fetches anew.
        self._base = int(time.time() * 1000)
        self._total = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        listen = self._poll_sqlite if self._store.is_sqlite else self._listen_postgres
        self._thread = threading.Thread(target=self._keep_on, args=(listen,), name="notifier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._store.written.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def revision(self, organisation_id: int) -> int:
        """Return the organisation's present revision."""
        with self._changed:
            return self._base + self._revisions.get(organisation_id, 0)

    def wait(self, organisation_id: int, known: int, timeout_s: float) -> int:
        """Return the revision as soon as it is not `known`, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stop.is_set() or self._base + self._revisions.get(organisation_id, 0) != known, timeout_s
            )
            return self._base + self._revisions.get(organisation_id, 0)

    def total(self) -> int:
        """Return the count of changes of all organisations."""
        with self._changed:
            return self._total

    def wait_any(self, known: int, timeout_s: float) -> int:
        """Return the count of all changes as soon as it is not `known`, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._total != known, timeout_s)
            return self._total

    def _ring(self, organisation_id: int | None) -> None:
        """Count a change; None: of any organisation, because changes may have been missed."""
        with self._changed:
            self._total += 1
            if organisation_id is None:
                self._base += 1
            else:
                self._revisions[organisation_id] = self._revisions.get(organisation_id, 0) + 1
            self._changed.notify_all()

    def _keep_on(self, listen: Callable[[Engine], None]) -> None:
        while not self._stop.is_set():
            try:
                listen(self._store.engine)
            except (DBAPIError, psycopg.Error) as error:
                log.warning("the database does not tell of changes: %s", error)
                self._ring(None)
                self._stop.wait(BREAK_S)

    def _listen_postgres(self, engine: Engine) -> None:
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
            self._ring(None)  # what happened before we listened
            while not self._stop.is_set():
                for notice in connection.notifies(timeout=0.5):
                    self._ring(int(notice.payload))

    def _poll_sqlite(self, engine: Engine) -> None:
        with closing(engine.raw_connection()) as connection:  # outside any transaction: it must hold up no writer
            seen, version = self._read_sqlite(engine), None
            self._ring(None)
            while not self._stop.is_set():
                self._store.written.wait(POLL_S)
                self._store.written.clear()
                before, version = version, _data_version(connection)
                if version == before:
                    continue
                now = self._read_sqlite(engine)
                for organisation_id in now:
                    if now[organisation_id] != seen.get(organisation_id):
                        self._ring(organisation_id)
                seen = now

    def _read_sqlite(self, engine: Engine) -> dict[int, int]:
        with engine.execution_options(reading=True).connect() as connection:
            rows = connection.execute(select(Revision.organisation_id, Revision.n)).all()
        return {organisation_id: n for organisation_id, n in rows}  # noqa: C416  (rows are not tuples to mypy)


def _data_version(connection: PoolProxiedConnection) -> int:
    cursor = connection.cursor()
    cursor.execute("PRAGMA data_version")
    (version,) = cursor.fetchone() or (0,)
    cursor.close()
    return int(version)
