"""What the company says afterwards: late, twice, backwards or forged."""

import random

import pytest

from tests.phone_company.world import World


def test_callbacks_that_come_twice_and_backwards_change_nothing(either_world: World) -> None:
    world = either_world
    world.company.manners.twice = world.company.manners.backwards = True
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.settle()
    assert ("worker:1", "voice", "answered") in world.sends(alert)
    assert world.history(alert).count("claimed") == 1


@pytest.mark.parametrize("seed", range(4))
def test_callbacks_in_any_order_and_up_to_three_times_change_nothing(world: World, seed: int) -> None:
    world.company.manners.dice = random.Random(seed)
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.advance(minutes=1)
    world.bea.expect_call("緊急").press(1).expect("受け付けました")
    world.chika.expect_sms("未対応")
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.chika.expect_sms("Beaさんが引き受けました")
    world.advance(minutes=20)
    assert (world.aoi.rang, world.bea.rang, world.chika.rang) == (1, 1, 0)
    assert world.history(alert).count("claimed") == 1
    states = {(who, kind): state for who, kind, state in world.sends(alert) if kind == "voice"}
    assert states == {("worker:1", "voice"): "unanswered", ("worker:2", "voice"): "answered"}


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
