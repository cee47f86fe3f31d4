"""The loop of one process, turn by turn, while the disk is full and after it was."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from contract import reports, topics
from contract.observations import Event

from gateway.adapters import inbox
from gateway.adapters.mqtt import Arrived
from gateway.adapters.uplink import CommandsArrived
from gateway.config import BackendConfig, BrokerConfig, Config
from gateway.core.inputs import Observed, Told
from gateway.errors import JournalError
from gateway.runtime import Runtime

NOW = 1795400000.0
MINUTE_S, HOUR_S = 60.0, 3600.0
BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings(unit) for unit in ("101", "102")],
    [reports.NodePlace(f"hall-{unit}", unit, "hall", 0.0, kinds=["motion", "emergency"]) for unit in ("101", "102")],
)


class Clock:
    """Domain time that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at

    def rate(self) -> float:
        return 1.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runtime(tmp_path: Path, clock: Clock) -> Iterator[Runtime]:
    config = Config(str(tmp_path), BackendConfig("http://127.0.0.1:1", "g.secret"), "g1", BrokerConfig(port=1))
    made = Runtime(config, clock)
    made._durable.take(Told(NOW, reports.Configure(BUILDING)))
    yield made
    made._journal.close()


def said(seq: int, at: float, node: str = "hall-102", kind: str = "motion") -> Arrived:
    value = {"motion": {"count": 1}, "health": {"uptime_s": seq}, "emergency": "pressed"}[kind]
    body = Event("b1", seq, kind, value, at=at).encode()
    return Arrived(topics.event(node), body, False, at, seq, 0, 0)


def turns(runtime: Runtime) -> None:
    """Until nothing waits any more."""
    while not runtime._queue.empty():
        runtime._work(runtime._gather())


def listens(runtime: Runtime, clock: Clock, hours: int) -> None:
    """Nothing moves in unit 101, whose node is there."""
    for hour in range(hours):
        clock.at += HOUR_S
        runtime._durable.walk(clock.at)
        runtime._take(said(1000 + hour, clock.at, "hall-101", "health"))


def deadline(runtime: Runtime) -> float | None:
    return runtime._durable.core.units["101"].watch.deadline()


@pytest.mark.parametrize("commands", [[], [reports.Answered("nothing", NOW)]])
def test_no_silence_begins_anew_because_messages_waited_behind_a_full_disk(
    commands: list[reports.Command], runtime: Runtime, clock: Clock
) -> None:
    runtime._work([said(1, NOW, "hall-101")])
    listens(runtime, clock, 10)
    due = deadline(runtime)
    stalled_at = clock.at
    for minute in range(1, 60):
        at = stalled_at + minute * MINUTE_S
        runtime._queue.put(said(minute, at, kind="emergency" if minute in (5, 30) else "motion"))
        if minute == 10:
            runtime._queue.put(CommandsArrived([(n, one) for n, one in enumerate(commands, 1)], at))
    clock.at += HOUR_S
    turns(runtime)
    assert due == pytest.approx(NOW + 12 * HOUR_S, abs=1)
    assert deadline(runtime) == due


def test_what_waited_behind_something_newer_is_taken_as_late_and_sets_no_clock_back(
    runtime: Runtime, clock: Clock
) -> None:
    runtime._work([said(1, NOW, "hall-101")])
    listens(runtime, clock, 2)
    due = deadline(runtime)
    runtime._work([said(1, clock.at - HOUR_S)])
    assert deadline(runtime) == due


def test_a_clock_that_was_really_set_back_is_followed(runtime: Runtime, clock: Clock) -> None:
    listens(runtime, clock, 2)
    clock.at -= 2 * HOUR_S
    runtime._work([said(1, clock.at, "hall-101")])
    assert runtime._durable.now == clock.at
    assert deadline(runtime) == pytest.approx(clock.at + 12 * HOUR_S, abs=1)


def test_a_prune_that_fails_keeps_no_node_from_hearing_what_was_committed(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []
    acknowledged: list[int] = []

    def full(_now: float) -> NoReturn:
        assert acknowledged == [1], "the broker does not wait for a prune"
        raise JournalError("journal: the disk is full")

    monkeypatch.setattr(runtime._journal, "prune", full)
    monkeypatch.setattr(runtime._link, "publish", lambda topic, body, qos=1: published.append(topic))
    monkeypatch.setattr(runtime._link, "acknowledge", lambda events: acknowledged.extend(one.mid for one in events))
    runtime._snapshot_at = -math.inf
    runtime._work([said(1, clock.at, kind="emergency")])
    assert topics.receipt("hall-102") in published
    assert not runtime._durable.has_something


def test_a_journal_that_a_prune_finds_damaged_ends_the_loop(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_now: float) -> NoReturn:
        raise JournalError("journal: is damaged", permanent=True)

    monkeypatch.setattr(runtime._journal, "prune", damaged)
    runtime._snapshot_at = -math.inf
    with pytest.raises(JournalError):
        runtime._work([said(1, NOW)])


def test_what_was_dropped_for_want_of_room_is_counted_where_a_person_looks(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_BYTES", 2000)
    for seq in range(1, 11):
        runtime._queue.put(said(seq, NOW))
    turns(runtime)
    kept = sum(isinstance(one, Observed) for one in runtime._journal.restore().inputs)
    assert 0 < kept < 10
    assert runtime._journal.refused() == {"overflow": 10 - kept}
