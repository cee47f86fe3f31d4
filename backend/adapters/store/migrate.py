"""Brings a database to the present schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from backend.adapters.store.schema import Base
from backend.adapters.store.session import Store

ONE_AT_A_TIME = 7_306_542  # an advisory lock: two processes that start together must not both migrate


def migrate(store: Store, to: str = "head") -> None:
    """Apply the migrations that are missing, through the one named `to`; two processes may call it at once.

    Raises IntegrityError where a row would refer to nothing afterwards.
    """
    with store.engine.connect() as connection, _references_unwatched(connection), connection.begin():
        if not store.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
        command.upgrade(_config(connection), to)
        if store.is_sqlite and (dangling := connection.execute(text("PRAGMA foreign_key_check")).first()):
            raise IntegrityError("migrate", None, ValueError(f"a row refers to nothing: {tuple(dangling)}"))


@contextmanager
def _references_unwatched(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by making its table anew, and would refuse to drop a table that others refer to."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction, and none has begun
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def is_current(store: Store) -> bool:
    """Whether the database has exactly the migrations of this version."""
    with store.engine.execution_options(reading=True).connect() as connection:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head


def differences(store: Store) -> list[object]:
    """Return what the tables lack against `schema`; nothing when the migrations are complete."""
    with store.engine.execution_options(reading=True).connect() as connection:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "backend.adapters.store:migrations")
    config.attributes["connection"] = connection
    return config
