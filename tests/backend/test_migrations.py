"""A database of an earlier version is brought to the present one with everything that stands in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.adapters.store import Store
from backend.adapters.store.migrate import differences, migrate
from backend.adapters.store.schema import Gateway, UnitLive
from tests.postgres import Postgres

FIRST_REPORT = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
LAST_SEEN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ROWS = """
INSERT INTO organisation (id, name, kana, fallback_phone, created_at) VALUES (1, 'o', '', '', '{seen}');
INSERT INTO building (id, organisation_id, name, zone, address, postal_code) VALUES (1, 1, 'b', 'Asia/Tokyo', '', '');
INSERT INTO gateway (id, organisation_id, building_id, ref, credential_hash, silent_stage, queued)
    VALUES (1, 1, 1, 'never', 'x', 0, 0);
INSERT INTO gateway
    (id, organisation_id, building_id, ref, credential_hash, silent_stage, queued, last_seen_at, last_seen_real_at)
    VALUES (2, 1, 1, 'heard', 'x', 0, 0, '{seen}', '{seen}'), (3, 1, 1, 'reported', 'x', 0, 0, '{seen}', '{seen}');
INSERT INTO gateway_report (organisation_id, gateway_id, journal, seq, through, received_at)
    VALUES (1, 3, 'j', 1, 1, '{first}'), (1, 3, 'j', 2, 2, '{seen}');
INSERT INTO unit (id, organisation_id, building_id, gateway_id, ref, name, floor, protocol, false_alarms_per_30_days)
    VALUES (1, 1, 1, 3, 'u1', '1', 1, '', 0.25), (2, 1, 1, NULL, 'u2', '2', 1, '', 0.25);
INSERT INTO unit_live (unit_id, organisation_id, at, watching, presence, body)
    VALUES (1, 1, '{seen}', 'watching', 'home', '{{}}'), (2, 1, '{seen}', 'watching', 'home', '{{}}');
"""


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database without tables."""
    if request.param == "sqlite":
        url, drop = f"sqlite:///{tmp_path}/old.db", _nothing
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url, drop = postgres.fresh(), postgres.drop
    store = Store(url)
    yield store
    store.close()
    drop(url)


def _nothing(_url: str) -> None:
    """The folder goes with the test."""


def fill(store: Store, rows: str, **values: datetime) -> None:
    """Put rows into the database as it is, with `values` in them."""
    zone = "" if store.is_sqlite else "+00"
    written = {name: at.strftime("%Y-%m-%d %H:%M:%S.%f") + zone for name, at in values.items()}
    with store.engine.begin() as connection:
        for statement in rows.format(**written).strip().split(";\n"):
            connection.execute(text(statement))


def test_a_gateway_is_as_old_as_what_is_known_of_it_and_a_live_state_is_its_gateways(store: Store) -> None:
    migrate(store, to="0002")
    fill(store, ROWS, seen=LAST_SEEN, first=FIRST_REPORT)
    migrate(store)
    assert differences(store) == []
    with store.system_reading() as session:
        made = [session.get_one(Gateway, number).created_real_at for number in (1, 2, 3)]
        assert datetime.now(UTC) - made[0] < timedelta(minutes=5), "its silence counts from now"
        assert made[1:] == [LAST_SEEN, FIRST_REPORT]
        assert session.get_one(UnitLive, 1).gateway_id == 3
        assert session.get(UnitLive, 2) is None, "nobody said it"
