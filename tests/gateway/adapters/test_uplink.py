"""Reports reach the backend in order and once, whatever the backend does; commands come the other way."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import reports

from gateway.adapters import uplink
from gateway.adapters.journal import Entry, Journal
from gateway.adapters.outbox import BACKUP_AT, REFUSED_AT, Outbox
from gateway.adapters.uplink import CommandPoll, CommandsArrived, Reporter
from gateway.config import BackendConfig
from gateway.core.decisions import Send
from tests.gateway.backend_server import BackendServer, Misbehaviour, wait_for

NOW = 1795400000.0


@pytest.fixture
def backend() -> Iterator[BackendServer]:
    with BackendServer() as server:
        yield server


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def reporter(backend: BackendServer, journal: Journal, tmp_path: Path) -> Iterator[Reporter]:
    made = Reporter(BackendConfig(backend.url, "g.secret"), tmp_path, lambda: NOW)
    yield made
    made.stop()
    made.join(60)
    assert not made.is_alive()


def put(journal: Journal, *lanes: str) -> None:
    report = reports.Change("101", "w", NOW, 1, 2, reports.Words("", ""))
    journal.append(Entry(NOW, sends=[Send(report, "alert" if lane == "alert" else "routine") for lane in lanes]))


def seqs(backend: BackendServer) -> list[int]:
    return [numbered.seq for _, numbered in backend.stored]


def is_empty(folder: Path) -> bool:
    outbox = Outbox(folder)
    try:
        return outbox.queued() == 0
    finally:
        outbox.close()


def test_everything_arrives_in_order_alerts_first(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path
) -> None:
    put(journal, *["routine"] * 700, "alert")
    reporter.start()
    wait_for(lambda: len(backend.stored) == 701)
    assert seqs(backend) == [701, *range(1, 701)]
    assert max(map(len, backend.batches)) == 500
    assert backend.tokens == {"Bearer g.secret"}
    wait_for(lambda: is_empty(tmp_path))


def test_an_alert_waits_for_no_company(
    backend: BackendServer, journal: Journal, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "GATHER_S", 3600.0)
    reporter.start()
    wait_for(lambda: backend.heartbeats == 1)
    put(journal, "alert")
    reporter.wake()
    wait_for(lambda: len(backend.stored) == 1)


def test_without_news_an_empty_batch_says_that_the_gateway_lives(
    backend: BackendServer, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "HEARTBEAT_S", 0.3)
    monkeypatch.setattr(uplink, "GATHER_S", 0.05)
    reporter.start()
    wait_for(lambda: backend.heartbeats >= 3)


WRONG = [
    Misbehaviour(500, b"oops"),
    Misbehaviour(503, b""),
    Misbehaviour(401, b"who are you"),
    Misbehaviour(403, b"revoked"),
    Misbehaviour(429, b"slow down"),
    Misbehaviour(400, b"a captive portal says no"),
    Misbehaviour(200, b"<html>Welcome to the hotel</html>"),
    Misbehaviour(200, b'{"results":[]}'),
    Misbehaviour(302, b""),
    Misbehaviour(502, b"the answer was lost", after_storing=True),
    Misbehaviour(200, b'{"results":', after_storing=True),
]


def test_nothing_is_lost_or_doubled_or_reordered_by_wrong_answers(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "wait_s", lambda failures, jitter: 0.01)
    backend.misbehave = list(WRONG)
    put(journal, *["routine"] * 20)
    reporter.start()
    wait_for(lambda: is_empty(tmp_path))
    assert seqs(backend) == list(range(1, 21))
    assert not backend.misbehave
    assert journal.refused() == {}


def test_a_backend_that_hangs_or_goes_away_gets_everything_later(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "wait_s", lambda failures, jitter: 0.05)
    reporter._backend._http.timeout = 0.3
    backend.misbehave = [Misbehaviour(200, b"", hang_s=1.0), Misbehaviour(200, b"", hang_s=1.0, after_storing=True)]
    put(journal, *["routine"] * 5)
    reporter.start()
    wait_for(lambda: len(backend.stored) == 5)
    backend.stop()
    put(journal, "alert", "routine")
    time.sleep(0.5)
    backend.start()
    wait_for(lambda: is_empty(tmp_path))
    assert seqs(backend) == [1, 2, 3, 4, 5, 6, 7]


def test_a_new_alert_does_not_wait_for_the_end_of_a_pause(
    backend: BackendServer, journal: Journal, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "wait_s", lambda failures, jitter: 3600.0)
    backend.misbehave = [Misbehaviour(503)]
    reporter.start()
    wait_for(lambda: not backend.misbehave)
    put(journal, "alert")
    reporter.wake()
    wait_for(lambda: len(backend.stored) == 1)


def test_a_refused_report_is_put_aside_and_the_others_pass(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path
) -> None:
    backend.refuse = {2}
    put(journal, *["routine"] * 3)
    reporter.start()
    wait_for(lambda: is_empty(tmp_path))
    assert seqs(backend) == [1, 3]
    assert journal.refused() == {"report": 1}


def test_one_report_that_breaks_every_batch_is_found_and_put_aside(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = backend._take

    def take(batch: reports.Batch) -> tuple[int, str, bytes]:
        if any(numbered.seq == 7 for numbered in batch.reports):
            return 422, "application/problem+json", b'{"title":"what is this"}'
        return store(batch)

    monkeypatch.setattr(backend, "_take", take)
    put(journal, *["routine"] * 20)
    reporter.start()
    wait_for(lambda: is_empty(tmp_path))
    assert seqs(backend) == [n for n in range(1, 21) if n != 7]
    assert journal.refused() == {"report": 1}


BROKEN = [
    (500, "application/problem+json", b'{"title":"not foreseen"}'),
    (413, "text/html", b"<html>a proxy finds it too large</html>"),
]


@pytest.mark.parametrize("answer", BROKEN)
@pytest.mark.parametrize("lane", ["routine", "alert"])
def test_what_comes_before_a_report_that_breaks_the_backend_passes_and_nothing_is_put_aside(
    lane: str,
    answer: tuple[int, str, bytes],
    backend: BackendServer,
    journal: Journal,
    reporter: Reporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, mended = backend._take, threading.Event()

    def take(batch: reports.Batch) -> tuple[int, str, bytes]:
        if not mended.is_set() and any(numbered.seq == 7 for numbered in batch.reports):
            return answer
        return store(batch)

    monkeypatch.setattr(backend, "_take", take)
    monkeypatch.setattr(uplink, "wait_s", lambda failures, jitter: 0.01)
    put(journal, *[lane] * 20)
    reporter.start()
    wait_for(lambda: len(backend.stored) == 6)
    if lane == "routine":
        put(journal, *["alert"] * 5)
        reporter.wake()
        wait_for(lambda: len(backend.stored) == 11)
    assert 8 not in seqs(backend), "the order is kept"
    mended.set()
    wait_for(lambda: is_empty(tmp_path))
    assert journal.refused() == {}


def arrived(handed_over: "queue.Queue[CommandsArrived]") -> CommandsArrived:
    return handed_over.get(timeout=60)


def test_commands_are_asked_for_after_the_last_committed_one(backend: BackendServer) -> None:
    handed_over: queue.Queue[CommandsArrived] = queue.Queue()
    answered = reports.Answered("a", NOW)
    for _ in range(3):
        backend.command(answered)
    poll = CommandPoll(BackendConfig(backend.url, "g.secret"), 1, lambda: NOW, handed_over.put)
    poll.start()
    first = arrived(handed_over)
    assert first.commands == [(2, answered), (3, answered)]
    time.sleep(0.3)
    assert backend.asked_after == [1]
    backend.command(answered)
    first.committed.set()
    second = arrived(handed_over)
    assert second.commands == [(4, answered)]
    poll.stop()
    second.committed.set()
    poll.join(60)


def test_one_command_that_nobody_can_read_does_not_stop_the_others(backend: BackendServer) -> None:
    handed_over: queue.Queue[CommandsArrived] = queue.Queue()
    backend.command(reports.Answered("a", NOW))
    backend.commands.append(json.dumps({"n": 2, "command": {"type": "fly", "to": "the moon"}}).encode())
    backend.command(reports.Answered("b", NOW))
    poll = CommandPoll(BackendConfig(backend.url, "g.secret"), 0, lambda: NOW, handed_over.put)
    poll.start()
    found = arrived(handed_over)
    poll.stop()
    found.committed.set()
    assert [(n, command is None) for n, command in found.commands] == [(1, False), (2, True), (3, False)]
    poll.join(60)


def test_what_was_learned_of_a_unit_is_handed_over_alone(backend: BackendServer) -> None:
    handed_over: queue.Queue[CommandsArrived] = queue.Queue()
    answered, restore = reports.Answered("a", NOW), reports.Restore("101", "x")
    for command in (answered, restore, restore, answered):
        backend.command(command)
    poll = CommandPoll(BackendConfig(backend.url, "g.secret"), 0, lambda: NOW, handed_over.put)
    poll.start()
    portions = []
    for _ in range(3):
        found = arrived(handed_over)
        portions.append([n for n, _ in found.commands])
        found.committed.set()
    poll.stop()
    poll.join(60)
    assert portions == [[1, 2], [3], [4]]


def noted(folder: Path, key: str) -> float | None:
    outbox = Outbox(folder)
    try:
        found = outbox._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else found[0]
    finally:
        outbox.close()


def test_that_the_backend_refuses_the_gateway_is_noted_until_it_no_longer_does(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend.misbehave = [Misbehaviour(401), Misbehaviour(401)]
    put(journal, "alert")
    reporter.start()
    wait_for(lambda: noted(tmp_path, REFUSED_AT) == NOW)
    wait_for(lambda: seqs(backend) == [1])
    wait_for(lambda: noted(tmp_path, REFUSED_AT) is None)
    assert "it was revoked, or another one took its place" in caplog.text


def test_of_when_the_last_backup_is_that_the_backend_has_is_noted(
    backend: BackendServer, journal: Journal, reporter: Reporter, tmp_path: Path
) -> None:
    backend.refuse = {2}
    for at in (NOW, NOW + 5):
        journal.append(Entry(at, sends=[Send(reports.RhythmBackup("101", "k", "sealed"), "routine")]))
    reporter.start()
    wait_for(lambda: is_empty(tmp_path))
    wait_for(lambda: noted(tmp_path, BACKUP_AT) is not None)
    assert noted(tmp_path, BACKUP_AT) == NOW
