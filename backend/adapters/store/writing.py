"""How the services write and hold rows, beside the session's own adding and changing."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Executable, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from backend.adapters.store.schema import Base
from backend.adapters.store.session import StoreSession, is_action, note_change, unwritten, will_ring
from backend.adapters.store.topics import news_of
from backend.errors import NotFound

HOLD = {"key_share": True}  # FOR NO KEY UPDATE: keys never change here
Row = TypeVar("Row", bound=Base)


def insert_once(session: StoreSession, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its unique key is there; return whether it was inserted."""
    key = _written(session, table, _insert(session, table, values).on_conflict_do_nothing())
    if key is not None:
        will_ring(session, values.get("organisation_id", session.organisation_id), news_of(table, values.get("state")))
    return key is not None


def insert_or_change(session: StoreSession, table: type[Base], by: Sequence[str], **values: Any) -> None:
    """Insert a row, or change the one that is equal in the unique key `by`."""
    statement = _insert(session, table, values)
    changed = {name: statement.excluded[name] for name in values if name not in by}
    _written(session, table, statement.on_conflict_do_update(index_elements=by, set_=changed))
    will_ring(session, values.get("organisation_id", session.organisation_id), news_of(table, values.get("state")))


def count_up(session: StoreSession, table: type[Base], counter: str, **key: Any) -> int:
    """Raise a counter in the row of that primary key by one, from 0 where there is none yet; return what it is now.

    The row is held until the transaction ends.
    """
    column = _rows(table).c[counter]
    rising = _insert(session, table, {**key, counter: 1}).on_conflict_do_update(
        index_elements=list(key), set_={counter: column + 1}
    )
    found: int = _write(session, table, rising.returning(column)).scalar_one()
    if is_action(session):
        note_change(session, table.__tablename__, "-".join(map(str, key.values())))
    return found


def _insert(session: StoreSession, table: type[Base], values: dict[str, Any]) -> Any:
    assert session.bind is not None
    if session.organisation_id is not None:
        values = {"organisation_id": session.organisation_id, **values}
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    return dialect.insert(_rows(table)).values(**values)


def _rows(table: type[Base]) -> Table:
    return cast(Table, inspect(table).local_table)


def _write(session: StoreSession, table: type[Base], statement: Executable) -> CursorResult[Any]:
    if _rows(table) in unwritten(session):
        session.flush()
    with session.no_autoflush:
        return cast(CursorResult[Any], session.execute(statement, execution_options={"scoped": True}))


def _written(session: StoreSession, table: type[Base], statement: Any) -> tuple[Any, ...] | None:
    """Write, and note what was written in an action's audit; return the row's primary key, None where nothing was."""
    written = _write(session, table, statement.returning(*_rows(table).primary_key)).first()
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
