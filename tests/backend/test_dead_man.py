"""The outside service hears of a worker whose rounds go through, and of no other."""

import threading
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request, Response

from backend.adapters import outside
from backend.adapters.store.schema import DeadManPing
from backend.config import DeadMan
from backend.errors import DeliveryError
from backend.services import dead_man, probes, reports, sending, stuck_reports, supervision, technical, timers
from backend.services.self_test_rounds import Rounds
from backend.services.watchers import EVERY_S
from tests.backend.test_worker import running, wait_for
from tests.backend.town import LIMITS, Town
from tests.phone_company.served import Served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Outside:
    """The outside service: answers with `status`, once it is let to."""

    def __init__(self) -> None:
        self.pings: list[str] = []
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.pings.append(Request(environ).path)
        self.may_answer.wait(60)
        return Response(status=self.status)(environ, start_response)


@pytest.fixture
def service() -> Outside:
    return Outside()


@pytest.fixture
def watched(town: Town, service: Outside) -> Iterator[Town]:
    """A town whose worker process pings."""
    with Served(service) as served:
        town.config = msgspec.structs.replace(town.config, deadman=DeadMan(f"{served.url}/ping/1"))
        town.process = town.start_process()
        yield town
        service.may_answer.set()


def counted(town: Town) -> tuple[int, int, str]:
    with town.store.system_reading() as session:
        row: DeadManPing | None = dead_man.last(session)
        return (0, 0, "") if row is None else (row.ok, row.failed, row.problem)


def test_it_is_pinged_once_a_minute(watched: Town, service: Outside) -> None:
    with running(watched.process):
        wait_for(lambda: counted(watched) == (1, 0, ""))
        watched.real.advance(seconds=59)
        time.sleep(1.2)
        assert service.pings == ["/ping/1"]
        watched.real.advance(seconds=2)
        wait_for(lambda: counted(watched) == (2, 0, ""))


