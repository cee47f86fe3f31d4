"""The API: what gateways send and fetch, what people do, and every way of being refused."""

import json
import re
import threading
import time
from typing import Any

import msgspec
import pytest
from contract.reports import BatchReply, Commands
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, Gateway, RefusedReport
from backend.core.clocks import instant
from backend.services import absences, directory
from backend.services.actors import SYSTEM
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock
from tests.scale import scaled

REPORTS = "/api/v1/gateway/reports"
COMMANDS = "/api/v1/gateway/commands"


def bearer(town: Town) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.credential}"}


def post(client: FlaskClient, town: Town, body: bytes, media_type: str = "application/json") -> TestResponse:
    return client.post(REPORTS, data=body, content_type=media_type, headers=bearer(town))


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Assert that this is an error as RFC 9457 wants it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.data)
    assert found["status"] == status
    assert found["title"]
    assert found["type"]
    return found


def change(client: FlaskClient, path: str, body: object = None) -> TestResponse:
    """POST as a page's script would, with the page's token."""
    headers = {"X-CSRFToken": token_for(client)}
    return client.post(f"/api/v1{path}", data=json.dumps(body or {}), content_type="application/json", headers=headers)


# --- gateways ---------------------------------------------------------------------------------------------------------


def test_a_heartbeat_is_noted_and_ends_a_silence(client: FlaskClient, here: Town, store: Store, clock: Clock) -> None:
    def beat_while(stage: int, queued: int) -> Gateway:
        with store.session(here.organisation_id) as session:
            session.get_one(Gateway, here.gateway_id).silent_stage = stage
        clock.advance(seconds=10)
        body = msgspec.json.encode({"journal": "j1", "sent_at": clock.now(), "reports": [], "queued": queued})
        assert post(client, here, body).status_code == 200
        with store.session(here.organisation_id) as session:
            return session.get_one(Gateway, here.gateway_id)

    for stage, queued in ((0, 7), (1, 0)):
        gateway = beat_while(stage, queued)
        assert (gateway.silent_stage, gateway.queued) == (0, queued)
        assert gateway.last_seen_at == instant(clock.now())


def test_a_report_is_stored_once_however_often_it_comes(client: FlaskClient, here: Town, clock: Clock) -> None:
    numbered = reporting.numbered(1, clock.now(), reporting.emergency("101", clock.now()))
    body = msgspec.json.encode({"journal": "j1", "sent_at": clock.now(), "reports": [numbered]})
    results = [msgspec.json.decode(post(client, here, body).data, type=BatchReply).results[0].result for _ in range(2)]
    assert results == ["stored", "duplicate"]


def test_one_unreadable_report_holds_up_no_other_and_is_kept(
    client: FlaskClient, here: Town, clock: Clock, store: Store
) -> None:
    good = msgspec.to_builtins(reporting.numbered(2, clock.now(), reporting.emergency("101", clock.now())))
    bad = {"seq": 1, "at": clock.now(), "report": {"type": "from a later version"}}
    body = json.dumps({"journal": "j1", "sent_at": clock.now(), "reports": [bad, good]}).encode()
    reply = msgspec.json.decode(post(client, here, body).data, type=BatchReply)
    assert [(each.seq, each.result) for each in reply.results] == [(1, "refused"), (2, "stored")]
    with store.reading(here.organisation_id) as session:
        kept = session.scalars(select(RefusedReport)).one()
    assert kept.seq == 1
    assert "from a later version" in kept.body


@pytest.mark.parametrize(
    ("report", "raised"),
    [
        ({"type": "alert", "alert": "a1", "kind": "emergency", "unit": "101", "stage": "open"}, ("P1", True)),
        ({"type": "alert", "kind": "emergency", "unit": 7, "alert": "\0"}, ("P1", False)),
        ({"type": "alert", "kind": "from a later version", "stage": {}, "unit": "101"}, ("T", True)),
        ({"type": "alert", "kind": "emergency", "unit": "101", "stage": "resumed"}, None),
        ({"type": "unit_live", "kind": "emergency"}, None),
        (["alert"], None),
    ],
)
def test_an_alert_that_cannot_be_read_as_a_whole_calls_people_out_once(
    client: FlaskClient, here: Town, clock: Clock, store: Store, report: object, raised: tuple[str, bool] | None
) -> None:
    bad = {"seq": 1, "at": clock.now(), "report": report}
    body = json.dumps({"journal": "j1", "sent_at": clock.now(), "reports": [bad]}).encode()
    for _ in range(2):
        assert [one.result for one in msgspec.json.decode(post(client, here, body).data, type=BatchReply).results] == [
            "refused"
        ]
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        found = [(row.kind, row.priority, row.unit_id is not None) for row in session.scalars(select(Alert))]
    assert found == ([] if raised is None else [("report_stuck", *raised)])


