"""Letters and browser notifications: what claims, what does not, and what comes after one that is lost."""

from sqlalchemy import select

from backend.adapters.store.schema import WorkerBrowser
from tests.backend.stories.letters import AOI_MAIL, mailed
from tests.phone_company.mail import MailServer
from tests.phone_company.push_service import PushService
from tests.phone_company.town import Step
from tests.phone_company.world import PUBLIC_URL, Providers, World


def test_a_letter_claims_by_its_link_and_not_by_being_opened(database_url: str, mail: MailServer) -> None:
    with World(database_url, steps=(Step(("email",), "aoi"),), providers=Providers(mail=mail)) as world:
        world.gives("aoi", email=AOI_MAIL)
        alert = world.press_emergency()
        text = mailed(world, mail, "【緊急】ひだまり荘 203号室", "緊急ボタンが押されました")
        page = world.company.page_of(text)
        assert world.holder(alert) == ""
        page.press_button().expect("受け付けました")
        assert world.holder(alert) == "aoi"


def test_a_letter_in_doubt_is_followed_by_a_call_and_never_written_again(database_url: str, mail: MailServer) -> None:
    with World(database_url, steps=(Step(("email",), "aoi"),), providers=Providers(mail=mail)) as world:
        world.gives("aoi", email=AOI_MAIL)
        mail.answers["DATA"] = "drop"
        alert = world.press_emergency()
        world.pause(3)
        world.aoi.expect_call("緊急").press(1)
        assert ("worker:1", "email", "unknown") in world.sends(alert)
        mailed(world, mail, "緊急")


def test_a_push_names_no_room_and_opens_the_link_that_claims(database_url: str, push: PushService) -> None:
    with World(database_url, steps=(Step(("push",), "aoi"),), providers=Providers(push=push)) as world:
        browser = push.browser()
        world.adds_browser("aoi", browser.subscription)
        alert = world.press_emergency()
        shown = world.company.wait_for(lambda: browser.takes("緊急ボタン"))
        assert shown is not None
        assert "203" not in str({**shown, "link": "", "tag": ""})
        assert shown["link"].startswith(f"{PUBLIC_URL}/c/")
        world.company.page_of(shown["link"]).press_button().expect("受け付けました")
        assert world.holder(alert) == "aoi"


def test_a_browser_that_is_no_more_is_forgotten_and_the_worker_is_called(database_url: str, push: PushService) -> None:
    with World(database_url, steps=(Step(("push",), "aoi"),), providers=Providers(push=push)) as world:
        browser = push.browser()
        world.adds_browser("aoi", browser.subscription)
        browser.gone = True
        world.press_emergency()
        world.aoi.expect_call("緊急").press(1)
        with world.store.session(world.town.organisation_id) as session:
            assert session.scalars(select(WorkerBrowser)).all() == []
