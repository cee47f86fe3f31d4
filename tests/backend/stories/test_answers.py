"""What counts as an answer, and what each key does."""

import pytest

from tests.phone_company.world import PUBLIC_URL, World

# --- what is no answer -----------------------------------------------------------------------------------------------


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


# --- keys ------------------------------------------------------------------------------------------------------------


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


def test_a_worker_who_speaks_english_is_called_in_english(world: World) -> None:
    world.speaks("aoi", "en")
    world.press_emergency()
    world.aoi.expect_sms("EMERGENCY", "203")
    call = world.aoi.expect_call("This is Tomoshibi", "room 2 0 3").press(1).expect("It is yours")
    assert call.languages == {"en-US"}
