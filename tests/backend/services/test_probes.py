"""A provider that does not answer is known before somebody has to be called through it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, Organisation, ProviderProbe
from backend.core.clocks import instant
from backend.errors import Ambiguous, DeliveryError
from backend.services import alerts, probes
from tests.backend.test_worker import running, wait_for
from tests.backend.town import LIMITS, Phones, Town


class Probable(Phones):
    """A provider that can be asked; `problem` is what is wrong with it."""

    problem: Exception | None = None
    asked = 0

    def probe(self) -> None:
        self.asked += 1
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def provider(town: Town) -> Probable:
    found = Probable("sms", "the-company")
    town.channels = {"sms": [found], "voice": [town.voice]}
    return found


def keep(town: Town) -> int:
    return probes.keep(town.store, town.channels, real=lambda: town.real_now, now=town.now, limits=LIMITS)


def turn(town: Town, times: int = 1) -> None:
    for _ in range(times):
        keep(town)
        town.clock.advance(seconds=300)
        town.real.advance(seconds=300)


def faults(town: Town, organisation_id: int | None = None) -> list[Alert]:
    with town.store.session(organisation_id or town.organisation_id, viewer="system:test") as session:
        return list(session.scalars(select(Alert).where(Alert.kind == "provider_down").order_by(Alert.id)))


def test_each_provider_that_can_be_asked_is_asked_every_five_minutes(town: Town, provider: Probable) -> None:
    assert [keep(town), keep(town)] == [1, 0]
    town.real.advance(seconds=299)
    assert keep(town) == 0
    town.real.advance(seconds=1)
    assert keep(town) == 1
    assert provider.asked == 2
    with town.store.system_reading() as session:
        assert list(session.scalars(select(ProviderProbe.provider))) == ["the-company"], (
            "the others have nothing to ask"
        )


def test_three_failures_in_a_row_raise_one_fault_which_an_answer_ends(town: Town, provider: Probable) -> None:
    provider.problem = DeliveryError("the account is suspended", permanent=False)
    turn(town, 2)
    assert faults(town) == []
    turn(town, 5)
    (fault,) = faults(town)
    assert (fault.priority, fault.state) == ("T", "open")
    assert "the-company" in fault.reason_ja and "the account is suspended" in fault.reason_en
    provider.problem = None
    turn(town)
    assert [each.state for each in faults(town)] == ["closed"]
    provider.problem = Ambiguous("no answer")
    turn(town, 4)
    assert [each.state for each in faults(town)] == ["closed", "open"]


def test_an_answer_between_failures_begins_the_count_anew(town: Town, provider: Probable) -> None:
    for _ in range(3):
        provider.problem = DeliveryError("busy", permanent=False)
        turn(town, 2)
        provider.problem = None
        turn(town)
    assert faults(town) == []


def test_a_fault_that_a_person_has_closed_is_not_raised_again_before_the_provider_has_answered(
    town: Town, provider: Probable
) -> None:
    provider.problem = DeliveryError("down", permanent=False)
    turn(town, 3)
    (fault,) = faults(town)
    login = town.seeded.logins[0]
    town.claim(fault.id, login)
    town.do(alerts.close, fault.id, login, outcome="device_fault")
    turn(town, 3)
    assert len(faults(town)) == 1


def test_every_organisation_with_a_building_is_told_and_one_without_breaks_nothing(
    town: Town, provider: Probable
) -> None:
    other = town.another_organisation()
    with town.store.system_session() as session:
        session.add(Organisation(name="建物のない法人", created_at=town.now))
    provider.problem = DeliveryError("down", permanent=False)
    turn(town, 3)
    assert len(faults(town)) == len(faults(town, other.organisation_id)) == 1


def test_an_organisation_that_cannot_be_told_is_a_failure_and_the_others_are_told(
    town: Town, provider: Probable, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, tell = town.another_organisation(), probes._tell

    def all_but_one(store: Store, organisation_id: int, *rest: Any) -> None:
        if organisation_id == town.organisation_id:
            raise ZeroDivisionError("broken rows")
        tell(store, organisation_id, *rest)

    provider.problem = DeliveryError("down", permanent=False)
    turn(town, 2)
    monkeypatch.setattr(probes, "_tell", all_but_one)
    with pytest.raises(RuntimeError, match="1 organisations"):
        keep(town)
    assert (len(faults(town)), len(faults(town, other.organisation_id))) == (0, 1)


def test_of_several_processes_at_once_one_asks(town: Town, provider: Probable) -> None:
    start = threading.Barrier(4)

    def one(_: int) -> int:
        start.wait(60)
        return keep(town)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 1
    assert provider.asked == 1


def test_a_probe_that_breaks_down_is_a_failure_and_holds_up_no_other(town: Town, provider: Probable) -> None:
    sound = Probable("voice", "another-company")
    town.channels = {"sms": [provider], "voice": [sound]}
    provider.problem = ZeroDivisionError("a bug")
    turn(town, 3)
    assert (len(faults(town)), sound.asked) == (1, 3)


def test_what_a_killed_process_did_not_tell_is_told_with_the_next_failure(
    town: Town, provider: Probable, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.problem = DeliveryError("down", permanent=False)
    turn(town, 2)
    monkeypatch.setattr(probes, "_tell", _dies)
    with pytest.raises(KeyboardInterrupt):
        turn(town)
    monkeypatch.undo()
    town.real.advance(seconds=300)
    turn(town)
    assert len(faults(town)) == 1


def test_the_worker_asks_beside_its_rounds_and_a_provider_that_hangs_holds_up_no_call(town: Town) -> None:
    hangs, may_answer = Probable("sms", "the-company"), threading.Event()
    hangs.probe = lambda: may_answer.wait(60)  # type: ignore[method-assign, assignment, return-value]
    sound = Probable("voice", "another-company")
    town.channels = {"sms": [hangs], "voice": [sound]}
    town.process = town.start_process()
    with running(town.process):
        town.raise_alert()
        wait_for(lambda: len(sound.taken) == 1)
        assert sound.asked == 0, "it waits for the other, and nothing waits for it"
        may_answer.set()
        wait_for(lambda: sound.asked == 1)


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_time_of_a_probe_is_its_end(town: Town, provider: Probable) -> None:
    times = iter([town.real.now(), town.real.now() + 20])
    probes.keep(town.store, town.channels, real=lambda: instant(next(times)), now=town.now, limits=LIMITS)
    with town.store.system_reading() as session:
        row = session.get_one(ProviderProbe, "the-company")
        assert row.asked_real_at is not None
        assert (row.asked_real_at - town.real_now).total_seconds() == 20
