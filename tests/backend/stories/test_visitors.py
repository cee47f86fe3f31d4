"""A worker who has an alert sends a colleague to look."""

from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.world import Providers, World

ALWAYS_ASLEEP = {"quiet_since": "00:01", "quiet_until": "00:00", "zone": "UTC"}


def taken_by_aoi(world: World) -> int:
    """An emergency that Aoi has taken at her screen."""
    alert = world.press_emergency()
    world.screen("aoi").press(alert, "claim")
    world.settle()
    return alert


def sends(world: World, alert: int, login: str) -> None:
    world.screen("aoi").press(alert, "send-visitor", worker=str(world.town.workers[login]))


def test_a_colleague_is_called_goes_arrives_and_is_told_when_it_is_over(either_world: World) -> None:
    world = either_world
    alert = taken_by_aoi(world)
    sends(world, alert, "bea")
    call = world.bea.expect_call("203号室", "緊急ボタン", "様子を見に行ってください")
    call.press(4).expect("使えません").press(2).expect("緊急ボタン").press(1).expect("お気をつけて")
    assert (world.holder(alert), world.alert(alert).state) == ("aoi", "coming")
    assert "Beaが様子を見に行きます" in world.screen("aoi").get("/")
    bea = world.screen("bea")
    assert "到着しました" in bea.get(f"/alerts/{alert}/")
    bea.press(alert, "arrived")
    assert (world.holder(alert), world.alert(alert).state) == ("aoi", "on_site")
    world.screen("aoi").press(alert, "close", outcome="helped")
    world.bea.expect_sms("終了")
    assert [what for what in world.history(alert) if "visitor" in what] == ["visitor_asked", "visitor_coming"]


def test_whoever_cannot_go_or_does_not_answer_is_shown_to_who_has_the_alert(world: World) -> None:
    alert = taken_by_aoi(world)
    sends(world, alert, "bea")
    world.bea.expect_call().answer("様子を見に行ってください").press(9).expect("承知しました")
    sends(world, alert, "chika")
    world.chika.expect_call().does_not_answer()
    world.chika.expect_sms("訪問依頼", "203号室 緊急", "https://watch.example/c/")
    page = world.screen("aoi").get(f"/alerts/{alert}/")
    assert "電話: 見に行けないと答えた" in page
    assert "電話: 応答なし" in page
    assert world.alert(alert).state == "claimed"
    sends(world, alert, "bea")
    world.bea.expect_call("様子を見に行ってください").press(1)
    world.screen("aoi").press(alert, "close", outcome="safe_home")
    world.bea.expect_sms("終了")
    world.chika.expect_sms("終了")


def test_the_link_says_that_one_goes_and_takes_nothing(world: World) -> None:
    alert = taken_by_aoi(world)
    world.bea.does_not_answer()
    sends(world, alert, "bea")
    sms = world.bea.expect_sms("訪問依頼")
    page = sms.open_link().expect("様子を見に行ってください", "見に行きます")
    assert world.alert(alert).state == "claimed"
    page.press_button("見に行きます").expect("行くと伝えました")
    assert (world.holder(alert), world.alert(alert).state) == ("aoi", "coming")
    assert "<form" not in sms.open_link().text
    world.screen("aoi").press(alert, "close", outcome="helped")
    world.bea.expect_sms("終了")
    sms.open_link().expect("完了しています")


def test_a_colleague_without_telephone_is_asked_in_line_or_by_mail(
    database_url: str, line: LineCompany, mail: MailServer
) -> None:
    with World(database_url, providers=Providers(line=line, mail=mail)) as world:
        bea = line.account("Bea")
        world.gives("bea", phone="", line_user=bea.user)
        world.gives("chika", phone="", email="chika@worker.example")
        alert = taken_by_aoi(world)
        sends(world, alert, "bea")
        sends(world, alert, "chika")
        asked = bea.expect_message("様子を見に行ってください", "203号室")
        letter = world.company.wait_for(lambda: mail.takes("chika@worker.example", "様子を見に行ってください"))
        assert letter is not None and "https://watch.example/c/" in letter.text
        assert "担当の方に伝えました" in bea.touches(asked, "見に行きます")
        assert world.alert(alert).state == "coming"


def test_a_colleague_who_is_being_called_is_asked_when_that_call_is_over(world: World) -> None:
    first, second = taken_by_aoi(world), world.report("203", "smoke", "open")
    world.aoi.expect_sms("煙")
    world.aoi.expect_call("煙").press(4)
    ringing = world.bea.expect_call()
    sends(world, first, "bea")
    world.settle()
    assert world.bea.rang == 1
    ringing.answer("煙").press(1)
    world.aoi.expect_sms("Beaさんが引き受けました")
    world.bea.expect_call("緊急ボタン", "様子を見に行ってください").press(1)
    assert (world.holder(second), world.alert(first).state) == ("bea", "coming")


def test_nobody_is_asked_who_sleeps_or_before_somebody_has_the_alert(world: World) -> None:
    world.gives("bea", **ALWAYS_ASLEEP)
    alert = world.report("203", "leak", "open")  # in an emergency nobody sleeps
    sends(world, alert, "chika")
    world.screen("aoi").press(alert, "claim")
    sends(world, alert, "bea")
    world.screen("aoi").press(alert, "send-visitor", worker="999")
    assert "visitor_asked" not in world.history(alert)
