"""The units: whether they are watched, and what is known of them."""

import msgspec
from contract.reports import LONGEST_ABSENCE_S, Stranger
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Absence, Gateway, Resident, SafetyCheck, Tenancy, Unit
from backend.core.clocks import instant
from backend.services import directory
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for, token_of
from tests.backend.web.town import Town
from tests.fakes import Clock


def test_an_absence_is_recorded_and_ended_on_the_units_page(aoki: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_of(aoki.get("/"))}
    assert aoki.post("/units/2/absence", data={"absence": "away-7"}, headers=headers).status_code == 302
    assert "外出" in aoki.get("/units/2").text
    assert aoki.post("/units/3/back", data={"away": "1"}, headers=headers).status_code == 404, "another unit's"
    assert aoki.post("/units/2/back", data={"away": "1"}, headers=headers).status_code == 302
    assert "戻られました" not in aoki.get("/units/2").text


def test_a_visit_is_begun_and_ended_on_the_units_page_and_is_the_days_check(
    aoki: FlaskClient, here: Town, store: Store, clock: Clock
) -> None:
    headers, page = {"X-CSRFToken": token_of(aoki.get("/"))}, f"/units/{here.units['201']}"
    assert aoki.post(f"{page}/absence", data={"absence": "visit-7"}, headers=headers).status_code == 400
    assert aoki.post(f"{page}/absence", data={"absence": "visit-0"}, headers=headers).status_code == 302
    assert "訪問中" in aoki.get(page).text
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        visit = session.scalars(select(Absence)).one()
        assert visit.until == instant(clock.now() + LONGEST_ABSENCE_S["visit"])
        number = str(visit.id)
    assert aoki.post(f"{page}/back", data={"away": number}, headers=headers).status_code == 302
    assert "訪問を始める" in aoki.get(page).text
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        (check,) = session.scalars(select(SafetyCheck).where(SafetyCheck.unit_id == here.units["201"]))
        assert (check.state, check.method) == ("done", "visit")


def test_the_units_page_says_in_which_language_a_resident_is_told_things(
    aoki: FlaskClient, here: Town, store: Store
) -> None:
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        for resident in session.scalars(select(Resident)):
            resident.language = "vi"
    page = aoki.get(f"/units/{here.units['201']}").text
    assert "やさしい日本語" in page
    assert ">vi<" in page


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


def test_an_unknown_device_is_shown_with_what_it_said_last(
    aoki: FlaskClient, send: Send, clock: Clock, here: Town
) -> None:
    said = 'tele/bath/SENSOR {"Switch1":"<b>ON</b>"}'
    stranger = Stranger("tasmota/bath", clock.now() - 60, ["health", "climate"], [said])
    send(msgspec.structs.replace(reporting.health(), unassigned=["tasmota/bath"], strangers=[stranger]))
    page = aoki.get("/gateways/").text
    assert "未登録の機器から最後に届いたもの" in page
    assert "tasmota/bath" in page and "health, climate" in page
    assert "&lt;b&gt;ON" in page and "<b>ON" not in page


def test_a_unit_without_a_gateway_is_never_safe_whatever_one_said_of_it_before(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.live("201", clock.now()))
    assert "見守り中" in tile_of(aoki, "高橋 キヨ")
    with store.session(here.organisation_id) as session:
        session.get_one(Unit, here.units["201"]).gateway_id = None
    for page in (tile_of(aoki, "高橋 キヨ"), aoki.get(f"/units/{here.units['201']}").text):
        assert "⚠ 見守り不能" in page
        assert "見守り中" not in page and "在宅" not in page
    assert state_of(aoki, here.units["201"])["watching"] == "cannot_watch"


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
    send(reporting.live("201", clock.now()), reporting.inactivity("201", clock.now() - 7800))
    assert "✓ すべて正常" in aoki.get("/alerts/1/").text
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
    alert = aoki.get("/alerts/1/").text
    assert "ゲートウェイがこの住戸の様子をまだ伝えていないため、今の様子は分かりません" in alert
    assert "すべて正常" not in alert, "what it was raised with is older"
    assert "在宅" not in alert.replace("在宅・無事", "")
    send(reporting.live("201", clock.now() - 1), credential=credential)
    assert state_of(aoki, here.units["201"])["because"] == "", "its clock may be behind the old one's"
    assert "✓ すべて正常" in aoki.get("/alerts/1/").text


def test_a_unit_that_has_no_sensors_any_more_is_not_shown_with_those_of_before(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    bare = msgspec.structs.replace(reporting.live("201", clock.now(), "cannot_watch"), sensors=[])
    send(bare, reporting.inactivity("201", clock.now() - 7800))
    assert "すべて正常" not in aoki.get("/alerts/1/").text


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


def test_a_unit_nobody_has_heard_of_is_shown_as_unknown(aoki: FlaskClient) -> None:
    page = aoki.get("/units/").text
    assert page.count("センサーの状態 不明") == 6
    assert "見守り中" not in page


def test_the_devices_page_shows_a_gateways_last_refused_reports_and_nothing_of_a_person(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    assert "受け取れなかった報告" not in aoki.get("/gateways/").text
    for unit in range(900, 907):
        send(reporting.emergency(str(unit), clock.now()))
    page = aoki.get("/gateways/").text
    assert "受け取れなかった報告" in page and "通報「緊急ボタン」" in page
    assert [unit for unit in range(900, 907) if f"unit {unit} is not" in page] == [902, 903, 904, 905, 906]
    said = reporting.emergency("900", clock.now()).reason
    assert said.ja not in page and said.en not in page
    aoki.post("/language", data={"language": "en", "csrf_token": token_for(aoki)})
    assert "Reports not taken" in aoki.get("/gateways/").text


def test_a_home_that_is_still_being_learned_says_which_day_in_both_languages(
    app: Flask, here: Town, send: Send, clock: Clock
) -> None:
    send(reporting.live("101", clock.now(), "learning"))
    worker = app.test_client()
    sign_in(worker, "dana")
    page = f"/units/{here.units['101']}"
    assert "Learning, 5 of 14 days" in worker.get(page).text
    worker.post("/language", data={"language": "ja", "back": "/", "csrf_token": token_of(worker.get("/"))})
    assert "学習中（5／14日）" in worker.get(page).text


def test_where_two_live_it_is_said_that_the_fall_of_one_cannot_be_noticed_by_silence(
    aoki: FlaskClient, here: Town, store: Store
) -> None:
    page = f"/units/{here.units['201']}"
    assert "お二人以上の住戸です" not in aoki.get(page).text
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        other = session.scalars(select(Tenancy).where(Tenancy.unit_id == here.units["101"])).first()
        assert other is not None
        session.add(Tenancy(unit_id=here.units["201"], resident_id=other.resident_id, since=other.since))
    assert "お二人以上の住戸です" in aoki.get(page).text
