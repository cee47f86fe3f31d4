"""Whoever was on duty before there were rotas is on call afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select, text

from backend.adapters.store import Store
from backend.adapters.store.migrate import _config, _references_unwatched, differences, migrate
from backend.adapters.store.schema import Building, PolicyStep
from backend.services import rotas
from tests.postgres import Postgres

BEFORE = "0006"
MADE = datetime(2026, 4, 1, 3, tzinfo=UTC)
ROWS = (
    "INSERT INTO organisation (id, name, kana, fallback_phone, created_at) VALUES (:id, 'x', '', '', :at)",
    "INSERT INTO policy (id, organisation_id, name, rounds, exhausted_every_s, claim_timeout_s)"
    " VALUES (:id, :id, 'x', 2, 300, 1800)",
    "INSERT INTO policy_step (organisation_id, policy_id, position, target, role, channels, wait_s)"
    " VALUES (:id, :id, 0, :target, '', '[\"voice\"]', 60)",
    "INSERT INTO building (organisation_id, policy_id, name, zone, address, postal_code)"
    " VALUES (:id, :id, 'x', 'Asia/Tokyo', '', '')",
)
WORKER = (
    "INSERT INTO worker (id, organisation_id, login, name, kana, phone, role, language, password_hash, on_duty, active)"
    " VALUES (:id, :of, :login, 'x', '', :phone, 'worker', 'ja', '', :on_duty, :active)"
)


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database of before, with three organisations: two on duty, nobody on duty but a step for it, and neither."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        store = Store(postgres.fresh())
    migrate(store, BEFORE)
    with store.engine.begin() as connection:
        at = MADE if request.param == "postgres" else MADE.replace(tzinfo=None).isoformat(" ")
        for of, target in ((1, "on_duty"), (2, "on_duty"), (3, "role")):
            for row in ROWS:
                connection.execute(text(row), {"id": of, "at": at, "target": target})
        workers = [(1, True, True), (1, True, True), (1, False, True), (1, True, False), (2, False, True)]
        for number, (of, on_duty, active) in enumerate(workers, start=1):
            phone = f"+8190000000{number}"
            values = {"id": number, "of": of, "login": f"w{number}", "on_duty": on_duty, "active": active}
            connection.execute(text(WORKER), {**values, "phone": phone})
    yield store
    store.close()


def test_nobody_who_was_on_duty_is_lost(old: Store) -> None:
    migrate(old)
    assert differences(old) == []
    expected = {1: ["worker:1", "worker:2"], 2: [], 3: None}
    for organisation_id, people in expected.items():
        with old.session(organisation_id) as session:
            (building,) = session.scalars(select(Building))
            (step,) = session.scalars(select(PolicyStep))
            assert (building.rota_id is None) == (people is None)
            assert step.target == ("role" if people is None else "rota")
            for at in (MADE, MADE + timedelta(days=700)):
                found = rotas.on_call(session, building.rota_id, at)
                assert list(found) == (people or [])


def test_the_flag_comes_back_with_an_older_version(old: Store) -> None:
    migrate(old)
    with old.engine.connect() as connection, _references_unwatched(connection), connection.begin():
        command.downgrade(_config(connection), BEFORE)
        on_duty = connection.scalars(text("SELECT id FROM worker WHERE on_duty ORDER BY id")).all()
        targets = connection.scalars(text("SELECT target FROM policy_step ORDER BY organisation_id")).all()
    assert on_duty == [1, 2, 4]
    assert targets == ["on_duty", "on_duty", "role"]
    migrate(old)
    assert differences(old) == []
