"""One scoped session: organisations apart, readers on record, the same on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Select, func, select, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import aliased

from backend.adapters.store import Store
from backend.adapters.store.migrate import differences, is_current, migrate
from backend.adapters.store.schema import (
    Absence,
    Alert,
    AlertEvent,
    Audit,
    Base,
    Building,
    CallIn,
    ClaimLink,
    Gateway,
    InboundReply,
    Notification,
    Organisation,
    Personal,
    Resident,
    Scoped,
    Tenancy,
    Unit,
    UnitEntry,
    UnitHour,
    UnitLive,
    Worker,
)
from backend.errors import OtherOrganisation, Unaudited, Unscoped
from backend.services import residents
from tests.backend.town import Town


@pytest.fixture
def other(town: Town) -> int:
    """A second organisation in the same database."""
    return town.another_organisation().organisation_id


def test_the_migrations_make_exactly_the_tables_that_the_code_expects(town: Town) -> None:
    migrate(town.store)
    assert is_current(town.store)
    assert differences(town.store) == []


def test_a_database_of_the_version_before_keeps_what_is_sent_and_linked(tmp_path: Path) -> None:
    """SQLite makes `notification` anew while `claim_link` refers to it."""
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(store, "0002")
    with store.engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    migrate(store)
    assert is_current(store)
    with store.session(1) as session:
        row = session.scalars(select(Notification)).one()
        assert (row.alert_id, row.message_id) == (1, "m1")
        assert session.scalars(select(ClaimLink.notification_id)).one() == row.id
        worker = session.scalars(select(Worker)).one()
        assert (worker.email, worker.quiet_since, worker.zone) == ("", "", "Asia/Tokyo")
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    store.close()


OLD_ROWS = (
    "INSERT INTO organisation VALUES (1, 'o', '', '', '2026-01-01')",
    "INSERT INTO worker (id, login, name, kana, phone, role, language, password_hash, on_duty, active, organisation_id)"
    " VALUES (1, 'w', 'w', '', '', 'worker', 'ja', 'x', 0, 1, 1)",
    "INSERT INTO building (id, name, zone, address, postal_code, organisation_id)"
    " VALUES (1, 'b', 'Asia/Tokyo', '', '', 1)",
    "INSERT INTO alert (id, source, ref, building_id, kind, priority, state, since, received_at, note, reason_ja,"
    " reason_en, evidence, round, gaps, revision, organisation_id) VALUES (1, 's', 'r', 1, 'smoke', 'P1', 'open',"
    " '2026-01-01', '2026-01-01', '', '', '', '{}', 0, '[]', 0, 1)",
    "INSERT INTO notification (id, message_id, alert_id, purpose, step, round, person, worker_id, channel, attempt,"
    " rank, state, created_at, fence, tries, provider, spares, problem, organisation_id)"
    " VALUES (1, 'm1', 1, 'page', 0, 0, 'worker:1', 1, 'sms', 0, 0, 'sent', '2026-01-01', 1, 1, 'p', 0, '', 1)",
    "INSERT INTO claim_link (id, token_hash, alert_id, worker_id, notification_id, created_at, expires_at,"
    " organisation_id) VALUES (1, 't', 1, 1, 1, '2026-01-01', '2026-01-02', 1)",
)


def test_every_table_belongs_to_an_organisation_but_those_of_the_installation() -> None:
    without = {m.class_.__tablename__ for m in Base.registry.mappers if not issubclass(m.class_, Scoped)}
    of_the_installation = {"heartbeat", "provider_rate", "provider_probe", "dead_man_ping", "operator_notice"}
    asking_to_be_taken_in = {"enrolment"}
    assert without == {"organisation", "inbound_reply"} | asking_to_be_taken_in | of_the_installation


def test_every_table_shows_an_organisation_its_own_rows_only(town: Town, other: int) -> None:
    for mapper in Base.registry.mappers:
        if not issubclass(mapper.class_, Scoped):
            continue
        with town.store.session(other, viewer="system:test") as session:
            rows = session.scalars(select(mapper.class_)).all()
            assert {row.organisation_id for row in rows} <= {other}, mapper.class_
            counted = session.scalar(select(func.count()).select_from(mapper.class_))
            assert counted == len(rows)


def test_a_reply_is_shown_to_its_own_organisation_and_one_of_a_stranger_to_none(town: Town, other: int) -> None:
    owners = {"own": town.organisation_id, "others": other, "strangers": None}
    with town.store.system_session() as session:
        for ref, owner in owners.items():
            session.add(InboundReply(organisation_id=owner, provider="p", ref=ref, sender_end="1234", real_at=town.now))
    with town.session() as session:
        assert [row.ref for row in session.scalars(select(InboundReply))] == ["own"]
        assert session.scalar(select(func.count(aliased(InboundReply).id))) == 1
        session.execute(update(InboundReply).values(answer="changed"))
    with town.store.system_reading() as session:
        rows = session.scalars(select(InboundReply)).all()
        assert {row.ref: row.answer for row in rows} == {"own": "changed", "others": "", "strangers": ""}


def test_another_organisations_row_is_not_found_by_its_key(town: Town, other: int) -> None:
    unit_id = town.seeded.units["203"]
    alert_id = town.raise_alert()
    with town.store.session(other, viewer="system:test") as session:
        assert session.get(Unit, unit_id) is None
        assert session.get(Alert, alert_id) is None
        assert session.get(Organisation, town.organisation_id) is None
        assert residents.residents_of(session, unit_id, town.now) == []


def test_joins_and_relationships_do_not_lead_into_another_organisation(town: Town, other: int) -> None:
    with town.store.session(other, viewer="system:test") as session:
        found = session.execute(select(Unit, Building).join(Building, Unit.building_id == Building.id)).all()
        assert found and all({unit.organisation_id, b.organisation_id} == {other} for unit, b in found)
        assert all(unit.building.organisation_id == other for unit, _building in found)
        twice = aliased(Worker)
        pairs = session.execute(select(Worker.id, twice.id).where(Worker.id != twice.id)).all()
        assert len(pairs) == 5 * 4


def test_an_update_changes_no_row_of_another_organisation(town: Town, other: int) -> None:
    with town.store.session(other) as session:
        session.execute(update(Worker).values(phone="+810"))
    with town.session() as session:
        assert "+810" not in session.scalars(select(Worker.phone)).all()


def test_a_row_of_another_organisation_cannot_be_written(town: Town, other: int) -> None:
    with pytest.raises(OtherOrganisation), town.store.session(other) as session:
        session.add(Building(name="x", organisation_id=town.organisation_id))
    with town.session() as session:
        worker = session.scalars(select(Worker).limit(1)).one()
    with pytest.raises(OtherOrganisation), town.store.session(other) as session:
        session.add(worker)
        worker.name = "changed"


@pytest.mark.parametrize("statement", [text("SELECT 1"), select(Worker.__table__), Worker.__table__.delete()])
def test_what_cannot_be_kept_inside_an_organisation_is_refused(town: Town, statement: object) -> None:
    with pytest.raises(Unscoped), town.session() as session:
        session.execute(statement)


def test_personal_data_cannot_be_read_without_a_reader(town: Town) -> None:
    personal = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Personal)]
    assert {Resident, CallIn, UnitLive, UnitHour, Absence, Alert, AlertEvent} <= set(personal)
    for table in personal:
        with pytest.raises(Unaudited), town.store.session(town.organisation_id) as session:
            session.scalars(select(table)).first()


@pytest.mark.parametrize(
    "statement",
    [
        select(Unit.id).join(Absence, Absence.unit_id == Unit.id).where(Absence.kind == "hospital"),
        select(Unit.id).where(select(Tenancy.id).where(Tenancy.unit_id == Unit.id, Tenancy.until.is_(None)).exists()),
        select(Alert.id).order_by(Alert.note),
    ],
)
def test_nobody_unnamed_may_ask_by_personal_columns(town: Town, statement: Select[int]) -> None:
    with pytest.raises(Unaudited), town.store.reading(town.organisation_id) as session:
        session.execute(statement)
    with town.session() as session:
        session.execute(statement)


def test_what_machines_handle_is_written_down_for_people_only(town: Town) -> None:
    alert_id = town.raise_alert()
    for viewer, lines in (("system:escalation", []), ("gateway:1", []), ("worker:7", [[f"alert:{alert_id}"]])):
        with town.store.reading(town.organisation_id, viewer=viewer, purpose="look") as session:
            session.get_one(Alert, alert_id)
            session.scalars(select(AlertEvent).where(AlertEvent.alert_id == alert_id)).all()
        with town.session() as session:
            assert session.scalars(select(Audit.subjects).where(Audit.what == "look")).all() == lines


@pytest.mark.parametrize(
    "statement",
    [
        select(Resident.name),
        select(func.max(Resident.medical_notes)),
        select(Tenancy.since, UnitEntry.key_place),
        select(Resident.__table__),
        select((Resident.name + "x").label("y")),
        select(aliased(Resident).name),
        select(select(Resident).subquery().c.name),
        select(func.max(UnitLive.last_sign_at)),
        select(Absence.since),
        select(Alert.id, Alert.evidence),
        select(AlertEvent.detail),
    ],
)
def test_personal_columns_cannot_be_read_past_the_audit(town: Town, statement: object) -> None:
    with pytest.raises((Unaudited, Unscoped)), town.session() as session:
        session.execute(statement)


@pytest.mark.parametrize("way", ["session", "reading"])
def test_who_reads_whom_is_written_down_with_ids_and_no_text(town: Town, way: str) -> None:
    opened = getattr(town.store, way)(town.organisation_id, viewer="worker:7", purpose="alert page")
    with opened as session:
        (resident,) = residents.residents_of(session, town.seeded.units["203"], town.now)
        residents.entry_of(session, town.seeded.units["203"])
    with town.session() as session:
        audit = session.scalars(select(Audit).where(Audit.who == "worker:7")).one()
        assert audit.what == "alert page"
        assert f"resident:{resident.id}" in audit.subjects
        assert f"unit_entry:{town.seeded.units['203']}" in audit.subjects
        assert resident.name not in repr(audit.subjects)


def test_a_read_that_failed_afterwards_shows_nothing_and_commits_nothing(town: Town) -> None:
    with pytest.raises(ZeroDivisionError), town.session() as session:
        session.add(Building(name="never"))
        session.flush()
        raise ZeroDivisionError
    with town.session() as session:
        assert session.scalar(select(func.count(Building.id)).where(Building.name == "never")) == 0


def test_times_come_back_aware_in_utc_and_a_time_without_a_zone_is_refused(town: Town) -> None:
    tokyo = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    with town.session() as session:
        session.get_one(Gateway, town.seeded.gateway_id).last_seen_at = tokyo
    with town.session() as session:
        found = session.get_one(Gateway, town.seeded.gateway_id).last_seen_at
        assert found == tokyo
        assert found.tzinfo == UTC
    with pytest.raises(StatementError, match="no time zone"), town.session() as session:
        session.get_one(Gateway, town.seeded.gateway_id).last_seen_at = tokyo.replace(tzinfo=None)
