"""Whatever shows a worker something of a resident's life leaves a line in the audit with the worker's name."""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend.adapters.store import Store
from backend.adapters.store.repeats import Repeats
from backend.adapters.store.schema import Audit, ResidentPhoto
from backend.core.clocks import instant
from backend.services import absences
from backend.services.actors import SYSTEM
from tests.backend.pictures import PNG
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, press, sign_in
from tests.backend.web.town import RESIDENTS, Town
from tests.fakes import Clock

NOTE = "ご本人と話しました"
SIGNS = ("緊急ボタンが押されました", '"last_sign":{"at":', "ふつう約", '"cost":{"months":', "入院", "IHDR")
TELLS = (*(each[1] for each in RESIDENTS), NOTE, *SIGNS)
SHOW_A_LIFE = {
    "/",
    "/board",
    "/alerts/<int:alert_id>/",
    "/alerts/<int:alert_id>/part",
    "/alerts/<int:alert_id>/119",
    "/alerts/<int:alert_id>/110",
    "/units/",
    "/units/list",
    "/units/<int:unit_id>",
    "/units/<int:unit_id>/dial/",
    "/units/<int:unit_id>/dial/part",
    "/residents/<int:resident_id>/photo",
    "/c/<token>",
    "/api/v1/alerts",
    "/api/v1/alerts/<int:alert_id>",
    "/api/v1/units",
    "/api/v1/units/<int:unit_id>/dial",
}
FOR_NO_WORKER = {"static", "api.fetchCommands", "api.getEnrolment", "rota_feed.calendar", "live.stream", "signin.enter"}


@pytest.fixture
def chiba(app: Flask, here: Town, send: Send, store: Store, clock: Clock, link: str) -> FlaskClient:
    """A coordinator's browser. 101 has an alert and a dial, 102 a last sign, 103 is in hospital, 1 has a photo."""
    client = app.test_client()
    assert sign_in(client, "chiba").status_code == 302
    send(reporting.live("102", clock.now()), reporting.dial("101"))
    press(client, 1, "note", text=NOTE)
    now = instant(clock.now())
    with store.session(here.organisation_id, viewer="system:test") as session:
        absences.begin(session, here.units["103"], "hospital", SYSTEM, since=now, now=now)
        session.add(ResidentPhoto(resident_id=1, image=PNG, media_type="image/png", consented_on=now.date()))
    return client


@pytest.fixture
def opened_for_nobody(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Which modules open an organisation's session without saying for whom."""
    found: set[str] = set()

    def watched(opening: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, viewer: str | None = None, **more: Any) -> Any:
            if viewer is None:
                found.add(sys._getframe(1).f_globals["__name__"])
            return opening(*arguments, viewer=viewer, **more)

        return wrapped

    for way in ("session", "reading"):
        monkeypatch.setattr(Store, way, watched(getattr(Store, way)))
    return found


def addresses(app: Flask, here: Town, link: str) -> Iterator[tuple[str, str]]:
    """Every rule that a worker can look at, with an address of it."""
    named = {
        "alert_id": 1,
        "unit_id": here.units["101"],
        "resident_id": 1,
        "rota_id": 1,
        "token": link.rsplit("/", 1)[1],
    }
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in FOR_NO_WORKER:
            yield str(rule), re.sub(r"<(?:int:)?(\w+)>", lambda part: str(named[part[1]]), str(rule))


def test_whatever_tells_a_worker_of_a_resident_is_written_down_with_the_workers_name(
    app: Flask,
    chiba: FlaskClient,
    here: Town,
    store: Store,
    link: str,
    opened_for_nobody: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Repeats, "is_repeat", lambda *_: False)
    told = set()
    for rule, address in addresses(app, here, link):
        before = newest(store, here)
        answer = chiba.get(address)
        assert answer.status_code in (200, 302, 503), f"{address}: {answer.status_code}"
        if any(word.encode() in answer.data for word in TELLS):
            told.add(rule)
            whose = "aoki" if rule == "/c/<token>" else "chiba"
            with store.reading(here.organisation_id) as session:
                lines = session.scalars(select(Audit).where(Audit.id > before)).all()
                assert [line.who for line in lines] == [f"worker:{here.workers[whose]}"], address
                assert lines[0].subjects, address
    assert told == SHOW_A_LIFE
    assert opened_for_nobody <= {__name__, "backend.web.users"}, "who is signed in is read before anybody is"


def newest(store: Store, here: Town) -> int:
    with store.reading(here.organisation_id) as session:
        return session.scalar(select(func.max(Audit.id))) or 0


def test_reading_the_signs_of_an_alert_names_the_alert(chiba: FlaskClient, here: Town, store: Store) -> None:
    for address, what in (
        ("/api/v1/alerts/1", "api alert 1"),
        ("/api/v1/alerts", "api alerts"),
        ("/alerts/1/", "alert 1"),
    ):
        chiba.get(address)
        with store.reading(here.organisation_id) as session:
            lines = session.scalars(select(Audit).where(Audit.what == what, Audit.who.like("worker:%"))).all()
            assert "alert:1" in lines[-1].subjects, what


def test_last_signs_and_absences_are_named_in_the_line_of_the_units(
    chiba: FlaskClient, here: Town, store: Store
) -> None:
    chiba.get("/units/")
    with store.reading(here.organisation_id) as session:
        line = session.scalars(select(Audit).where(Audit.what == "units")).one()
    assert {f"unit_live:{here.units['102']}", "absence:1"} <= set(line.subjects)


def test_a_gateway_that_reports_makes_no_line(send: Send, here: Town, store: Store, clock: Clock) -> None:
    before = newest(store, here)
    for _ in range(2):
        clock.advance(seconds=30)
        send(reporting.live("102", clock.now()))
    assert newest(store, here) == before
