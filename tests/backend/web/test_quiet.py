"""For which alerts nobody is called: who put them off and why, work on the equipment, storms. What the screens say."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from backend.adapters.store import Store
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import incidents, maintenance, supervision
from backend.services.actors import SYSTEM
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, press, sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock

UNITS = ("101", "102", "103", "201", "202")
A_STORM = Limits(storm_units=5)


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """A coordinator's browser, signed in."""
    client = app.test_client()
    assert sign_in(client, "chiba").status_code == 302
    return client


@pytest.fixture
def storm(send: Send, store: Store, clock: Clock) -> Callable[[], None]:
    """Let silences come from five units at once; alerts 1 to 5, and the storm 6."""

    def come() -> None:
        send(*[reporting.inactivity(unit, clock.now() - 7800) for unit in UNITS])
        assert incidents.keep(store, now=instant(clock.now()), limits=A_STORM) == 5

    return come


def post(client: FlaskClient, path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"X-CSRFToken": token_for(client)}
    return client.post(f"/api/v1{path}", json=body, headers=headers)


# --- storms -----------------------------------------------------------------------------------------------------------


def test_a_storm_is_one_line_of_the_board_with_its_members_under_it_and_emergencies_above(
    aoki: FlaskClient, storm: Callable[[], None], send: Send, clock: Clock
) -> None:
    storm()
    clock.advance(seconds=60)
    send(reporting.emergency("203", clock.now()))
    page = aoki.get("/").text
    assert page.count('class="card ') == 2
    order = [page.index(text) for text in ('id="card-7"', 'id="card-6"', 'id="member-1"', 'id="member-5"')]
    assert order == sorted(order)
    assert "まとめ通報" in page and "<b>5件</b> ひだまり荘" in page
    assert "佐藤 ハル" in page[order[1] :]
    assert 'data-unclaimed="6 7"' in page  # one bell for the storm


def test_many_members_are_folded(
    aoki: FlaskClient, storm: Callable[[], None], store: Store, send: Send, clock: Clock
) -> None:
    storm()
    send(reporting.inactivity("203", clock.now() - 7800))
    incidents.keep(store, now=instant(clock.now()), limits=A_STORM)
    assert "ほか1件を表示" in aoki.get("/").text


def test_the_page_of_a_storm_lists_its_members_and_claims_all_of_them(
    aoki: FlaskClient, storm: Callable[[], None], store: Store, clock: Clock
) -> None:
    storm()
    page = aoki.get("/alerts/6/").text
    assert "まとめて引き受ける" in page and 'id="member-3"' in page
    assert 'id="snooze"' not in page and 'id="finish"' not in page
    page = press(aoki, 6, "claim")
    assert "1件ずつ完了" in page and 'id="finish"' not in page
    incidents.keep(store, now=instant(clock.now()), limits=A_STORM)
    assert "青木 さくら" in aoki.get("/alerts/3/").text
    assert "対応中 — 青木 さくら" in aoki.get("/").text


def test_a_member_says_of_what_it_is_a_part_and_can_be_claimed_by_itself(
    aoki: FlaskClient, storm: Callable[[], None]
) -> None:
    storm()
    page = aoki.get("/alerts/2/").text
    assert "まとめ通報の1件です" in page and "まとめて呼び出し中" in page
    assert "青木 さくら" in press(aoki, 2, "claim")


def test_a_storm_can_be_closed_by_nobody(aoki: FlaskClient, storm: Callable[[], None]) -> None:
    storm()
    press(aoki, 6, "claim")
    assert "この操作は今はできません" in press(aoki, 6, "close", outcome="device_fault")


# --- snoozes ----------------------------------------------------------------------------------------------------------


def test_what_is_put_off_says_until_when_by_whom_and_why_and_rings_no_more(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    page = press(aoki, 1, "snooze", for_s="3600", reason="known_cause")
    until = (instant(clock.now()) + timedelta(hours=10)).strftime("%H:%M")
    assert f"{until}まで" in page and "原因が分かっている" in page and "— 青木 さくら" in page
    board = aoki.get("/").text
    assert "呼び出しを止めている" in board and "時間になると、自動で呼び出します" in board
    assert 'data-unclaimed=""' in board and "<span>保留</span> <b>1</b>" in board
    assert "未対応の通報はありません" not in board


def test_it_is_one_touch_to_put_off_and_one_to_end_that(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    page = aoki.get("/alerts/1/").text
    assert [f'value="{seconds}">' in page for seconds in (900, 3600, 10800, 28800)] == [True] * 4
    press(aoki, 1, "snooze", for_s="900", reason="spoken")
    assert "いま呼び出しを再開する" in aoki.get("/alerts/1/").text
    assert "保留をやめた" in press(aoki, 1, "wake")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"for_s": "3600", "reason": ""}, 422),
        ({"for_s": "99999", "reason": "spoken"}, 422),
        ({"for_s": "-1", "reason": "spoken"}, 400),
        ({"for_s": "１５", "reason": "spoken"}, 400),
        ({}, 400),
    ],
)
def test_a_snooze_without_a_reason_or_an_end_is_refused(
    aoki: FlaskClient, send: Send, clock: Clock, fields: dict[str, str], status: int
) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    headers = {"X-CSRFToken": token_for(aoki)}
    assert aoki.post("/alerts/1/snooze", data=fields, headers=headers).status_code == status


