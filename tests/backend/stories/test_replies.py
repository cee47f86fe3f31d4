"""What workers, contacts, residents and strangers write back."""

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import InboundReply, Resident
from backend.services import replies
from tests.phone_company.town import Step
from tests.phone_company.world import World


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
    with World(database_url, steps=(Step(("voice",), contacts=("family",), wait_s=300),)) as world:
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
    world.aoi.does_not_answer(calls=2).takes_any_sms()
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
    world.aoi.does_not_answer(calls=2).takes_any_sms()
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
