"""The page of an alert: what is seen in ten seconds, and what can be pressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, Gateway, Worker
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import supervision
from backend.web.frame import EXTENSION
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, press, token_of
from tests.backend.web.town import Town
from tests.fakes import Clock


def test_the_alert_page_holds_the_first_ten_seconds(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.live("102", clock.now(), ago_s=7800), reporting.inactivity("102", clock.now() - 7800))
    page = aoki.get("/alerts/1/").text
    for text in (
        "鈴木 正一", "すずき しょういち", "78歳", "102号室", "糖尿病（インスリン）", "玄関に段差", "管理室の金庫 3段目",
        "緊急時のみ", "長女 由美", "隣室 山本", "090-3333-0001", "限度 1時間55分", "最長 1時間10分", "58日の記録",
        "すべて正常", "25.8℃", "WBGT", "在宅", "本人へ電話 2回", "引き受ける",
    ):  # fmt: skip
        assert text in page, text


def test_a_stay_in_the_bathroom_is_not_said_to_be_without_movement(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.live("102", clock.now(), ago_s=600), reporting.bathroom("102", clock.now()))
    page = aoki.get("/alerts/1/").text
    for text in (
        "浴室・トイレから出ない",
        "（浴室）",
        "<dt>浴室・トイレ</dt>",
        "限度 1時間40分",
        "最長 1時間10分",
        "未対応",
    ):
        assert text in page, text
    assert "<dt>動きなし</dt>" not in page
    assert "この時間帯は" not in page


@pytest.mark.parametrize(
    ("kind", "name", "measured"),
    [("water_running", "水が出たまま", "水が出たまま"), ("no_water", "水を使っていない", "水の使用なし")],
)
def test_water_is_shown_by_its_own_measure(
    aoki: FlaskClient, send: Send, clock: Clock, kind: Literal["water_running", "no_water"], name: str, measured: str
) -> None:
    send(reporting.live("102", clock.now(), ago_s=600), reporting.water("102", clock.now(), kind))
    page = aoki.get("/alerts/1/").text
    for text in (name, f"<dt>{measured}</dt>", "限度 1時間40分", "最長 1時間10分", "2時間0分の水。"):
        assert text in page, text
    assert "<dt>動きなし</dt>" not in page
    assert "この時間帯は" not in page


@pytest.mark.parametrize(
    "number, pressed, says",
    [
        ("119", True, "救急です。"),
        ("110", True, "安否が分かりません"),
        ("119", False, "救急です。"),
        ("110", False, "安否が分かりません"),
    ],
)
def test_each_script_says_what_it_is_about_where_who_and_how_to_get_in(
    aoki: FlaskClient, send: Send, clock: Clock, number: str, says: str, *, pressed: bool
) -> None:
    send((reporting.emergency if pressed else reporting.inactivity)("102", clock.now()))
    page = aoki.get(f"/alerts/1/{number}").text
    for text in (
        f"{number}番の読み上げ",
        says,
        "102",
        "鈴木 正一",
        "78歳",
        "糖尿病（インスリン）",
        "管理室の金庫 3段目",
    ):
        assert text in page, text
    assert ("現地で確認してから" in page) != pressed


def test_looking_at_an_alert_is_written_down(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    aoki.get("/alerts/1/")
    with store.reading(here.organisation_id) as session:
        seen = session.scalars(select(Audit).where(Audit.what == "alert 1")).all()
    assert seen[-1].who == f"worker:{here.workers['aoki']}"
    assert "resident:1" in seen[-1].subjects


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database about workers meanwhile."""
    engine, said = app.extensions[EXTENSION].store.engine, list[str]()

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM worker" in statement or "JOIN worker" in statement:
            said.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    yield said
    event.remove(engine, "before_cursor_execute", hear)


