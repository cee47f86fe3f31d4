"""How the services write and hold rows, beside the session's own adding and changing."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Executable, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from backend.adapters.store.schema import Base
from backend.adapters.store.session import StoreSession, is_action, note_change, unwritten, will_ring
from backend.adapters.store.topics import news_of
from backend.errors import NotFound

TROUBLE = (
    OperationalError,
    InterfaceError,
    InternalError,
)  # the database's own: what was to be written is not at fault
HOLD = {"key_share": True}  # FOR NO KEY UPDATE: keys never change here
Row = TypeVar("Row", bound=Base)


def insert_once(session: StoreSession, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its unique key is there; return whether it was inserted."""
    key = _written(session, table, _inserting(_dialect(session), table), values)
    if key is not None:
        will_ring(session, values.get("organisation_id", session.organisation_id), news_of(table, values.get("state")))
    return key is not None


def insert_or_change(session: StoreSession, table: type[Base], by: Sequence[str], **values: Any) -> None:
    """Insert a row, or change the one that is equal in the unique key `by`."""
    changed = tuple(name for name in values if name not in by)
    _written(session, table, _changing(_dialect(session), table, tuple(by), changed), values)
    will_ring(session, values.get("organisation_id", session.organisation_id), news_of(table, values.get("state")))


def count_up(session: StoreSession, table: type[Base], counter: str, **key: Any) -> int:
    """Raise a counter in the row of that primary key by one, from 0 where there is none yet; return what it is now.

    The row is held until the transaction ends.
    """
    rising = _rising(_dialect(session), table, tuple(key), counter)
    found: int = _write(session, table, rising, {**key, counter: 1}).scalar_one()
    if is_action(session):
        note_change(session, table.__tablename__, "-".join(map(str, key.values())))
    return found


# The statements are made once: to make one takes as long as to run it. Each is executed with the row's values.


@lru_cache(maxsize=256)
def _inserting(dialect: str, table: type[Base]) -> Executable:
    rows = _rows(table)
    return _INSERTS[dialect](rows).on_conflict_do_nothing().returning(*rows.primary_key)


@lru_cache(maxsize=256)
def _changing(dialect: str, table: type[Base], by: tuple[str, ...], changed: tuple[str, ...]) -> Executable:
    rows = _rows(table)
    statement = _INSERTS[dialect](rows)
    values = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=by, set_=values).returning(*rows.primary_key)


@lru_cache(maxsize=256)
def _rising(dialect: str, table: type[Base], key: tuple[str, ...], counter: str) -> Executable:
    rows = _rows(table)
    values = {counter: rows.c[counter] + 1}
    return _INSERTS[dialect](rows).on_conflict_do_update(index_elements=key, set_=values).returning(rows.c[counter])


_INSERTS: dict[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def _dialect(session: StoreSession) -> str:
    assert session.bind is not None
    return session.bind.dialect.name


def _rows(table: type[Base]) -> Table:
    return cast(Table, inspect(table).local_table)


def _write(
    session: StoreSession, table: type[Base], statement: Executable, values: Mapping[str, Any]
) -> CursorResult[Any]:
    if session.organisation_id is not None:
        values = {"organisation_id": session.organisation_id, **values}
    if _rows(table) in unwritten(session):
        session.flush()
    with session.no_autoflush:
        return cast(CursorResult[Any], session.execute(statement, values, execution_options={"scoped": True}))


def _written(
    session: StoreSession, table: type[Base], statement: Executable, values: Mapping[str, Any]
) -> tuple[Any, ...] | None:
    """Write, and note what was written in an action's audit; return the row's primary key, None where nothing was."""
    written = _write(session, table, statement, values).first()
    if written is None:
        return None
    if is_action(session):
        note_change(session, table.__tablename__, "-".join(map(str, written)))
    return tuple(written)


def lock(session: StoreSession, table: type[Row], key: Any) -> Row:
    """Return the row as it is now, held until the transaction ends. Raises NotFound.

    Locks are taken in this order, so that nobody waits in a circle: gateway, alert, notification, gateway sequence.
    They leave the key alone (`HOLD`): PostgreSQL looks up what a row refers to when it is written a second time, and
    whoever holds an alert would then wait for its gateway.
    """
    session.flush()
    row = session.get(table, key, with_for_update=HOLD, populate_existing=True)
    if row is None:
        raise NotFound(f"{table.__tablename__} {key}")
    return row
