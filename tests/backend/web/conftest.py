"""The web process on a real store, with two organisations in it."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec
import pytest
from contract.reports import Batch, Report
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Notification
from backend.app import create_app
from backend.config import Config, Limits
from backend.core.clocks import instant
from backend.services import links
from backend.web.frame import EXTENSION
from tests.backend.web import reporting, town
from tests.backend.web.town import Town
from tests.fakes import Clock
from tests.postgres import Postgres
from tests.stores import Stores

Send = Callable[..., TestResponse]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass(frozen=True)
class Built:
    """A database with the first organisation in it, made once: hashing passwords is slow on purpose."""

    town: Town
    copy: Callable[[Path], str]  # the URL of a copy; the folder is the test's own
    drop: Callable[[str], None]  # a server with a hundred databases takes half a minute to end


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    if request.param == "sqlite":
        original = tmp_path_factory.mktemp("built") / "web.db"
        made = _build(f"sqlite:///{original}")
        return Built(made, lambda home: f"sqlite:///{shutil.copy(original, home / 'web.db')}", lambda _url: None)
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh()
    return Built(_build(url), lambda _home: postgres.fresh(like=url), postgres.drop)


def _build(url: str) -> Town:
    store = Store(url)
    migrate(store)
    made = town.build(store)
    store.close()
    return made


@pytest.fixture
def store(stores: Stores, tmp_path: Path, built: Built) -> Iterator[Store]:
    url = built.copy(tmp_path)
    with stores.at(url) as store:
        yield store
    built.drop(url)


@pytest.fixture
def here(built: Built) -> Town:
    return built.town


@pytest.fixture
def elsewhere(store: Store, here: Town) -> Town:
    return town.build(store, name="よその法人", prefix="other-", building="よその荘")


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Each test has an app of its own, which would compile every template that it shows anew: half of its time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(store: Store, here: Town, clock: Clock, compiled_templates: BytecodeCache) -> Iterator[Flask]:
    app = create_app(Config(secret_key="k" * 40), store, {}, clock)
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    # It looks up from PostgreSQL every half second; the next test need not wait for that.
    threading.Thread(target=app.extensions[EXTENSION].notifier.stop).start()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def send(app: Flask, here: Town, clock: Clock) -> Send:
    """Post reports as the gateway does; returns the answer."""
    numbers = iter(range(1, 1_000_000))

    def send(*reports: Report, credential: str = here.credential) -> TestResponse:
        at = clock.now()
        batch = Batch("j1", at, [reporting.numbered(next(numbers), at, report) for report in reports])
        return app.test_client().post(
            "/api/v1/gateway/reports",
            data=msgspec.json.encode(batch),
            content_type="application/json",
            headers={"Authorization": f"Bearer {credential}"},
        )

    return send


def token_of(page: TestResponse) -> str:
    """The token that a page's forms carry."""
    return page.text.split('name="csrf-token" content="', 1)[1].split('"', 1)[0]


_tokens: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()


def token_for(client: FlaskClient) -> str:
    """The token of somebody signed in: good until they sign out, so a page is fetched for it once."""
    if client not in _tokens:
        _tokens[client] = token_of(client.get("/gateways/"))
    return _tokens[client]


def sign_in(client: FlaskClient, login: str = "aoki", password: str = town.PASSWORD, **more: str) -> TestResponse:
    """Fill the sign-in form and send it."""
    token = token_of(client.get("/sign-in"))
    return client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token, **more})


def press(client: FlaskClient, alert_id: int, action: str, **fields: str) -> str:
    """Press a button as htmx does; returns the new fragment."""
    headers = {"X-CSRFToken": token_for(client), "HX-Request": "true"}
    answer = client.post(f"/alerts/{alert_id}/{action}", data={"view": "alert", **fields}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(page: TestResponse, part: str = "live") -> str:
    """The name of what a page shows."""
    return re.findall(rf'id="{part}"[^>]* data-seen="([0-9a-f]+)"', page.text)[0]


@pytest.fixture
def aoki(app: Flask) -> FlaskClient:
    """A worker's browser, signed in."""
    client = app.test_client()
    assert sign_in(client).status_code == 302
    return client


@pytest.fixture
def link(send: Send, clock: Clock, store: Store, here: Town) -> str:
    """A link as an SMS carries it."""
    send(reporting.emergency("101", clock.now()))
    with store.session(here.organisation_id) as session:
        page = session.scalars(select(Notification).where(Notification.worker_id == here.workers["aoki"])).first()
        assert page is not None
        return "/c/" + links.create(session, page, now=instant(clock.now()), limits=Limits())
