"""The dial: what is shown of it, who may turn it, and what becomes of a turn."""

from typing import Any

import msgspec
import pytest
from contract.reports import DIAL, Batch, Commands, Configure
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, Gateway, Unit
from backend.core.clocks import instant
from backend.services import directory
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """A coordinator's browser, signed in."""
    client = app.test_client()
    assert sign_in(client, "chiba").status_code == 302
    return client


def turn(client: FlaskClient, months: object, unit: int = 1) -> int:
    headers = {"X-CSRFToken": token_for(client)}
    return client.post(f"/units/{unit}/dial/", data={"months": months}, headers=headers).status_code


def api(client: FlaskClient, months: object = None) -> Any:
    if months is None:
        return client.get("/api/v1/units/1/dial")
    return client.post("/api/v1/units/1/dial", json={"months": months}, headers={"X-CSRFToken": token_for(client)})


def position(page: str, months: str) -> str:
    """One of the positions on the page."""
    return next(part for part in page.split("<li") if f"お一人につき{months}" in part)


def commands(app: Flask, here: Town, after: int = 0) -> Commands:
    headers = {"Authorization": f"Bearer {here.credential}"}
    answer = app.test_client().get(f"/api/v1/gateway/commands?after={after}", headers=headers)
    return msgspec.json.decode(answer.data, type=Commands)


def test_each_position_stands_in_words_with_the_delay_it_costs_this_home(aoki: FlaskClient, send: Send) -> None:
    send(reporting.dial("101"))
    page = aoki.get("/units/1/dial/").text
    default = position(page, "約4か月に1回、不要な確認が入ります")
    assert "いまの設定" in default
    assert "ふつう約4時間、長くて約7時間" in default
    assert page.count("いまの設定") == 1
    assert "ふつう約3時間、長くて約6時間" in position(page, "約1か月に1回")
    assert "58日分の記録から計算" in page
    assert "約4か月に1回" in aoki.get("/units/1").text and "ふつう約4時間" in aoki.get("/units/1").text


