"""A gateway comes in by a code: who may, how long, how often, and what it is told then."""

import hashlib
import threading
from typing import Any

import msgspec
import pytest
from contract import reports as contract
from sqlalchemy import func, select

from backend.adapters.store.schema import (
    Alert,
    Audit,
    Enrolment,
    Gateway,
    GatewayCommand,
    RhythmBackup,
    SafetyCheck,
)
from backend.core.clocks import instant
from backend.errors import Invalid, NotAllowed, NotFound, TooMany
from backend.services import absences, alerts, backups, commands, directory, enrolments, reports, set_back, unwatched
from backend.services.actors import SYSTEM
from tests.backend.conftest import NewTown
from tests.backend.town import Town

SECRET = "s" * 43
DAY_S = 86_400.0


def digest(secret: str = SECRET) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(town: Town, secret: str = SECRET, address: str = "192.0.2.1") -> contract.Enrolling:
    return enrolments.begin(town.store, digest(secret), address, town.real_now)


def state(town: Town, name: str, secret: str = SECRET) -> contract.Enrolment | None:
    with town.store.system_reading() as session:
        return enrolments.state(session, name, secret, town.real_now)


def pair(town: Town, code: str, organisation_id: int | None = None, **where: int) -> Gateway:
    with town.store.session(organisation_id or town.organisation_id, viewer="worker:1", purpose="pair") as session:
        return enrolments.pair(session, code, **where, now=town.now, real_now=town.real_now)


def lose(town: Town) -> int:
    """The town's gateway is revoked; its id."""
    with town.session() as session:
        enrolments.revoke(session, town.seeded.gateway_id, town.now)
    return town.seeded.gateway_id


def building_of(town: Town) -> int:
    with town.session() as session:
        found: int = session.get_one(Gateway, town.seeded.gateway_id).building_id
        return found


def who_comes_in(town: Town, credential: str) -> int | None:
    with town.store.system_reading() as session:
        found = directory.gateway_of(session, credential)
        return None if found is None else found.id


def told(town: Town, gateway_id: int) -> list[contract.Command]:
    with town.session() as session:
        return [one.command for one in commands.pending(session, gateway_id, 0).commands]


def wrong(town: Town, code: str, **where: int) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        pair(town, code, **where)
    return caught.value.field, caught.value.problem


def test_a_new_gateway_comes_in_once_its_code_was_typed_and_its_secret_was_never_told(town: Town) -> None:
    asked = begin(town)
    assert state(town, asked.enrolment) == contract.Enrolment("waiting")
    gateway = pair(town, asked.code, building_id=building_of(town))
    name = directory.gateway_name(gateway.id)
    assert state(town, asked.enrolment) == contract.Enrolment("paired", name) and gateway.ref == name
    assert who_comes_in(town, f"{name}.{SECRET}") == gateway.id
    (configure,) = told(town, gateway.id)
    assert isinstance(configure, contract.Configure) and configure.building.zone == "Asia/Tokyo"
    with town.store.system_reading() as session:
        row = session.scalars(select(Enrolment)).one()
        assert SECRET not in repr(vars(row)) and asked.code not in repr(vars(row))
    with town.session() as session:
        audit = session.scalars(select(Audit).where(Audit.what == "pair")).one()
        assert {f"gateway:{gateway.id}", f"enrolment:{asked.enrolment}"} <= set(audit.changed)


@pytest.mark.parametrize("typed", ["{}-{}", " {} {} ", "{}{}"])
def test_a_code_is_good_however_it_is_typed(town: Town, typed: str) -> None:
    code = begin(town).code.lower()
    assert pair(town, typed.format(code[:4], code[4:]), building_id=building_of(town))


def test_a_code_works_once(town: Town) -> None:
    code, there = begin(town).code, building_of(town)
    pair(town, code, building_id=there)
    assert wrong(town, code, building_id=there) == ("code", enrolments.USED)
    other = town.another_organisation()
    with pytest.raises(Invalid, match=enrolments.USED):
        pair(town, code, other.organisation_id, in_place_of=other.gateway_id)


def test_a_code_expires_by_real_time_and_the_gateway_gets_another_one(town: Town) -> None:
    first = begin(town)
    town.clock.advance(seconds=3 * DAY_S)
    assert state(town, first.enrolment) == contract.Enrolment("waiting")
    town.real.advance(seconds=enrolments.GOOD_FOR.total_seconds())
    assert state(town, first.enrolment) == contract.Enrolment("expired")
    assert wrong(town, first.code, building_id=building_of(town)) == ("code", enrolments.EXPIRED)
    second = begin(town)
    assert second.enrolment == first.enrolment and second.code != first.code
    assert wrong(town, first.code, building_id=building_of(town)) == ("code", enrolments.UNKNOWN)
    pair(town, second.code, building_id=building_of(town))


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "A", "A" * 1000, "\0", "ＡＡＡＡＡＡＡＡ", "' OR 1=1"])
def test_what_no_gateway_shows_is_no_code(town: Town, code: str) -> None:
    begin(town)
    assert wrong(town, code, building_id=building_of(town)) == ("code", enrolments.UNKNOWN)


