"""The OpenAPI document says what is true: how one gets in, what a request needs, and what each answer looks like."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.web.problems import MEDIA_TYPE
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.backend.web.town import PASSWORD, Town
from tests.fakes import Clock

Document = dict[str, Any]
KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


@pytest.fixture
def document(app: Flask) -> Document:
    found: Document = app.test_client().get("/api/v1/openapi.json").get_json()
    return found


def operations(document: Document) -> list[tuple[str, str, Document]]:
    return [(path, method, each) for path, by in document["paths"].items() for method, each in by.items()]


def fits(value: Any, schema: Document, document: Document) -> bool:
    """Whether a value is as the part of JSON Schema says that our document uses."""
    if "$ref" in schema:
        return fits(value, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "anyOf" in schema:
        return any(fits(value, each, document) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if "type" not in schema:
        return True
    if not isinstance(value, KINDS[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return False
    if isinstance(value, list):
        return all(fits(each, schema.get("items", {}), document) for each in value)
    if isinstance(value, dict):
        parts, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        others = {} if others is True else others
        named = set(schema.get("required", ())) <= set(value) and (not parts or set(value) <= set(parts))
        return named and all(fits(each, parts.get(key, others), document) for key, each in value.items())
    return True


def assert_as_described(document: Document, method: str, address: str, answer: TestResponse) -> None:
    """The status is declared, the media type too, and the body is of its schema; an error says its own status."""
    path = address.partition("?")[0]
    (found,) = [
        each
        for template, by, each in operations(document)
        if by == method.lower() and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path)
    ]
    declared = found["responses"].get(str(answer.status_code))
    assert declared is not None, f"{method} {address} answered {answer.status_code}"
    assert answer.mimetype in declared["content"], f"{method} {address}: {answer.mimetype}"
    body = answer.get_json()
    assert fits(body, declared["content"][answer.mimetype]["schema"], document), f"{method} {address}: {body}"
    if answer.status_code >= 400:
        assert (answer.mimetype, body["status"]) == (MEDIA_TYPE, answer.status_code)


def test_what_a_worker_changes_needs_the_declared_token_and_nothing_else_does(document: Document) -> None:
    for path, method, each in operations(document):
        tokens = [one for one in each["parameters"] if one["in"] == "header"]
        of_worker = each["security"] == [{"session": []}]
        if of_worker and method == "post":
            (token,) = tokens
            assert (token["name"], token["required"]) == ("X-CSRFToken", True), path
            assert "400" in each["responses"], path
        else:
            assert tokens == [], path
        assert ("401" in each["responses"]) == bool(each["security"]), path
        assert ("403" in each["responses"]) == of_worker, path


def test_the_document_leads_a_program_in(app: Flask, document: Document, send: Send, clock: Clock) -> None:
    scheme = document["components"]["securitySchemes"]["session"]
    for word in ("/sign-in", "login", "password", "csrf_token", "302", "401", "429"):
        assert word in scheme["description"]
    assert "csrf-token" in str(document["paths"]["/api/v1/alerts/{alert_id}/claim"]["post"]["parameters"])
    send(reporting.emergency("101", clock.now()))
    client = app.test_client()
    form = client.get("/sign-in").text
    csrf = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', form)[0]
    entered = client.post("/sign-in", data={"login": "aoki", "password": PASSWORD, "csrf_token": csrf})
    assert entered.status_code == 302
    assert client.get_cookie(scheme["name"]) is not None
    token = re.findall(r'<meta name="csrf-token" content="([^"]+)"', client.get("/").text)[0]
    assert client.post("/api/v1/alerts/1/claim").status_code == 400
    assert client.post("/api/v1/alerts/1/claim", headers={"X-CSRFToken": token}).status_code == 200


def test_over_https_a_change_needs_a_referer_of_this_site_too(aoki: FlaskClient, document: Document) -> None:
    headers = {"X-CSRFToken": token_for(aoki)}
    assert "Referer" in str(document["paths"]["/api/v1/partners"]["post"]["parameters"])
    answer = aoki.post("/api/v1/partners", headers=headers, base_url="https://localhost")
    assert answer.status_code == 400
    headers["Referer"] = "https://localhost/"
    assert aoki.post("/api/v1/partners", headers=headers, base_url="https://localhost").status_code == 415


def test_real_answers_are_as_described(
    app: Flask, aoki: FlaskClient, here: Town, document: Document, send: Send, clock: Clock
) -> None:
    send(reporting.emergency("101", clock.now()), reporting.live("102", clock.now()))
    stranger, chiba = app.test_client(), app.test_client()
    sign_in(chiba, "chiba")
    statuses = set()

    def ask(client: FlaskClient, method: str, address: str, **more: Any) -> None:
        answer = client.open(f"/api/v1{address}", method=method, **more)
        assert_as_described(document, method, f"/api/v1{address}", answer)
        statuses.add(answer.status_code)

    for address in ("", "?state=closed", "?state=eaten", "/1", "/99"):
        ask(aoki, "GET", f"/alerts{address}")
    for address in ("/units", "/maintenance", "/figures", "/partners", "/rotas", "/rotas/1", "/rotas/99"):
        ask(aoki, "GET", address)
    for address in ("/rotas/1/on-call", "/rotas/1/shifts", "/rotas/1/shifts?since=2000&until=1000", "/openapi.json"):
        ask(aoki, "GET", address)
    ask(stranger, "GET", "/alerts")
    ask(stranger, "GET", "/gateway/commands")
    ask(stranger, "POST", "/alerts/1/claim")
    with_token = {"headers": {"X-CSRFToken": token_for(aoki)}}
    ask(aoki, "POST", "/alerts/1/claim")
    for address in ("/alerts/1/claim", "/alerts/99/claim", "/partners/1/remove", "/rotas/1/overrides/99/withdraw"):
        ask(aoki, "POST", address, **with_token)
    ask(chiba, "POST", "/alerts/1/claim", headers={"X-CSRFToken": token_for(chiba)})
    for body in ({"outcome": "eaten"}, {"outcome": 1}, {"outcome": "helped"}):
        ask(aoki, "POST", "/alerts/1/close", json=body, **with_token)
    ask(aoki, "POST", "/alerts/1/close", data="{", content_type="application/json", **with_token)
    ask(aoki, "POST", "/alerts/1/close", data="x", **with_token)
    credential = {"headers": {"Authorization": f"Bearer {here.credential}"}}
    ask(aoki, "GET", "/gateway/commands?after=0&wait_s=0", **credential)
    for body in ({"journal": "j2", "sent_at": 1.0}, {"journal": 1}):
        ask(aoki, "POST", "/gateway/reports", json=body, **credential)
    assert statuses == {200, 400, 401, 403, 404, 409, 415, 422}
