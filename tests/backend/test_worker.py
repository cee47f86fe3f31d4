"""The worker's loop: quick, not held up by one provider, not by one broken alert, and it ends when told."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from contract import reports as contract
from sqlalchemy.exc import OperationalError

from backend.adapters.revision import Notifier
from backend.adapters.store.topics import TOPICS
from backend.core.alerts import RANK, Priority
from backend.errors import Ambiguous
from backend.ports import Doubt, Message, Sent
from backend.services import escalation, heartbeats, journals, rates, sending, supervision, timers
from backend.services.settling import Settling
from backend.worker import Worker
from tests.backend.conftest import NewTown
from tests.backend.town import LIMITS, Phones, Town


@contextmanager
def running(process: Worker) -> Iterator[None]:
    thread = threading.Thread(target=process.run)
    thread.start()
    try:
        yield
    finally:
        process.stop()
        thread.join(timeout=60)
        assert not thread.is_alive(), "the worker does not end"


def wait_for(true: Callable[[], bool], within_s: float = 60.0) -> float:
    begin = time.monotonic()
    while not true():
        assert time.monotonic() - begin < within_s, "it never happened"
        time.sleep(0.01)
    return time.monotonic() - begin


def listening(notifier: Notifier) -> None:
    """Start it; it rings once for what came before it listened."""
    notifier.start()
    assert notifier.wait_any("screens", known=0, timeout_s=60.0)


class Hanging(Phones):
    """A provider that answers nobody until it is let go."""

    def __init__(self) -> None:
        super().__init__("voice")
        self.go_on = threading.Event()
        self.entered = 0

    def send(self, message: Message) -> Sent:
        if "緊急です" not in message.text:
            self.entered += 1
            self.go_on.wait(200)
        return super().send(message)


@pytest.mark.alone
def test_what_a_report_decides_is_handed_over_at_once(town: Town) -> None:
    with running(town.process):
        wait_for(lambda: town.process._beaten is not None)
        time.sleep(0.6)  # the notifier listens by now
        town.raise_alert()
        assert wait_for(lambda: len(town.voice.taken) == 1) < 2.0


def test_a_provider_that_hangs_on_every_call_holds_up_no_emergency_and_no_message(town: Town) -> None:
    hanging = Hanging()
    town.channels = {"sms": [town.sms], "voice": [hanging]}
    town.process = town.start_process()
    with running(town.process):
        for count in range(6):
            town.report(town.alert_report("inactivity", "open", name=f"p2-{count}"))
        # One call to each: three workers and the fallback number.
        wait_for(lambda: bool(town.clock.advance(seconds=10)) and hanging.entered >= 4, within_s=60)
        town.raise_alert("emergency")
        wait_for(lambda: len(hanging.taken) == 1)
        wait_for(lambda: any("【緊急】" in message.text for message in town.sms.taken))
        hanging.go_on.set()


def test_a_broken_alert_holds_up_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = town.raise_alert("smoke", "open")
    sound = town.raise_alert("leak", "open")
    fall_due = escalation.fall_due

    def fails(session: object, alert_id: int, *rest: object) -> None:
        if alert_id == broken:
            raise ZeroDivisionError("a bug")
        fall_due(session, alert_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(escalation, "fall_due", fails)
    town.advance(60)
    assert [row.round for row in town.rows(sound) if row.step == 1] == [0, 0]
    monkeypatch.undo()
    town.real.advance(seconds=5)
    town.process.tick()
    assert [row.round for row in town.rows(broken) if row.step == 1] == [0, 0]


def test_a_providers_rate_holds_for_all_worker_processes_together_and_what_is_urgent_goes_first(town: Town) -> None:
    town.sms.rate_per_s = 2.0
    processes = [town.start_process() for _ in range(3)]
    for count in range(4):
        town.report(town.alert_report("inactivity", "open", name=f"p2-{count}"))
    town.report(town.alert_report("emergency", "open", name="p1"))
    sent = []
    for _ in range(4):
        for process in processes:
            process.tick()
        sent.append(len(town.sms.taken))
        town.real.advance(seconds=0.5)
    assert sent == [2, 3, 4, 5]
    assert town.sms.taken[0].text.startswith("【緊急】")


def test_what_a_killed_process_had_taken_stays_spent_and_a_pause_saves_up_no_more_than_a_second(town: Town) -> None:
    town.sms.rate_per_s = 2.0
    (share,) = rates.shares("sms", [town.sms])
    for count in range(6):
        town.report(town.alert_report("inactivity", "open", name=f"p2-{count}"))

    def take() -> int:
        return len(sending.take(town.store, "sms", most=9, share=share, real_now=town.real_now, limits=LIMITS))

    assert [take(), take()] == [2, 0]
    town.real.advance(seconds=3600)
    assert [take(), take()] == [2, 0]


def test_many_processes_that_take_at_the_same_moment_take_no_more_than_the_provider_may_have(town: Town) -> None:
    town.sms.rate_per_s = 3.0
    (share,) = rates.shares("sms", [town.sms])
    for count in range(9):
        town.report(town.alert_report("inactivity", "open", name=f"p2-{count}"))

    def take(_: int) -> int:
        while True:
            taken = sending.take(town.store, "sms", most=2, share=share, real_now=town.real_now, limits=LIMITS)
            if taken is not None:
                return len(taken)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 3


def test_a_process_waits_for_none_that_takes_through_the_same_provider_and_looks_again(
    postgres_town: NewTown,
) -> None:
    town = postgres_town()
    (share,) = rates.shares("sms", [town.sms])
    with town.store.system_session() as session:
        assert rates.Allowance.of(session, share, town.real_now) is not None  # the provider's row is there from now on
    with running(town.process):
        with town.store.system_session() as other:
            assert rates.Allowance.of(other, share, town.real_now) is not None
            town.report(town.alert_report("inactivity", "open"))
            wait_for(lambda: town.process._was_busy)
            town.report(town.alert_report("emergency", "open"))
            wait_for(lambda: bool(town.voice.taken))
            assert town.sms.taken == []
        wait_for(lambda: len(town.sms.taken) == 2)


def test_the_bell_rings_for_the_organisation_that_changed_and_for_no_other(town: Town) -> None:
    notifier = Notifier(town.store)
    listening(notifier)
    try:
        other = notifier.revision(999, *TOPICS)
        before = notifier.revision(town.organisation_id, "screens")
        threading.Timer(0.1, town.raise_alert).start()
        assert notifier.wait(town.organisation_id, "screens", known=before, timeout_s=60.0) != before
        assert notifier.revision(999, *TOPICS) == other
    finally:
        notifier.stop()


def test_a_heartbeat_of_a_gateway_is_not_a_change_that_every_screen_fetches(town: Town) -> None:
    town.post(town.batch())
    notifier = Notifier(town.store)
    listening(notifier)
    try:
        before = notifier.revision(town.organisation_id, *TOPICS)
        town.process.tick()
        assert notifier.wait(town.organisation_id, *TOPICS, known=before, timeout_s=0.3) == before
    finally:
        notifier.stop()


def test_a_gateways_row_that_breaks_supervision_keeps_nobody_from_being_called(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("a row nobody can read")

    monkeypatch.setattr(supervision, "watch_gateways", breaks)
    monkeypatch.setattr(journals, "fold_old", breaks)
    with running(town.process):
        town.raise_alert()
        wait_for(lambda: len(town.voice.taken) == 1)


def test_a_worker_whose_rounds_break_off_does_not_say_that_it_is_alive(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def breaks(*_: object) -> None:
        tried.set()
        raise OperationalError("SELECT", {}, Exception("the disk is full"))

    def heard() -> object:
        with town.store.system_reading() as session:
            return heartbeats.last(session, "worker")

    with monkeypatch.context() as patched:
        patched.setattr(timers, "due", breaks)
        with running(town.process):
            assert tried.wait(60)
        assert heard() is None
    with running(town.start_process()):
        wait_for(lambda: heard() is not None)


def test_what_falls_due_is_acted_on_although_emergencies_come_without_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = town.process._fill
    monkeypatch.setattr(town.process, "_fill", lambda lanes: fill(lanes) + 1)
    with running(town.process):
        alert = town.raise_alert("inactivity", "open")
        wait_for(lambda: {row.step for row in town.rows(alert)} == {0})
        town.clock.advance(seconds=LIMITS.gateway_red_s)
        wait_for(lambda: 1 in {row.step for row in town.rows(alert)}, within_s=10)


class InDoubt(Phones):
    """Takes SMS of which it never says the end; asked about anything but an emergency, it answers late."""

    def __init__(self) -> None:
        super().__init__("sms")
        self.go_on = threading.Event()
        self.urgent: set[str] = set()
        self.asked: list[str] = []

    def send(self, message: Message) -> Sent:
        if "【緊急】" in message.text:
            self.urgent.add(message.id)
        raise Ambiguous("the line broke")

    def lookup(self, doubt: Doubt) -> None:
        self.asked.append(doubt.message_id)
        if doubt.message_id not in self.urgent:
            self.go_on.wait(60)


@pytest.fixture
def doubtful(town: Town) -> InDoubt:
    provider = InDoubt()
    town.channels = {"sms": [provider], "voice": [town.voice]}
    town.process = town.start_process()
    return provider


def test_an_emergency_in_doubt_waits_for_no_lookup_of_anything_else(town: Town, doubtful: InDoubt) -> None:
    with running(town.process):
        town.raise_alert("inactivity", unit="u101")
        wait_for(lambda: bool(town.real.advance(seconds=1)) and len(doubtful.asked) == 1)
        town.raise_alert("emergency", unit="u102")
        wait_for(lambda: bool(town.real.advance(seconds=1)) and bool(doubtful.urgent & {*doubtful.asked}), within_s=20)
        doubtful.go_on.set()


def test_what_comes_into_doubt_is_asked_about_before_what_is_less_urgent(town: Town, doubtful: InDoubt) -> None:
    doubtful.go_on.set()
    settling = Settling(town.store, town.channels, town.clock, town.real.now, LIMITS)

    def comes_into_doubt(*reports: contract.Alert) -> None:
        town.report(*reports)
        town.process._send_here()
        town.real.advance(seconds=2)

    comes_into_doubt(*(town.alert_report("inactivity", "open", name=f"p2-{n}") for n in range(2)))
    assert settling.doubts(RANK[Priority.T]) == 1
    comes_into_doubt(town.alert_report("emergency", "open", name="p1"))
    assert settling.doubts(RANK[Priority.T]) == 1
    assert len(doubtful.asked) == 2 and doubtful.asked[1] in doubtful.urgent
