"""What a session has changed is written before anything that could see it, and not before; see decisions/0028."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, event, func, select, update

from backend.adapters.store import insert_once, insert_or_change
from backend.adapters.store.schema import Building, Rota, Timer, Unit
from tests.backend.town import Town


@pytest.fixture
def alert(town: Town) -> int:
    return town.raise_alert()


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """What goes to the database meanwhile, by its first word."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.split()[0])

    event.listen(town.store.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(town.store.engine, "before_cursor_execute", hear)


def test_a_change_waits_while_other_tables_are_asked(town: Town) -> None:
    with town.session() as session:
        building = session.scalars(select(Building)).first()
        assert building is not None
        with statements(town) as said:
            building.name = "新しい名"
            session.scalars(select(Rota)).all()
            assert "UPDATE" not in said
    with town.session() as session:
        assert session.get_one(Building, building.id).name == "新しい名"


def test_whoever_asks_for_a_changed_table_sees_the_change(town: Town) -> None:
    """Also where it is only joined, only in a subquery, or only in a condition."""
    with town.session() as session:
        building = session.scalars(select(Building)).first()
        assert building is not None
        building.name = "一"
        assert session.scalar(select(func.count(Building.id)).where(Building.name == "一")) == 1
        building.name = "二"
        assert session.scalars(select(Unit).join(Unit.building).where(Building.name == "二")).first() is not None
        building.name = "三"
        named = select(Building.id).where(Building.name == "三")
        assert session.scalars(select(Unit).where(Unit.building_id.in_(named))).first() is not None
        building.name = "四"
        is_there = select(Building.id).where(Building.name == "四").exists()
        assert session.scalars(select(Unit).where(is_there)).first() is not None


def test_a_row_that_was_added_or_deleted_is_there_or_gone_for_the_next_statement(town: Town) -> None:
    with town.session() as session:
        session.add(Rota(name="夜", zone="Asia/Tokyo", created_at=town.now))
        assert session.scalars(select(Rota).where(Rota.name == "夜")).first() is not None
        session.add(Rota(name="昼", zone="Asia/Tokyo", created_at=town.now))
        session.execute(update(Rota).where(Rota.name == "昼").values(name="朝"))
        found = session.scalars(select(Rota).where(Rota.name == "朝")).one()
        session.delete(found)
        assert session.scalars(select(Rota).where(Rota.name == "朝")).first() is None
        session.add(Rota(name="朝", zone="Asia/Tokyo", created_at=town.now))
        session.execute(delete(Rota).where(Rota.name.in_(("朝", "夜"))))
    with town.session() as session:
        assert session.scalars(select(Rota).where(Rota.name.in_(("朝", "夜")))).all() == []


def test_what_is_inserted_past_the_session_meets_what_the_session_has_added(town: Town, alert: int) -> None:
    with town.session() as session:
        session.execute(delete(Timer).where(Timer.alert_id == alert))
        session.add(Timer(alert_id=alert, kind="ask", due_at=town.now))
        assert not insert_once(session, Timer, alert_id=alert, kind="ask", due_at=town.now, failures=0)
        insert_or_change(session, Timer, ("alert_id", "kind"), alert_id=alert, kind="ask", due_at=town.now, failures=3)
    with town.session() as session:
        assert session.scalars(select(Timer.failures).where(Timer.alert_id == alert, Timer.kind == "ask")).one() == 3


def test_a_row_that_was_read_is_not_read_again(town: Town) -> None:
    with town.session() as session:
        key = session.scalars(select(Building.id)).first()
        session.get_one(Building, key)
        with statements(town) as said:
            session.get_one(Building, key)
        assert said == []
