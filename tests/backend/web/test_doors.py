"""Every address that takes a body: whatever comes is taken or refused, and nothing is an error of the server's.

The gateways' reports are in test_api.py.
"""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from typing import NamedTuple
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters.store import Store
from backend.app import create_app
from backend.channels.webpush.identity import new_private_key
from backend.config import Config, Line, Push, Twilio
from backend.web.frame import EXTENSION
from tests.backend.web.conftest import sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock
from tests.nasty import NASTY, bodies
from tests.scale import scaled

SECRET = "secret"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
AOKI, BABA = b"worker:1", b"worker:2"
SPAN = b'"since":1795410000.0,"until":1795413600.0'
CALENDAR = base64.b64encode(
    b"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nSUMMARY:x\nDTSTART:20261201T090000\nDURATION:PT8H\nEND:VEVENT\n"
    b"END:VCALENDAR\n"
)


class Door(NamedTuple):
    """`good` is a body of the right shape; what it names need not be there."""

    path: str
    good: bytes
    media_type: str = JSON


DOORS = (
    Door("/api/v1/alerts/1/close", b'{"outcome":"helped","note":"x"}'),
    Door("/api/v1/alerts/1/snooze", b'{"for_s":600,"reason":"spoken"}'),
    Door("/api/v1/units/1/dial", b'{"months":8}'),
    Door("/api/v1/maintenance", b'{"building":1,"since":1795410000.0,"until":1795413600.0,"reason":"x"}'),
    Door("/api/v1/rotas", b'{"name":"x","zone":"Asia/Tokyo"}'),
    Door("/api/v1/rotas/1/buildings", b'{"buildings":[1]}'),
    Door(
        "/api/v1/rotas/1/layers",
        b'{"name":"x","days":7,"start":"2026-12-01","handover":"09:00","turns":[["' + AOKI + b'"]],"zone":"Asia/Tokyo",'
        b'"hours":[{"weekdays":[0],"begin":"09:00","end":"17:00"}],"since":1795410000.0}',
    ),
    Door("/api/v1/rotas/1/layers/a/end", b'{"at":1795410000.0}'),
    Door("/api/v1/rotas/1/order", b'{"layers":["a"]}'),
    Door("/api/v1/rotas/1/overrides", b'{"people":["' + AOKI + b'"],"instead_of":null,"note":"x",' + SPAN + b"}"),
    Door(
        "/api/v1/rotas/1/swaps",
        b'{"one":{"person":"' + AOKI + b'",' + SPAN + b'},"other":{"person":"' + BABA + b'",' + SPAN + b'},"note":"x"}',
    ),
    Door("/api/v1/leaves", b'{"person":"' + AOKI + b'","note":"x",' + SPAN + b"}"),
    Door("/api/v1/partners", b'{"name":"x","phone":"+81311110001","language":"en"}'),
    Door(
        "/own/browsers", b'{"endpoint":"https://push.example/1","keys":{"p256dh":"x","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}'
    ),
    Door("/own/", b"phone=09012345678&email=a%40b.example&quiet_since=22:00&quiet_until=06:00&zone=Asia/Tokyo", FORM),
    Door("/rota/1/override", b"since=2026-12-01T09:00&until=2026-12-01T10:00&people=" + AOKI + b"&note=x", FORM),
    Door(
        "/rota/1/swap",
        b"one="
        + AOKI
        + b"|2026-12-01T09:00%2B09:00|2026-12-01T10:00%2B09:00&other="
        + BABA
        + b"|2026-12-02T09:00%2B09:00|2026-12-02T10:00%2B09:00",
        FORM,
    ),
    Door("/rota/1/leave", b"person=" + AOKI + b"&since=2026-12-01T09:00&until=2026-12-01T10:00&note=x", FORM),
    Door("/rota/1/withdraw", b"what=override-1", FORM),
    Door("/rota/1/calendar", b"kind=leave&person=" + AOKI + b"&do=show&data=" + CALENDAR.replace(b"+", b"%2B"), FORM),
    Door(
        "/rota/1/plan/layers/new",
        b"name=x&zone=Asia/Tokyo&days=7&start=2026-12-01&handover=09:00&turn-0="
        + AOKI
        + b"&hours-0-day=1&hours-0-begin=09:00&hours-0-end=17:00&since=2026-12-01T09:00",
        FORM,
    ),
    Door("/api/v1/gateway/enrolments", b'{"digest":"' + b"0" * 64 + b'"}'),
    Door("/api/v1/gateway/restores", b'{"key":"k"}'),
    Door("/gateways/", b"code=AAAA-AAAA&place=new-1", FORM),
    Door("/maintenance/", b"place=1&begin=2026-12-01T09:00&hours=1&reason=x", FORM),
    Door("/units/1/dial/", b"months=8", FORM),
    Door("/units/1/daily-call", b"resident=1&daily_call_at=09:00", FORM),
    Door(
        "/line/webhook",
        b'{"events":[{"type":"message","webhookEventId":"1","timestamp":1795400000000,"source":{"userId":"U1"},'
        b'"message":{"type":"text","text":"1"}}]}',
    ),
    *(
        Door(f"/twilio/{path}", b"CallSid=CA1&MessageSid=SM1&From=%2B819011110001&To=%2B815011110000&" + rest, FORM)
        for path, rest in (
            ("voice/1", b"x=1"),
            ("voice/1/keys", b"Digits=1"),
            ("voice/1/status", b"CallStatus=completed"),
            ("voice/1/machine", b"AnsweredBy=human"),
            ("sms/1/status", b"MessageStatus=delivered&ErrorCode=1"),
            ("sms/inbound", b"Body=1"),
            ("voice/inbound", b"x=1"),
            ("voice/inbound/keys", b"Digits=1"),
            ("voice/inbound/status", b"CallStatus=completed"),
        )
    ),
)
ANSWERS = (200, 204, 302, 400, 401, 403, 404, 409, 413, 422, 429)


