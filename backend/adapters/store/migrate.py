"""Brings a database to the present schema."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from backend.adapters.store.schema import Base
from backend.adapters.store.session import Store

ONE_AT_A_TIME = 7_306_542  # an advisory lock: two processes that start together must not both migrate


def migrate(store: Store, to: str = "head") -> None:
    """Apply the migrations that are missing, through the one named `to`; two processes may call it at once."""
    with store.engine.begin() as connection:
        if not store.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
        command.upgrade(_config(connection), to)


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
