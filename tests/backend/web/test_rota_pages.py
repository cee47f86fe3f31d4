"""The pages of a rota: who is on call, what coordinators change, what workers may not, and the calendar's address."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, PolicyStep, RotaOverride, Worker
from tests.backend.web.conftest import sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock

PAGE = "/rota/1/"
JAPAN = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """The coordinator's browser."""
    browser = app.test_client()
    assert sign_in(browser, "chiba").status_code == 302
    return browser


def local(clock: Clock, hours: float) -> str:
    """A time so many hours from now, as a form sends it."""
    return (
        (datetime.fromtimestamp(clock.now(), UTC) + timedelta(hours=hours)).astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M")
    )


def press(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    return browser.post(path, data={**fields, "csrf_token": token_for(browser)})


def person(store: Store, here: Town, login: str) -> str:
    with store.session(here.organisation_id) as session:
        return f"worker:{session.scalars(select(Worker.id).where(Worker.login == login)).one()}"


def test_the_page_says_who_is_on_call_now_and_in_the_week(aoki: FlaskClient) -> None:
    assert aoki.get("/rota/").headers["Location"].endswith(PAGE)
    page = aoki.get(PAGE).text
    assert "夜間見守りセンター" in page
    assert "<table" in page, "the picture has its words beside it"


def test_an_override_is_on_call_at_once(chiba: FlaskClient, store: Store, here: Town, clock: Clock) -> None:
    aoki = person(store, here, "aoki")
    since, until = local(clock, 0), local(clock, 3)
    answer = press(chiba, f"{PAGE}override", since=since, until=until, people=aoki, note="交代のため")
    assert answer.status_code == 302, answer.text
    with store.session(here.organisation_id) as session:
        assert session.scalars(select(RotaOverride.people)).one() == [aoki]
        assert session.scalar(select(Audit.id).where(Audit.what.contains("override"))) is not None


def test_what_is_wrong_is_said_at_the_form_and_nothing_is_written(
    chiba: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    since, until = local(clock, 3), local(clock, 1)
    answer = press(chiba, f"{PAGE}override", since=since, until=until, people=person(store, here, "aoki"))
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert press(chiba, f"{PAGE}override", since="never", until="", people="worker:999999").status_code == 422
    with store.session(here.organisation_id) as session:
        assert session.scalars(select(RotaOverride.id)).all() == []


def test_a_worker_sees_the_rota_and_changes_nothing_of_it(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    mine = person(store, here, "aoki")
    fields = {"since": local(clock, 0), "until": local(clock, 1), "people": mine}
    assert press(aoki, f"{PAGE}override", **fields).status_code == 403
    assert press(aoki, f"{PAGE}leave", person=mine, since=local(clock, 0)).status_code == 403
    assert press(aoki, "/rota/", name="x").status_code == 403
    assert press(aoki, f"{PAGE}feed", whose="rota").status_code == 403
    assert aoki.get(PAGE).status_code == 200


def test_a_change_without_the_pages_token_is_refused(chiba: FlaskClient, clock: Clock) -> None:
    assert chiba.post(f"{PAGE}override", data={"since": local(clock, 0), "until": local(clock, 1)}).status_code == 400


def test_another_organisations_rota_does_not_exist(app: Flask, elsewhere: Town, chiba: FlaskClient) -> None:
    stranger = app.test_client()
    sign_in(stranger, "other-aoki")
    assert stranger.get(PAGE).status_code == 404


def test_leave_that_leaves_nobody_is_warned_of_on_the_board(
    chiba: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    with store.session(here.organisation_id) as session:
        for step in session.scalars(select(PolicyStep)):
            step.target, step.worker_id = "rota", None
    assert "当番不在" not in chiba.get("/").text and "いま当番が" not in chiba.get("/").text
    for login in ("aoki", "baba", "chiba", "dana"):
        leave = {"person": person(store, here, login), "since": local(clock, 0), "until": local(clock, 24 * 14)}
        assert press(chiba, f"{PAGE}leave", **leave).status_code == 302
    board = chiba.get("/").text
    assert "いま当番がいません" in board, "today is a holiday, and whoever works on holidays is away too"
    assert "当番不在 11/24 9:00" in board.replace("09:00", "9:00")


def test_the_calendars_address_works_until_it_is_ended_and_for_nobody_who_guesses(
    app: Flask, chiba: FlaskClient
) -> None:
    answer = press(chiba, f"{PAGE}feed", whose="rota")
    address = answer.text.split("/rota/", 1)[1]
    found = [part for part in answer.text.split('"') if part.endswith(".ics")]
    assert len(found) == 1, address[:200]
    path = "/rota/" + found[0].rsplit("/", 1)[1]
    anybody = app.test_client()
    calendar = anybody.get(path)
    assert calendar.status_code == 200 and calendar.data.startswith(b"BEGIN:VCALENDAR")
    assert anybody.get("/rota/guessed.ics").status_code == 404
    press(chiba, f"{PAGE}feed", whose="rota", do="revoke")
    assert anybody.get(path).status_code == 404


def test_a_file_that_is_no_calendar_brings_nothing_in(chiba: FlaskClient) -> None:
    answer = press(chiba, f"{PAGE}calendar", kind="leave", person="worker:1", data="bm90IGEgY2FsZW5kYXI=")
    assert answer.status_code == 422
