"""The board: what must be done next comes first."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import SafetyCheck, Unit
from backend.core.clocks import instant
from backend.services import checks
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, press, sign_in, token_of
from tests.backend.web.town import Town
from tests.fakes import Clock


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
