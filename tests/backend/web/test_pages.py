"""The pages: who gets in, what they see, what they can press."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, Gateway, Notification, SafetyCheck, Unit, Worker
from backend.app import OPEN_TO_ANYONE
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import checks, directory, heartbeats, supervision
from backend.web import words
from backend.web.fragments import Fragments
from backend.web.pages.language import within
from backend.web.views import timeline
from tests.backend.web import reporting, town
from tests.backend.web.conftest import Send, sign_in, token_for, token_of
from tests.backend.web.town import Town
from tests.fakes import Clock

WEB = Path(__file__).parents[3] / "backend/web"


def press(client: FlaskClient, alert_id: int, action: str, **fields: str) -> str:
    """Press a button as htmx does; returns the new fragment."""
    headers = {"X-CSRFToken": token_for(client), "HX-Request": "true"}
    answer = client.post(f"/alerts/{alert_id}/{action}", data={"view": "alert", **fields}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


# --- getting in -------------------------------------------------------------------------------------------------------


def test_every_page_asks_for_a_sign_in_unless_it_is_meant_to_be_open(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if {rule.endpoint, rule.endpoint.split(".")[0]} & OPEN_TO_ANYONE:
            continue
        path = re.sub("<[^>]+>", "1", str(rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            assert answer.status_code in (302, 400, 401), (method, path, answer.status_code)
            assert "佐藤" not in answer.text


def test_the_right_password_leads_to_the_page_that_was_asked_for(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/units/")
    assert answer.headers["Location"] == "/sign-in?next=/units/"
    assert sign_in(client, next="/units/").headers["Location"] == "/units/"


@pytest.mark.parametrize("password", ["", "wrong", town.PASSWORD + "x", "x" * 5000])
def test_a_wrong_password_lets_nobody_in(app: Flask, password: str) -> None:
    client = app.test_client()
    assert sign_in(client, password=password).status_code == 401
    assert client.get("/").status_code == 302


def test_passwords_cannot_be_tried_without_end(app: Flask) -> None:
    client = app.test_client()
    statuses = [sign_in(client, password="wrong").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert sign_in(client).status_code == 429
    assert sign_in(app.test_client(), "baba").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\t/evil.example"],
)
def test_a_sign_in_leads_to_no_other_site(app: Flask, address: str) -> None:
    assert within(address) == "/"
    assert sign_in(app.test_client(), next=address).headers["Location"] == "/"


def test_a_form_without_its_token_is_refused(app: Flask, aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    assert app.test_client().post("/sign-in", data={"login": "aoki", "password": town.PASSWORD}).status_code == 400
    for path in ("/sign-out", "/language", "/alerts/1/claim"):
        assert aoki.post(path, headers={"HX-Request": "true"}).status_code == 400
    assert 'id="claim-1"' in aoki.get("/alerts/1/").text


def test_a_changed_password_ends_every_session(aoki: FlaskClient, store: Store, here: Town) -> None:
    assert aoki.get("/").status_code == 200
    with store.session(here.organisation_id) as session:
        session.get_one(Worker, here.workers["aoki"]).password_hash = "scrypt:another"
    assert aoki.get("/").status_code == 302


def test_a_worker_who_has_left_is_let_in_no_more(aoki: FlaskClient, store: Store, here: Town) -> None:
    with store.session(here.organisation_id) as session:
        session.get_one(Worker, here.workers["aoki"]).active = False
    assert aoki.get("/").status_code == 302


def test_every_answer_forbids_inline_script_and_framing(aoki: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/nothing", "/api/v1/nothing", "/static/js/live.js", "/healthz"):
        headers = aoki.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert aoki.get("/").headers["Cache-Control"] == "no-store"


def test_the_session_cookie_cannot_be_read_by_scripts(app: Flask) -> None:
    cookie = sign_in(app.test_client()).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_the_board_is_in_the_order_in_which_things_must_be_done(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    now = clock.now()
    send(reporting.battery("103", now), reporting.inactivity("102", now - 7800), reporting.emergency("101", now))
    send(reporting.inactivity("203", now - 7000, stage="asking", ask_until=now + 120, open_at=now + 360))
    page = aoki.get("/").text
    found = [page.index(name) for name in ("佐藤 ハル", "鈴木 正一", "Maria Santos", "渡辺 文子")]
    assert found == sorted(found)


def test_a_claim_shows_who_has_it_on_everybodys_board(app: Flask, aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    press(aoki, 1, "claim")
    baba = app.test_client()
    sign_in(baba, "baba")
    assert "青木 さくら" in baba.get("/").text
    assert "青木 さくら さんが先に引き受けました" in press(baba, 1, "claim")


def test_the_alert_page_holds_the_first_ten_seconds(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.live("102", clock.now(), ago_s=7800), reporting.inactivity("102", clock.now() - 7800))
    page = aoki.get("/alerts/1/").text
    for text in (
        "鈴木 正一", "すずき しょういち", "78歳", "102号室", "糖尿病（インスリン）", "玄関に段差", "管理室の金庫 3段目",
        "緊急時のみ", "長女 由美", "隣室 山本", "090-3333-0001", "限度 1時間55分", "最長 1時間10分", "58日の記録",
        "すべて正常", "25.8℃", "WBGT", "在宅", "本人へ電話 2回", "引き受ける",
    ):  # fmt: skip
        assert text in page, text


def test_looking_at_an_alert_is_written_down(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    aoki.get("/alerts/1/")
    with store.reading(here.organisation_id) as session:
        seen = session.scalars(select(Audit).where(Audit.what == "alert 1")).all()
    assert seen[-1].who == f"worker:{here.workers['aoki']}"
    assert "resident:1" in seen[-1].subjects


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


def test_an_absence_is_recorded_and_ended_on_the_units_page(aoki: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_of(aoki.get("/"))}
    assert aoki.post("/units/2/absence", data={"absence": "away-7"}, headers=headers).status_code == 302
    assert "外出" in aoki.get("/units/2").text
    assert aoki.post("/units/3/back", data={"away": "1"}, headers=headers).status_code == 404, "another unit's"
    assert aoki.post("/units/2/back", data={"away": "1"}, headers=headers).status_code == 302
    assert "戻られました" not in aoki.get("/units/2").text


def tile_of(aoki: FlaskClient, name: str) -> str:
    """A unit in the list of units, by its resident."""
    page = aoki.get("/units/").text
    return next(tile for tile in page.split("<li ") if name in tile and "unit-head" in tile)


def state_of(aoki: FlaskClient, unit_id: int) -> dict[str, object]:
    """A unit as the API has it."""
    found = aoki.get("/api/v1/units").json
    assert found is not None
    return next(unit for unit in found["units"] if unit["id"] == unit_id)


def test_a_unit_whose_gateway_was_never_heard_is_not_connected_yet_and_never_safe(
    aoki: FlaskClient, here: Town
) -> None:
    assert "見守り不能（まだつながっていません）: ひだまり荘 101号室" in aoki.get("/").text
    for page in (tile_of(aoki, "高橋 キヨ"), aoki.get(f"/units/{here.units['201']}").text):
        assert "⚠ 見守り不能" in page
        assert "まだつながっていません。今の様子は分かりません" in page
        assert "見守り中" not in page
    assert "まだつながっていません" in aoki.get("/gateways/").text
    state = state_of(aoki, here.units["201"])
    assert state["watching"] == "cannot_watch" and state["because"] == "not_connected"
    assert state["cannot_be_watched"] is True and state["gateway_silent"] is True


def test_what_a_revoked_gateway_said_last_is_not_shown_as_the_present(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.live("201", clock.now()), reporting.inactivity("201", clock.now()))
    assert "在宅" in tile_of(aoki, "高橋 キヨ")
    with store.session(here.organisation_id) as session:
        directory.revoke(session, session.get_one(Gateway, here.gateway_id), instant(clock.now()))
    assert "見守り不能（ゲートウェイの登録取消）: ひだまり荘 201号室" in aoki.get("/").text
    unit, alert = aoki.get(f"/units/{here.units['201']}").text, aoki.get("/alerts/1/").text
    for page in (tile_of(aoki, "高橋 キヨ"), unit, alert):
        assert "ゲートウェイの登録が取り消されたため、今の様子は分かりません" in page
        assert "在宅" not in page.replace("在宅・無事", ""), "an outcome, not where she is"
        assert "✓" not in page.replace("✓ 未対応なし", "").replace("✓ 完了する…", "")
    state = state_of(aoki, here.units["201"])
    assert (state["watching"], state["presence"], state["sensors"]) == ("cannot_watch", "unknown", [])
    assert (state["because"], state["cannot_be_watched"]) == ("revoked", True)
    dana = app.test_client()
    sign_in(dana, "dana")
    assert "Cannot be watched (gateway revoked)" in dana.get("/").text


def test_what_the_gateway_before_said_is_not_shown_as_the_present(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.live("201", clock.now()))
    now = instant(clock.now())
    with store.session(here.organisation_id) as session:
        old = session.get_one(Gateway, here.gateway_id)
        directory.revoke(session, old, now)
        new, credential = directory.add_gateway(session, building_id=old.building_id, ref="gw-2", now=now, real_now=now)
        session.get_one(Unit, here.units["201"]).gateway_id = new.id
    assert state_of(aoki, here.units["201"])["because"] == "not_connected"
    send(reporting.health(), credential=credential)
    state = state_of(aoki, here.units["201"])
    assert (state["because"], state["watching"], state["presence"]) == ("not_heard", "unknown", "unknown")
    assert state["last_sign"] is not None, "with its time it stays what it was"
    send(reporting.live("201", clock.now() - 1), credential=credential)
    assert state_of(aoki, here.units["201"])["because"] == "", "its clock may be behind the old one's"


def test_a_unit_that_cannot_be_watched_is_never_shown_as_safe(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.live("201", clock.now(), "cannot_watch", kitchen="offline"))
    page = aoki.get("/units/").text
    tile = page[page.index("高橋 キヨ") - 400 : page.index("高橋 キヨ") + 900]
    assert "見守り不能" in tile
    assert "✓" not in tile
    assert "見守り不能: ひだまり荘 201号室" in aoki.get("/").text


def test_what_a_silent_gateway_said_last_is_not_shown_as_the_present(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.live("102", clock.now()), reporting.inactivity("102", clock.now() - 7800))
    assert "✓ すべて正常" in aoki.get("/alerts/1/").text
    with store.session(here.organisation_id) as session:
        session.get_one(Gateway, here.gateway_id).silent_stage = 1
    page = aoki.get("/alerts/1/").text
    assert "今の様子は分かりません" in page
    assert "すべて正常" not in page


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


def test_a_unit_nobody_has_heard_of_is_shown_as_unknown(aoki: FlaskClient) -> None:
    page = aoki.get("/units/").text
    assert page.count("センサーの状態 不明") == 6
    assert "見守り中" not in page


def refresh(client: FlaskClient, path: str, seen: str) -> TestResponse:
    """Ask for a page's live part as the page does that shows `seen`."""
    return client.get(path, query_string={"seen": seen}, headers={"HX-Request": "true"})


