"""The database: one scoped session per unit of work, which sees and writes one organisation and nothing else.

A scoped session filters every statement by its organisation, fills the organisation in on what it writes, refuses
statements that it cannot filter, and writes down who read which personal row, and what a person changed, in the
transaction that did it.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic, sleep
from typing import Any, cast

from sqlalchemy import (
    ClauseElement,
    Connection,
    Engine,
    FromClause,
    bindparam,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Column

from backend.adapters.store.repeats import Repeats
from backend.adapters.store.schema import (
    Alert,
    AlertEvent,
    Audit,
    Base,
    Handled,
    InboundReply,
    Organisation,
    Personal,
    Revision,
    Scoped,
)
from backend.adapters.store.topics import Topic, Topics, is_seen, news_of
from backend.errors import OtherOrganisation, Unaudited, Unscoped

NOTIFY_CHANNEL = "tomoshibi_revision"
# On SQLite, real time:
WRITER_WITHIN_S = 30.0  # for how long one waits for one's turn to write
READER_WITHIN_S = 5.0  # readers wait only while the file is being opened, mended or closed
LOOK_AGAIN_S = 0.002
PERSON = "worker:"  # a viewer whose writing sessions are actions of a person
IN_BULK = "*"  # in place of the ids of rows that one statement changed


class StoreSession(Session):
    """A session with its scope: `organisation_id` None is the whole installation, `viewer` is who reads."""

    organisation_id: int | None = None
    viewer: str | None = None
    purpose: str = ""


class Store:
    """All that is kept, behind one database URL: ``sqlite:///path`` or ``postgresql+psycopg://…``."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.written = threading.Event()  # this process has committed something since whoever listens last cleared it
        self._reading = _reading(self.engine)
        self._repeats = Repeats()

    @contextmanager
    def session(self, organisation_id: int, *, viewer: str | None = None, purpose: str = "") -> Iterator[StoreSession]:
        """Open a transaction on one organisation; commits at the end of the block, rolls back on an exception.

        `viewer` ("worker:3", "system:outbox") and `purpose` ("alert page") are what the audit records; without a
        viewer no personal row can be read or asked for.
        """
        with self._open(self.engine, organisation_id, viewer, purpose) as session:
            yield session

    @contextmanager
    def reading(self, organisation_id: int, *, viewer: str | None = None, purpose: str = "") -> Iterator[StoreSession]:
        """The same for a block that writes nothing, which on SQLite waits for no writer.

        The same view repeated within a few minutes (`repeats.WITHIN_S`) is one line of the audit.
        """
        with self._open(self._reading, organisation_id, viewer, purpose) as session:
            yield session

    @contextmanager
    def system_session(self) -> Iterator[StoreSession]:
        """Open a transaction across organisations: for signing in and for the worker's queues, never for a page."""
        with self._open(self.engine, None, None, "") as session:
            yield session

    @contextmanager
    def system_reading(self) -> Iterator[StoreSession]:
        """The same for a block that writes nothing, which on SQLite waits for no writer."""
        with self._open(self._reading, None, None, "") as session:
            yield session

    @contextmanager
    def _open(
        self, engine: Engine, organisation_id: int | None, viewer: str | None, purpose: str
    ) -> Iterator[StoreSession]:
        session = StoreSession(engine, expire_on_commit=False)
        session.organisation_id, session.viewer, session.purpose = organisation_id, viewer, purpose
        with session:
            yield session
            for act in session.info.pop("at_end", ()):
                act(session)
            session.flush()
            seen = sorted(session.info.pop("seen", ()))
            if engine is self.engine and (seen or is_action(session)):
                _write_audit(session, viewer, purpose, seen)
            session.commit()
        if engine is self.engine:
            self.written.set()
        elif seen and organisation_id is not None:
            self._audit_view(seen, organisation_id, viewer, purpose)

    def _audit_view(self, seen: list[str], organisation_id: int, viewer: str | None, purpose: str) -> None:
        view = (organisation_id, viewer or "", purpose, tuple(seen))
        if self._repeats.is_repeat(view):
            return
        with self._open(self.engine, organisation_id, None, "") as writing:
            _write_audit(writing, viewer, purpose, seen)
        self._repeats.written(view)

    def now_readable(self) -> None:
        """Raise OperationalError when the database does not answer."""
        with self._reading.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": READER_WITHIN_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _reading(engine: Engine) -> Engine:
    """The same for what only reads.

    On PostgreSQL a transaction of ours shows each statement the newest state anyhow (READ COMMITTED): without one,
    beginning and ending cost no journey of their own. On SQLite it keeps what is read from changing meanwhile.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reading=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins as a reader and then writes can find that it read an old state and fail at once,
    # whatever the busy timeout says; one that takes the write lock first waits its turn.
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    until = monotonic() + WRITER_WITHIN_S
    while _is_taken(driver) and monotonic() < until:
        sleep(LOOK_AGAIN_S)
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails, and says why


def _is_taken(driver: Any) -> bool:
    """Begin to write unless somebody else does.

    SQLite's own waiting sleeps longer each time, up to 0.1 s: in a storm whoever has waited longest would come last.
    """
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    finally:
        driver.execute(f"PRAGMA busy_timeout = {READER_WITHIN_S * 1000:.0f}")
    return False


def at_end(session: StoreSession, act: Callable[[StoreSession], None]) -> None:
    """Do something when all else of this transaction is done: what holds a lock that comes after all others."""
    session.info.setdefault("at_end", []).append(act)


@contextmanager
def attempt(session: StoreSession) -> Iterator[None]:
    """A part of a transaction that may fail on its own: then nothing of it remains."""
    acts: list[Callable[[StoreSession], None]] = session.info.setdefault("at_end", [])
    before = len(acts)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del acts[before:]
        raise


# --- scope -------------------------------------------------------------------------------------------------------


@event.listens_for(StoreSession, "do_orm_execute")
def _keep_inside(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, StoreSession)
    if state.is_select:
        _refuse_unaudited(session, state)
    if not _concerns_unwritten(session, state):
        state.update_execution_options(autoflush=False)
    if (state.is_update or state.is_delete) and state.bind_mapper is not None and is_action(session):
        note_change(session, str(state.bind_mapper.local_table), IN_BULK)
    organisation_id = session.organisation_id
    if organisation_id is None or state.execution_options.get("scoped", False):
        return
    if not state.is_orm_statement or state.is_insert:
        raise Unscoped("only statements on mapped classes can be kept inside one organisation")
    if state.is_column_load or state.is_relationship_load:
        return  # the criteria of the statement that loaded the owner travel along
    state.statement = state.statement.options(*_inside(organisation_id))


@lru_cache(maxsize=1024)
def _inside(organisation_id: int) -> tuple[LoaderCriteriaOption, ...]:
    """What keeps a statement inside the organisation: made once, because every statement needs it."""
    return (
        with_loader_criteria(
            Scoped, lambda cls: cls.organisation_id == organisation_id, include_aliases=True, propagate_to_loaders=True
        ),
        with_loader_criteria(Organisation, Organisation.id == organisation_id),
        # One that belongs to nobody yet is for sessions of the whole installation.
        with_loader_criteria(InboundReply, InboundReply.organisation_id == organisation_id, include_aliases=True),
    )


def _concerns_unwritten(session: StoreSession, state: ORMExecuteState) -> bool:
    """Whether the statement concerns a table with changes that are not written yet; only then they have to be.

    Each write costs more than looking, and an alert on its way in would be written after every step.
    """
    tables = unwritten(session)
    return bool(tables) and any(element in tables for element in visitors.iterate(cast(ClauseElement, state.statement)))


def unwritten(session: StoreSession) -> set[FromClause]:
    """The tables of the rows that were added, changed or deleted and are not written yet."""
    return {inspect(row).mapper.local_table for row in (*session.new, *session.dirty, *session.deleted)}


def _refuse_unaudited(session: StoreSession, state: ORMExecuteState) -> None:
    """Personal columns may be read only as part of a whole row, whose id the audit can name.

    Where nobody is named as the reader, no statement of an organisation's session may ask by them either.
    """
    if state.is_column_load or state.is_relationship_load:
        return
    for described in getattr(state.statement, "column_descriptions", ()):
        expression = described["expr"]
        if expression is described.get("entity"):
            if _is_unnamed(session, inspect(expression).mapper.class_):
                raise _nobody_named(inspect(expression).mapper.class_)
            continue
        clause = expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression
        if (column := _personal_column(clause)) is not None:
            raise Unaudited(f"{column}: read the whole row")
    if session.organisation_id is not None and session.viewer is None:
        column = _personal_column(cast(ClauseElement, state.statement))
        if column is not None:
            raise Unaudited(f"{column}: nobody is named as its reader")


def _personal_column(clause: ClauseElement) -> Column[Any] | None:
    """A column in `clause` that says something of a resident, also under an alias or out of a subquery."""
    for element in visitors.iterate(clause):
        for column in getattr(element, "base_columns", ()):
            if isinstance(column, Column) and column.name in PERSONAL_COLUMNS.get(column.table.name, ()):
                return column
    return None


def _personal_columns(table: type[Personal]) -> frozenset[str]:
    columns: Iterable[Column[Any]] = inspect(table).local_table.columns
    return table.personal or frozenset(each.name for each in columns if not each.primary_key and not each.foreign_keys)


PERSONAL_COLUMNS = {
    str(inspect(mapper.class_).local_table): _personal_columns(mapper.class_)
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, Personal)
}


def _is_unnamed(session: StoreSession, table: type) -> bool:
    """Whether a personal row would be read for nobody; what machines handle, their queues of all organisations may."""
    if session.viewer is not None or not issubclass(table, Personal):
        return False
    return session.organisation_id is not None or not issubclass(table, Handled)


def _nobody_named(table: type) -> Unaudited:
    return Unaudited(f"{table.__name__}: nobody is named as its reader")


@event.listens_for(StoreSession, "loaded_as_persistent")
def _note_reader(session: Session, row: object) -> None:
    assert isinstance(session, StoreSession)
    session.info.setdefault("loaded", []).append(row)  # it would be read again as soon as nobody refers to it
    if _is_unnamed(session, type(row)):
        raise _nobody_named(type(row))
    if isinstance(row, Personal) and (is_action(session) or not isinstance(row, Handled)):
        session.info.setdefault("seen", set()).add(_subject(row))


def _subject(row: Personal) -> str:
    """As the audit names it; a line of an alert's history by its alert, of which it is a part."""
    if isinstance(row, AlertEvent):
        return f"{Alert.__tablename__}:{row.alert_id}"
    identity = inspect(row).identity
    return f"{type(row).__tablename__}:{'-'.join(map(str, identity))}"  # type: ignore[attr-defined]


