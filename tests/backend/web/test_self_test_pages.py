"""自己点検: coordinators say when it runs, run it, and see what came of it; workers are spared it."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.schema import DeadManPing, Organisation, ProviderProbe, SelfTest
from backend.core.clocks import instant
from tests.backend.web.conftest import sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock

PAGE = "/self-tests/"


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """A coordinator's browser, signed in."""
    client = app.test_client()
    assert sign_in(client, "chiba").status_code == 302
    return client


def submit(client: FlaskClient, path: str, fields: Mapping[str, str] | None = None) -> TestResponse:
    return client.post(path, data={**(fields or {}), "csrf_token": token_for(client)})


def test_a_coordinator_sets_it_up_and_the_board_says_no_longer_that_it_is_not(
    chiba: FlaskClient, store: Store, here: Town
) -> None:
    assert "自己点検は設定されていません" in chiba.get("/").text
    assert submit(chiba, PAGE, {"at": "06:00", "phone": "090-1234-5678", "calls": "weekly"}).status_code == 302
    page = chiba.get(PAGE).text
    assert 'value="06:00"' in page and "090-1234-5678" in page
    assert "自己点検は設定されていません" not in chiba.get("/").text
    with store.session(here.organisation_id) as session:
        assert session.get_one(Organisation, here.organisation_id).self_test_phone == "+819012345678"


def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(
    chiba: FlaskClient, store: Store, here: Town
) -> None:
    for fields, said in (
        ({"at": "06:00", "phone": ""}, "試験番号を入れてください"),
        ({"at": "late", "phone": "090-1234-5678"}, "時刻として読めません"),
        ({"at": "06:00", "phone": "119"}, "この番号は存在しません"),
    ):
        answer = submit(chiba, PAGE, fields)
        assert answer.status_code == 422
        assert said in answer.text
    with store.session(here.organisation_id) as session:
        assert session.get_one(Organisation, here.organisation_id).self_test_at == ""


def test_a_run_begun_by_hand_is_shown_and_a_second_touch_begins_no_other(
    chiba: FlaskClient, store: Store, here: Town
) -> None:
    submit(chiba, PAGE, {"at": "", "phone": "090-1234-5678", "calls": "never"})
    assert submit(chiba, PAGE + "run").status_code == 302
    assert submit(chiba, PAGE + "run").status_code == 302
    page = chiba.get(PAGE).text
    assert "いま自己点検の途中です" in page and "点検中" in page
    with store.session(here.organisation_id) as session:
        assert len(session.scalars(select(SelfTest)).all()) == 1


def test_what_came_of_the_last_ones_is_said_in_words(
    chiba: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    now = instant(clock.now())
    with store.session(here.organisation_id) as session:
        session.get_one(Organisation, here.organisation_id).self_test_at = "06:00"
        session.add(_ended(now - timedelta(days=1), "passed"))
        sends = [{"kind": "sms", "position": 0, "provider": "modem-sms"}]
        also = [["nobody_called", "こもれび荘"]]
        session.add(_ended(now, "failed", problem="refused", detail="error 30003", sends=sends, also=also))
    page = chiba.get(PAGE).text
    assert "42秒で届いた" in page
    assert "事業者が送れないと答えました" in page and "error 30003" in page
    assert "modem-sms" in page and "呼び出される人がいません" in page and "こもれび荘" in page
    assert "自己点検に失敗しました" in chiba.get("/").text


def _ended(at: object, result: str, **more: object) -> SelfTest:
    assert hasattr(at, "date")
    return SelfTest(
        day=at.date(), kind="sms", started_at=at, ended_at=at + timedelta(seconds=42), result=result, **more
    )  # type: ignore[operator]


def test_a_worker_neither_sees_nor_runs_it(aoki: FlaskClient) -> None:
    assert "自己点検" not in aoki.get("/").text
    assert aoki.get(PAGE).status_code == 403
    assert submit(aoki, PAGE + "run").status_code == 403
    assert submit(aoki, PAGE, {"at": "", "phone": ""}).status_code == 403


def test_another_organisations_runs_are_not_shown(
    chiba: FlaskClient, store: Store, elsewhere: Town, clock: Clock
) -> None:
    with store.session(elsewhere.organisation_id) as session:
        session.add(_ended(instant(clock.now()), "failed", problem="refused", detail="elsewhere"))
    assert "elsewhere" not in chiba.get(PAGE).text


def test_metrics_say_when_a_test_last_passed_how_the_pings_go_and_which_provider_answers(
    client: FlaskClient, store: Store, here: Town, elsewhere: Town, clock: Clock
) -> None:
    now = instant(clock.now())
    with store.session(here.organisation_id) as session:
        session.add(_ended(now - timedelta(days=1), "passed"))
        session.add(_ended(now, "failed", problem="refused"))
    with store.session(elsewhere.organisation_id) as session:
        session.add(_ended(now, "failed", problem="refused"))
    with store.system_session() as session:
        session.add(DeadManPing(name="worker", ok=7, failed=2, ok_real_at=now))
        for name, failures, problem in (("line", 0, ""), ("email", 4, "refused"), ("new", 0, "")):
            asked_at = None if name == "new" else now
            session.add(
                ProviderProbe(
                    provider=name, next_real_at=now, asked_real_at=asked_at, failures=failures, problem=problem
                )
            )
    text = client.get("/metrics").text
    passed_at = (now - timedelta(days=1) + timedelta(seconds=42)).timestamp()
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    passed = "tomoshibi_self_test_passed_timestamp_seconds"
    assert float(found[f'{passed}{{organisation="{here.organisation_id}"}}']) == passed_at
    assert float(found[f'{passed}{{organisation="{elsewhere.organisation_id}"}}']) == 0
    assert float(found['tomoshibi_dead_man_pings{result="ok"}']) == 7
    assert float(found['tomoshibi_dead_man_pings{result="failed"}']) == 2
    assert float(found["tomoshibi_dead_man_ok_timestamp_seconds"]) == now.timestamp()
    up = {name: float(found[f'tomoshibi_provider_up{{provider="{name}"}}']) for name in ("line", "email")}
    assert up == {"line": 1, "email": 0}
    assert float(found['tomoshibi_provider_probe_failures{provider="email"}']) == 4
    assert 'provider="new"' not in text
