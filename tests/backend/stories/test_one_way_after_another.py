"""Whoever does not answer is tried by every other way they have."""

import pytest

from tests.backend.stories.letters import AOI_MAIL, mailed
from tests.phone_company.faults import Fault
from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.push_service import PushService
from tests.phone_company.town import Step
from tests.phone_company.world import Providers, World

ONE_CALL = (Step(("voice",), "aoi"), Step(("voice",), "bea"))


def test_whoever_does_not_answer_is_tried_by_every_other_way_they_have(
    database_url: str, line: LineCompany, push: PushService, mail: MailServer
) -> None:
    providers = Providers(line, push, mail)
    with World(database_url, steps=(Step(("voice",), "aoi", wait_s=600),), providers=providers) as world:
        aoi, browser = line.account("Aoi"), push.browser()
        world.gives("aoi", line_user=aoi.user, email=AOI_MAIL)
        world.adds_browser("aoi", browser.subscription)
        world.aoi.does_not_answer().takes_no_sms()
        line.order(Fault.REFUSE, status=400)
        push.order(Fault.REFUSE, status=403)
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急")
        text = mailed(world, mail, "緊急")
        assert world.sends(alert) == [
            ("worker:1", "voice", "unanswered"),
            ("worker:1", "sms", "failed"),
            ("worker:1", "line", "failed"),
            ("worker:1", "push", "failed"),
            ("worker:1", "email", "sent"),
        ]
        world.company.page_of(text).press_button()
        assert world.holder(alert) == "aoi"


@pytest.mark.parametrize("what", ["does_not_answer", "busy", "voicemail"])
def test_a_call_without_an_answer_is_followed_by_an_sms(database_url: str, what: str) -> None:
    with World(database_url, steps=ONE_CALL) as world:
        getattr(world.aoi, what)()
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急", "203").open_link().press_button()
        assert world.holder(alert) == "aoi"


def test_a_worker_with_nothing_but_an_address_for_mail_is_reached_by_it(database_url: str, mail: MailServer) -> None:
    with World(database_url, steps=ONE_CALL, providers=Providers(mail=mail)) as world:
        world.gives("aoi", phone="", email=AOI_MAIL)
        alert = world.press_emergency()
        world.company.page_of(mailed(world, mail, "緊急")).press_button()
        assert world.holder(alert) == "aoi"


def test_a_worker_whose_number_takes_no_sms_is_only_called(database_url: str) -> None:
    with World(database_url, steps=(Step(("sms", "voice"), "aoi"),)) as world:
        world.gives("aoi", phone="+81335814111")
        world.phone("Aoi's office", "+81335814111").expect_nothing()
        alert = world.press_emergency()
        world.phone("Aoi's office", "+81335814111").expect_call("緊急").press(1)
        assert world.sends(alert) == [("worker:1", "voice", "answered")]
