"""Whoever calls or writes to the service number is heard: by a key, or by somebody who calls back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from contract.reports import LONGEST_ABSENCE_S
from sqlalchemy import select

from backend.adapters.store.schema import (
    Absence,
    Alert,
    Audit,
    Building,
    CallIn,
    GatewayCommand,
    Organisation,
    Resident,
    SafetyCheck,
    Tenancy,
    Unit,
    Worker,
)
from backend.cli import main
from backend.core.clocks import instant
from backend.services.absences import begin
from backend.services.actors import acting
from tests.phone_company.phone import Phone
from tests.phone_company.town import HANA
from tests.phone_company.world import World, now_of

STRANGER = "+819099990042"
THE_OTHERS = "+815011118888"
TOKYO = ZoneInfo("Asia/Tokyo")


def cases(world: World) -> list[Alert]:
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        return list(session.scalars(select(Alert).where(Alert.kind == "call_in").order_by(Alert.id)))


def case(world: World) -> Alert:
    (found,) = cases(world)
    return found


def absences(world: World) -> list[tuple[str, bool]]:
    """The kinds of absence, with whether each runs."""
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        return [(one.kind, one.ended_at is None) for one in session.scalars(select(Absence).order_by(Absence.id))]


def last_days(world: World) -> list[date]:
    """The last day of each absence."""
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        ends = [one.until for one in session.scalars(select(Absence).order_by(Absence.id))]
        return [(end - timedelta(seconds=1)).astimezone(TOKYO).date() for end in ends if end is not None]


def checks(world: World) -> list[tuple[str, str]]:
    with world.store.session(world.town.organisation_id) as session:
        return [(one.state, one.method) for one in session.scalars(select(SafetyCheck))]


def told_the_gateway(world: World) -> list[str]:
    with world.store.session(world.town.organisation_id) as session:
        return [row.body for row in session.scalars(select(GatewayCommand)) if "absence" in row.kind]


def aoi_takes_it(world: World, *words: str) -> None:
    """Nobody but her has to be told, since she is the first."""
    world.aoi.expect_sms(*words)
    world.aoi.expect_call("電話がありました").press(1).expect("受け付けました")
    world.settle()


def stranger(world: World, number: str = STRANGER) -> Phone:
    return world.phone("Stranger", number)


def test_a_resident_says_by_keys_that_she_is_away_and_back_and_nobody_is_called_out(either_world: World) -> None:
    world = either_world
    call = world.hana.calls_in().expect("ともしび", "1を", "2を", "3を", "4を", "0を")
    assert case(world).state == "asking"
    call.press(2).expect("おでかけ", "あしたの よるまで", "きろくしました")
    assert call.over
    world.settle()
    assert absences(world) == [("away", True)]
    assert (case(world).state, case(world).outcome) == ("closed", "told")
    assert "said_where" in world.history(case(world).id)
    world.hana.calls_in().press("3").expect("おかえりなさい")
    assert absences(world) == [("away", False)]
    assert len(told_the_gateway(world)) == 2
    world.advance(hours=1)


def test_a_resident_in_hospital_is_back_by_the_same_key(world: World) -> None:
    world.hana.calls_in().press(4).expect("にゅういん", "2しゅうかん", "おだいじに")
    assert absences(world) == [("hospital", True)]
    world.hana.calls_in().press(3)
    assert absences(world) == [("hospital", False)]


def test_1_is_a_sign_that_she_is_well_also_where_nothing_asks_and_turns_no_watch_off(world: World) -> None:
    world.hana.calls_in().press(1).expect("あんしんしました")
    assert (case(world).state, case(world).outcome) == ("closed", "told")
    assert checks(world) == [("done", "call")]
    assert absences(world) == []


def test_1_answers_what_asks_in_her_home_and_only_whom_our_call_asks(world: World) -> None:
    alert = world.silence()
    other = world.silence("204")
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        jiro = Resident(name="次郎", phone="+819011110205")
        session.add(jiro)
        session.flush()
        unit_id = session.scalars(select(Unit.id).where(Unit.ref == "203")).one()
        session.add(Tenancy(unit_id=unit_id, resident_id=jiro.id, since=now_of(world.clock)))
    world.phone("Jiro", "+819011110205").calls_in().press(1)
    assert world.alert(alert).state == "asking", "who is well elsewhere says nothing of who may lie at home"
    world.hana.calls_in().press(1).expect("あんしんしました")
    assert world.alert(alert).outcome == "answered"
    assert world.alert(other).state == "asking"
    world.screen("aoi").press(other, "claim")


def test_1_ends_no_emergency_and_only_shows_in_one_that_somebody_has(world: World) -> None:
    emergency, alert = world.press_emergency(), world.silence()
    for each in (emergency, alert):
        world.screen("aoi").press(each, "claim")
    world.hana.calls_in().press(1)
    assert [world.alert(each).state for each in (emergency, alert)] == ["claimed", "claimed"]
    assert "answered" in world.history(alert)
    assert "answered" not in world.history(emergency)


def test_an_absence_begun_by_a_key_ends_by_itself(world: World) -> None:
    world.hana.calls_in().press(2)
    world.hana.calls_in().press(4)
    today = now_of(world.clock).astimezone(TOKYO).date()
    assert last_days(world) == [today + timedelta(days=1), today + timedelta(days=14)]


@pytest.mark.parametrize("days", [None, 30])
def test_a_longer_absence_that_a_worker_entered_is_left_as_it_is(world: World, days: int | None) -> None:
    now = now_of(world.clock)
    until = None if days is None else now + timedelta(days=days)
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        aoi = session.get_one(Worker, world.town.workers["aoi"])
        unit_id = session.scalars(select(Unit.id).where(Unit.ref == "203")).one()
        begin(session, unit_id, "away", acting(aoi, "web"), since=now, until=until, note="旅行", now=now)
    world.hana.calls_in().press(2).expect("まえから きろくして あります")
    assert "まえから" in world.hana.writes("外出")
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        (one,) = session.scalars(select(Absence))
        assert (one.until, one.note) == (until or now + timedelta(seconds=LONGEST_ABSENCE_S["away"]), "旅行")


def test_a_resident_is_spoken_to_in_her_language(world: World) -> None:
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        session.scalars(select(Resident)).one().language = "en"
    call = world.hana.calls_in().expect("If you are all right, press 1", "If you are going out, press 2")
    assert call.languages == {"en-US"}
    call.press(2).expect("we have noted it until tomorrow night")


@pytest.mark.parametrize("key", ["0", "7", "#", "*"])
def test_any_other_key_calls_somebody_out_before_the_answer_is_given(world: World, key: str) -> None:
    call = world.hana.calls_in().press(key).expect("おりかえし")
    assert (case(world).state, case(world).priority) == ("open", "P2")
    due, opened = case(world).claim_due_at, case(world).opened_at
    assert due is not None and opened is not None
    assert (due - opened).total_seconds() == 180
    assert call.over
    aoi_takes_it(world, "203", "本人から電話", "0203")


def test_silence_in_the_menu_calls_somebody_out(world: World) -> None:
    world.hana.calls_in().says_nothing().expect("おりかえし")
    aoi_takes_it(world, "203")


def test_whoever_puts_the_phone_down_in_the_menu_is_called_back(either_world: World) -> None:
    world = either_world
    world.hana.calls_in().hangs_up()
    aoi_takes_it(world, "203", "本人から電話")


def test_a_provider_that_never_says_that_the_call_is_over_loses_no_case(world: World) -> None:
    world.hana.calls_in().hangs_up(told=False)
    world.settle()
    world.aoi.expect_nothing()
    world.advance(minutes=1)
    aoi_takes_it(world, "203")


def test_a_worker_who_looks_may_take_the_case_while_the_caller_is_in_the_menu(world: World) -> None:
    call = world.hana.calls_in()
    world.screen("aoi").press(case(world).id, "claim")
    call.press(0).expect("おりかえし")
    world.advance(minutes=2)
    assert world.holder(case(world).id) == "aoi"


def test_a_key_that_comes_late_still_counts_and_those_who_were_told_hear_of_it(world: World) -> None:
    world.aoi.does_not_answer()
    call = world.hana.calls_in()
    world.advance(minutes=1)
    world.aoi.expect_sms("本人から電話")
    call.press(3).expect("おかえりなさい")
    world.aoi.expect_sms("電話で知らせました")
    assert case(world).outcome == "told"


def test_a_repeated_request_makes_no_second_case_and_a_second_key_changes_nothing(either_world: World) -> None:
    world = either_world
    call = world.hana.calls_in()
    world.hana.calls_in(sid=call.sid).expect("1を")
    assert len(cases(world)) == 1
    call.press(2)
    again = world.company.request(f"{call.address}/keys", call.form | {"Digits": "4"})
    assert "おでかけ" in again.text
    world.hana.calls_in(sid=call.sid).expect("おでかけ")
    assert absences(world) == [("away", True)]
    assert len(cases(world)) == 1
    world.advance(hours=1)


def test_the_same_call_brought_several_times_at_once_is_one_case(either_world: World) -> None:
    world = either_world
    call = world.hana.calls_in()
    form = call.form | {"CallSid": "CA" + "e" * 32}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: world.company.request(call.address, form), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(cases(world)) == 2
    with ThreadPoolExecutor(4) as threads:
        pressed = form | {"Digits": "2"}
        answers = list(threads.map(lambda _: world.company.request(f"{call.address}/keys", pressed), range(4)))
    assert all("おでかけ" in answer.text for answer in answers)
    assert absences(world) == [("away", True)]
    call.press(3)


def test_a_key_after_the_case_was_opened_settles_nothing_any_more(world: World) -> None:
    call = world.hana.calls_in().press(0)
    again = world.company.request(f"{call.address}/keys", call.form | {"Digits": "2"})
    assert "おりかえし" in again.text
    assert absences(world) == []
    aoi_takes_it(world, "203")


def test_forged_calls_and_keys_and_keys_of_no_call_are_refused(world: World) -> None:
    address = "https://watch.example/twilio/voice/inbound"
    form = {"CallSid": "CA1", "From": HANA, "To": "+815011110000", "CallStatus": "ringing", "Digits": "1"}
    for path in ("", "/keys", "/status"):
        assert world.company.request(address + path, form, signature="forged").status_code == 403
    assert world.company.request(address + "/keys", form).status_code == 404
    assert world.company.request(address + "/status", form | {"CallStatus": "completed"}).status_code == 404
    assert world.company.request(address, {"From": HANA}).status_code == 400
    assert cases(world) == []


def test_a_contact_is_called_back_about_the_residents_home_and_turns_no_watch_off(world: World) -> None:
    daughter = world.adds_contact("山田 桜", "+819022220001")
    call = daughter.calls_in().expect("おりかえし")
    assert call.over
    aoi_takes_it(world, "203", "家族等から電話", "0001")
    page = world.screen("aoi").get(f"/alerts/{case(world).id}/")
    for shown in ("山田 桜", "家族", "090-2222-0001", 'href="tel:+819022220001"', "ひだまり荘 203", "随時の通報"):
        assert shown in page
    assert absences(world) == []


def test_the_page_of_a_residents_call_says_who_where_and_what_number(world: World) -> None:
    world.hana.calls_in().press(0)
    aoi_takes_it(world, "203")
    page = world.screen("aoi").get(f"/alerts/{case(world).id}/")
    for shown in ("山田花", "090-1111-0203", f'href="tel:{HANA}"', "折り返し電話する"):
        assert shown in page


def test_a_number_that_is_nobodys_becomes_a_case_without_a_place(either_world: World) -> None:
    world = either_world
    stranger(world).calls_in().expect("おりかえし")
    found = case(world)
    assert (found.unit_id, found.state) == (None, "open")
    sms = world.aoi.expect_sms("登録外から電話", "0042")
    assert "ひだまり荘" not in sms.text
    world.aoi.expect_call("登録のない番号から電話").press(1)
    page = world.screen("aoi").get(f"/alerts/{found.id}/")
    assert "090-9999-0042" in page
    assert "ひだまり荘" not in page
    board = world.screen("aoi").get("/")
    assert "場所不明" in board
    assert "随時の通報" in board


def test_a_foreign_number_that_is_nobodys_hears_english(world: World) -> None:
    stranger(world, "+447700900123").calls_in().expect("call you back")
    world.aoi.expect_sms("登録外から電話")
    world.aoi.expect_call("電話がありました").press(1)


def test_a_withheld_number_is_a_case_and_is_told_that_nobody_can_call_back(world: World) -> None:
    world.hana.calls_in(withheld=True).expect("ばんごうを つうちして")
    assert case(world).unit_id is None
    world.aoi.expect_sms("登録外から電話")
    world.aoi.expect_call("非通知").press(1)
    assert "非通知のため、折り返せません" in world.screen("aoi").get(f"/alerts/{case(world).id}/")


def test_a_worker_who_calls_back_is_told_where_to_look_and_calls_nobody_out(
    world: World,
) -> None:
    world.aoi.calls_in().expect("画面かメッセージのリンク")
    world.fallback.calls_in().expect("画面かメッセージのリンク")
    assert cases(world) == []


def test_a_persons_call_is_never_a_part_of_a_storm(world: World) -> None:
    world.aoi.does_not_answer().takes_any_sms()
    for n in range(9):
        stranger(world, f"+8190999901{n:02}").calls_in()
    world.settle()
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        assert session.scalars(select(Alert).where(Alert.kind == "storm")).all() == []
    for each in cases(world):
        world.screen("aoi").press(each.id, "claim")


# --- several organisations ------------------------------------------------------------------------------------------


def another_organisation(world: World, service_number: str = THE_OTHERS) -> int:
    with world.store.system_session() as session:
        made = Organisation(name="となり", service_number=service_number, created_at=instant(world.clock.now()))
        session.add(made)
        session.flush()
        organisation_id = made.id
    with world.store.session(organisation_id) as session:
        session.add(Building(name="となり荘"))
    return organisation_id


def test_an_operator_says_whose_number_it_is_and_two_cannot_share_one(world: World) -> None:
    another_organisation(world, service_number="")

    def say(organisation_id: int, number: str) -> tuple[int, str]:
        environment = {"TOMOSHIBI_DATABASE_URL": world.config.database_url, "TOMOSHIBI_SECRET_KEY": "x" * 32}
        found = CliRunner().invoke(main, ["service-number", str(organisation_id), number], env=environment)
        return found.exit_code, found.output

    own = world.town.organisation_id
    assert say(own, "050-1111-8888") == (0, f"ひだまり居住支援 {THE_OTHERS}\n")
    assert "another organisation" in say(own + 1, THE_OTHERS)[1]
    assert say(own + 9, THE_OTHERS)[0] == 1
    assert "no phone number" in say(own, "soon")[1]
    stranger(world).calls_in(called=THE_OTHERS)
    world.aoi.expect_sms("登録外から電話")
    world.aoi.expect_call("電話がありました").press(1)


def test_the_organisation_whose_number_was_called_answers_for_nobodys_number(world: World) -> None:
    other = another_organisation(world)
    stranger(world).calls_in(called=THE_OTHERS).expect("おりかえし")
    assert cases(world) == []
    with world.store.session(other, viewer="system:test") as session:
        assert [one.kind for one in session.scalars(select(Alert))] == ["call_in"]


def test_a_resident_who_calls_another_organisations_number_is_nobody_there(world: World) -> None:
    other = another_organisation(world)
    world.hana.calls_in(called=THE_OTHERS).expect("おりかえし")
    with world.store.session(other, viewer="system:test") as session:
        assert [one.people for one in session.scalars(select(CallIn))] == [[]]


def test_a_resident_who_calls_the_number_that_calls_everybody_reaches_her_own(world: World) -> None:
    another_organisation(world)
    world.hana.calls_in().press(2).expect("おでかけ")
    assert absences(world) == [("away", True)]


def test_a_call_that_could_be_for_several_is_shown_to_none_and_told_so(world: World) -> None:
    another_organisation(world)
    stranger(world).calls_in().expect("うけつけられませんでした", "could not take your call")
    assert cases(world) == []
    page = world.screen("chika").get("/gateways/")
    assert "0042" in page


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"), [("外出", "away"), (" 入院。", "hospital"), ("Away", "away"), ("ｈｏｓｐｉｔａｌ", "hospital")]
)
def test_a_single_word_from_a_resident_is_written_down_and_answered(world: World, text: str, kind: str) -> None:
    assert "きろくしました" in world.hana.writes(text)
    assert absences(world) == [(kind, True)]
    assert "おかえりなさい" in world.hana.writes("帰宅")
    assert absences(world) == [(kind, False)]
    world.advance(hours=1)


@pytest.mark.parametrize("text", ["無事", "OK"])
def test_a_word_that_all_is_well_is_the_answer_as_well(world: World, text: str) -> None:
    alert = world.silence()
    assert "あんしんしました" in world.hana.writes(text)
    assert world.alert(alert).outcome == "answered"
    assert absences(world) == []


def test_a_mere_1_answers_before_our_call_was_made_and_a_repeated_one_is_answered_the_same(world: World) -> None:
    alert = world.silence()
    answer = world.hana.writes("1")
    assert "あんしんしました" in answer
    assert world.alert(alert).outcome == "answered"
    assert world.hana.writes("1", sid=world.company.last_inbound) == answer
    assert "おへんじは いりません" in world.hana.writes("1")
    assert cases(world) == []


def test_any_other_text_is_a_case_with_its_words_on_the_page_alone(
    either_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = either_world
    caplog.set_level(logging.DEBUG)
    words = "外出したいが <b>むねがくるしい</b>"
    assert "うけつけました" in world.hana.writes(words)
    sms = world.aoi.expect_sms("203", "本人からSMS")
    assert "くるしい" not in sms.text
    call = world.aoi.expect_call("SMSが届きました").press(1)
    assert not any("くるしい" in said for said in call.heard)
    page = world.screen("aoi").get(f"/alerts/{case(world).id}/")
    assert "外出したいが &lt;b&gt;むねがくるしい&lt;/b&gt;" in page
    assert "くるしい" not in caplog.text
    with world.store.system_session() as session:
        readers = {row.who for row in session.scalars(select(Audit)) if any("call_in:" in one for one in row.subjects)}
    assert "worker:1" in readers


def test_a_text_that_the_provider_brings_twice_is_one_case_with_the_same_answer(either_world: World) -> None:
    world = either_world
    answer = world.hana.writes("たすけて")
    assert world.hana.writes("たすけて", sid=world.company.last_inbound) == answer
    assert len(cases(world)) == 1
    world.aoi.expect_sms("本人からSMS")
    world.aoi.expect_call("SMSが届きました").press(1)


def test_a_cry_for_help_while_she_is_being_asked_is_no_reply_but_a_case(world: World) -> None:
    world.hana.does_not_answer().takes_any_sms()
    alert = world.silence()
    world.advance(minutes=2)
    assert "うけつけました" in world.hana.writes("たすけて")
    world.aoi.expect_sms("本人からSMS")
    world.aoi.expect_call("SMSが届きました").press(1)
    assert "あんしんしました" in world.hana.writes("1")
    assert world.alert(alert).outcome == "answered"


def test_a_text_from_nobody_we_know_is_a_case_and_gets_no_sms(world: World) -> None:
    assert stranger(world).writes("山田さんはいますか") == ""
    world.aoi.expect_sms("登録外からSMS", "0042")
    world.aoi.expect_call("登録のない番号からSMS").press(1)
    assert "山田さんはいますか" in world.screen("aoi").get(f"/alerts/{case(world).id}/")


def test_a_single_word_from_a_contact_is_a_case(world: World) -> None:
    daughter = world.adds_contact("山田 桜", "+819022220001")
    assert "うけつけました" in daughter.writes("入院")
    assert absences(world) == []
    world.aoi.expect_sms("家族等からSMS")
    world.aoi.expect_call("SMSが届きました").press(1)


def test_a_sender_with_a_name_in_place_of_a_number_is_no_caller(world: World) -> None:
    assert stranger(world, "DOCOMO").writes("キャンペーンのお知らせ") == ""
    assert cases(world) == []


def test_what_a_number_writes_while_its_case_waits_stands_in_that_case(either_world: World) -> None:
    world = either_world
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: world.hana.writes(f"たすけて {n}", sid=f"SM{'e' * 31}{n}"), range(4)))
    assert all("うけつけました" in answer for answer in answers)
    first = case(world).id
    assert world.history(first).count("called_again") == 3
    screen = world.screen("aoi")
    page = screen.get(f"/alerts/{first}/")
    assert page.count("同じ番号からまた連絡があった") == 3
    assert all(f"たすけて {n}" in page for n in range(4))
    world.hana.writes("外出")
    assert [each.state for each in cases(world)] == ["open", "closed"], "a word settles as ever"
    screen.press(first, "claim")
    world.hana.writes("まだですか")
    assert [each.state for each in cases(world)] == ["claimed", "closed", "open"]
    screen.press(cases(world)[2].id, "claim")


def test_a_number_without_a_menu_that_calls_again_is_no_second_case(world: World) -> None:
    for _ in range(2):
        stranger(world).calls_in().expect("おりかえし")
    assert world.history(case(world).id).count("called_again") == 1
    for _ in range(2):
        world.hana.calls_in(withheld=True)
    assert len(cases(world)) == 3, "those who hide their number may be different people"
    for each in cases(world):
        world.screen("aoi").press(each.id, "claim")


def test_a_forged_text_is_refused(world: World) -> None:
    assert world.hana.writes("たすけて", signature="forged") == "403"
    assert cases(world) == []
