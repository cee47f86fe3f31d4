"""A coordinator types the code that a gateway shows: what the page and the API say, and how often one may be wrong."""

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.schema import Gateway
from backend.web.frame import EXTENSION
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.backend.web.town import Town

SECRET = "s" * 43
WRONG = "AAAA-AAAA"


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    """A coordinator's browser, signed in."""
    client = app.test_client()
    assert sign_in(client, "chiba").status_code == 302
    return client


def ask(app: Flask, secret: str = SECRET, address: str = "192.0.2.1") -> Any:
    """What a gateway is answered that asks to be taken in."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    answer = app.test_client().post(
        "/api/v1/gateway/enrolments", json={"digest": digest}, environ_overrides={"REMOTE_ADDR": address}
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def became(app: Flask, enrolment: str, secret: str = SECRET) -> TestResponse:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return app.test_client().get(f"/api/v1/gateway/enrolments/{enrolment}", headers=headers)


def type_in(client: FlaskClient, code: str, place: str) -> TestResponse:
    return client.post("/gateways/", data={"code": code, "place": place, "csrf_token": token_for(client)})


def revoke(client: FlaskClient, gateway_id: int) -> TestResponse:
    return client.post(f"/gateways/{gateway_id}/revoke", data={"csrf_token": token_for(client)})


def beat(app: Flask, credential: str) -> int:
    headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
    body = b'{"journal":"j","sent_at":1795400000.0}'
    return app.test_client().post("/api/v1/gateway/reports", data=body, headers=headers).status_code


def test_a_lost_gateway_is_stopped_and_another_one_comes_in_its_place(
    app: Flask, chiba: FlaskClient, here: Town, send: Send
) -> None:
    send()
    asked = ask(app)
    assert became(app, asked["enrolment"]).json == {"state": "waiting"}
    place = f"for-{here.gateway_id}"
    assert "gw-1 は動いています" in chiba.get("/gateways/").text
    refused = type_in(chiba, asked["code"], place)
    assert refused.status_code == 422 and "先に止めてください" in refused.text

    assert revoke(chiba, here.gateway_id).status_code == 302
    assert beat(app, here.credential) == 401
    page = chiba.get("/gateways/").text
    assert "住戸は見守られていません" in page and "gw-1 の代わり" in page

    assert type_in(chiba, asked["code"].lower(), place).status_code == 302
    name = f"gw{here.gateway_id}"
    assert became(app, asked["enrolment"]).json == {"state": "paired", "gateway": name}
    page = chiba.get("/gateways/").text
    assert "ゲートウェイを登録しました" in page and "まだつながっていません" in page
    assert beat(app, f"{name}.{SECRET}") == 200 and beat(app, here.credential) == 401
    assert "まだつながっていません" not in chiba.get("/gateways/").text


def test_a_new_gateway_of_a_building_gets_a_name_of_its_own(app: Flask, chiba: FlaskClient, store: Store) -> None:
    assert type_in(chiba, ask(app)["code"], "new-1").status_code == 302
    with store.system_reading() as session:
        newest = max(session.query(Gateway).all(), key=lambda row: row.id)
    assert newest.ref == f"gw{newest.id}" and newest.ref in chiba.get("/gateways/").text


def test_a_code_that_was_used_or_is_unknown_is_said_beside_its_field(app: Flask, chiba: FlaskClient) -> None:
    code = ask(app)["code"]
    type_in(chiba, code, "new-1")
    for typed, said in (
        (code, "もう使われました"),
        (WRONG, "ゲートウェイがありません"),
        ("<b>", "ゲートウェイがありません"),
    ):
        answer = type_in(chiba, typed, "new-1")
        assert answer.status_code == 422 and said in answer.text and 'aria-invalid="true"' in answer.text
        assert "<b>" not in answer.text.split('name="code"')[1][:60]


def test_the_errors_are_english_for_whoever_reads_english(app: Flask, chiba: FlaskClient) -> None:
    chiba.post("/language", data={"language": "en", "csrf_token": token_for(chiba)})
    assert "no gateway shows this code" in type_in(chiba, WRONG, "new-1").text


def test_whoever_guesses_has_to_wait_and_the_right_code_does_not_help_then(app: Flask, chiba: FlaskClient) -> None:
    for _ in range(5):
        assert type_in(chiba, WRONG, "new-1").status_code == 422
    code = ask(app)["code"]
    answer = type_in(chiba, code, "new-1")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0 and "分待ってください" in answer.text
    assert became(app, ask(app)["enrolment"]).json == {"state": "waiting"}


def test_many_workers_of_one_organisation_guess_no_more_than_it_may_and_others_are_not_kept_out(
    app: Flask, chiba: FlaskClient, elsewhere: Town
) -> None:
    guesses = app.extensions[EXTENSION].guesses
    for _ in range(20):
        guesses.count("code:1")
    assert type_in(chiba, ask(app)["code"], "new-1").status_code == 429
    others = app.test_client()
    sign_in(others, "other-chiba")
    assert type_in(others, ask(app)["code"], f"new-{_building(others)}").status_code == 302


def _building(client: FlaskClient) -> str:
    return client.get("/gateways/").text.split('value="new-')[1].split('"')[0]


def test_nobody_pairs_or_stops_what_is_another_organisations(
    app: Flask, chiba: FlaskClient, here: Town, elsewhere: Town, send: Send
) -> None:
    assert type_in(chiba, ask(app)["code"], f"for-{elsewhere.gateway_id}").status_code == 404
    assert type_in(chiba, ask(app)["code"], "new-2").status_code == 404
    assert revoke(chiba, elsewhere.gateway_id).status_code == 404
    assert beat(app, elsewhere.credential) == 200
    assert "よその荘" not in chiba.get("/gateways/").text


@pytest.mark.parametrize("place", ["", "new-", "new-x", "for-1-1", "old-1", "new-99999999999", "for--1"])
def test_a_place_that_no_page_offers_is_refused(app: Flask, chiba: FlaskClient, place: str) -> None:
    assert type_in(chiba, ask(app)["code"], place).status_code == 400


def test_a_worker_sees_neither_form_nor_button_and_may_do_neither(app: Flask, aoki: FlaskClient, here: Town) -> None:
    page = aoki.get("/gateways/").text
    assert 'id="pair"' not in page and "紛失・盗難" not in page
    assert type_in(aoki, ask(app)["code"], "new-1").status_code == 403
    assert revoke(aoki, here.gateway_id).status_code == 403
    assert beat(app, here.credential) == 200


def test_nobody_hears_of_an_enrolment_without_its_secret(app: Flask) -> None:
    name = ask(app)["enrolment"]
    for secret in ("", "x", SECRET + "x", hashlib.sha256(SECRET.encode()).hexdigest()):
        assert became(app, name, secret).status_code == 401
    assert became(app, "made-up").status_code == 401


def test_one_address_may_not_ask_without_end(app: Flask) -> None:
    for _ in range(60):
        ask(app)
    digest = "0" * 64
    more = {"json": {"digest": digest}, "environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}}
    answer = app.test_client().post("/api/v1/gateway/enrolments", **more)
    assert answer.status_code == 429 and "address" in answer.json["detail"]
    assert ask(app, address="192.0.2.2")["code"]


def test_a_gateway_asks_for_what_was_learned_once_more(app: Flask, here: Town) -> None:
    headers = {"Authorization": f"Bearer {here.credential}"}
    answer = app.test_client().post("/api/v1/gateway/restores", json={"key": "k"}, headers=headers)
    assert answer.json == {"units": 0, "opened_by_key": 0}
    assert app.test_client().post("/api/v1/gateway/restores", json={"key": "k"}).status_code == 401