def test_a_report_about_another_gateways_unit_is_refused(
    app: Flask, send: Send, elsewhere: Town, clock: Clock, store: Store
) -> None:
    with store.session(elsewhere.organisation_id) as session:
        session.get_one(Gateway, elsewhere.gateway_id).ref = "gw-2"
    reply = send(reporting.emergency("999", clock.now()))
    assert msgspec.json.decode(reply.data, type=BatchReply).results[0].result == "refused"


@pytest.mark.parametrize("credential", ["", "gw1.wrong", "gw99999.x", "💥", "gw1", "gw1." + "x" * 200])
def test_a_gateway_without_the_right_credential_is_kept_out(client: FlaskClient, here: Town, credential: str) -> None:
    headers = {"Authorization": f"Bearer {credential}".encode().decode("latin-1")}
    answer = client.post(REPORTS, data=b"{}", content_type="application/json", headers=headers)
    problem(answer, 401)


def test_a_revoked_gateway_is_kept_out(client: FlaskClient, here: Town, store: Store, clock: Clock) -> None:
    with store.session(here.organisation_id) as session:
        directory.revoke(session, session.get_one(Gateway, here.gateway_id), instant(clock.now()))
    problem(post(client, here, b'{"journal":"j","sent_at":1}'), 401)


def test_the_long_poll_answers_as_soon_as_there_is_a_command(
    app: Flask, client: FlaskClient, here: Town, store: Store, clock: Clock
) -> None:
    def announce() -> None:
        time.sleep(0.3)
        now = instant(clock.now())
        with store.session(here.organisation_id, viewer="system:test") as session:
            absences.begin(session, here.units["101"], "away", SYSTEM, since=now, now=now)

    other = threading.Thread(target=announce)
    other.start()
    began = time.monotonic()
    answer = client.get(f"{COMMANDS}?after=0&wait_s=20", headers=bearer(here))
    waited_s = time.monotonic() - began
    other.join()
    (found,) = msgspec.json.decode(answer.data, type=Commands).commands
    assert found.n == 1
    assert 0.2 < waited_s < 15


def test_the_long_poll_gives_up_when_its_time_is_over(client: FlaskClient, here: Town) -> None:
    began = time.monotonic()
    answer = client.get(f"{COMMANDS}?after=0&wait_s=0.3", headers=bearer(here))
    assert answer.json == {"commands": []}
    assert 0.25 < time.monotonic() - began < 15


def test_a_waiting_gateway_keeps_nobody_from_writing(
    app: Flask, here: Town, store: Store, send: Send, clock: Clock
) -> None:
    waiting = threading.Thread(
        target=lambda: app.test_client().get(f"{COMMANDS}?after=0&wait_s=25", headers=bearer(here))
    )
    waiting.start()
    time.sleep(0.3)
    assert send(reporting.live("101", clock.now())).status_code == 200
    assert waiting.is_alive()
    now = instant(clock.now())
    with store.session(here.organisation_id, viewer="system:test") as session:
        absences.begin(session, here.units["101"], "away", SYSTEM, since=now, now=now)
    waiting.join()


# --- hostile bodies ---------------------------------------------------------------------------------------------------

