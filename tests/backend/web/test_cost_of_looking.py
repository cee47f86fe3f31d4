"""What looking and beating cost: the audit stays small, screens rest, and nobody waits who only reads."""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from backend.adapters.revision import Notifier
from backend.adapters.store import Store
from backend.adapters.store.repeats import WITHIN_S, Repeats
from backend.adapters.store.schema import Audit, Gateway, Notification, Resident
from backend.adapters.store.session import WRITER_WITHIN_S
from backend.adapters.store.topics import NEWS_OF_SEND, TOPICS, Topic
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import directory, heartbeats, pages
from backend.web.frame import EXTENSION
from backend.web.views import board
from tests.backend.web import reporting, town
from tests.backend.web.conftest import Send, sign_in
from tests.backend.web.town import Town
from tests.fakes import Clock


def audited(store: Store, here: Town, what: str) -> int:
    with store.reading(here.organisation_id) as session:
        return session.scalar(select(func.count(Audit.id)).where(Audit.what == what)) or 0


# --- the audit --------------------------------------------------------------------------------------------------------


def test_a_screen_that_refreshes_itself_is_written_down_once(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    for _ in range(5):
        assert aoki.get("/alerts/1/part", headers={"HX-Request": "true"}).status_code == 200
    assert audited(store, here, "alert 1") == 1


def test_another_viewer_another_purpose_and_another_person_are_each_written_down(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    baba = app.test_client()
    sign_in(baba, "baba")
    for client in (aoki, baba, aoki):
        client.get("/alerts/1/")
    assert audited(store, here, "alert 1") == 2
    aoki.get(f"/units/{here.units['101']}")
    assert audited(store, here, f"unit {here.units['101']}") == 1
    for unit in ("102", "103"):
        send(reporting.emergency(unit, clock.now()))
        aoki.get("/")
    with store.reading(here.organisation_id) as session:
        boards = session.scalars(select(Audit.subjects).where(Audit.what == "board")).all()
    assert len({tuple(subjects) for subjects in boards}) == len(boards) == 2


def test_every_action_is_written_down_however_often(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    for _ in range(3):
        with store.session(here.organisation_id, viewer="worker:1", purpose="act") as session:
            session.scalars(select(Resident)).all()
    assert audited(store, here, "act") == 3


def test_the_same_view_is_written_down_again_after_a_few_minutes() -> None:
    at = [100.0]
    repeats = Repeats(real_time=lambda: at[0])
    view = (1, "worker:1", "board", ("resident:1",))
    assert not repeats.is_repeat(view)
    repeats.written(view)
    at[0] += WITHIN_S - 1
    assert repeats.is_repeat(view)
    assert not repeats.is_repeat((2, *view[1:]))
    at[0] += 1
    assert not repeats.is_repeat(view)


def test_views_that_were_forgotten_take_no_memory() -> None:
    at = [100.0]
    repeats = Repeats(real_time=lambda: at[0], most=10)
    for n in range(1000):
        at[0] += WITHIN_S / 5
        repeats.written((1, f"worker:{n}", "board", ()))
    assert len(repeats) <= 11
    for n in range(1000):
        repeats.written((1, f"worker:{n}", "board", ()))
    assert len(repeats) <= 11


# --- the bell ---------------------------------------------------------------------------------------------------------


Rung = Callable[[Callable[[], object]], set[Topic]]


@pytest.fixture
def rung(app: Flask, store: Store, here: Town, elsewhere: Town) -> Rung:
    """For which topics the bell rings at what somebody does: all is heard when a later change elsewhere is."""
    notifier: Notifier = app.extensions[EXTENSION].notifier
    stages = itertools.count(1)

    def hear() -> dict[Topic, int]:
        """The revisions when everything that is committed by now has been heard."""
        before = notifier.revision(elsewhere.organisation_id, "screens")
        with store.session(elsewhere.organisation_id) as session:
            session.get_one(Gateway, elsewhere.gateway_id).silent_stage = next(stages)
        assert notifier.wait(elsewhere.organisation_id, "screens", known=before, timeout_s=60.0) != before
        return {topic: notifier.revision(here.organisation_id, topic) for topic in TOPICS}

    def found(do: Callable[[], object]) -> set[Topic]:
        before = hear()
        do()
        return {topic for topic, revision in hear().items() if revision != before[topic]}

    assert notifier.wait_any("screens", known=0, timeout_s=60.0)  # it listens
    return found


def test_a_heartbeat_rings_for_nobody(rung: Rung, send: Send, clock: Clock) -> None:
    send()
    clock.advance(seconds=30)
    assert rung(send) == set()


def test_a_gateway_that_turns_red_or_comes_back_rings(
    rung: Rung, send: Send, here: Town, store: Store, clock: Clock
) -> None:
    def turn_red() -> None:
        with store.session(here.organisation_id) as session:
            session.get_one(Gateway, here.gateway_id).silent_stage = 1

    send()
    assert "screens" in rung(turn_red)
    clock.advance(seconds=30)
    assert "screens" in rung(send)


def test_a_message_rings_for_nobody_until_there_is_something_to_see_and_then_only_where_it_is_listed(
    rung: Rung, send: Send, here: Town, store: Store, clock: Clock
) -> None:
    def change(**values: object) -> Callable[[], None]:
        def do() -> None:
            with store.session(here.organisation_id) as session:
                row = session.scalars(select(Notification).order_by(Notification.id)).first()
                assert row is not None
                for name, value in values.items():
                    setattr(row, name, value)

        return do

    send(reporting.emergency("101", clock.now()))
    assert rung(change(provider="twilio-sms", spares=1, fence=7, tries=2, fingerprint="f")) == set()
    assert rung(change(state="sent")) == {"sends"}
    assert rung(change(state="unanswered")) == {"sends", "queue"}
    assert rung(change(state="failed")) == {"sends", "queue", "screens"}


def test_an_alert_is_news_to_the_screens_the_worker_and_its_gateway(rung: Rung, send: Send, clock: Clock) -> None:
    assert rung(lambda: send(reporting.emergency("101", clock.now()))) == set(TOPICS)


def test_every_state_of_a_message_is_news_to_somebody_or_said_to_be_to_nobody() -> None:
    assert set(NEWS_OF_SEND) == {"pending", "sending", "cancelled", *pages.UNSETTLED, *pages.REACHED, *board.LOST}


# --- the write lock ---------------------------------------------------------------------------------------------------


def test_nobody_who_only_reads_waits_for_a_writer(
    app: Flask, client: FlaskClient, store: Store, here: Town, clock: Clock
) -> None:
    """Signing in, a gateway's credential, a claim link and the health check, while somebody else is writing."""
    asked: dict[str, Callable[[], int]] = {
        "sign-in": lambda: sign_in(app.test_client()).status_code,
        "credential": lambda: (
            client.get("/api/v1/gateway/commands", headers={"Authorization": f"Bearer {here.credential}"}).status_code
        ),
        "link": lambda: client.get("/c/made-up").status_code,
        "health": lambda: client.get("/readyz").status_code,
    }
    found: dict[str, int] = {}

    def ask() -> None:
        for name, one in asked.items():
            found[name] = one()

    with store.system_session() as writing:
        heartbeats.beat(writing, "somebody", now=instant(clock.now()), real_now=datetime.now(UTC), limits=Limits())
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(timeout=60)
        assert not asking.is_alive(), f"waits for the writer after {list(found)}"
    assert found == {"sign-in": 302, "credential": 200, "link": 404, "health": 503}


def test_whoever_waits_for_a_turn_to_write_gets_one_among_many_who_write_all_the_time(store: Store, here: Town) -> None:
    """SQLite's own waiting would let whoever has just come go first, again and again."""
    ended, waited_s = threading.Event(), []

    def beat(name: str) -> None:
        with store.system_session() as session:
            heartbeats.beat(session, name, now=instant(0), real_now=datetime.now(UTC), limits=Limits())

    def go_on(name: str) -> None:
        while not ended.is_set():
            beat(name)

    busy = [threading.Thread(target=go_on, args=(f"busy-{n}",)) for n in range(4)]
    for thread in busy:
        thread.start()
    for _ in range(10):
        began = time.monotonic()
        beat("patient")
        waited_s.append(time.monotonic() - began)
    ended.set()
    for thread in busy:
        thread.join(timeout=30)
    assert max(waited_s) < WRITER_WITHIN_S / 3, waited_s


def test_a_password_is_checked_while_no_transaction_is_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    open_then: list[int] = []

    def watched(kept: str, password: str) -> bool:
        open_then.append(store.engine.pool.checkedout())  # type: ignore[attr-defined]
        return check_password_hash(kept, password)

    monkeypatch.setattr(directory, "check_password_hash", watched)
    assert directory.sign_in(store, "aoki", town.PASSWORD) is not None
    assert directory.sign_in(store, "nobody", town.PASSWORD) is None
    assert open_then == [0, 0]
