"""Orders that are lost, refused or left in doubt."""

import pytest

from tests.phone_company.faults import Fault
from tests.phone_company.town import Step
from tests.phone_company.world import World


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


def test_a_company_that_takes_its_time_is_given_each_order_once(either_world: World) -> None:
    world = either_world
    world.company.order(Fault.ACCEPT_SLOWLY, times=2, after_s=0.1)
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.pause(60)
    assert (len(world.aoi.texts), world.aoi.rang) == (1, 1)
    assert world.company.lookups == 0
    assert world.holder(alert) == "aoi"


def test_a_company_that_takes_longer_than_is_waited_for_is_asked_and_given_each_order_once(
    either_world: World,
) -> None:
    world = either_world
    world.company.manners.held = True  # no callback says it either
    world.company.order(Fault.ACCEPT_SLOWLY, times=2, after_s=1)
    alert = world.press_emergency()
    world.work()
    assert [state for _, _, state in world.sends(alert)] == ["unknown", "unknown"]
    world.company.wait_until(lambda: (len(world.aoi.texts), world.aoi.rang) == (1, 1))
    world.pause(3)
    assert [state for _, _, state in world.sends(alert)] == ["delivered", "sent"]  # as the company says
    world.company.manners.held = False
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1).expect("受け付けました")
    world.pause(60)
    assert (len(world.aoi.texts), world.aoi.rang) == (1, 1)
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