NASTY = {
    "nothing": (b"", 400),
    "no JSON": (b"hello", 400),
    "half": (b'{"journal":"j","sent', 400),
    "wrong UTF-8": (b'{"journal":"\xff\xfe","sent_at":1}', 400),
    "NaN": (b'{"journal":"j","sent_at":NaN}', 400),
    "infinite": (b'{"journal":"j","sent_at":1e999}', 422),
    "nested": (b"[" * 100_000 + b"]" * 100_000, 422),
    "nested inside": (b'{"journal":"j","sent_at":1,"reports":[' + b"[" * 50_000 + b"]" * 50_000 + b"]}", 400),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "year 5000": (b'{"journal":"j","sent_at":95617584000}', 422),
    "before 1970": (b'{"journal":"j","sent_at":-1}', 422),
    "no number": (b'{"journal":"j","sent_at":1,"reports":[{"at":1}]}', 422),
    "number of no kind": (b'{"journal":"j","sent_at":1,"reports":[{"seq":"1"}]}', 422),
    "no name": (b'{"journal":"","sent_at":1}', 422),
    "10 MB": (b'{"journal":"' + b"x" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_body_is_refused_and_the_next_good_one_taken(
    name: str, client: FlaskClient, here: Town, send: Send, clock: Clock
) -> None:
    body, status = NASTY[name]
    found = problem(post(client, here, body), status)
    assert "Traceback" not in found.get("detail", "")
    assert send(reporting.live("101", clock.now())).status_code == 200


def test_another_media_type_is_refused(client: FlaskClient, here: Town) -> None:
    problem(post(client, here, b"a=1", "application/x-www-form-urlencoded"), 415)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@settings(
    max_examples=scaled(600, least=40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=st.binary(max_size=300)
    | json_values.map(lambda value: json.dumps(value).encode())
    | json_values.map(
        lambda value: json.dumps(
            {"journal": "j", "sent_at": 1, "reports": [{"seq": 1, "at": 1, "report": value}]}
        ).encode()
    )
)
def test_no_body_whatever_makes_the_server_fail(client: FlaskClient, here: Town, body: bytes) -> None:
    answer = post(client, here, body)
    assert answer.status_code in (200, 400, 413, 422), (answer.status_code, body)


@pytest.mark.parametrize("query", ["after=x", "after=-1", "wait_s=1e9", "wait_s=nan", "after=99999999999999999999"])
def test_a_query_out_of_bounds_is_refused(client: FlaskClient, here: Town, query: str) -> None:
    problem(client.get(f"{COMMANDS}?{query}", headers=bearer(here)), 400)


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_worker_claims_comes_arrives_and_closes(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    (found,) = aoki.get("/api/v1/alerts").json["alerts"]  # type: ignore[index]
    assert (found["priority"], found["state"], found["claimed_by"]) == ("P1", "open", None)
    states = []
    for path, body in (("claim", None), ("coming", None), ("arrived", None), ("close", {"outcome": "helped"})):
        answer = change(aoki, f"/alerts/{found['id']}/{path}", body)
        assert answer.status_code == 200, answer.text
        states.append(answer.json["alert"]["state"])  # type: ignore[index]
    assert states == ["claimed", "coming", "on_site", "closed"]
    assert aoki.get("/api/v1/alerts?state=closed").json["alerts"][0]["outcome"] == "helped"  # type: ignore[index]


def test_who_claims_second_is_told_who_was_first(app: Flask, aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    baba = app.test_client()
    sign_in(baba, "baba")
    assert change(aoki, "/alerts/1/claim").status_code == 200
    found = problem(change(baba, "/alerts/1/claim"), 409)
    assert found["type"] == "urn:tomoshibi:already-claimed"


def test_an_alert_nobody_claimed_cannot_be_closed(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    problem(change(aoki, "/alerts/1/close", {"outcome": "helped"}), 409)


def test_an_outcome_that_does_not_exist_is_refused(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    change(aoki, "/alerts/1/claim")
    problem(change(aoki, "/alerts/1/close", {"outcome": "eaten by a dragon"}), 422)


def test_another_organisations_alert_does_not_exist(app: Flask, elsewhere: Town, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    stranger = app.test_client()
    sign_in(stranger, "other-aoki")
    assert stranger.get("/api/v1/alerts").json == {"alerts": []}
    problem(stranger.get("/api/v1/alerts/1"), 404)
    problem(change(stranger, "/alerts/1/claim"), 404)
    assert stranger.get("/alerts/1/").status_code == 404
    assert stranger.get("/units/1").status_code == 404


def test_a_change_without_the_pages_token_is_refused(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    problem(aoki.post("/api/v1/alerts/1/claim", data="{}", content_type="application/json"), 400)
    assert aoki.get("/api/v1/alerts/1").json["alert"]["state"] == "open"  # type: ignore[index]


def test_nobody_is_let_in_without_a_sign_in(client: FlaskClient, here: Town) -> None:
    for path in ("/alerts", "/alerts/1", "/units"):
        problem(client.get(f"/api/v1{path}"), 401)
    problem(client.post("/api/v1/alerts/1/claim"), 401)


# --- errors and the description --------------------------------------------------------------------------------------


def test_an_unknown_address_and_a_wrong_method_are_problems_too(client: FlaskClient, here: Town) -> None:
    problem(client.get("/api/v1/nothing"), 404)
    answer = client.delete("/api/v1/alerts")
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_an_unexpected_failure_says_nothing_but_a_reference(
    app: Flask, aoki: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the database password is hunter2")

    monkeypatch.setattr("backend.web.views.units.tiles", fail)
    answer = aoki.get("/api/v1/units")
    found = problem(answer, 500)
    assert found["reference"]
    assert "hunter2" not in answer.text


def test_the_description_is_valid_and_covers_every_route(app: Flask, client: FlaskClient, here: Town) -> None:
    document = json.loads(client.get("/api/v1/openapi.json").data)
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    served = {
        (method, re.sub(r"<(?:int:)?(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    _check_references(document, document)
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    for path, operations in document["paths"].items():
        for operation in operations.values():
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert operation["responses"]["200"]


def _check_references(part: object, document: dict[str, Any]) -> None:
    if isinstance(part, dict):
        if "$ref" in part:
            found: Any = document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        for value in part.values():
            _check_references(value, document)
    elif isinstance(part, list):
        for value in part:
            _check_references(value, document)
