"""The service's figures: on the page, over the API and at /metrics."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, Building
from backend.core.clocks import instant
from backend.core.figures import FEWEST
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.fakes import Clock

UNITS = ("101", "102", "103", "201", "202", "203")


def do(browser: FlaskClient, alert_id: int, what: str, **body: str) -> None:
    address = f"/api/v1/alerts/{alert_id}/{what}"
    answer = browser.post(address, json=body or None, headers={"X-CSRFToken": token_for(browser)})
    assert answer.status_code == 200, answer.text


def claim(browser: FlaskClient, alert_id: int) -> None:
    do(browser, alert_id, "claim")


def hour_of(clock: Clock) -> int:
    return instant(clock.now()).astimezone(ZoneInfo("Asia/Tokyo")).hour


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The cells' texts of each row of the table with that caption."""
    (table,) = (each for each in page.split("<table")[1:] if f"<caption>{caption}</caption>" in each)
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>", 1)[1].split("</tbody>", 1)[0], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


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


def test_the_api_tells_the_same_by_hour_and_by_building(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    hour = hour_of(clock)
    a_night(aoki, send, clock)
    clock.advance(hours=1)
    send(reporting.emergency("101", clock.now(), name="later"))
    clock.advance(seconds=30)
    found = figures(aoki)
    shares = {at: of["within"]["60"] for at, of in found["by_hour"].items()}
    first, later = str(hour), str((hour + 1) % 24)
    assert shares == {first: {"hit": 5, "of": 6, "share": 5 / 6}, later: {"hit": 0, "of": 0, "share": None}}
    assert found["by_hour"][first]["claimed"] == {"count": 6, "median_s": 30.0, "p95_s": 75.0}
    assert {id_: team["name"] for id_, team in found["by_team"].items()} == {"1": "ひだまり荘"}
    assert found["by_team"]["1"]["answering"] == found["all"]


def test_the_page_shows_the_same_by_hour_and_by_building(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    page = aoki.get("/figures/").text
    for caption, name in (("建物ごと", "ひだまり荘"), ("時間帯ごと", f"{hour_of(clock)}:00")):
        (row,) = rows_of(page, caption)
        assert row[0] == name
        assert row[1].startswith("⚠ 83.3%") and row[2].startswith("✓ 100.0%")
        assert row[3] == "30秒・1分"


def test_buildings_of_one_name_are_counted_apart(aoki: FlaskClient, send: Send, store: Store, clock: Clock) -> None:
    a_night(aoki, send, clock)
    with store.system_session() as session:
        building = session.get_one(Building, 1)
        namesake = Building(organisation_id=building.organisation_id, name=building.name, zone=building.zone)
        session.add(namesake)
        session.flush()
        for alert_id in (1, 2):
            session.get_one(Alert, alert_id).building_id = namesake.id
    teams = figures(aoki)["by_team"]
    assert {(team["name"], team["answering"]["claimed"]["count"]) for team in teams.values()} == {
        ("ひだまり荘", 4),
        ("ひだまり荘", 2),
    }
    assert [row[0] for row in rows_of(aoki.get("/figures/").text, "建物ごと")] == ["ひだまり荘"] * 2


def test_what_waited_over_three_minutes_is_listed_and_leads_to_its_page(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    begin = clock.now()
    send(reporting.emergency("101", begin), reporting.emergency("102", begin), reporting.emergency("103", begin))
    clock.advance(seconds=180)
    claim(aoki, 1)
    clock.advance(seconds=60)
    claim(aoki, 2)
    clock.advance(seconds=60)
    late = {"priority": "P1", "team": "1", "since": begin}
    assert figures(aoki)["late"] == [
        {"alert_id": 3, **late, "waited_s": 300.0, "claimed": False},
        {"alert_id": 2, **late, "waited_s": 240.0, "claimed": True},
    ]
    page = aoki.get("/figures/").text
    rows = rows_of(page, "引き受けまで3分を超えた通報")
    assert [row[1:] for row in rows] == [["緊急", "ひだまり荘", "5分 引き受けなし"], ["緊急", "ひだまり荘", "4分"]]
    assert re.findall(r'<th scope="row"><a href="(/alerts/\d+/)"', page) == ["/alerts/3/", "/alerts/2/"]
    assert aoki.get("/alerts/3/").status_code == 200


def test_where_nothing_was_late_there_is_no_list(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    a_night(aoki, send, clock)
    assert figures(aoki)["late"] == []
    assert "3分を超えた" not in aoki.get("/figures/").text


def test_the_share_on_site_within_45_minutes_stands_beside_the_median(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    send(*(reporting.emergency(unit, clock.now()) for unit in UNITS))
    clock.advance(seconds=30)
    for alert_id in range(1, len(UNITS)):  # the last is settled by telephone
        claim(aoki, alert_id)
        do(aoki, alert_id, "coming")
    clock.advance(seconds=2670)
    for alert_id in range(1, 5):
        do(aoki, alert_id, "arrived")
    clock.advance(seconds=300)
    do(aoki, 5, "arrived")
    found = figures(aoki)["all"]
    assert found["on_site"] == {"hit": 4, "of": 5, "share": 0.8}
    assert found["arrived"]["median_s"] == 2700.0
    (row,) = rows_of(aoki.get("/figures/").text, "緊急度ごと")
    assert row[4].startswith("⚠ 80.0%") and row[5] == "45分"


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
    hour = hour_of(clock)
    a_night(aoki, send, clock)
    clock.advance(seconds=210)
    for alert_id, outcome in ((1, "helped"), (2, "accidental")):
        do(aoki, alert_id, "arrived")
        do(aoki, alert_id, "close", outcome=outcome)
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
