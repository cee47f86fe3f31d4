"""The web processes' lookout: by real mail and a real webhook, exactly once, and its own end does not go unnoticed."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.wrappers import Request, Response

from backend.adapters.store import Store
from backend.app import create_app
from backend.config import Config, Limits, check
from backend.core.clocks import instant
from backend.services import heartbeats
from backend.web.frame import EXTENSION
from backend.web.lookout import NOBODY, Lookout
from tests.fakes import Clock
from tests.phone_company import mail as mail_server
from tests.phone_company.mail import MailServer
from tests.phone_company.served import Served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OPERATOR = "it@operator.example"


class Pager:
    """What stands behind the webhook."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.taken.append(json.loads(Request(environ).get_data()))
        return Response(status=202)(environ, start_response)


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as mail:
        yield mail


@pytest.fixture
def pager() -> Pager:
    return Pager()


@pytest.fixture
def config(mail: MailServer, pager: Pager) -> Iterator[Config]:
    with Served(pager) as served:
        email = {"host": "localhost", "port": mail.port, "ca_file": mail.ca_file, "sender": "watch@watch.example"}
        yield check(
            {
                "secret_key": "k" * 40,
                "public_url": "https://watch.example",
                "email": {**email, "user": mail_server.USER, "password": mail_server.PASSWORD},
                "operator": {"email": OPERATOR, "webhook": f"{served.url}/hook"},
            }
        )


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def beat(store: Store, real: Clock) -> None:
    with store.system_session() as session:
        heartbeats.beat(session, "worker", now=instant(real.now()), real_now=instant(real.now()), limits=Limits())


def test_two_web_processes_tell_the_operator_once_by_each_way_and_once_more_when_the_worker_is_back(
    store: Store, config: Config, mail: MailServer, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.web.lookout.EVERY_S", 0.05)
    real, apps = Clock(), [create_app(config, store, {}, Clock()) for _ in range(2)]
    beat(store, real)
    lookouts = [Lookout(store, app.extensions[EXTENSION].lookout.ways, real.now) for app in apps]
    try:
        for lookout in lookouts:
            lookout.start()
        wait_until(lambda: all(lookout._beaten is not None for lookout in lookouts))
        time.sleep(0.3)
        assert pager.taken == []
        real.advance(seconds=130)
        wait_until(lambda: bool(pager.taken) and bool(mail.letters))
        letter = mail.takes(OPERATOR)
        assert letter is not None and "通報の処理が止まっています" in letter.subject
        assert "https://watch.example" in letter.text and "nobody is called" in letter.text
        beat(store, real)
        wait_until(lambda: len(pager.taken) >= 2 and len(mail.letters) >= 2)
        time.sleep(0.5)
    finally:
        for lookout in lookouts:
            lookout.stop()
        for app in apps:
            threading.Thread(target=app.extensions[EXTENSION].notifier.stop).start()
    assert [body["event"] for body in pager.taken] == ["worker_silent", "worker_beating"]
    assert mail.takes(OPERATOR)


def test_where_nobody_is_to_be_told_it_says_so(app: Flask, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert app.test_client().get("/readyz").get_json()["warnings"] == [NOBODY]
    lookout = Lookout(store, {})
    lookout.start()
    lookout.stop()
    assert NOBODY in caplog.text


def test_a_lookout_that_has_ended_is_named_by_readyz(app: Flask, store: Store) -> None:
    lookout = app.extensions[EXTENSION].lookout
    beat(store, Clock(time.time()))
    assert app.test_client().get("/readyz").status_code == 200
    lookout.start()
    lookout.stop()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["lookout"] == "has ended"


def test_a_database_that_is_away_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.web.lookout.EVERY_S", 0.01)
    store = Store(f"sqlite:///{tmp_path}/without-tables.db")
    lookout = Lookout(store, {})
    lookout.start()
    time.sleep(0.2)
    assert lookout.problem() is None
    lookout.stop()
    store.close()


HANGS = """
import sys, time
from backend.adapters.store import Store
from backend.services import operator
from backend.web import lookout
lookout.HANGS_S, lookout.EVERY_S = 1.0, 0.05
turns = []
def look(*_, **__):
    turns.append(1)
    if len(turns) > 3:
        time.sleep(60)
operator.look = look
lookout.Lookout(Store("sqlite://"), {}).start()
time.sleep(60)
sys.exit(0)
"""


def test_a_process_whose_lookout_hangs_ends_and_says_where() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr and "lookout.py" in ended.stderr
