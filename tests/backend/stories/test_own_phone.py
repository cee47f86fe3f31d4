"""A worker tries whether they can be reached."""

from tests.backend.stories.letters import AOI_MAIL, mailed
from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.push_service import PushService
from tests.phone_company.world import Providers, World


def test_a_worker_tries_every_way_and_sees_what_came_of_it(
    database_url: str, line: LineCompany, push: PushService, mail: MailServer
) -> None:
    with World(database_url, providers=Providers(line, push, mail)) as world:
        aoi, browser = line.account("Aoi"), push.browser()
        world.gives("aoi", line_user=aoi.user, email=AOI_MAIL)
        world.adds_browser("aoi", browser.subscription)
        screen = world.screen("aoi")
        for kind in ("voice", "sms", "line", "push", "email"):
            screen.try_phone(kind)
        world.aoi.expect_call("電話の試験", "異変ではありません").press(1).expect("試験は終わりです")
        world.aoi.expect_sms("試験の送信")
        aoi.touches(aoi.expect_message("試験"), "届きました")
        mailed(world, mail, "試験")
        assert world.company.wait_for(lambda: browser.takes("【灯】試験"))
        world.settle()
        page = screen.get("/own/")
        assert page.count("応答あり") == 2
        assert page.count("送信した") >= 2
        assert "twilio-voice" in page
        assert "未対応の通報はありません" in screen.get("/")


def test_a_test_that_does_not_arrive_says_why_and_disturbs_nobody_else(world: World) -> None:
    screen = world.screen("aoi")
    world.aoi.busy().takes_no_sms()
    screen.try_phone("voice")
    screen.try_phone("sms")
    world.aoi.expect_sms("試験の送信")
    world.settle()
    page = screen.get("/own/")
    assert "応答なし" in page
    assert "話し中" in page
    assert "undelivered 30003" in page
    assert (world.bea.rang, len(world.aoi.texts), world.aoi.rang) == (0, 1, 1)


def test_two_tests_at_once_and_one_without_an_address_are_refused(world: World) -> None:
    screen = world.screen("aoi")
    screen.try_phone("sms")
    world.aoi.expect_sms("試験")
    assert "さきほど試したばかり" in screen.try_phone("sms")
    assert "先に連絡先を登録" in screen.try_phone("line")
    world.advance(minutes=1)
    screen.try_phone("sms")
    world.aoi.expect_sms("試験")
