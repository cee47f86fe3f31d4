"""How people are reached by other ways than the telephone, what they write back, and who is left to sleep."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import InboundReply, Resident, WorkerBrowser
from backend.services import replies
from tests.phone_company.faults import Fault
from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.push_service import PushService
from tests.phone_company.town import Step
from tests.phone_company.world import PUBLIC_URL, Providers, World

AOI_MAIL = "aoi@worker.example"
ONE_CALL = (Step(("voice",), "aoi"), Step(("voice",), "bea"))


@pytest.fixture
def database_url(empty_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'world.db')}"


@pytest.fixture
def line() -> Iterator[LineCompany]:
    with LineCompany() as line:
        yield line


@pytest.fixture
def push() -> Iterator[PushService]:
    with PushService() as push:
        yield push


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as mail:
        yield mail


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with World(database_url) as world:
        yield world


def mailed(world: World, mail: MailServer, *words: str) -> str:
    """Wait for a letter to Aoi with these words; returns its text."""
    world.company.wait_until(
        lambda: any(all(word in one.subject + one.text for word in words) for one in mail.letters_to(AOI_MAIL))
    )
    return mail.letters_to(AOI_MAIL)[-1].text


# --- LINE -----------------------------------------------------------------------------------------------------------


def test_a_worker_links_their_line_and_takes_an_alert_with_its_button(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        assert "連携されていません" in aoi.writes("こんにちは")
        code = world.screen("aoi").line_code()
        assert "連携しました" in aoi.writes(f" {code.lower()} ")
        alert = world.press_emergency()
        page = aoi.expect_message("緊急", "203号室")
        assert "引き受けました" in aoi.touches(page, "引き受ける")
        assert world.holder(alert) == "aoi"
        assert ("worker:1", "line", "answered") in world.sends(alert)


def test_a_code_is_good_once_and_only_the_latest(database_url: str, line: LineCompany) -> None:
    with World(database_url, providers=Providers(line=line)) as world:
        screen = world.screen("aoi")
        first, second = screen.line_code(), screen.line_code()
        aoi, other = line.account("Aoi"), line.account("Other")
        assert "使えません" in aoi.writes(first)
        assert "連携しました" in aoi.writes(second)
        assert "使えません" in other.writes(second)
        assert "連携済み" in screen.get("/own/")
        aoi.blocks()
        assert "未連携" in screen.get("/own/")


def test_a_repeated_webhook_does_not_claim_again_what_was_released(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        alert = world.press_emergency()
        aoi.expect_message("緊急")
        aoi.writes("1")
        event = dict(line.last_event)
        assert world.holder(alert) == "aoi"
        world.screen("aoi").press(alert, "release")
        aoi.expect_message("緊急")
        assert line.tell({**event, "deliveryContext": {"isRedelivery": True}}).status_code == 200
        assert world.holder(alert) == ""
        assert line.tell(event, signature="forged").status_code == 403
        assert "引き受けました" in aoi.writes("1")


def test_what_was_written_before_the_page_does_not_claim_it(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        alert = world.press_emergency()
        aoi.expect_message("緊急")
        assert "待っている通報はありません" in aoi.writes("1", sent_ago_s=600)
        assert world.holder(alert) == ""
        aoi.writes("1")
        assert world.holder(alert) == "aoi"


def test_the_button_of_somebody_elses_message_claims_nothing(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi, bea = line.account("Aoi"), line.account("Bea")
        world.gives("aoi", line_user=aoi.user)
        world.gives("bea", line_user=bea.user)
        alert = world.press_emergency()
        page = aoi.expect_message("緊急")
        assert "待っている通報はありません" in bea.touches(page, "引き受ける")
        assert world.holder(alert) == ""
        aoi.touches(page, "引き受ける")
        assert world.holder(alert) == "aoi"


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_ERROR, Fault.DROP])
def test_a_line_message_in_doubt_is_handed_over_again_and_arrives_once(
    database_url: str, line: LineCompany, fault: Fault
) -> None:
    answer_s = 0.5 if fault is Fault.ACCEPT_THEN_HANG else 10.0
    with World(
        database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line, answer_s=answer_s)
    ) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        line.order(fault)
        world.press_emergency()
        world.pause(3)
        aoi.expect_message("緊急")
        assert len(aoi.messages) == 1
        assert (world.aoi.rang, world.aoi.texts) == (0, [])


# --- e-mail and pushes ------------------------------------------------------------------------------------------------


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
        assert len(mail.letters) == 1


def test_a_push_names_no_room_and_opens_the_link_that_claims(database_url: str, push: PushService) -> None:
    with World(database_url, steps=(Step(("push",), "aoi"),), providers=Providers(push=push)) as world:
        browser = push.browser()
        world.adds_browser("aoi", browser.subscription)
        alert = world.press_emergency()
        world.company.wait_until(lambda: bool(browser.notifications()))
        (shown,) = browser.notifications()
        assert "緊急ボタン" in shown["title"]
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


# --- one way after the other ------------------------------------------------------------------------------------------


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


# --- quiet hours ------------------------------------------------------------------------------------------------------


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


# --- contacts ---------------------------------------------------------------------------------------------------------

CONTACTS_FIRST = (Step(("voice",), contacts=("family",), wait_s=300), Step(("voice",), "bea"))


def test_the_family_is_called_in_order_and_whoever_goes_is_shown_while_the_workers_are_called(
    database_url: str,
) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001")
        daughter = world.adds_contact("Daughter", "+819022220002", may_know="cause")
        world.adds_contact("Doctor", "+819022220003", kind="doctor")
        son.does_not_answer()
        alert = world.press_emergency()
        son.expect_sms("見守り先の方", "050-1111-9999")
        call = daughter.expect_call("ひだまり居住支援", "山田花さん", "緊急ボタンが押されました")
        call.press(4).expect("使えません").press(1).expect("ありがとうございます")
        assert "contact_coming" in world.history(alert)
        assert world.alert(alert).state == "open"
        screen = world.screen("aoi")
        assert "家族が様子を見に行きます" in screen.get("/")
        assert "様子を見に行くと答えた" in screen.get(f"/alerts/{alert}/")
        world.advance(minutes=1)
        world.chika.expect_sms("未対応")
        world.advance(minutes=4)
        world.bea.expect_call("緊急").press(1)
        world.chika.expect_sms("Beaさんが引き受けました")
        world.screen("bea").press(alert, "close", outcome="helped")
        daughter.expect_sms("終わりました")


def test_a_contact_who_cannot_go_is_followed_by_the_next_at_once_and_then_by_the_workers(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001", language="vi")  # of which there are no words
        daughter = world.adds_contact("Daughter", "+819022220002")
        alert = world.press_emergency()
        daughter.expect_nothing()
        said = son.expect_call("calling for", "We would like somebody to look in")
        assert "emergency" not in " ".join(said.heard)  # more than this son may know
        said.press(9).expect("Understood")
        daughter.expect_call("ご様子の確認").press(9).expect("ほかの方に連絡します")
        world.bea.expect_call("緊急").press(1)
        assert world.history(alert).count("contact_cannot") == 2


def test_a_contact_who_may_know_nothing_is_not_reached_and_a_step_without_any_is_a_gap(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        world.adds_contact("Son", "+819022220001", may_know="nothing")
        world.adds_contact("Daughter", "")
        alert = world.press_emergency()
        world.bea.expect_call("緊急").press(1)
        assert world.alert(alert).gaps == ["step 1"]


def test_a_worker_lets_the_contacts_be_called_from_the_alerts_page(world: World) -> None:
    son = world.adds_contact("Son", "+819022220001")
    neighbour = world.adds_contact("Neighbour", "+819022220002", kind="neighbour")
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    screen = world.screen("aoi")
    screen.press(alert, "call-contacts")
    son.expect_call("ご様子の確認").press(9)
    neighbour.expect_call("ご近所の山田花さん", "ノック").press(1)
    assert "近隣が様子を見に行きます" in screen.get(f"/alerts/{alert}/")


def test_a_claim_ends_the_calls_to_contacts_that_nobody_asked_for(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001")
        daughter = world.adds_contact("Daughter", "+819022220002")
        alert = world.press_emergency()
        ringing = son.expect_call()
        world.screen("aoi").press(alert, "claim")
        ringing.does_not_answer()
        world.settle()
        assert (son.texts, daughter.rang) == ([], 0)


# --- what people write back -------------------------------------------------------------------------------------------


def test_a_worker_replies_1_and_has_the_newest_alert_that_nobody_has(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    world.bea.does_not_answer().takes_any_sms()  # while Aoi is called for the one, the other reaches the next at once
    first, second = world.press_emergency(), world.report("204", "smoke", "open")
    world.settle()
    answer = world.aoi.writes("　１ ")
    assert "204号室" in answer
    assert "引き受けました" in answer
    assert (world.holder(first), world.holder(second)) == ("", "aoi")
    assert "203号室" in world.aoi.writes("1")
    assert world.holder(first) == "aoi"
    assert "待っている通報はありません" in world.aoi.writes("1")


@pytest.mark.parametrize(
    ("language", "unclear", "coming", "cause"),
    [
        ("ja", "見に行ける方は1", "ありがとうございます", "緊急ボタン"),
        ("en", "Reply 1 if you can go", "Thank you", "EMERGENCY"),
    ],
)
@pytest.mark.parametrize("may_know", ["concern", "cause"])
def test_a_contact_who_writes_back_is_told_what_they_may_know_and_never_where(
    database_url: str, language: str, unclear: str, coming: str, cause: str, may_know: str
) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001", language=language, may_know=may_know)
        son.does_not_answer().takes_any_sms()
        alert = world.press_emergency()
        world.settle()
        answers = [son.writes("4"), son.writes("1")]
        assert unclear in answers[0]
        assert coming in answers[1]
        assert (cause in answers[1]) == (may_know == "cause")
        assert "203" not in "".join(answers)
        assert "contact_coming" in world.history(alert)


@pytest.mark.parametrize(
    ("language", "unclear", "thanks"),
    [("ja", "だいじょうぶなら、1を", "あんしんしました"), ("en", "If you are all right", "glad to hear")],
)
def test_a_resident_who_writes_back_is_answered_in_plain_words_without_the_alert(
    world: World, language: str, unclear: str, thanks: str
) -> None:
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        session.scalars(select(Resident)).one().language = language
    world.hana.does_not_answer().takes_any_sms()
    world.silence()
    world.advance(minutes=2)
    answers = [world.hana.writes("4"), world.hana.writes("1")]
    assert unclear in answers[0]
    assert thanks in answers[1]
    assert not any(leak in "".join(answers) for leak in ("203", "動きなし", "no movement"))


def test_a_reply_that_the_provider_brings_twice_counts_once_and_is_answered_alike(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    alert = world.press_emergency()
    world.settle()
    answer = world.aoi.writes("1")
    sid = world.company.last_inbound
    world.screen("aoi").press(alert, "release")
    world.settle()
    assert world.aoi.writes("1", sid=sid) == answer
    assert world.holder(alert) == ""
    assert world.aoi.writes("9").startswith("【灯】203号室 緊急ボタン：承知しました")
    world.bea.expect_call("緊急").press(1)


def test_a_reply_with_other_words_says_what_can_be_written(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    alert = world.press_emergency()
    world.settle()
    assert "1、次の人へは4" in world.aoi.writes("行きます！")
    assert world.holder(alert) == ""
    world.aoi.writes("1")


def test_a_number_that_two_of_the_called_share_is_not_guessed_at(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    world.gives("bea", phone=world.aoi.number)
    alert = world.press_emergency()
    world.advance(minutes=1)
    world.chika.expect_sms("未対応")
    assert "複数" in world.aoi.writes("1")
    assert world.holder(alert) == ""
    world.screen("bea").press(alert, "claim")
    world.chika.expect_sms("引き受けました")


def test_a_reply_from_a_number_nobody_knows_is_counted_shown_and_not_answered(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    alert = world.press_emergency()
    world.settle()
    assert world.phone("Stranger", "+819099990042").writes("1") == ""
    assert world.holder(alert) == ""
    page = world.screen("chika").get("/gateways/")
    assert "知らない番号からの返信" in page
    assert "0042" in page
    assert "+819099990042" not in page
    world.aoi.writes("1")


def test_a_flood_from_strangers_fills_no_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "STRANGERS_KEPT", 2)
    stranger = world.phone("Stranger", "+819099990042")
    for _ in range(5):
        stranger.writes("1")
    with world.store.system_session() as session:
        assert len(session.scalars(select(InboundReply)).all()) == 2


def test_a_forged_reply_is_refused(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    alert = world.press_emergency()
    world.settle()
    assert world.aoi.writes("1", signature="forged") == "403"
    assert world.holder(alert) == ""
    world.aoi.writes("1")


def test_a_resident_who_missed_the_call_may_write_that_all_is_well(world: World) -> None:
    world.hana.does_not_answer()
    alert = world.silence()
    world.advance(minutes=2)
    world.hana.expect_sms("だいじょうぶですか")
    assert "あんしんしました" in world.hana.writes("1")
    assert world.alert(alert).outcome == "answered"


# --- one's own phone --------------------------------------------------------------------------------------------------


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
        assert [one["title"] for one in browser.notifications()] == ["【灯】試験"]
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
