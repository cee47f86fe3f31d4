"""Who is called, what they press, and what comes of it: the product with a phone company around it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.phone_company.faults import Fault
from tests.phone_company.town import Step
from tests.phone_company.world import PUBLIC_URL, World
from tests.postgres import Postgres


@pytest.fixture
def database_url(empty_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'world.db')}"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with World(database_url) as world:
        yield world


@pytest.fixture
def postgres_url(postgres: Postgres, empty_postgres: str) -> Iterator[str]:
    url = postgres.fresh(like=empty_postgres)
    yield url
    postgres.drop(url)


@pytest.fixture(params=["database_url", "postgres_url"])
def either_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The same world on both databases."""
    with World(request.getfixturevalue(request.param)) as world:
        yield world


# --- the ordinary course --------------------------------------------------------------------------------------------


def test_an_emergency_reaches_the_first_worker_by_sms_and_call_at_once(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急", "203", f"{PUBLIC_URL}/c/")
    world.aoi.expect_call("灯", "緊急", "203号室").press(1).expect("受け付けました")
    assert world.holder(alert) == "aoi"


def test_the_second_worker_is_called_when_the_first_does_not_answer(either_world: World) -> None:
    world = either_world
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.bea.expect_nothing()
    world.advance(minutes=1)
    world.bea.expect_call("灯", "203号室").press(1).expect("受け付けました")
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")
    assert world.holder(alert) == "bea"
    world.advance(minutes=20)
    assert (world.aoi.rang, world.bea.rang, world.chika.rang) == (1, 1, 0)


def test_after_a_claim_nothing_rings_any_more(world: World) -> None:
    world.press_emergency()
    world.aoi.expect_sms("緊急").open_link().press_button()
    ringing = world.aoi.expect_call()
    ringing.answer("すでに").hang_up()
    world.advance(minutes=25)
    assert world.bea.rang == 0


def test_a_claim_takes_back_a_call_that_was_not_made_yet(either_world: World) -> None:
    world = either_world
    world.company.order(Fault.REFUSE, status=429, only="Calls")
    alert = world.press_emergency()
    link = world.aoi.expect_sms("緊急").open_link()
    assert ("worker:1", "voice", "pending") in world.sends(alert)
    link.press_button().expect("受け付け")
    assert ("worker:1", "voice", "cancelled") in world.sends(alert)
    world.advance(minutes=5)
    assert world.aoi.rang == 0


def test_a_worker_who_is_called_after_somebody_else_claimed_hears_so(world: World) -> None:
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    link = world.aoi.expect_sms("緊急").open_link()
    world.advance(minutes=1)
    ringing = world.bea.expect_call()
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    link.press_button()
    ringing.answer("すでに")
    assert ringing.over
    world.bea.expect_sms("葵さんが引き受けました")
    world.chika.expect_sms("葵さんが引き受けました")
    assert world.holder(alert) == "aoi"


def test_of_two_who_press_1_the_first_has_it_and_the_second_hears_so(either_world: World) -> None:
    world = either_world
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    first = world.aoi.expect_call("緊急")
    world.advance(minutes=1)
    second = world.bea.expect_call("緊急")
    second.press(1).expect("受け付けました")
    first.press(1).expect("すでに")
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")
    assert world.holder(alert) == "bea"


# --- what is no answer ----------------------------------------------------------------------------------------------


def test_a_voicemail_is_no_answer(world: World) -> None:
    world.aoi.voicemail()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.settle()
    assert world.holder(alert) == ""
    assert ("worker:1", "voice", "unanswered") in world.sends(alert)
    world.advance(minutes=1)
    world.bea.expect_call("緊急").press(1)
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")


def test_a_key_counts_even_when_the_company_took_the_person_for_a_machine(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急")
    call.company_hears_a_machine()
    world.settle()
    call.press(1).expect("受け付けました")
    assert world.holder(alert) == "aoi"


def test_listening_without_a_key_is_no_answer(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急").says_nothing()
    assert sum("緊急" in sentence for sentence in call.heard) == 3
    world.settle()
    assert ("worker:1", "voice", "unanswered") in world.sends(alert)
    world.advance(minutes=1)
    world.bea.expect_call("緊急").press(1)
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")


def test_a_link_preview_claims_nothing_and_the_button_claims_once(either_world: World) -> None:
    world = either_world
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    sms = world.aoi.expect_sms("緊急")
    assert sms.is_previewed().status_code == 200
    assert world.holder(alert) == ""
    page = sms.open_link()
    page.press_button()
    assert world.holder(alert) == "aoi"
    events = world.history(alert)
    page.press_same_button_again()
    assert sms.open_link().answer.status_code in (200, 404, 410)
    assert world.history(alert) == events


def test_a_busy_phone_does_not_hold_up_the_next_person(world: World) -> None:
    world.aoi.busy()
    world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.advance(minutes=1)
    world.bea.expect_call("緊急").press(1)
    world.chika.expect_sms("未対応", f"{PUBLIC_URL}/c/")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "said"), [(4, "次の方"), (9, "失礼")])
def test_passing_on_calls_the_next_worker_at_once(world: World, key: int, said: str) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(key).expect(said)
    world.bea.expect_call("緊急").press(1).expect("受け付けました")
    assert world.holder(alert) == "bea"
    if key == 4:  # whoever has said that it is not for them hears no more of it
        world.aoi.expect_sms("Beaさんが引き受けました")


def test_two_repeats_and_an_unknown_key_is_said_to_be_one(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急")
    call.press(2).expect("緊急", "203号室").press(7).expect("使えません").press(1).expect("受け付けました")
    assert world.holder(alert) == "aoi"


# --- ask first ------------------------------------------------------------------------------------------------------


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
    world.hana.does_not_answer()
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


def test_a_unit_whose_resident_has_no_phone_opens_at_once_and_shows_the_gap(world: World) -> None:
    alert = world.silence("204")
    world.advance(minutes=2)
    world.aoi.expect_sms("204")
    world.aoi.expect_call("204号室").press(1)
    assert world.alert(alert).gaps == ["resident"]


def test_a_sign_of_life_ends_it_and_says_so_to_whoever_was_told(world: World) -> None:
    world.hana.does_not_answer().takes_any_sms()
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


# --- nobody answers -------------------------------------------------------------------------------------------------


def test_an_exhausted_policy_calls_coordinators_and_fallback_every_5_minutes_until_somebody_claims(
    world: World,
) -> None:
    for phone in (world.aoi, world.bea, world.fallback):
        phone.does_not_answer()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.chika.does_not_answer()
    world.bea.takes_any_sms()
    world.fallback.takes_any_sms()
    world.chika.takes_any_sms()
    world.advance(minutes=1)
    for _ in range(6):
        world.advance(minutes=1)
    before = world.chika.rang
    assert before >= 1
    for n in range(1, 4):
        world.advance(minutes=5)
        assert world.chika.rang == before + n
    world.chika.answers_when_expected()
    world.advance(minutes=5)
    world.chika.expect_call("緊急").press(1).expect("受け付けました")
    world.aoi.expect_sms("千佳さんが引き受けました")
    assert world.holder(alert) == "chika"
    rang = world.fallback.rang
    world.advance(minutes=20)
    assert world.fallback.rang == rang


def test_where_nobody_was_named_for_an_exhausted_policy_everybody_with_a_phone_is_called(database_url: str) -> None:
    with World(database_url, steps=(Step(("voice",), "aoi"),), fallback_phone="") as world:
        world.role("chika", "worker")
        for phone in (world.aoi, world.bea, world.chika):
            phone.does_not_answer().takes_any_sms()
        alert = world.press_emergency()
        world.settle()
        assert (world.aoi.rang, world.bea.rang, world.chika.rang) == (1, 0, 0)
        world.advance(minutes=1)
        assert (world.aoi.rang, world.bea.rang, world.chika.rang) == (2, 1, 1)
        world.bea.answers_when_expected()
        world.advance(minutes=5)
        world.bea.expect_call("緊急").press(1).expect("受け付けました")
        assert world.holder(alert) == "bea"
        assert world.alert(alert).gaps == []


def test_a_step_that_reaches_nobody_is_skipped_at_once_and_shown(database_url: str) -> None:
    with World(database_url, steps=(Step(("voice",)), Step(("voice",), "bea"))) as world:
        alert = world.press_emergency()
        world.bea.expect_call("緊急").press(1)
        assert world.alert(alert).gaps == ["step 1"]


def test_a_claim_that_is_then_forgotten_rings_again(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    world.advance(minutes=31)
    assert "claim_forgotten" in world.history(alert)
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    assert world.holder(alert) == "aoi"


# --- the company fails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_DROP, Fault.ACCEPT_THEN_ERROR])
def test_a_call_that_was_taken_without_an_answer_is_not_made_twice(either_world: World, fault: Fault) -> None:
    world = either_world
    world.company.order(fault, only="Calls")
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.pause(30)
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.advance(minutes=20)
    assert world.aoi.rang == 1
    assert world.holder(alert) == "aoi"


def test_what_a_killed_worker_has_handed_over_is_found_by_the_next_and_not_sent_again(either_world: World) -> None:
    world = either_world
    world.company.manners.held = True  # no callback says it either
    alert = world.press_emergency()
    for kind in ("sms", "voice"):
        world.hands_over_and_dies(kind)
    assert [state for _, _, state in world.sends(alert)] == ["sending", "sending"]
    world.start_another_worker()
    world.pause(61)
    assert [state for _, _, state in world.sends(alert)] == ["delivered", "sent"]  # as the company says
    assert (len(world.aoi.texts), world.aoi.rang) == (1, 1)
    world.company.manners.held = False
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")


def test_a_call_of_which_nobody_can_tell_is_followed_by_the_next_channel_and_never_made_again(
    database_url: str,
) -> None:
    with World(database_url, steps=(Step(("voice",), "aoi"), Step(("voice",), "bea"))) as world:
        world.company.manners.held = True
        world.company.order(Fault.ACCEPT_THEN_HANG, only="Calls")
        world.company.order(Fault.REFUSE, only="lookups")
        alert = world.press_emergency()
        world.pause(3)
        world.aoi.expect_sms("緊急")
        assert world.sends(alert) == [("worker:1", "voice", "unknown"), ("worker:1", "sms", "sent")]
        assert "send_unknown" in world.history(alert)
        world.pause(120)
        assert world.aoi.rang == 1
        world.company.manners.held = False
        world.aoi.expect_call("緊急").press(1).expect("受け付けました")
        world.settle()
        assert ("worker:1", "voice", "answered") in world.sends(alert)


def test_orders_that_are_lost_one_after_the_other_ring_each_phone_once_in_the_end(world: World) -> None:
    world.company.order(Fault.DROP, times=2)
    world.press_emergency()
    world.settle()
    world.pause(10)
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    assert (len(world.aoi.texts), world.aoi.rang) == (1, 1)


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP])
def test_a_call_that_was_lost_without_an_answer_is_made_again(world: World, fault: Fault) -> None:
    world.company.order(fault, only="Calls")
    world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.pause(3)
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    assert world.aoi.rang == 1


def test_a_number_that_cannot_be_called_goes_on_to_the_next_person(world: World) -> None:
    world.company.order(Fault.REFUSE, status=400, code=21211, times=2)
    alert = world.press_emergency()
    world.bea.expect_call("緊急").press(1)
    assert [state for who, _, state in world.sends(alert) if who == "worker:1"] == ["failed", "failed"]


# --- callbacks ------------------------------------------------------------------------------------------------------


def test_callbacks_that_come_twice_and_backwards_change_nothing(either_world: World) -> None:
    world = either_world
    world.company.manners.twice = world.company.manners.backwards = True
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.settle()
    assert ("worker:1", "voice", "answered") in world.sends(alert)
    assert world.history(alert).count("claimed") == 1


def test_a_late_ringing_after_the_end_changes_nothing(world: World) -> None:
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.settle()
    before = world.sends(alert)
    call = world.aoi.calls[0]
    for status in ("ringing", "in-progress", "completed"):
        form = world.company.form_of(call) | {"CallStatus": status}
        assert world.company.request(call.form["StatusCallback"], form).status_code == 204
    assert world.sends(alert) == before


def test_a_key_that_arrives_again_after_the_release_does_not_claim_again(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急").press(1).call
    world.advance(minutes=31)
    again = world.company.form_of(call) | {"Digits": "1"}
    answer = world.company.request(f"{call.form['Url']}/keys", again)
    assert "受け付けました" not in answer.text
    assert world.holder(alert) == ""
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)


def test_the_key_of_another_call_is_refused(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急")
    world.settle()
    forged = world.company.form_of(call.call) | {"CallSid": "CA" + "f" * 32, "Digits": "1"}
    assert world.company.request(f"{call.call.form['Url']}/keys", forged).status_code == 404
    assert world.holder(alert) == ""
    call.press(4)
    world.bea.expect_call("緊急").press(1)
    world.aoi.expect_sms("Beaさんが引き受けました")


def test_a_forged_key_claims_nothing(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    call = world.aoi.expect_call("緊急")
    form = world.company.form_of(call.call) | {"Digits": "1"}
    assert world.company.request(f"{call.call.form['Url']}/keys", form, signature="forged").status_code == 403
    assert world.holder(alert) == ""
    call.press(1).expect("受け付けました")


def test_callbacks_that_are_held_back_lose_no_key(world: World) -> None:
    world.company.manners.held = True
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.company.manners.held = False
    world.settle()
    assert world.holder(alert) == "aoi"
    assert ("worker:1", "voice", "answered") in world.sends(alert)


# --- more than one way ----------------------------------------------------------------------------------------------


def test_a_claim_on_the_screen_takes_back_what_was_not_sent_in_the_same_transaction(either_world: World) -> None:
    world = either_world
    screen = world.screen("bea")
    alert = world.press_emergency()
    assert [state for _, _, state in world.sends(alert)] == ["pending", "pending"]
    screen.press(alert, "claim")
    assert [state for _, _, state in world.sends(alert)] == ["cancelled", "cancelled"]
    world.advance(minutes=20)
    assert world.company.messages == []
    assert world.company.calls == []


def test_what_was_released_on_the_screen_is_called_out_anew(world: World) -> None:
    screen = world.screen("bea")
    alert = world.press_emergency()
    screen.press(alert, "claim")
    screen.press(alert, "release")
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    assert world.holder(alert) == "aoi"


def test_an_sms_that_cannot_be_delivered_leaves_the_call(world: World) -> None:
    world.aoi.takes_no_sms()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    assert ("worker:1", "sms", "failed") in world.sends(alert)
    assert world.aoi.rang == 1


def test_a_busy_line_at_the_company_is_tried_again(world: World) -> None:
    world.company.order(Fault.REFUSE, status=429, code=20429, only="Calls")
    world.press_emergency()
    world.aoi.expect_sms("緊急")
    assert world.aoi.rang == 0
    world.pause(3)
    world.aoi.expect_call("緊急").press(1)


def test_a_worker_who_speaks_english_is_called_in_english(world: World) -> None:
    world.speaks("aoi", "en")
    world.press_emergency()
    world.aoi.expect_sms("EMERGENCY", "203")
    call = world.aoi.expect_call("This is Tomoshibi", "room 2 0 3").press(1).expect("It is yours")
    assert call.languages == {"en-US"}


def test_whoever_answers_the_fallback_number_can_take_it(world: World) -> None:
    for phone in (world.aoi, world.bea, world.chika):
        phone.does_not_answer().takes_any_sms()
    alert = world.press_emergency()
    world.advance(minutes=1)
    world.advance(minutes=1)
    world.fallback.expect_call("緊急").press(1).expect("受け付けました")
    assert world.alert(alert).state == "claimed"
    rang = world.chika.rang
    world.advance(minutes=20)
    assert world.chika.rang == rang


def test_the_same_story_with_the_workers_own_loop(either_world: World) -> None:
    world = either_world
    world.aoi.does_not_answer()
    with world.worker_running():
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急")
        world.company.wait_until(lambda: world.aoi.rang == 1)
        world.clock.advance(minutes=1)
        world.chika.expect_sms("未対応")
        world.bea.expect_call("緊急").press(1).expect("受け付けました")
        world.aoi.expect_sms("Beaさんが引き受けました")
        world.chika.expect_sms("Beaさんが引き受けました")
    assert world.holder(alert) == "bea"
