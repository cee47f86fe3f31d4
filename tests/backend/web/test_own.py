"""A worker's own settings: what is kept, what is refused, and whose it is."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import LineCode, Notification, Worker, WorkerBrowser
from backend.app import create_app
from backend.channels.console import ConsoleChannel
from backend.channels.webpush import VapidKey
from backend.channels.webpush.identity import new_private_key
from backend.config import Config, Line, Push
from backend.ports import KINDS
from backend.services.own_settings import MOST_BROWSERS
from backend.web.frame import EXTENSION
from tests.backend.web.conftest import sign_in, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock
from tests.phone_company.push_service import PushService

KEY = new_private_key()
SERVICE = "https://push.example"
GOOD = {
    "phone": "090-1234-5678", "email": "aoki@worker.example", "quiet_since": "22:00", "quiet_until": "06:30",
    "zone": "Asia/Tokyo",
}  # fmt: skip


@pytest.fixture
def app(store: Store, here: Town, clock: Clock) -> Iterator[Flask]:
    line, push = Line("token", "secret"), Push(KEY, "mailto:it@watch.example", (SERVICE,))
    channels = {kind: [ConsoleChannel(kind, lambda _: None, lambda _: True)] for kind in KINDS}
    app = create_app(Config(secret_key="k" * 40, line=line, push=push), store, channels, clock)
    yield app
    threading.Thread(target=app.extensions[EXTENSION].notifier.stop).start()


@pytest.fixture
def dana(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "dana")
    return client


def post(client: FlaskClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf_token": token_for(client), **fields}, follow_redirects=True)


def subscribe(client: FlaskClient, endpoint: str = f"{SERVICE}/send/1", **keys: str) -> int:
    with PushService() as service:
        good = service.browser().subscription
    body = {"endpoint": endpoint, "keys": {"p256dh": good.p256dh, "auth": good.auth, **keys}}
    headers = {"X-CSRFToken": token_for(client), "User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0"}
    return client.post("/own/browsers", json=body, headers=headers).status_code


def worker(store: Store, here: Town, login: str = "aoki") -> Worker:
    with store.session(here.organisation_id) as session:
        return session.get_one(Worker, here.workers[login])


def browsers(store: Store, here: Town) -> list[WorkerBrowser]:
    with store.session(here.organisation_id) as session:
        return list(session.scalars(select(WorkerBrowser).order_by(WorkerBrowser.id)))


# --- addresses and quiet hours ----------------------------------------------------------------------------------------


def test_what_a_worker_enters_is_kept_and_shown(aoki: FlaskClient, store: Store, here: Town) -> None:
    page = post(aoki, "/own/", **GOOD)
    assert page.status_code == 200
    assert "保存しました" in page.text
    kept = worker(store, here)
    assert (kept.phone, kept.email) == ("+819012345678", "aoki@worker.example")
    assert (kept.quiet_since, kept.quiet_until, kept.zone) == ("22:00", "06:30", "Asia/Tokyo")
    assert 'value="22:00"' in aoki.get("/own/").text


def test_everything_may_be_left_empty_again(aoki: FlaskClient, store: Store, here: Town) -> None:
    post(aoki, "/own/", **GOOD)
    post(aoki, "/own/", phone="", email="", quiet_since="", quiet_until="", zone="Asia/Tokyo")
    kept = worker(store, here)
    assert (kept.phone, kept.email, kept.quiet_since) == ("", "", "")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "03-3581-4111", "SMSが届きません"),
        ("phone", "050-3456-7890", "SMSが届きません"),
        ("phone", "090-0000-0000", "存在しません"),
        ("phone", "電話", "読めません"),
        ("email", "aoki", "読めません"),
        ("email", "a@b.example\r\nBcc: x@y.example", "読めません"),
        ("email", "青木@例.example", "読めません"),
        ("quiet_since", "25:00", "時刻として読めません"),
        ("quiet_until", "", "両方"),
        ("zone", "../../etc/passwd", "時間帯はありません"),
        ("zone", "Mars/Olympus", "時間帯はありません"),
        ("zone", "", "時間帯はありません"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(
    aoki: FlaskClient, store: Store, here: Town, field: str, value: str, said: str
) -> None:
    before = worker(store, here)
    page = post(aoki, "/own/", **{**GOOD, field: value})
    assert page.status_code == 422
    assert said in page.text
    assert 'aria-invalid="true"' in page.text
    assert GOOD["phone" if field == "email" else "email"] in page.text  # nothing has to be typed again
    after = worker(store, here)
    assert (after.phone, after.email, after.quiet_since) == (before.phone, before.email, before.quiet_since)


def test_a_number_that_is_there_already_may_stay_whatever_it_is(aoki: FlaskClient, store: Store, here: Town) -> None:
    with store.session(here.organisation_id) as session:
        session.get_one(Worker, here.workers["aoki"]).phone = "+819000000001"
    assert post(aoki, "/own/", **{**GOOD, "phone": "+819000000001"}).status_code == 200


def test_each_worker_changes_only_their_own(aoki: FlaskClient, dana: FlaskClient, store: Store, here: Town) -> None:
    post(aoki, "/own/", **GOOD)
    assert worker(store, here, "dana").email == ""
    page = dana.get("/own/").text
    assert "My settings" in page
    assert "aoki@worker.example" not in page


def test_the_page_of_ones_own_is_nobody_elses(client: FlaskClient) -> None:
    assert client.get("/own/").status_code == 302
    assert client.post("/own/browsers", json={}).status_code in (302, 400, 401)


# --- tests of one's own phone -----------------------------------------------------------------------------------------


def test_a_test_is_a_row_of_the_outbox_about_no_alert(aoki: FlaskClient, store: Store, here: Town) -> None:
    page = post(aoki, "/own/test/sms")
    assert "送信待ち" in page.text
    with store.session(here.organisation_id) as session:
        (row,) = session.scalars(select(Notification)).all()
    assert (row.alert_id, row.purpose, row.person, row.rank) == (None, "test", f"worker:{here.workers['aoki']}", 3)
    part = aoki.get("/own/tests", headers={"HX-Request": "true"})
    assert "送信待ち" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("kind", ["pigeon", "SMS"])
def test_a_kind_that_does_not_exist_cannot_be_tried(aoki: FlaskClient, kind: str) -> None:
    assert post(aoki, f"/own/test/{kind}").status_code == 400


# --- LINE -------------------------------------------------------------------------------------------------------------


def test_a_code_is_shown_once_and_kept_as_a_hash(aoki: FlaskClient, store: Store, here: Town) -> None:
    page = post(aoki, "/own/line", do="code").text
    code = page.split('id="line-code">')[1].split("<")[0]
    assert len(code) == 8
    assert code not in aoki.get("/own/").text
    with store.session(here.organisation_id) as session:
        assert code not in session.scalars(select(LineCode.code_hash)).one()


def test_the_link_to_line_can_be_ended(aoki: FlaskClient, store: Store, here: Town) -> None:
    with store.session(here.organisation_id) as session:
        session.get_one(Worker, here.workers["aoki"]).line_user = "U1"
    assert "連携済み" in aoki.get("/own/").text
    assert "未連携" in post(aoki, "/own/line", do="unlink").text


# --- browsers ---------------------------------------------------------------------------------------------------------


def test_a_browser_subscribes_with_our_key_and_can_be_removed(aoki: FlaskClient, store: Store, here: Town) -> None:
    assert VapidKey(KEY).public_key in aoki.get("/own/").text
    assert subscribe(aoki) == 204
    (browser,) = browsers(store, here)
    assert "Chrome, Android" in aoki.get("/own/").text
    assert "Chrome, Android" not in post(aoki, f"/own/browsers/{browser.id}/remove").text
    assert browsers(store, here) == []


def test_a_browser_belongs_to_whoever_subscribed_last(
    aoki: FlaskClient, dana: FlaskClient, store: Store, here: Town
) -> None:
    assert (subscribe(aoki), subscribe(dana)) == (204, 204)
    (browser,) = browsers(store, here)
    assert browser.worker_id == here.workers["dana"]
    assert post(aoki, f"/own/browsers/{browser.id}/remove").status_code == 404


def test_only_so_many_browsers_are_kept(aoki: FlaskClient, store: Store, here: Town) -> None:
    for n in range(MOST_BROWSERS + 2):
        subscribe(aoki, f"{SERVICE}/send/{n}")
    assert [one.endpoint[-1] for one in browsers(store, here)] == [str(n) for n in range(2, MOST_BROWSERS + 2)]


@pytest.mark.parametrize(
    "endpoint", ["https://evil.example/x", "http://127.0.0.1:5432/", f"{SERVICE}.evil.example/", SERVICE + "/" * 1001]
)
def test_an_address_that_is_no_push_service_is_refused(
    aoki: FlaskClient, store: Store, here: Town, endpoint: str
) -> None:
    assert subscribe(aoki, endpoint) == 400
    assert browsers(store, here) == []


@pytest.mark.parametrize("keys", [{"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "é"}, {"auth": ""}])
def test_keys_that_no_browser_makes_are_refused(
    aoki: FlaskClient, store: Store, here: Town, keys: dict[str, str]
) -> None:
    assert subscribe(aoki, **keys) == 400
    assert browsers(store, here) == []


def test_what_is_no_subscription_or_comes_without_the_pages_token_is_refused(aoki: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_for(aoki)}
    for body in (b"", b"{}", b"\xff", b'{"endpoint": 1}'):
        assert aoki.post("/own/browsers", data=body, headers=headers).status_code == 400
    assert aoki.post("/own/browsers", json={"endpoint": SERVICE, "keys": {}}).status_code == 400