def test_what_nobody_knows_yet_is_shown_as_unknown(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    page = aoki.get("/units/1/dial/").text
    assert "まだ届いていません" in page and page.count("不明") == len(DIAL)
    send(reporting.live("101", clock.now(), "learning"), reporting.dial("101", known=False))
    page = aoki.get("/units/1/dial/").text
    assert "学習中です（5／14日）" in page and page.count('class="unknown">不明') == len(DIAL)
    assert "不明" in aoki.get("/units/1").text
    send(reporting.dial("101", outings_known=False))
    assert "外出中の時間も在宅として数えています" in aoki.get("/units/1/dial/").text


def test_a_turn_is_written_down_and_goes_to_the_gateway_and_the_page_says_when_it_has_taken_it_over(
    app: Flask, chiba: FlaskClient, store: Store, here: Town
) -> None:
    assert turn(chiba, 8) == 302
    with store.reading(here.organisation_id) as session:
        line = session.scalars(select(Audit).where(Audit.what == "turn the dial of unit 1")).one()
    assert line.who == f"worker:{here.workers['chiba']}"
    assert {"unit:1", "dial_turn:1"} <= set(line.changed)
    page = chiba.get("/units/1/dial/").text
    assert "いまの設定" in position(page, "約8か月に1回")
    assert "届くまでは、前の設定のまま見守ります" in page
    assert "千葉 まり: 約4か月に1回 → <b>約8か月に1回</b>" in page
    assert "ゲートウェイに未着" in chiba.get("/units/1").text
    told = commands(app, here).commands
    (configure,) = (each for each in told if isinstance(each.command, Configure))
    assert isinstance(configure.command, Configure)
    assert [unit.false_alarms_per_30_days for unit in configure.command.building.units] == [0.125] + [0.25] * 5
    commands(app, here, after=told[-1].n)
    assert "ゲートウェイに届きました" in chiba.get("/units/1/dial/").text


def test_to_turn_it_to_where_it_stands_changes_nothing(app: Flask, chiba: FlaskClient, here: Town) -> None:
    assert turn(chiba, 4) == 302
    assert "まだ誰も変えていません" in chiba.get("/units/1/dial/").text
    assert commands(app, here).commands == []


def test_a_worker_may_look_and_not_turn(aoki: FlaskClient) -> None:
    assert "これにする" not in aoki.get("/units/1/dial/").text
    assert turn(aoki, 8) == 403
    assert api(aoki, 8).status_code == 403
    assert api(aoki).json["months"] == 4


def test_only_a_position_of_the_dial_is_taken(chiba: FlaskClient, store: Store, here: Town) -> None:
    assert [turn(chiba, months) for months in (3, 0, "", "x", "4.5", 10**12)] == [422, 422, 400, 400, 400, 400]
    assert [api(chiba, months).status_code for months in (3, 0, "4", 0.25)] == [422] * 4
    with store.reading(here.organisation_id) as session:
        assert session.get_one(Unit, 1).false_alarms_per_30_days == 0.25


def test_a_unit_of_another_organisation_has_no_dial_here(chiba: FlaskClient, elsewhere: Town) -> None:
    other = elsewhere.units["101"]
    assert chiba.get(f"/units/{other}/dial/").status_code == 404
    assert turn(chiba, 8, other) == 404


def test_programs_read_and_turn_it_too(app: Flask, chiba: FlaskClient, here: Town, send: Send) -> None:
    send(reporting.dial("101"))
    found = api(chiba, 12).json
    assert (found["months"], found["gateway"], found["outings_known"]) == (12, "under_way", True)
    assert [(each["months"], each["in_force"]) for each in found["positions"]] == [(n, n == 12) for n in DIAL]
    assert found["positions"][2]["cost"]["median_h"] == pytest.approx(3.87, abs=0.01)
    assert [(each["by"], each["before"], each["after"]) for each in found["turned"]] == [("千葉 まり", 0.25, 1 / 12)]
    commands(app, here, after=commands(app, here).commands[-1].n)
    assert api(chiba).json["gateway"] == "taken_over"


def test_without_a_gateway_a_turn_is_kept_and_nobody_claims_that_it_was_taken_over(
    chiba: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    turn(chiba, 8)
    with store.session(here.organisation_id) as session:
        directory.revoke(session, session.get_one(Gateway, here.gateway_id), instant(clock.now()))
    page = chiba.get("/units/1/dial/").text
    assert "つながっていないため、設定は届いていません" in page and "届きました" not in page
    with store.session(here.organisation_id) as session:
        session.get_one(Unit, 1).gateway_id = None
    assert turn(chiba, 2) == 302
    assert "いまの設定" in position(chiba.get("/units/1/dial/").text, "約2か月に1回")


def test_a_value_between_the_positions_is_named_and_none_is_marked(
    chiba: FlaskClient, store: Store, here: Town
) -> None:
    with store.session(here.organisation_id) as session:
        session.get_one(Unit, 1).false_alarms_per_30_days = 0.3
    page = chiba.get("/units/1/dial/").text
    assert "30日に0.3回" in page and "上のどれでもありません" in page
    assert "✓ いまの設定" not in page
    assert api(chiba).json["months"] is None


def test_the_newest_reckoning_of_its_own_gateway_stands(
    app: Flask, chiba: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.dial("101"))
    late = Batch("j1", clock.now(), [reporting.numbered(9, clock.now() - 86400, reporting.dial("101", known=False))])
    headers = {"Authorization": f"Bearer {here.credential}", "Content-Type": "application/json"}
    app.test_client().post("/api/v1/gateway/reports", data=msgspec.json.encode(late), headers=headers)
    assert "ふつう約4時間" in chiba.get("/units/1/dial/").text
    with store.session(here.organisation_id) as session:
        session.get_one(Unit, 1).gateway_id = None
    assert "まだ届いていません" in chiba.get("/units/1/dial/").text
