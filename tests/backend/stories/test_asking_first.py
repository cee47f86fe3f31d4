"""The resident is asked before anybody is called out."""

from sqlalchemy import select

from backend.adapters.store.schema import Absence, GatewayCommand
from tests.phone_company.world import World


def test_a_silence_first_calls_the_resident_who_presses_1_and_nobody_else_is_told(world: World) -> None:
    alert = world.silence()
    world.hana.expect_nothing()
    world.advance(minutes=2)
    world.hana.expect_call("だいじょうぶ").press(1).expect("ありがとう")
    world.settle()
    assert world.alert(alert).outcome == "answered"
    world.advance(hours=1)


def test_the_resident_is_called_once_more_and_then_the_workers(either_world: World) -> None:
    world = either_world
    world.hana.does_not_answer(calls=2)
    alert = world.silence()
    world.advance(minutes=2)
    assert world.hana.rang == 1
    world.hana.expect_sms("だいじょうぶですか", "へやの ボタン", "050-1111-9999")
    world.advance(minutes=2)
    assert world.hana.rang == 2
    world.aoi.expect_nothing()
    world.advance(minutes=2)
    world.aoi.expect_sms("203")
    world.aoi.expect_call("動きがなく").press(1)
    assert world.hana.rang == 2
    assert world.holder(alert) == "aoi"


def test_who_missed_the_calls_phones_back_and_1_is_the_answer_as_in_our_own_call(world: World) -> None:
    world.hana.does_not_answer()
    alert = world.silence()
    world.advance(minutes=2)
    world.hana.expect_sms("だいじょうぶですか", "050-1111-9999")
    world.hana.calls_in().expect("だいじょうぶなら、1を").press(1).expect("ありがとう")
    world.settle()
    assert world.alert(alert).outcome == "answered"
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        assert session.scalars(select(Absence)).all() == []
        assert [row.kind for row in session.scalars(select(GatewayCommand))][-2:] == ["closed", "answered"]
    world.advance(hours=1)
    assert world.hana.rang == 1


def test_a_unit_whose_resident_has_no_phone_opens_at_once_and_shows_the_gap(world: World) -> None:
    alert = world.silence("204")
    world.advance(minutes=2)
    world.aoi.expect_sms("204")
    world.aoi.expect_call("204号室").press(1)
    assert world.alert(alert).gaps == ["resident"]


def test_a_sign_of_life_ends_it_and_says_so_to_whoever_was_told(world: World) -> None:
    world.hana.does_not_answer(calls=2).takes_any_sms()
    world.aoi.does_not_answer()
    alert = world.silence()
    world.advance(minutes=2)
    world.advance(minutes=2)
    world.advance(minutes=2)
    world.aoi.expect_sms("203")
    world.report("203", "inactivity", "resumed")
    world.aoi.expect_sms("203")
    assert world.alert(alert).outcome == "resumed"
    world.advance(hours=1)
    assert world.bea.rang == 0