def test_an_answer_that_was_lost_can_be_asked_for_again_at_every_step(town: Town) -> None:
    begin(town)
    asked = begin(town)  # the first answer never arrived
    pair(town, asked.code, building_id=building_of(town))
    assert begin(town) == contract.Enrolling(asked.enrolment, "", 0.0)  # nor did that it was paired
    town.real.advance(seconds=30 * DAY_S)
    begin(town, "another")
    paired = state(town, asked.enrolment)
    assert paired is not None and paired.state == "paired"
    with town.store.system_reading() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 2


def test_nobody_hears_what_became_of_an_enrolment_without_its_secret(town: Town) -> None:
    asked = begin(town)
    for name, secret in ((asked.enrolment, "x"), (asked.enrolment, digest()), ("x", SECRET), ("\0", SECRET), ("", "")):
        assert state(town, name, secret) is None


def test_so_many_wait_at_once_and_no_more_and_those_that_went_away_make_room(town: Town) -> None:
    for number in range(enrolments.MOST_OF_ADDRESS):
        begin(town, str(number))
    with pytest.raises(TooMany):
        begin(town, "one more")
    assert begin(town, "0").code  # another code for one that waits already
    assert begin(town, "one more", address="192.0.2.2").code
    town.real.advance(seconds=enrolments.GOOD_FOR.total_seconds() + 1)
    assert begin(town, "one more").code
    town.real.advance(seconds=2 * DAY_S)
    begin(town, "the last")
    with town.store.system_reading() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 1


def test_the_whole_installation_has_a_bound_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolments, "MOST", 3)
    for number in range(3):
        begin(town, str(number), address=f"192.0.2.{number}")
    with pytest.raises(TooMany):
        begin(town, "one more", address="192.0.2.9")


def test_a_clock_that_was_far_ahead_leaves_no_code_that_is_good_for_days(town: Town) -> None:
    town.real.advance(seconds=3 * DAY_S)
    begin(town)
    behind = instant(town.real.now() - 3 * DAY_S)
    assert set_back.bring_back(town.store, now=town.now, real_now=behind, limits=town.config.limits) >= 1
    with town.store.system_reading() as session:
        assert session.scalars(select(Enrolment)).one().expires_real_at <= behind


def test_nobody_takes_a_gateway_into_another_organisation(town: Town) -> None:
    other = town.another_organisation()
    code, there = begin(town).code, building_of(town)
    with pytest.raises(NotFound):
        pair(town, code, other.organisation_id, building_id=there)
    lose(town)
    with pytest.raises(NotFound):
        pair(town, code, other.organisation_id, in_place_of=town.seeded.gateway_id)
    assert state(town, begin(town).enrolment) == contract.Enrolment("waiting")


def test_only_a_gateway_that_is_not_heard_can_be_replaced(town: Town) -> None:
    town.advance(1)
    code = begin(town).code
    assert wrong(town, code, in_place_of=town.seeded.gateway_id) == ("place", enrolments.STILL_HEARD)
    assert who_comes_in(town, town.seeded.credential) == town.seeded.gateway_id
    lose(town)
    assert who_comes_in(town, town.seeded.credential) is None
    assert pair(town, code, in_place_of=town.seeded.gateway_id).id == town.seeded.gateway_id


def test_the_self_tests_own_gateway_is_no_gateway_of_a_building(town: Town) -> None:
    with town.session() as session:
        session.get_one(Gateway, town.seeded.gateway_id).is_self_test = True
    with pytest.raises(NotFound):
        lose(town)
    with pytest.raises(NotFound):
        pair(town, begin(town).code, in_place_of=town.seeded.gateway_id)


# --- in the place of a lost one ---------------------------------------------------------------------------------------


def test_a_gateway_in_anothers_place_begins_with_what_holds_now_and_nothing_of_the_past(town: Town) -> None:
    alert_id = town.raise_alert()
    town.claim(alert_id, "aoki")
    with town.session() as session:
        unit = town.seeded.units["203"]
        ended = absences.begin(session, unit, "away", SYSTEM, since=town.now, now=town.now)
        absences.end(session, ended.id, SYSTEM, now=town.now)
        absences.begin(session, unit, "hospital", SYSTEM, since=town.now, now=town.now)
    for sealed in ("old", "new"):
        town.report(contract.RhythmBackup("u203", "k", sealed))
    lost = lose(town)
    before = _last_n(town, lost)
    gateway = pair(town, begin(town).code, in_place_of=lost)
    assert (gateway.id, gateway.revoked_at, gateway.last_seen_at) == (lost, None, None)
    configure, absence, restore = told(town, lost)
    assert isinstance(configure, contract.Configure) and len(configure.building.units) == 6
    assert isinstance(absence, contract.Absence) and absence.kind == "hospital"
    assert restore == contract.Restore("u203", "new")
    assert _last_n(town, lost) == before + 3  # the numbers go on: none is ever given twice
    # What becomes of the lost one's alerts is told, and is about nothing that the new one knows.
    town.do(alerts.coming, alert_id, "aoki")
    assert isinstance(told(town, lost)[-1], contract.Receipt)