def test_an_emergency_offers_no_snooze_and_takes_none(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    assert 'id="snooze"' not in aoki.get("/alerts/1/").text
    assert "この操作は今はできません" in press(aoki, 1, "snooze", for_s="900", reason="spoken")


def test_what_comes_and_goes_says_so(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    low = reporting.battery("103", clock.now())
    for time in range(4):
        send(replace(low, alert=f"low-{time}"))
        if time < 3:
            send(replace(low, alert=f"low-{time}", stage="resumed"))
    assert "出たり消えたり" in aoki.get("/").text
    assert "続けば呼び出す" in aoki.get("/alerts/4/").text


# --- maintenance ------------------------------------------------------------------------------------------------------


def plan(client: FlaskClient, **fields: str) -> Any:
    form = {"place": "1", "begin": "2026-11-23T12:00", "hours": "2", "reason": "電気工事", **fields}
    headers = {"X-CSRFToken": token_for(client)}
    return client.post("/maintenance/", data=form, headers=headers, follow_redirects=True)


@pytest.mark.parametrize("begin", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_work_at_the_end_of_the_calendar_is_refused(chiba: FlaskClient, begin: str) -> None:
    assert plan(chiba, begin=begin).status_code == 400


def local(clock: Clock, hours: float = 0.0) -> str:
    return (instant(clock.now()) + timedelta(hours=9 + hours)).strftime("%Y-%m-%dT%H:%M")


def test_work_stands_on_the_board_and_on_the_alert_while_it_lasts_and_in_its_history_after(
    chiba: FlaskClient, send: Send, clock: Clock, here: Town
) -> None:
    unit = here.units["103"]
    page = plan(chiba, place=f"1-{unit}", begin=local(clock), hours="1").text
    assert "ひだまり荘 103号室" in page and "電気工事" in page and "千葉 まり" in page
    send(reporting.battery("103", clock.now()))
    assert "作業中: ひだまり荘 103号室" in chiba.get("/").text
    assert "作業中のため呼び出さない" in chiba.get("/alerts/1/").text
    clock.advance(hours=1)
    assert "作業中: ひだまり荘" not in chiba.get("/").text
    assert "電気工事" in chiba.get("/maintenance/").text.split("終わった作業")[1]


def test_planned_work_is_listed_and_not_yet_on_the_board(chiba: FlaskClient, clock: Clock) -> None:
    assert "予定" in plan(chiba, begin=local(clock, 5)).text
    assert "作業中: " not in chiba.get("/").text


def test_work_can_be_ended_early_and_says_by_whom(chiba: FlaskClient, clock: Clock) -> None:
    plan(chiba, begin=local(clock))
    chiba.post("/maintenance/1/end", headers={"X-CSRFToken": token_for(chiba)})
    assert "千葉 まり が終えた" in chiba.get("/maintenance/").text
    assert "作業中: " not in chiba.get("/").text


def test_a_worker_sees_the_work_and_plans_none(aoki: FlaskClient, chiba: FlaskClient, clock: Clock) -> None:
    plan(chiba, begin=local(clock))
    page = aoki.get("/maintenance/").text
    assert "電気工事" in page and "作業を登録" not in page and "いま終える" not in page
    assert plan(aoki).status_code == 403
    assert aoki.post("/maintenance/1/end", headers={"X-CSRFToken": token_for(aoki)}).status_code == 403


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"place": ""}, 400),
        ({"place": "1-"}, 400),
        ({"place": "9"}, 404),
        ({"place": "1-999"}, 404),
        ({"begin": "now"}, 400),
        ({"begin": "2026-13-01T00:00"}, 400),
        ({"hours": "25"}, 400),
        ({"hours": "1e1"}, 400),
    ],
)
def test_work_that_cannot_be_is_refused(chiba: FlaskClient, fields: dict[str, str], status: int) -> None:
    assert plan(chiba, **fields).status_code == status


