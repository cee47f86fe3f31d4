"""No alert ends with nobody left to call."""

from tests.phone_company.town import Step
from tests.phone_company.world import World


def test_an_exhausted_policy_calls_coordinators_and_fallback_every_5_minutes_until_somebody_claims(
    world: World,
) -> None:
    world.aoi.does_not_answer()
    world.bea.does_not_answer()
    world.fallback.does_not_answer(calls=6)
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.chika.does_not_answer(calls=5)
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
        for phone, calls in ((world.aoi, 3), (world.bea, 1), (world.chika, 2)):
            phone.does_not_answer(calls=calls).takes_any_sms()
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
