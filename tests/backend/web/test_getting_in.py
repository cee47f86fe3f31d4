"""Who gets in, and what keeps everybody else out."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.adapters.store import Store
from backend.adapters.store.schema import Worker
from backend.app import OPEN_TO_ANYONE
from backend.web.pages.language import within
from tests.backend.web import reporting, town
from tests.backend.web.conftest import Send, sign_in
from tests.backend.web.town import Town
from tests.fakes import Clock


def test_every_page_asks_for_a_sign_in_unless_it_is_meant_to_be_open(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if {rule.endpoint, rule.endpoint.split(".")[0]} & OPEN_TO_ANYONE:
            continue
        path = re.sub("<[^>]+>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", str(rule)))
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
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "//[",
    ],
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


@pytest.mark.parametrize("number", [str(2**31), "1" + "0" * 20, "1" * 5000])
def test_an_address_with_a_number_that_no_row_can_have_is_not_found(aoki: FlaskClient, number: str) -> None:
    for path in ("/alerts/{}/", "/units/{}", "/rota/{}/", "/api/v1/alerts/{}"):
        assert aoki.get(path.format(number)).status_code == 404
