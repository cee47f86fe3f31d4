"""Rotas as they are kept: what coordinators change, what is refused and why, and what the past says afterwards."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import Audit, Building, RotaOverride, Worker, WorkerLeave
from backend.core import rota as rules
from backend.core.rota import Hours
from backend.errors import ManyInvalid, NotFound
from backend.services import partners, rota_changes, rota_checks, rota_layers, rotas
from backend.services.rota_checks import LeaveDraft, OverrideDraft, Part
from tests.backend.services.roster import AOKI, DAYTIME, ENDO, ITO, NIGHT, UEDA, Roster, layer, tokyo
from tests.backend.town import Town


@pytest.fixture
def roster(town: Town) -> Roster:
    return Roster(town)


def wrong(error: pytest.ExceptionInfo[ManyInvalid]) -> list[tuple[str, str, str]]:
    return [(each.field, each.problem, each.detail) for each in error.value.problems]


# --- who is on call ---------------------------------------------------------------------------------------------------


def test_layers_come_back_from_the_store_as_they_went_in(roster: Roster) -> None:
    assert roster.at("23T12:00") == (AOKI,)
    assert roster.at("23T16:59") == (AOKI,)
    assert roster.at("23T17:00") == (NIGHT,)
    assert roster.at("24T12:00") == (ITO,)
    found = roster.rules()
    assert [each.hours for each in found.layers] == [(), (DAYTIME,)]
    assert found.layers[1].rotation == rules.Rotation(1, date(2026, 11, 23), time(9))


def test_whoever_has_left_or_has_no_address_is_passed_over_from_now_on(roster: Roster) -> None:
    roster.town.clock.advance(hours=1)
    roster.let_go("aoki")
    assert roster.at("23T13:00") == (NIGHT,)
    assert roster.at("23T11:30") == (AOKI,), "who was on call until then was on call"
    with roster.session() as session:
        session.get_one(Worker, 2).phone = ""
    assert roster.at("24T12:00") == (NIGHT,)


def test_a_partner_that_is_removed_leaves_a_gap(roster: Roster) -> None:
    with roster.session() as session:
        partners.remove(session, 1)
        assert partners.listed(session) == []
    assert roster.at("23T17:00") == ()
    with roster.session() as session, pytest.raises(NotFound):
        partners.remove(session, 1)


def test_a_partner_needs_a_name_and_a_number_that_exists(roster: Roster) -> None:
    with roster.session() as session, pytest.raises(ManyInvalid) as error:
        partners.add(session, name=" ", phone="12", language="xx")
    assert [each.field for each in error.value.problems] == ["phone", "name", "language"]


# --- overrides --------------------------------------------------------------------------------------------------------


def test_an_override_holds_for_its_time_and_can_be_withdrawn(roster: Roster) -> None:
    override_id = roster.override("24T09:00", "24T12:00", UEDA)
    assert roster.at("24T11:00") == (UEDA,)
    assert roster.at("24T12:00") == (ITO,)
    with roster.session() as session:
        rota_changes.withdraw_override(session, roster.id, override_id, roster.actor, now=roster.town.now)
    assert roster.at("24T11:00") == (ITO,)
    with roster.session() as session, pytest.raises(ManyInvalid) as error:
        rota_changes.withdraw_override(session, roster.id, override_id, roster.actor, now=roster.town.now)
    assert wrong(error) == [("id", rota_checks.OVER, "")]


def test_what_is_said_to_have_begun_begins_now(roster: Roster) -> None:
    roster.override("23T09:00", "23T17:00", UEDA)
    assert roster.at("23T11:10") == ()  # the rota was made at 11:13
    assert roster.at("23T11:14") == (UEDA,)
    roster.town.clock.advance(hours=1)
    with roster.session() as session:
        rota_changes.withdraw_override(session, roster.id, 1, roster.actor, now=roster.town.now)
    assert roster.at("23T12:00") == (UEDA,), "what was withdrawn held until then"
    assert roster.at("23T12:14") == (AOKI,)


def test_everything_that_is_wrong_with_an_override_is_said_at_once(roster: Roster) -> None:
    roster.leave(AOKI, "24T00:00", "25T00:00")
    roster.let_go("ito")
    draft = OverrideDraft(tokyo("24T12:00"), tokyo("24T09:00"), (AOKI, ITO, "worker:99"), UEDA, "x" * 201)
    with roster.session() as session, pytest.raises(ManyInvalid) as error:
        rota_changes.override(session, roster.id, roster.actor, draft, now=roster.town.now)
    assert wrong(error) == [
        ("until", rota_checks.NOT_AFTER, ""),
        ("note", rota_checks.NOTE_TOO_LONG, ""),
        ("people", rota_checks.UNKNOWN, "worker:99"),
        ("people", rota_checks.OUT_OF_REACH, "伊藤 大輔"),
        ("people", rota_checks.ON_LEAVE, "青木 恵"),
        ("instead_of", rota_checks.NOT_ON_CALL, "上田 千夏"),
    ]
    with roster.session() as session:
        assert session.scalars(select(RotaOverride)).all() == []


@pytest.mark.parametrize(
    ("since", "until", "people", "instead_of", "expected"),
    [
        ("22T09:00", "23T09:00", (UEDA,), None, ("until", rota_checks.OVER)),
        ("24T09:00", "24T10:00", (), None, ("people", rota_checks.NOBODY_NAMED)),
        ("24T09:00", "24T10:00", (UEDA, UEDA), None, ("people", rota_checks.NOBODY_NAMED)),
        ("24T09:00", "24T10:00", ("resident:1",), None, ("people", rota_checks.UNKNOWN)),
        ("24T09:00", "24T10:00", (ITO,), ITO, ("instead_of", rota_checks.SAME_PERSON)),
        ("24T09:00", "24T17:00", (UEDA,), AOKI, ("instead_of", rota_checks.NOT_ON_CALL)),
    ],
)
def test_an_override_that_cannot_be_is_refused(
    roster: Roster, since: str, until: str, people: tuple[str, ...], instead_of: str | None, expected: tuple[str, str]
) -> None:
    with pytest.raises(ManyInvalid) as error:
        roster.override(since, until, *people, instead_of=instead_of)
    assert [found[:2] for found in wrong(error)] == [expected]


def test_an_override_of_another_world_is_refused(roster: Roster) -> None:
    now = roster.town.now
    for since, until, problem in (
        (now, now + timedelta(days=400), rota_checks.TOO_LONG),
        (now + timedelta(days=800), now + timedelta(days=801), rota_checks.TOO_FAR),
    ):
        with roster.session() as session, pytest.raises(ManyInvalid) as error:
            rota_changes.override(session, roster.id, roster.actor, OverrideDraft(since, until, (UEDA,)), now=now)
        assert wrong(error) == [("until", problem, "")]
    with roster.session() as session, pytest.raises(NotFound):
        draft = OverrideDraft(now, now + timedelta(hours=1), (UEDA,))
        rota_changes.override(session, 99, roster.actor, draft, now=now)


# --- swaps ------------------------------------------------------------------------------------------------------------


def swap(roster: Roster, one: Part, other: Part) -> None:
    with roster.session() as session:
        rota_changes.swap(session, roster.id, roster.actor, one, other, now=roster.town.now)


def test_a_swap_is_both_halves_or_none(roster: Roster) -> None:
    swap(
        roster,
        Part(ITO, tokyo("24T09:00"), tokyo("25T09:00")),
        Part(AOKI, tokyo("25T09:00"), tokyo("26T09:00")),
    )
    assert [roster.at(f"{day}T12:00") for day in (24, 25, 26)] == [(AOKI,), (ITO,), (ITO,)]
    assert roster.at("24T20:00") == (NIGHT,), "nobody took the nights, which were neither's"
    with roster.session() as session:
        rota_changes.withdraw_override(session, roster.id, 2, roster.actor, now=roster.town.now)
    assert [roster.at(f"{day}T12:00") for day in (24, 25)] == [(ITO,), (AOKI,)]


def test_a_swap_that_cannot_be_is_refused_for_each_of_the_two(roster: Roster) -> None:
    roster.leave(AOKI, "24T10:00", "24T11:00")
    one = Part(ITO, tokyo("24T09:00"), tokyo("25T09:00"))
    with pytest.raises(ManyInvalid) as error:
        swap(roster, one, Part(AOKI, tokyo("24T12:00"), tokyo("24T13:00")))
    assert wrong(error) == [
        ("other", rota_checks.NOT_ON_CALL, "青木 恵"),
        ("other", rota_checks.ON_LEAVE, "青木 恵"),
        ("other", rota_checks.SAME_TIME, ""),
    ]
    with pytest.raises(ManyInvalid) as error:
        swap(roster, one, Part(ITO, tokyo("26T09:00"), tokyo("27T09:00")))
    assert wrong(error) == [("other", rota_checks.SAME_PERSON, "伊藤 大輔")]


# --- leave ------------------------------------------------------------------------------------------------------------


def test_leave_falls_to_the_layer_below_until_it_is_ended(roster: Roster) -> None:
    leave_id = roster.leave(ITO, "24T00:00", None)
    assert roster.at("24T12:00") == (NIGHT,)
    roster.town.clock.advance(hours=30)
    with roster.session() as session:
        rota_changes.withdraw_leave(session, leave_id, roster.actor, now=roster.town.now)
    assert roster.at("26T12:00") == (ITO,)
    with roster.session() as session, pytest.raises(ManyInvalid):
        rota_changes.withdraw_leave(session, leave_id, roster.actor, now=roster.town.now)


def test_only_workers_take_leave(roster: Roster) -> None:
    for person in (NIGHT, "worker:99", "worker:"):
        with roster.session() as session, pytest.raises(ManyInvalid) as error:
            draft = LeaveDraft(person, tokyo("24T00:00"), tokyo("25T00:00"))
            rota_changes.leave(session, roster.actor, draft, now=roster.town.now)
        assert wrong(error) == [("person", rota_checks.NO_WORKER, person)]


def test_leave_that_is_over_or_backwards_is_refused(roster: Roster) -> None:
    for since, until, problem in (
        ("20T00:00", "21T00:00", rota_checks.OVER),
        ("25T00:00", "24T00:00", rota_checks.NOT_AFTER),
    ):
        with pytest.raises(ManyInvalid) as error:
            roster.leave(ITO, since, until)
        assert wrong(error) == [("until", problem, "")]


# --- layers -----------------------------------------------------------------------------------------------------------


def test_a_layer_that_is_edited_leaves_the_past_as_it_was(roster: Roster) -> None:
    roster.town.clock.advance(hours=1)
    roster.put(layer(UEDA, hours=(DAYTIME,)), ref=roster.high.ref)
    assert roster.at("23T11:30") == (AOKI,)
    assert roster.at("23T12:30") == (UEDA,)


def test_an_edit_can_take_effect_later_and_be_edited_again_before(roster: Roster) -> None:
    later = tokyo("25T00:00")
    roster.put(layer(UEDA, hours=(DAYTIME,)), ref=roster.high.ref, since=later)
    assert [roster.at(f"{day}T12:00") for day in (24, 25)] == [(ITO,), (UEDA,)]
    roster.put(layer(ENDO, hours=(DAYTIME,)), ref=roster.high.ref, since=tokyo("24T00:00"))
    assert [roster.at(f"{day}T12:00") for day in (23, 24, 25)] == [(AOKI,), (ENDO,), (ENDO,)]


def test_a_layer_can_end_and_is_then_no_more_to_be_edited(roster: Roster) -> None:
    with roster.session() as session:
        rota_layers.end(session, roster.id, roster.high.ref, at=tokyo("24T00:00"), now=roster.town.now)
    assert [roster.at(f"{day}T12:00") for day in (23, 24)] == [(AOKI,), (NIGHT,)]
    roster.town.clock.advance(hours=24)
    with pytest.raises(NotFound):
        roster.put(layer(UEDA), ref=roster.high.ref)
    with roster.session() as session, pytest.raises(NotFound):
        rota_layers.end(session, roster.id, roster.high.ref, now=roster.town.now)


def test_layers_can_be_put_into_another_order_from_now_on(roster: Roster) -> None:
    roster.town.clock.advance(hours=1)
    with roster.session() as session:
        order = [roster.high.ref, roster.low.ref]
        rota_layers.reorder(session, roster.id, roster.actor, order, now=roster.town.now)
    assert roster.at("23T12:30") == (NIGHT,)
    assert roster.at("23T11:30") == (AOKI,)
    with roster.session() as session, pytest.raises(ManyInvalid):
        rota_layers.reorder(session, roster.id, roster.actor, [roster.high.ref], now=roster.town.now)


def test_everything_that_is_wrong_with_a_layer_is_said_at_once(roster: Roster) -> None:
    draft = layer(
        (),
        (AOKI, "worker:99"),
        name="",
        zone="Asia/Edo",
        days=0,
        start=date(1867, 1, 1),
        hours=(Hours(frozenset({9}), time(9), time(10)), Hours(frozenset(), time(9), time(10), "excluded")),
    )
    with pytest.raises(ManyInvalid) as error:
        roster.put(draft, since=roster.town.now + timedelta(days=800))
    assert wrong(error) == [
        ("name", rota_checks.NAME_WRONG, ""),
        ("zone", rota_layers.NO_ZONE, "Asia/Edo"),
        ("days", rota_layers.DAYS_WRONG, ""),
        ("start", rota_layers.START_WRONG, "1867-01-01"),
        ("since", rota_checks.TOO_FAR, ""),
        ("turns", rota_checks.NOBODY_NAMED, "1"),
        ("turns", rota_checks.UNKNOWN, "worker:99"),
        ("hours", rota_layers.NO_SUCH_DAY, ""),
        ("hours", rota_layers.ON_NO_DAY, ""),
    ]


def test_a_building_follows_one_rota_and_can_leave_it(roster: Roster) -> None:
    with roster.session() as session:
        assert rotas.on_call(session, None, roster.town.now) == ()
        other = rota_layers.create(session, name="別の当番", now=roster.town.now).id
        rota_layers.follow(session, other, [1])
        assert session.scalar(select(Building.rota_id)) == other
        rota_layers.follow(session, other, [])
        assert session.scalar(select(Building.rota_id)) is None
        with pytest.raises(ManyInvalid):
            rota_layers.follow(session, other, [1, 7])


# --- what is kept of it -----------------------------------------------------------------------------------------------


def test_every_change_stands_in_the_audit_with_its_row(roster: Roster) -> None:
    override_id = roster.override("24T09:00", "24T12:00", UEDA)
    leave_id = roster.leave(ITO, "25T00:00", None)
    with roster.session() as session:
        rota_changes.withdraw_override(session, roster.id, override_id, roster.actor, now=roster.town.now)
    with roster.town.session() as session:
        lines = session.scalars(select(Audit).where(Audit.who == "worker:4").order_by(Audit.id)).all()
        changed = [row for line in lines for row in line.changed]
    assert changed.count(f"rota_override:{override_id}") == 2
    assert {f"rota:{roster.id}", f"rota_layer:{roster.low.id}", "partner:1", "building:1"} <= set(changed)
    assert f"worker_leave:{leave_id}" in changed


def test_who_made_and_who_withdrew_it_is_kept_with_it(roster: Roster) -> None:
    roster.override("24T09:00", "24T12:00", UEDA)
    leave_id = roster.leave(ITO, "25T00:00", None)
    with roster.session() as session:
        rota_changes.withdraw_leave(session, leave_id, roster.town.actor("aoki"), now=roster.town.now)
        assert session.get_one(RotaOverride, 1).made_by_id == 4
        assert session.get_one(WorkerLeave, leave_id).withdrawn_by_id == 1


def test_another_organisation_sees_and_changes_nothing(roster: Roster) -> None:
    other = roster.town.another_organisation().organisation_id
    with roster.town.store.session(other, viewer="worker:9") as session:
        assert [rota.name for rota in rotas.listed(session)] == ["当番"]
        with pytest.raises(NotFound):
            rotas.get(session, roster.id)
        with pytest.raises(ManyInvalid) as error:
            draft = OverrideDraft(tokyo("24T09:00"), tokyo("24T12:00"), (AOKI,))
            theirs = rotas.listed(session)[0].id
            rota_changes.override(session, theirs, roster.actor, draft, now=roster.town.now)
        assert wrong(error) == [("people", rota_checks.UNKNOWN, AOKI)]