def test_a_ping_that_fails_is_counted_and_each_change_is_said_once(
    watched: Town, service: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = 503
    with running(watched.process):
        for failed in (1, 2):
            wait_for(lambda failed=failed: counted(watched)[:2] == (0, failed))  # type: ignore[misc]
            watched.real.advance(seconds=61)
        service.status = 200
        wait_for(lambda: counted(watched)[2] == "" and counted(watched)[0] > 0)
    assert caplog.text.count("the dead-man ping fails") == 1
    with watched.store.system_reading() as session:
        row = dead_man.last(session)
        assert row is not None and row.ok_real_at is not None


def test_a_service_that_hangs_holds_up_nobody(watched: Town, service: Outside) -> None:
    service.may_answer.clear()
    with running(watched.process):
        wait_for(lambda: bool(service.pings))
        watched.raise_alert()
        wait_for(lambda: len(watched.voice.taken) == 1)
        service.may_answer.set()


def test_a_worker_whose_rounds_break_off_at_the_database_does_not_ping(
    watched: Town, service: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []

    def away(*_: object) -> None:
        rounds.append(1)
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(timers, "due", away)
    with running(watched.process):
        wait_for(lambda: len(rounds) >= 2)
        assert service.pings == []
        monkeypatch.undo()
        wait_for(lambda: bool(watched.real.advance(seconds=2)) and bool(service.pings))


def test_a_worker_for_whom_an_alert_fails_again_and_again_does_not_ping(watched: Town, service: Outside) -> None:
    alert = watched.raise_alert("leak", "open")
    with watched.session() as session:
        (_organisation, _alert, timer), *_ = timers.due(session, watched.now.replace(year=2099), watched.real_now)
        for _ in range(timers.STUCK_AFTER):
            timers.put_off(session, timer, watched.real_now)
    assert alert
    with running(watched.process):
        wait_for(lambda: watched.process._watchers.turned is not None)
        time.sleep(0.5)
        assert service.pings == []


@pytest.mark.parametrize("unit, result", [("u203", []), ("no-such-home", ["refused"])])
def test_a_report_of_which_nobody_could_be_told_stops_the_pings_for_an_hour(
    watched: Town, service: Outside, monkeypatch: pytest.MonkeyPatch, unit: str, result: list[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("not foreseen")

    with monkeypatch.context() as patched:
        patched.setattr(reports, "raise_alert", fails)
        patched.setattr(technical, "raise_fault", fails)
        assert watched.report(watched.alert_report("emergency", "open", unit=unit)) == result
    with running(watched.process):
        wait_for(lambda: watched.process._watchers.turned is not None)
        time.sleep(0.5)
        assert service.pings == []
        watched.clock.advance(seconds=stuck_reports.UNTOLD_FOR_S)
        wait_for(lambda: bool(watched.real.advance(seconds=2)) and bool(service.pings))


def test_a_worker_that_cannot_watch_the_gateways_does_not_ping_until_it_can(
    watched: Town, service: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    def one_is_not_followed(*_: object, **__: object) -> int:
        failed.append(1)
        return 1

    monkeypatch.setattr(supervision, "watch_gateways", one_is_not_followed)
    with running(watched.process):
        wait_for(lambda: bool(failed) and watched.process._watchers.turned is not None)
        time.sleep(1.2)
        assert service.pings == []
        monkeypatch.undo()
        wait_for(lambda: bool(watched.real.advance(seconds=2)) and bool(service.pings))


@pytest.mark.parametrize("owner, work", [(probes, "keep"), (Rounds, "keep")], ids=["probes", "self-tests"])
def test_a_worker_that_cannot_see_to_all_of_its_probes_or_self_tests_does_not_ping_until_it_can(
    watched: Town, service: Outside, monkeypatch: pytest.MonkeyPatch, owner: object, work: str
) -> None:
    def fails(*_: object, **__: object) -> int:
        raise RuntimeError("1 could not be seen to")

    monkeypatch.setattr(owner, work, fails)
    with running(watched.process):
        wait_for(lambda: bool(watched.process._watchers._failing))
        known = _pings_allowed_before(watched, service)
        watched.real.advance(seconds=61)
        time.sleep(1.2)
        assert len(service.pings) == known
        monkeypatch.undo()
        monkeypatch.setattr(owner, work, lambda *_, **__: 1)
        wait_for(lambda: bool(watched.real.advance(seconds=2)) and len(service.pings) > known)


def test_a_worker_that_cannot_settle_what_became_of_a_send_does_not_ping_until_it_can(
    watched: Town, service: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("not foreseen")

    watched.raise_alert()
    monkeypatch.setattr(sending, "prepare", fails)
    watched.process.tick()  # the send is left to its lease
    monkeypatch.undo()
    monkeypatch.setattr(sending, "settle", fails)
    watched.real.advance(seconds=1 + LIMITS.lease_s)
    with running(watched.process):
        wait_for(lambda: watched.process._settling.is_failing)
        known = _pings_allowed_before(watched, service)
        watched.real.advance(seconds=61)
        time.sleep(1.2)
        assert len(service.pings) == known
        monkeypatch.undo()
        wait_for(lambda: bool(watched.real.advance(seconds=2)) and len(service.pings) > known)


def _pings_allowed_before(watched: Town, service: Outside) -> int:
    """How many pings went out by the word of a round that had begun before anything failed."""
    watchers = watched.process._watchers

    def has_turned(since: float) -> bool:
        return watchers.turned is not None and watchers.turned >= since

    for _ in range(2):  # the first turn seen may be the end of such a round; the next one has begun after it
        wait_for(partial(has_turned, watched.real.advance(seconds=EVERY_S)))
    wait_for(lambda: all(lane.free() for lane in watchers._lanes.values()))
    return len(service.pings)


def test_an_address_that_cannot_be_reached_is_a_failure() -> None:
    with pytest.raises(DeliveryError):
        outside.ask("http://127.0.0.1:9/ping", 1.0)
