"""Rotas over the API: who is on call, what a coordinator changes, and what is refused."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from tests.backend.web.conftest import sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock

HOUR_S = 3600.0
ROTA = "/rotas/1"


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """The coordinator's browser."""
    browser = app.test_client()
    assert sign_in(browser, "chiba").status_code == 302
    return browser


def get(browser: FlaskClient, path: str, **query: object) -> Any:
    answer = browser.get(f"/api/v1{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def post(browser: FlaskClient, path: str, body: object = None) -> TestResponse:
    headers = {"X-CSRFToken": token_for(browser)}
    return browser.post(f"/api/v1{path}", data=json.dumps(body or {}), content_type="application/json", headers=headers)


def done(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def refused(answer: TestResponse, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    for word in words:
        assert word in answer.text


def person(here: Town, login: str) -> str:
    return f"worker:{here.workers[login]}"


def test_who_is_on_call_is_told_with_the_layer_that_says_so(aoki: FlaskClient) -> None:
    (rota,) = get(aoki, "/rotas")["rotas"]
    assert rota["id"] == 1
    refs = {layer["ref"] for layer in get(aoki, ROTA)["layers"]}
    shift = get(aoki, f"{ROTA}/on-call")["shift"]
    assert shift["people"] and shift["ref"] in refs


def test_an_override_holds_from_when_to_when_it_says(
    chiba: FlaskClient, aoki: FlaskClient, here: Town, clock: Clock
) -> None:
    since = clock.now() + HOUR_S
    until = since + HOUR_S
    before, after = (get(aoki, f"{ROTA}/on-call", at=at)["shift"]["people"] for at in (since, until))
    other = next(person(here, login) for login in here.workers if [person(here, login)] != before)
    body = {"since": since, "until": until, "people": [other], "note": "代わり"}
    (made,) = done(post(chiba, f"{ROTA}/overrides", body))["overrides"]
    assert get(aoki, f"{ROTA}/on-call", at=since)["shift"]["people"] == [other]
    assert get(aoki, f"{ROTA}/on-call", at=until)["shift"]["people"] == after
    assert done(post(chiba, f"{ROTA}/overrides/{made['id']}/withdraw"))["overrides"] == []
    assert get(aoki, f"{ROTA}/on-call", at=since)["shift"]["people"] == before


def test_leave_of_everybody_shows_as_a_gap(chiba: FlaskClient, aoki: FlaskClient, here: Town, clock: Clock) -> None:
    since = clock.now() + HOUR_S
    until = since + 4 * HOUR_S  # before the night, which a partner has
    assert get(aoki, f"{ROTA}/shifts", since=since, until=until)["gaps"] == []
    for login in ("aoki", "baba", "chiba", "dana"):
        done(post(chiba, "/leaves", {"person": person(here, login), "since": since, "until": until, "note": "研修"}))
    assert get(aoki, f"{ROTA}/shifts", since=since, until=until)["gaps"] == [{"since": since, "until": until}]
    notes = {each["note"] for each in get(aoki, ROTA)["leaves"]}
    assert notes == {""}, "why somebody is away is for those who plan with it"
    assert {each["note"] for each in get(chiba, ROTA)["leaves"]} == {"研修"}


def test_what_is_wrong_is_refused_in_words_and_changes_nothing(chiba: FlaskClient, here: Town, clock: Clock) -> None:
    now, aoki = clock.now(), person(here, "aoki")
    before = get(chiba, ROTA)
    backwards = {"since": now + HOUR_S, "until": now, "people": [aoki]}
    refused(post(chiba, f"{ROTA}/overrides", backwards), 422, "until")
    refused(post(chiba, f"{ROTA}/overrides", {**backwards, "until": now + 2 * HOUR_S, "people": ["worker:99999"]}), 422)
    refused(post(chiba, "/rotas/99/overrides", {**backwards, "until": now + 2 * HOUR_S}), 404)
    refused(post(chiba, f"{ROTA}/order", {"layers": ["made-up"]}), 422)
    too_long = {"since": now, "until": now + 400 * 24 * HOUR_S}
    refused(chiba.get(f"/api/v1{ROTA}/shifts", query_string=too_long), 422, "until")
    assert get(chiba, ROTA) == before


def test_a_worker_looks_and_changes_nothing(aoki: FlaskClient, here: Town, clock: Clock, store: Store) -> None:
    now = clock.now()
    body = {"since": now, "until": now + HOUR_S, "people": [person(here, "aoki")]}
    refused(post(aoki, f"{ROTA}/overrides", body), 403)
    refused(post(aoki, "/leaves", {"person": person(here, "aoki"), "since": now}), 403)
    refused(post(aoki, "/partners", {"name": "夜間センター", "phone": "0312345678", "language": "ja"}), 403)
    assert get(aoki, ROTA)["overrides"] == []


def test_nobody_looks_without_signing_in(app: Flask) -> None:
    assert app.test_client().get(f"/api/v1{ROTA}").status_code == 401