def shown(page: TestResponse, part: str = "live") -> str:
    """The name of what a page shows."""
    return re.findall(rf'id="{part}"[^>]* data-seen="([0-9a-f]+)"', page.text)[0]


def test_a_fragment_the_page_already_shows_is_not_sent_again(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    seen = shown(aoki.get("/"))
    assert refresh(aoki, "/board", seen).status_code == 204
    send(reporting.emergency("102", clock.now()))
    assert refresh(aoki, "/board", seen).status_code == 200


def test_an_open_board_is_sent_the_cards_that_changed_and_where_the_others_stand(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    send(*(reporting.emergency(unit, clock.now()) for unit in ("101", "102")))
    seen = shown(aoki.get("/"))
    send(reporting.emergency("103", clock.now()))
    part = refresh(aoki, "/board", seen)
    assert part.text.count("data-kept") == 2
    assert f'data-after="{seen}"' in part.text
    assert "Maria Santos" in part.text
    assert "佐藤 ハル" not in part.text
    press(aoki, 1, "claim")
    later = refresh(aoki, "/board", shown(part)).text
    assert re.findall(r'id="(card-\d+)" data-kept', later) == ["card-2", "card-3"]
    assert "佐藤 ハル" in later


def test_a_button_on_the_board_is_answered_with_what_changed(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(*(reporting.emergency(unit, clock.now()) for unit in ("101", "102")))
    answer = press(aoki, 1, "claim", view="board", seen=shown(aoki.get("/")))
    assert re.findall(r'id="(card-\d+)" data-kept', answer) == ["card-2"]
    assert "青木 さくら" in answer


@pytest.mark.parametrize("seen", ["", "00", "made-up"])
def test_a_page_of_which_nothing_is_known_is_sent_everything(
    aoki: FlaskClient, send: Send, clock: Clock, seen: str
) -> None:
    send(reporting.emergency("101", clock.now()))
    for path in ("/board", "/units/list"):
        part = refresh(aoki, path, seen).text
        assert "佐藤 ハル" in part
        assert "data-kept" not in part


def test_a_page_in_another_language_is_sent_everything(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    seen = shown(aoki.get("/"))
    aoki.post("/language", data={"language": "en", "csrf_token": token_for(aoki)})
    part = refresh(aoki, "/board", seen).text
    assert "Claim" in part
    assert "data-kept" not in part


def test_an_open_list_of_units_is_sent_those_that_changed(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    seen = shown(aoki.get("/units/"))
    send(reporting.live("102", clock.now()))
    first = refresh(aoki, "/units/list", seen)  # that the gateway was heard changes every unit
    assert "data-kept" not in first.text
    send(reporting.live("103", clock.now()))
    assert refresh(aoki, "/units/list", shown(first)).text.count("data-kept") == 5


def test_what_fragments_were_made_of_is_forgotten_in_the_order_in_which_they_were_used() -> None:
    fragments = Fragments(most=2)
    for seen in ("a", "b", "a", "c"):
        fragments.remember(seen, {"card-1": "x"})
    assert fragments.kept("a", {"card-1": "x", "card-2": "x"}) == {"card-1"}
    assert fragments.kept("a", {"card-1": "y"}) == frozenset()
    assert fragments.kept("b", {"card-1": "x"}) == frozenset()


def test_the_answer_for_a_page_brings_its_head_along(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    for page, part in (("/", "/board"), ("/units/", "/units/list"), ("/gateways/", "/gateways/list")):
        seen = shown(aoki.get(page))
        send(reporting.emergency("101", clock.advance(seconds=1), name=f"from-{seen}"))
        answer = refresh(aoki, part, seen)
        assert shown(answer, "bar") == shown(aoki.get("/"), "bar")
        assert 'id="trouble"' in answer.text


def test_the_head_says_when_nobody_is_being_paged(aoki: FlaskClient, store: Store, clock: Clock) -> None:
    for path in ("/", "/units/", "/gateways/"):
        assert "電話をかける処理が止まっています" in aoki.get(path).text
    with store.system_session() as session:
        heartbeats.beat(session, "worker", now=instant(clock.now()), real_now=datetime.now(UTC))
    assert "電話をかける処理が止まっています" not in aoki.get("/").text
    assert aoki.get("/readyz").status_code == 200


def test_the_head_tells_an_open_page_that_paging_stopped_or_goes_on(
    aoki: FlaskClient, store: Store, clock: Clock
) -> None:
    seen = shown(aoki.get("/"), "bar")
    assert aoki.get(f"/bar?seen={seen}").status_code == 204
    with store.system_session() as session:
        heartbeats.beat(session, "worker", now=instant(clock.now()), real_now=datetime.now(UTC))
    part = aoki.get(f"/bar?seen={seen}").text
    assert 'id="trouble"' in part
    assert "止まっています" not in part


@pytest.mark.parametrize(
    ("states", "persons", "said"),
    [
        (["failed", "failed", "unknown"], ["worker:1", "worker:2", "worker:1"], True),
        (["failed", "failed", "failed"], ["worker:1"] * 3, False),  # one person's number
        (["failed", "failed"], ["worker:1", "worker:2"], False),
        (["failed", "failed", "failed", "delivered"], ["worker:1", "worker:2", "worker:1", "worker:2"], False),
        (["delivered", "failed", "failed", "failed", "pending"], [f"worker:{n}" for n in range(1, 6)], True),
    ],
)
def test_the_head_says_when_a_kind_of_message_does_not_arrive(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town,
    states: list[str], persons: list[str], said: bool,
) -> None:  # fmt: skip
    send(reporting.battery("101", clock.now()))
    with store.session(here.organisation_id) as session:
        for n, (state, person) in enumerate(zip(states, persons, strict=True)):
            session.add(
                Notification(
                    alert_id=1, purpose="page", step=0, round=n, person=person, channel="voice", rank=1,
                    state=state, created_at=instant(clock.now()),
                )
            )  # fmt: skip
    page = aoki.get("/units/").text
    assert ("電話がつながっていません" in page) is said
    assert "SMSが届いていません" not in page


def test_open_safety_checks_of_today_stand_on_the_board_until_somebody_checks(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    now = instant(clock.now())
    with store.session(here.organisation_id) as session:
        checks.leave_open(session, session.get_one(Unit, here.units["101"]), "gateway_silent", now)
        checks.leave_open(session, session.get_one(Unit, here.units["102"]), "gateway_silent", now - timedelta(days=1))
    page = aoki.get("/").text
    assert "本日の安否が未確認: ひだまり荘 101号室" in page
    assert "本日の安否が未確認: ひだまり荘 102号室" not in page
    path = f"/units/{here.units['101']}"
    token = token_of(aoki.get(path))
    assert aoki.post(f"{path}/check", data={"method": "guess", "csrf_token": token}).status_code == 400
    assert aoki.post(f"{path}/check", data={"method": "call", "csrf_token": token}).status_code == 302
    assert "本日の安否が未確認" not in aoki.get("/").text
    with store.reading(here.organisation_id) as session:
        done = session.scalars(select(SafetyCheck).where(SafetyCheck.state == "done")).one()
    assert (done.method, done.worker_id) == ("call", here.workers["aoki"])


def test_many_open_checks_are_named_in_part_and_counted(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    with store.session(here.organisation_id) as session:
        for unit_id in here.units.values():
            checks.leave_open(session, session.get_one(Unit, unit_id), "gateway_silent", instant(clock.now()))
    page = aoki.get("/").text
    assert page.count("本日の安否が未確認: ひだまり荘") == 4
    assert "本日の安否が未確認: ほか2戸" in page


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


def test_everything_that_can_happen_to_an_alert_has_words() -> None:
    """What the services write into an alert's history is known to the timeline."""
    written = set()
    for file in (WEB.parent / "services").glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "happened":
                written |= {node.value for node in ast.walk(call.args[2]) if isinstance(node, ast.Constant)}
    known = {*words.EVENT, *(each for each in written if str(each).startswith(timeline.OF_SENDS))}
    assert {"claimed", "pressed_again"} < written <= known | {"voice"}


# --- languages --------------------------------------------------------------------------------------------------------


def test_a_worker_sees_their_own_language_and_can_change_it(app: Flask, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    dana = app.test_client()
    sign_in(dana, "dana")
    assert "Claim these now" in dana.get("/").text
    token = token_of(dana.get("/"))
    dana.post("/language", data={"language": "ja", "back": "/", "csrf_token": token})
    assert "いま引き受けてください" in dana.get("/").text
    again = app.test_client()
    sign_in(again, "dana")
    assert "いま引き受けてください" in again.get("/").text


def test_every_text_has_its_english() -> None:
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = {message.id: message.string for message in read_po(file) if message.id}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = {text for _file, _line, text, _comments, _context in extract_from_dir(WEB, methods)}
    assert found == set(english)
    assert all(english.values())


# --- claim links ------------------------------------------------------------------------------------------------------


def test_looking_at_a_claim_link_claims_nothing(client: FlaskClient, link: str, aoki: FlaskClient) -> None:
    page = client.get(link)
    assert "引き受ける" in page.text
    assert "佐藤" not in page.text
    assert 'id="claim-1"' in aoki.get("/alerts/1/").text


def test_pressing_the_claim_links_button_claims(client: FlaskClient, link: str, aoki: FlaskClient) -> None:
    assert "受け付けました" in client.post(link).text
    assert "青木 さくら" in aoki.get("/").text
    again = client.post(link)
    assert again.status_code == 200
    assert "<form" not in again.text


def test_a_claim_link_that_is_made_up_is_of_no_use(client: FlaskClient) -> None:
    assert client.get("/c/made-up").status_code == 404
    assert client.post("/c/made-up").status_code == 404


# --- the live stream --------------------------------------------------------------------------------------------------


def test_the_stream_tells_of_a_change_by_number_only(app: Flask, aoki: FlaskClient, send: Send, clock: Clock) -> None:
    stream = aoki.get("/live/stream", buffered=False).iter_encoded()
    first = next(stream)
    send(reporting.emergency("101", clock.now()))
    second = next(stream)
    assert b"event: revision" in first
    assert b"event: revision" in second
    assert first != second
    assert "佐藤".encode() not in second


def test_when_the_streams_run_out_the_page_is_told_to_ask(app: Flask, aoki: FlaskClient) -> None:
    streams = app.extensions["tomoshibi"].streams
    while streams.take():
        pass
    assert aoki.get("/live/stream").status_code == 503
    assert set(aoki.get("/live/revision").json or {}) == {"revision", "now", "rate"}
    streams.give_back()
    assert aoki.get("/live/stream", buffered=False).status_code == 200