def is_action(session: StoreSession) -> bool:
    """Whether a person is at work in this session, and no process or gateway."""
    return session.viewer is not None and session.viewer.startswith(PERSON)


@event.listens_for(StoreSession, "after_flush")
def _note_changes(session: Session, _context: UOWTransaction) -> None:
    assert isinstance(session, StoreSession)
    if is_action(session):
        for row in (*session.new, *filter(session.is_modified, session.dirty), *session.deleted):
            key = "-".join(map(str, inspect(row).mapper.primary_key_from_instance(row)))
            note_change(session, str(row.__tablename__), key)


def note_change(session: StoreSession, table: str, key: str) -> None:
    session.info.setdefault("changed", set()).add(f"{table}:{key}")


def _write_audit(session: StoreSession, viewer: str | None, purpose: str, seen: list[str]) -> None:
    changed = sorted(session.info.pop("changed", ()))
    session.add(Audit(real_at=datetime.now(UTC), who=viewer, what=purpose, subjects=seen, changed=changed))


@event.listens_for(StoreSession, "before_flush")
def _fill_organisation(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    assert isinstance(session, StoreSession)
    organisation_id = session.organisation_id
    for row in {*session.new, *session.dirty, *session.deleted}:
        if not isinstance(row, Scoped) or not isinstance(row, Base):
            continue
        if row.organisation_id is None and organisation_id is not None:
            row.organisation_id = organisation_id
        if organisation_id is not None and row.organisation_id != organisation_id:
            raise OtherOrganisation(type(row).__name__)
        if row not in session.dirty or is_seen(row):
            will_ring(session, row.organisation_id, news_of(type(row), getattr(row, "state", None)))


def will_ring(session: StoreSession, organisation_id: int | None, topics: Topics) -> None:
    """Ring for these topics once this transaction has committed."""
    if topics and organisation_id is not None:
        session.info.setdefault("news", {}).setdefault(organisation_id, set()).update(topics)


# --- the bell ----------------------------------------------------------------------------------------------------


@event.listens_for(StoreSession, "before_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction():
        return  # the end of a part that could have failed; the whole rings
    session.flush()
    for organisation_id, topics in sorted(session.info.pop("news", {}).items()):
        ring(session, organisation_id, topics)


def ring(session: Session, organisation_id: int, topics: Collection[Topic]) -> None:
    """Ring for these topics of an organisation once this transaction has committed: see adapters/revision.py."""
    assert session.bind is not None
    if session.bind.dialect.name == "postgresql":
        session.connection().execute(_NOTIFY, {"news": " ".join([str(organisation_id), *sorted(topics)])})
        return
    values = [{"organisation_id": organisation_id, "topic": topic, "n": 1} for topic in sorted(topics)]
    rising = sqlite.insert(Revision).values(values).on_conflict_do_update(set_={"n": Revision.n + 1})
    session.execute(rising, execution_options={"scoped": True})


_NOTIFY = select(func.pg_notify(NOTIFY_CHANNEL, bindparam("news")))