def test_whom_to_send_stands_on_the_page_of_a_taken_alert_and_costs_the_same_among_many(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    assert "に行ってもらう" not in aoki.get("/alerts/1/").text
    page = press(aoki, 1, "claim")
    assert "馬場 健 に行ってもらう" in page
    assert "青木 さくら に行ってもらう" not in page, "oneself"
    with statements(app) as among_few:
        aoki.get("/alerts/1/")
    with store.session(here.organisation_id) as session:
        for n in range(30):
            more = {"quiet_since": "00:01", "quiet_until": "00:00"} if n % 2 else {}
            session.add(
                Worker(login=f"w{n}", name=f"支援員{n}", role="worker", phone="+819011112222", password_hash="", **more)
            )
    with statements(app) as among_many:
        assert "支援員8 に行ってもらう" in aoki.get("/alerts/1/").text
    assert len(among_many) == len(among_few)


def test_calls_made_by_hand_stand_in_the_timeline(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    page = press(aoki, 1, "called", who="resident:1", result="no_answer")
    assert "出なかった" in page
    page = press(aoki, 1, "called", who="contact:1", result="reached")
    assert page.count("話せた") > 3  # three buttons, and what was said


def test_somebody_elses_contact_cannot_be_logged(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    headers = {"X-CSRFToken": token_of(aoki.get("/"))}
    answer = aoki.post("/alerts/1/called", data={"who": "resident:2", "result": "reached"}, headers=headers)
    assert answer.status_code == 422


def test_what_people_write_is_shown_as_text(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    page = press(aoki, 1, "note", text="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_an_absence_is_recorded_from_the_alert(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    assert "入院" in press(aoki, 1, "absence", absence="hospital-0")
    assert ">入院の連絡あり<" in aoki.get("/units/").text


def test_a_stay_in_hospital_is_ended_where_it_is_shown(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    page = press(aoki, 1, "absence", absence="hospital-0")
    assert "戻られました" in page
    assert "戻られました" not in press(aoki, 1, "back", away="1")
    assert "入院の連絡あり" not in aoki.get("/units/").text


def test_an_alert_of_a_whole_building_has_a_name_and_only_buttons_that_work(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    now = instant(clock.now())
    with store.session(here.organisation_id) as session:
        gateway = session.get_one(Gateway, here.gateway_id)
        gateway.last_seen_at = gateway.last_seen_real_at = now
    supervision.watch_gateways(store, now=now, real_now=now + timedelta(minutes=2), limits=Limits())
    page = aoki.get("/alerts/1/").text
    assert '<h1><span class="full-name">ひだまり荘</span></h1>' in page
    assert "自動音声で本人に電話" not in page
    assert 'id="absence"' not in page
    assert '<a href="/alerts/1/" id="open-1"><span class="full-name">ひだまり荘</span></a>' in aoki.get("/").text


def test_a_note_can_be_written_when_closing_and_need_not(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()), reporting.emergency("102", clock.now()))
    for alert_id in (1, 2):
        press(aoki, alert_id, "claim")
    assert "玄関で話せた" in press(aoki, 1, "close", outcome="safe_home", note=" 玄関で話せた ")
    assert "メモ: " not in press(aoki, 2, "close", outcome="safe_home")


def test_a_resident_who_was_spoken_to_has_been_checked_on(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    press(aoki, 1, "called", who="resident:2", result="no_answer")
    assert "✓ 済み" not in aoki.get("/alerts/1/").text
    press(aoki, 1, "called", who="resident:2", result="reached")
    assert "✓ 済み" in aoki.get("/alerts/1/").text


@pytest.mark.parametrize(
    ("actions", "guide"),
    [
        ([], "引き受けて、本人に電話"),
        (["claim"], "本人に電話。出なければ"),
        (["claim", "coming"], "着いたら「到着しました」を押す"),
        (["claim", "coming", "arrived"], "結果を選んで完了"),
    ],
)
def test_the_alert_page_says_what_to_do_next(
    aoki: FlaskClient, send: Send, clock: Clock, actions: list[str], guide: str
) -> None:
    send(reporting.emergency("101", clock.now()))
    for action in actions:
        press(aoki, 1, action)
    assert guide in aoki.get("/alerts/1/").text