@pytest.fixture
def app(store: Store, here: Town, clock: Clock) -> Iterator[Flask]:
    config = Config(
        secret_key="k" * 40,
        line=Line("token", SECRET, "http://127.0.0.1:9"),
        push=Push(new_private_key(), "mailto:it@watch.example", ("https://push.example",)),
        twilio=Twilio("AC1", "token", "+815011110000"),
    )
    app = create_app(config, store, {}, clock)
    with patch("twilio.request_validator.RequestValidator.validate", return_value=True):
        yield app
    threading.Thread(target=app.extensions[EXTENSION].notifier.stop).start()


@pytest.fixture
def chiba(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "chiba")
    return client


def knock(client: FlaskClient, door: Door, body: bytes) -> None:
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-CSRFToken": token_for(client), "X-Line-Signature": signature}
    answer = client.post(door.path, data=body, content_type=door.media_type, headers=headers)
    assert answer.status_code in ANSWERS, (answer.status_code, door.path, body[:200])


def test_nasty_bodies_are_taken_or_refused_by_every_reader(chiba: FlaskClient) -> None:
    """The API's doors share one reader, the pages' another."""
    readers = ("/api/v1/alerts/1/close", "/own/browsers", "/own/", "/line/webhook", "/twilio/sms/inbound")
    for door in [door for door in DOORS if door.path in readers]:
        for body in (door.good, *NASTY.values()):
            knock(chiba, door, body)


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_are_refused_like_other_days(chiba: FlaskClient, day: str) -> None:
    for one in (f"{day}|2026-12-01T09:00%2B09:00", f"2026-12-01T09:00%2B09:00|{day}"):
        body = f"one=worker:1|{one}&other=worker:2|{one}"
        knock(chiba, Door("/rota/1/swap", b"", FORM), body.encode())
    plain = day[:16]
    for path in ("/rota/1/override", "/rota/1/leave"):
        body = f"since={plain}&until={plain}&people=worker:1&person=worker:1"
        knock(chiba, Door(path, b"", FORM), body.encode())
    layer = f"name=x&zone=Asia/Tokyo&days=7&start={day[:10]}&handover=00:00&turn-0=worker:1&since={plain}"
    knock(chiba, Door("/rota/1/plan/layers/new", b"", FORM), layer.encode())


@settings(max_examples=scaled(400, least=40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(DOORS).flatmap(lambda door: st.tuples(st.just(door), bodies(door.good))))
def test_any_bytes_are_taken_or_refused_at_every_door(chiba: FlaskClient, knocked: tuple[Door, bytes]) -> None:
    knock(chiba, *knocked)