def _last_n(town: Town, gateway_id: int) -> int:
    with town.session() as session:
        found: int = session.scalar(select(func.max(GatewayCommand.n)).where(GatewayCommand.gateway_id == gateway_id))
        return found


def test_the_lost_ones_word_counts_no_more_also_when_it_came_in_just_before(town: Town) -> None:
    with town.store.system_reading() as session:
        came_in = directory.gateway_of(session, town.seeded.credential)
    assert came_in is not None
    lost = lose(town)
    pair(town, begin(town).code, in_place_of=lost)
    limits = town.config.limits
    with town.session() as session, pytest.raises(NotAllowed):
        reports.apply(session, came_in, town.batch(), now=town.now, real_now=town.real_now, limits=limits)
    assert who_comes_in(town, f"gw{lost}.{SECRET}") == lost


def test_a_replaced_gateways_silence_counts_from_its_pairing_and_its_first_word_ends_what_the_lost_ones_raised(
    town: Town,
) -> None:
    town.advance(1)
    town.advance(1000, heard=False)
    silent = [town.find(ref) for ref in _refs(town)]
    assert {town.alert(one).kind for one in silent} == {"gateway_silent", "monitoring_lost"}
    pair(town, begin(town).code, in_place_of=town.seeded.gateway_id)
    town.advance(1, heard=False)
    assert _refs(town) == [town.alert(one).ref for one in silent]  # nothing new within its first seconds
    town.advance(1)
    assert {town.alert(one).state for one in silent} == {"closed"}


def _refs(town: Town) -> list[str]:
    with town.session() as session:
        return list(session.scalars(select(Alert.ref).order_by(Alert.id)))


def test_homes_of_a_revoked_gateway_are_checked_on_by_people(town: Town) -> None:
    lose(town)
    town.clock.advance(seconds=town.config.limits.gateway_checks_s + 1)
    assert unwatched.open_checks(town.store, now=town.now, limits=town.config.limits) == 0
    with town.session() as session:
        assert {row.why_open for row in session.scalars(select(SafetyCheck))} == {"gateway_revoked"}


# --- backups ----------------------------------------------------------------------------------------------------------


def kept(town: Town) -> list[str]:
    with town.session() as session:
        rows = select(RhythmBackup.sealed).order_by(RhythmBackup.at.desc(), RhythmBackup.id.desc())
        return list(session.scalars(rows))


def test_of_each_unit_the_latest_two_backups_are_kept_and_the_latest_of_another_key(town: Town) -> None:
    for key, sealed in (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2"), ("b", "b3")):
        town.clock.advance(seconds=1 * DAY_S)
        assert town.report(contract.RhythmBackup("u203", key, sealed)) == ["stored"]
    assert kept(town) == ["b3", "b2", "a3"]
    assert town.report(contract.RhythmBackup("101", "c", "c1")) == ["refused"]  # no such unit of this gateway


@pytest.mark.parametrize(
    ("key", "sealed", "opened"), [("a", "a3", 1), ("b", "b2", 1), ("strange", "b2", 0), ("", "b2", 0)]
)
def test_a_gateway_is_given_back_what_its_key_opens_or_else_the_latest(
    town: Town, key: str, sealed: str, opened: int
) -> None:
    for known, body in (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2")):
        town.report(contract.RhythmBackup("u203", known, body))
    for _ in range(2):  # asked twice, told once
        with town.session() as session:
            found = backups.give_back(session, town.seeded.gateway_id, town.now, key)
        assert found == contract.Restores(1, opened)
    restores = [one for one in told(town, town.seeded.gateway_id) if isinstance(one, contract.Restore)]
    assert restores == [contract.Restore("u203", sealed)]


def test_what_was_learned_is_not_kept_among_the_commands_and_comes_in_portions(town: Town) -> None:
    gateway_id, longest = town.seeded.gateway_id, "x" * 100_000
    with town.session() as session:
        first = commands.pending(session, gateway_id, 0).commands[-1].n
    for _ in range(12):
        with town.session() as session:
            commands.tell(session, gateway_id, contract.Restore("u203", longest), town.now)
    after, portions = first, []
    with town.session() as session:
        while found := commands.pending(session, gateway_id, after).commands:
            portions.append(len(msgspec.json.encode(found)))
            after = found[-1].n
        commands.arrived(session, gateway_id, after, town.now)
    assert len(portions) == 2 and max(portions) <= commands.MOST_BYTES_AT_ONCE + 1000
    assert "restore" not in town.told()


def test_a_command_longer_than_a_portion_comes_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_BYTES_AT_ONCE", 1)
    assert len(told(town, town.seeded.gateway_id)) == 1


def test_two_who_type_the_same_code_at_once_pair_one_gateway(postgres_town: NewTown) -> None:
    town = postgres_town()  # on SQLite one writes at a time anyway
    code, there = begin(town).code, building_of(town)
    results: list[Any] = []

    def type_it() -> None:
        try:
            results.append(pair(town, code, building_id=there).id)
        except Invalid as error:
            results.append(error.problem)

    both = [threading.Thread(target=type_it) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len(results) == 2 and results.count(enrolments.USED) == 1
