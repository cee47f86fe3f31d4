"""Who is left to sleep, and what wakes them all the same."""

from datetime import UTC, datetime

from tests.backend.stories.letters import AOI_MAIL, mailed
from tests.phone_company.mail import MailServer
from tests.phone_company.town import Step
from tests.phone_company.world import Providers, World


def sleeps_now(world: World, *logins: str) -> None:
    """Quiet hours all day but one minute, twelve hours away from now."""
    local = datetime.fromtimestamp(world.clock.now(), UTC)
    awake = (local.hour + 12) % 24
    for login in logins:
        world.gives(login, quiet_since=f"{awake:02}:01", quiet_until=f"{awake:02}:00", zone="UTC")


def test_an_emergency_wakes_whoever_sleeps(world: World) -> None:
    sleeps_now(world, "aoi")
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    assert world.alert(alert).gaps == []


def test_what_is_no_emergency_lets_a_sleeper_sleep_and_goes_on_at_once(world: World) -> None:
    sleeps_now(world, "aoi")
    alert = world.report("203", "leak", "open")
    world.bea.expect_call("水漏れ").press(1)
    assert world.alert(alert).gaps == ["step 1 quiet"]
    assert (world.aoi.rang, world.aoi.texts) == (0, [])
    assert "全員が休止時間帯" in world.screen("bea").get(f"/alerts/{alert}/")


def test_a_sleeper_finds_a_letter_in_the_morning_where_the_step_writes_one(database_url: str, mail: MailServer) -> None:
    steps = (Step(("voice", "email"), "aoi"), Step(("voice",), "bea"))
    with World(database_url, steps=steps, providers=Providers(mail=mail)) as world:
        world.gives("aoi", email=AOI_MAIL)
        sleeps_now(world, "aoi")
        alert = world.report("203", "leak", "open")
        mailed(world, mail, "水漏れ")
        assert world.sends(alert) == [("worker:1", "email", "sent")]
        world.advance(minutes=1)
        world.bea.expect_call("水漏れ").press(1)
        mailed(world, mail, "Beaさんが引き受けました")
        assert (world.aoi.rang, world.aoi.texts) == (0, [])


def test_a_letter_that_cannot_be_sent_does_not_wake_the_sleeper_instead(database_url: str, mail: MailServer) -> None:
    steps = (Step(("email",), "aoi"), Step(("voice",), "bea"))
    with World(database_url, steps=steps, providers=Providers(mail=mail)) as world:
        world.gives("aoi", email=AOI_MAIL)
        sleeps_now(world, "aoi")
        mail.answers["RCPT"] = "550 no such user"
        world.report("203", "leak", "open")
        world.bea.expect_call("水漏れ").press(1)
        assert (world.aoi.rang, world.aoi.texts) == (0, [])


def test_where_everybody_sleeps_the_last_resort_wakes_somebody(world: World) -> None:
    sleeps_now(world, "aoi", "bea", "chika")
    world.fallback.does_not_answer()
    alert = world.report("203", "leak", "open")
    world.chika.expect_call("水漏れ").press(1)
    assert world.alert(alert).gaps == ["step 1 quiet", "step 2 quiet"]
    assert world.holder(alert) == "chika"