def test_work_in_the_past_or_without_a_name_is_said_to_be_so(chiba: FlaskClient, clock: Clock) -> None:
    assert "もう過ぎた時間です" in plan(chiba, begin="2020-01-01T00:00").text
    assert "何の作業かを書いてください" in plan(chiba, begin=local(clock), reason=" ").text


def test_another_organisations_work_is_neither_seen_nor_ended(
    chiba: FlaskClient, store: Store, elsewhere: Town, clock: Clock
) -> None:
    now = instant(clock.now())
    with store.session(elsewhere.organisation_id) as session:
        there = maintenance.plan(
            session,
            SYSTEM,
            building_id=2,
            unit_id=None,
            since=now,
            until=now + timedelta(hours=1),
            reason="よその工事",
            now=now,
        )
    assert "よその工事" not in chiba.get("/maintenance/").text + chiba.get("/").text
    ended = chiba.post(f"/maintenance/{there.id}/end", headers={"X-CSRFToken": token_for(chiba)})
    assert ended.status_code == 404


# --- a building that cannot be watched --------------------------------------------------------------------------------


def test_the_alert_of_a_silent_building_carries_the_silence_of_each_unit_so_far(
    aoki: FlaskClient, send: Send, store: Store, clock: Clock
) -> None:
    send(reporting.live("101", clock.now(), ago_s=7200))
    now = instant(clock.now())
    supervision.watch_gateways(store, now=now, real_now=now + timedelta(days=9999), limits=Limits())
    page = aoki.get("/alerts/2/").text
    listed = page[page.index("いま見守れない住戸") :]
    assert "6戸" in listed[:200] and "佐藤 ハル" in listed
    last = (now - timedelta(hours=2) + timedelta(hours=9)).strftime("%H:%M")
    assert last in listed[: listed.index("102号室")]
    assert "記録なし" in listed[listed.index("102号室") :][:400]


# --- the API ----------------------------------------------------------------------------------------------------------


def test_an_alert_is_put_off_and_called_out_again_over_the_api(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    put_off = post(aoki, "/alerts/1/snooze", {"for_s": 900, "reason": "spoken"})
    assert put_off.status_code == 200
    held = put_off.json["alert"]["held"]
    assert (held["why"], held["by"], held["reason"]) == ("snooze", "青木 さくら", "spoken")
    assert held["until"] == clock.now() + 900
    assert aoki.get("/api/v1/alerts").json["alerts"][0]["held"] == held
    assert post(aoki, "/alerts/1/wake").status_code == 200
    assert post(aoki, "/alerts/1/wake").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"for_s": 900},
        {"for_s": 0, "reason": "spoken"},
        {"for_s": 28801, "reason": "spoken"},
        {"for_s": 9, "reason": "x"},
    ],
)
def test_a_snooze_that_cannot_be_is_refused_by_the_api(
    aoki: FlaskClient, send: Send, clock: Clock, body: dict[str, Any]
) -> None:
    send(reporting.inactivity("102", clock.now() - 7800))
    assert post(aoki, "/alerts/1/snooze", body).status_code == 422


def test_an_emergency_is_put_off_by_no_program(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    assert post(aoki, "/alerts/1/snooze", {"for_s": 900, "reason": "spoken"}).status_code == 409


def test_work_is_planned_listed_and_ended_over_the_api(
    aoki: FlaskClient, chiba: FlaskClient, clock: Clock, here: Town
) -> None:
    body = {
        "building": 1,
        "unit": here.units["101"],
        "since": clock.now(),
        "until": clock.now() + 3600,
        "reason": "工事",
    }
    assert post(aoki, "/maintenance", body).status_code == 403
    (work,) = post(chiba, "/maintenance", body).json["works"]
    assert (work["place"], work["state"], work["by"]) == ("ひだまり荘 101号室", "running", "千葉 まり")
    assert aoki.get("/api/v1/maintenance").json["works"] == [work]
    (work,) = post(chiba, f"/maintenance/{work['id']}/end").json["works"]
    assert (work["state"], work["ended_at"]) == ("over", clock.now())
    assert post(chiba, "/maintenance/99/end").status_code == 404
    too_long = {**body, "until": clock.now() + 90_000}
    assert post(chiba, "/maintenance", too_long).status_code == 422
    assert json.loads(post(chiba, "/maintenance", {**body, "unit": 10**9}).data)["status"] == 404


def test_a_member_names_its_storm_over_the_api(aoki: FlaskClient, storm: Callable[[], None]) -> None:
    storm()
    found = {one["id"]: one for one in aoki.get("/api/v1/alerts").json["alerts"]}
    assert {found[n]["incident"] for n in range(1, 6)} == {6}
    assert found[1]["held"] == {"why": "storm", "until": None, "by": "", "reason": ""}
    assert (found[6]["kind"], found[6]["incident"]) == ("storm", None)
