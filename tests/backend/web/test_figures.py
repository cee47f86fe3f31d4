"""The service's figures: on the page, over the API and at /metrics."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from backend.core.clocks import instant
from backend.core.figures import FEWEST
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.fakes import Clock

UNITS = ("101", "102", "103", "201", "202", "203")


def claim(browser: FlaskClient, alert_id: int) -> None:
    answer = browser.post(f"/api/v1/alerts/{alert_id}/claim", headers={"X-CSRFToken": token_for(browser)})
    assert answer.status_code == 200, answer.text


def a_night(browser: FlaskClient, send: Send, clock: Clock) -> None:
    """Six emergencies: five are claimed after 30 s, the last after 90 s."""
    send(*(reporting.emergency(unit, clock.now()) for unit in UNITS))
    clock.advance(seconds=30)
    for alert_id in range(1, len(UNITS)):
        claim(browser, alert_id)
    clock.advance(seconds=60)
    claim(browser, len(UNITS))


def figures(browser: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/api/v1/figures?days=7").get_json()
    return found


def test_the_api_tells_how_many_were_claimed_in_time(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    within = figures(aoki)["all"]["within"]
    assert (within["60"]["hit"], within["60"]["of"]) == (FEWEST, FEWEST + 1)
    assert within["180"] == {"hit": 6, "of": 6, "share": 1.0}
    assert figures(aoki)["all"]["claimed"]["median_s"] == 30.0


def test_an_alert_that_was_given_back_keeps_its_first_claim(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    clock.advance(seconds=10)
    claim(aoki, 1)
    aoki.post("/api/v1/alerts/1/release", headers={"X-CSRFToken": token_for(aoki)})
    clock.advance(hours=1)
    claim(aoki, 1)
    assert figures(aoki)["all"]["claimed"]["median_s"] == 10.0


def test_what_is_older_than_the_days_asked_for_is_left_out(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    clock.advance(hours=24 * 8)
    assert figures(aoki)["all"]["claimed"]["count"] == 0
    assert "この期間に、緊急・異変の通報はありません" in aoki.get("/figures/?days=7").text
    assert "ひだまり荘" in aoki.get("/figures/?days=30").text


def test_the_page_says_whether_the_standard_is_met(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    page = aoki.get("/figures/").text
    assert "⚠ 83.3%" in page and "✓ 100.0%" in page
    assert "件数が少ないため出しません" in page, "nothing is closed yet, so there is no share of false alarms"


def test_another_organisation_sees_nothing_of_it(
    app: Flask, elsewhere: object, aoki: FlaskClient, send: Send, clock: Clock
) -> None:

    a_night(aoki, send, clock)
    stranger = app.test_client()
    sign_in(stranger, "other-aoki")
    assert figures(stranger)["all"]["claimed"]["count"] == 0


def test_metrics_count_the_same_without_a_name_of_anybody(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    text = aoki.get("/metrics").text
    assert 'tomoshibi_claims_due{priority="P1",within_s="60"} 6.0' in text
    assert 'tomoshibi_claims_in_time{priority="P1",within_s="60"} 5.0' in text
    assert 'tomoshibi_alerts_live{priority="P1",state="claimed"} 6.0' in text
    assert "tomoshibi_worker_silent_seconds -1.0" in text
    assert "佐藤" not in text and "ひだまり荘" not in text


def test_metrics_have_hour_team_arrival_and_verdicts(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    hour = instant(clock.now()).astimezone(ZoneInfo("Asia/Tokyo")).hour
    a_night(aoki, send, clock)
    clock.advance(seconds=210)
    for alert_id, outcome in ((1, "helped"), (2, "accidental")):
        for path, body in (("arrived", None), ("close", {"outcome": outcome})):
            address, token = f"/api/v1/alerts/{alert_id}/{path}", token_for(aoki)
            assert aoki.post(address, json=body, headers={"X-CSRFToken": token}).status_code == 200
    text = aoki.get("/metrics").text
    assert f'tomoshibi_hour_claims_due{{hour="{hour}",within_s="60"}} 6.0' in text
    assert f'tomoshibi_hour_claims_in_time{{hour="{hour}",within_s="60"}} 5.0' in text
    assert 'tomoshibi_team_claims_due{team="1",within_s="180"} 6.0' in text
    assert 'tomoshibi_team_claims_in_time{team="1",within_s="60"} 5.0' in text
    assert 'tomoshibi_arrival_seconds{priority="P1",quantile="0.5"} 300.0' in text
    assert 'tomoshibi_verdicts{priority="P1",verdict="false"} 1.0' in text
    assert 'tomoshibi_verdicts{priority="P1",verdict="real"} 1.0' in text
    assert "ひだまり荘" not in text


def test_the_page_speaks_english_too(app: Flask, send: Send, clock: Clock) -> None:
    dana = app.test_client()
    sign_in(dana, "dana")
    a_night(dana, send, clock)
    assert "within 60 s" in dana.get("/figures/").text
