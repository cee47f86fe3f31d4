"""The demo's register is written by the one seeder, with the demo's people."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from contract.reports import Configure
from sqlalchemy import func, select

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Gateway, NodePlace, PolicyStep, Tenancy, Unit, Worker
from backend.demo import people
from backend.demo.building import UNITS, Sensor, sensors
from backend.demo.seeding import ForGateway, fill
from backend.services import commands, directory

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
REAL_NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HANGING: tuple[Sensor, ...] = sum((sensors(unit) for unit in UNITS), ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/demo.db")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def given(store: Store) -> ForGateway:
    return fill(store, HANGING, "Asia/Tokyo", NOW, REAL_NOW, human_limits_s=20.0)


def test_the_gateway_is_told_once_and_by_both_ways_the_same(store: Store, given: ForGateway) -> None:
    with store.system_reading() as session:
        gateway = session.scalars(select(Gateway)).one()
        assert [one.command for one in commands.pending(session, gateway.id, 0).commands] == [Configure(given.building)]
        found = directory.gateway_of(session, given.credential)
        assert found is not None and found.id == gateway.id
        assert gateway.created_real_at == REAL_NOW
    assert (given.building.ask_node_s, given.building.ask_total_s) == (20.0, 50.0)
    assert {place.node for place in given.building.nodes} == {one.node for one in HANGING}


def test_everybody_works_or_lives_where_the_story_needs_them(store: Store, given: ForGateway) -> None:
    with store.session(1, viewer="system:test") as session:
        assert session.scalar(select(func.count(NodePlace.id))) == len(HANGING)
        assert set(session.scalars(select(Unit.name))) == set(UNITS)
        names = {tenancy.resident.name for tenancy in session.scalars(select(Tenancy))}
        assert names == {home.resident for home in people.HOMES}
        steps = select(PolicyStep.target, Worker.login).outerjoin(Worker, PolicyStep.worker_id == Worker.id)
        found = [tuple(row) for row in session.execute(steps.order_by(PolicyStep.position))]
        assert found == [("rota", None), ("worker", "suzuki"), ("worker", "tanaka")]
    for one in people.WORKERS:
        assert directory.sign_in(store, one.login, people.PASSWORD) is not None
