"""Who is called, what they press, and what comes of it."""

from tests.phone_company.faults import Fault
from tests.phone_company.world import PUBLIC_URL, World


def test_an_emergency_reaches_the_first_worker_by_sms_and_call_at_once(world: World) -> None:
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急", "203", f"{PUBLIC_URL}/c/")
    world.aoi.expect_call("ともしび", "緊急", "203号室").press(1).expect("受け付けました")
    assert world.holder(alert) == "aoi"


def test_the_second_worker_is_called_when_the_first_does_not_answer(either_world: World) -> None:
    world = either_world
    world.aoi.does_not_answer()
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.bea.expect_nothing()
    world.advance(minutes=1)
    world.bea.expect_call("ともしび", "203号室").press(1).expect("受け付けました")
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
