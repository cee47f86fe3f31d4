"""The bell: rings in every process when something that is news to somebody has been committed.

One thread per process listens (LISTEN on PostgreSQL, ``PRAGMA data_version`` on SQLite) and counts a revision per
organisation and topic (store/topics.py). Revisions of two processes or two lives of one cannot be compared: differing
means "fetch anew".
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, select
from sqlalchemy.exc import DBAPIError

from backend.adapters.store.schema import Revision
from backend.adapters.store.session import NOTIFY_CHANNEL, Store
from backend.adapters.store.topics import TOPICS, Topic

POLL_S = 0.02  # what another process wrote is seen so much later; what this one wrote, at once
BREAK_S = 1.0  # after the database was away

log = logging.getLogger(__name__)


class Notifier:
    """Waits for news on behalf of many. `start` it once per process, after any fork."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition()
        self._revisions: Counter[tuple[int, str]] = Counter()  # by organisation and topic
        self._totals: Counter[str] = Counter()  # of all organisations
        # Every life starts at another figure, so that a screen from before a restart fetches anew.
        self._base = int(time.time() * 1000)
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

    def revision(self, organisation_id: int, *topics: Topic) -> int:
        """Return the organisation's present revision of these topics."""
        with self._changed:
            return self._present(organisation_id, topics)

    def wait(self, organisation_id: int, *topics: Topic, known: int, timeout_s: float) -> int:
        """Return the revision of these topics as soon as it is not `known`, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stop.is_set() or self._present(organisation_id, topics) != known, timeout_s
            )
            return self._present(organisation_id, topics)

    def wait_any(self, topic: Topic, *, known: int, timeout_s: float) -> int:
        """Return the count of the topic's news in all organisations as soon as it is not `known`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._totals[topic] != known, timeout_s)
            return self._totals[topic]

    def _present(self, organisation_id: int, topics: Iterable[Topic]) -> int:
        return self._base + sum(self._revisions[organisation_id, topic] for topic in topics)

    def _ring(self, organisation_id: int, topics: Iterable[str]) -> None:
        with self._changed:
            for topic in topics:
                self._totals[topic] += 1
                self._revisions[organisation_id, topic] += 1
            self._changed.notify_all()

    def _ring_all(self) -> None:
        """Something may have been missed: news to everybody."""
        with self._changed:
            self._base += 1
            self._totals.update(TOPICS)
            self._changed.notify_all()

    def _keep_on(self, listen: Callable[[Engine], None]) -> None:
        while not self._stop.is_set():
            try:
                listen(self._store.engine)
            except (DBAPIError, psycopg.Error) as error:
                log.warning("the database does not tell of changes: %s", error)
                self._ring_all()
                self._stop.wait(BREAK_S)

    def _listen_postgres(self, engine: Engine) -> None:
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
            self._ring_all()  # what happened before we listened
            while not self._stop.is_set():
                for notice in connection.notifies(timeout=0.5):
                    organisation_id, *topics = notice.payload.split()
                    self._ring(int(organisation_id), topics)

    def _poll_sqlite(self, engine: Engine) -> None:
        with closing(engine.raw_connection()) as connection:  # outside any transaction: it must hold up no writer
            seen, version = self._read_sqlite(engine), None
            self._ring_all()
            while not self._stop.is_set():
                self._store.written.wait(POLL_S)
                self._store.written.clear()
                before, version = version, _data_version(connection)
                if version == before:
                    continue
                now = self._read_sqlite(engine)
                for organisation_id, topic in now.keys() - {key for key, n in seen.items() if now.get(key) == n}:
                    self._ring(organisation_id, (topic,))
                seen = now

    def _read_sqlite(self, engine: Engine) -> dict[tuple[int, str], int]:
        with engine.execution_options(reading=True).connect() as connection:
            rows = connection.execute(select(Revision.organisation_id, Revision.topic, Revision.n)).all()
        return {(organisation_id, topic): n for organisation_id, topic, n in rows}


def _data_version(connection: PoolProxiedConnection) -> int:
    cursor = connection.cursor()
    cursor.execute("PRAGMA data_version")
    (version,) = cursor.fetchone() or (0,)
    cursor.close()
    return int(version)
