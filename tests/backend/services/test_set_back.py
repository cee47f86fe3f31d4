"""A machine's clock was hours ahead when the worker started, and is set back while it runs."""

from datetime import timedelta

import pytest

from backend.adapters.store.schema import Alert, Gateway, ProviderProbe
from backend.core.clocks import has_gone_by
from backend.errors import Ambiguous, DeliveryError
from backend.services import dead_man, sending, snoozes
from tests.backend.town import LIMITS, Town


@pytest.fixture
def ahead(town: Town) -> Town:
    """The worker process has begun with real time nine hours ahead."""
    town.real.advance(hours=9)
    town.post(town.batch())
    town.process.tick()
    return town


def set_back(town: Town) -> None:
    town.real.set_back(hours=9)
    town.process.tick()


def test_a_provider_sends_on_after_a_second_and_not_after_nine_hours(ahead: Town) -> None:
    ahead.sms.rate_per_s = 1.0
    ahead.process = ahead.start_process()
    for count in range(3):
        ahead.report(ahead.alert_report("emergency", "open", name=f"p1-{count}"))
    ahead.process.tick()
    assert len(ahead.sms.taken) == 1
    set_back(ahead)
    ahead.real.advance(seconds=1)
    ahead.process.tick()
    assert len(ahead.sms.taken) == 2
    ahead.process = ahead.start_process()
    ahead.real.advance(seconds=1)
    ahead.process.tick()
    assert len(ahead.sms.taken) == 3


def test_what_was_taken_and_what_was_put_off_is_due_at_once(ahead: Town) -> None:
    ahead.voice.outcomes = [Ambiguous("hung")]
    ahead.sms.outcomes = [DeliveryError("busy", permanent=False)]
    ahead.raise_alert()
    ahead.process.tick()
    assert {("worker:1", "voice", "unknown"), ("worker:1", "sms", "pending")} <= set(ahead.states(1))
    set_back(ahead)
    assert {("worker:1", "voice", "sent"), ("worker:1", "sms", "sent")} <= set(ahead.states(1))


def test_a_lease_of_now_is_left_alone(ahead: Town) -> None:
    set_back(ahead)
    ahead.raise_alert()
    taken = sending.take(ahead.store, "voice", most=1, real_now=ahead.real_now + timedelta(seconds=30), limits=LIMITS)
    ahead.real.advance(seconds=59)
    ahead.process = ahead.start_process()
    ahead.process.tick()
    assert ("worker:1", "voice", "sending") in ahead.states(1) and taken[0].fence == 1


def test_a_call_made_before_it_holds_up_no_other_for_longer_than_a_call(ahead: Town) -> None:
    ahead.raise_alert("emergency", unit="u101")
    ahead.process.tick()
    set_back(ahead)
    second = ahead.raise_alert("leak", unit="u102")
    ahead.voice.fate = "ended"
    ahead.real.advance(seconds=20)
    ahead.process.tick()
    assert ("worker:1", "voice", "sent") in ahead.states(second)


def test_an_alerts_timer_that_failed_before_it_is_tried_again(ahead: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("backend.worker.escalation.fall_due", fails)
        alert_id = ahead.raise_alert("emergency")
        ahead.clock.advance(minutes=3)
        ahead.process.tick()
    set_back(ahead)
    assert {row.step for row in ahead.rows(alert_id)} >= {0, 1}


def test_the_next_step_of_an_alert_is_not_hours_away(ahead: Town) -> None:
    ahead.clock.advance(hours=9)
    alert_id = ahead.raise_alert("emergency")
    ahead.process.tick()
    assert {row.step for row in ahead.rows(alert_id)} == {0}
    ahead.clock.set_back(hours=9)
    set_back(ahead)
    assert {row.step for row in ahead.rows(alert_id)} == {0, 1}


def test_a_step_that_is_put_off_stays_so(ahead: Town) -> None:
    alert_id = ahead.raise_alert("leak")
    ahead.process.tick()
    ahead.do(snoozes.snooze, alert_id, "endo", for_s=8 * 3600, reason="spoken")
    set_back(ahead)
    assert {row.step for row in ahead.rows(alert_id)} == {0}


def test_a_gateway_that_falls_silent_then_is_noticed_by_the_usual_time(ahead: Town) -> None:
    set_back(ahead)
    ahead.advance(LIMITS.gateway_red_s, heard=False)
    with ahead.session() as session:
        assert [alert.kind for alert in session.query(Alert)] == ["gateway_silent"]
        assert session.get_one(Gateway, ahead.seeded.gateway_id).last_seen_real_at < ahead.real_now


def test_a_provider_is_probed_again(ahead: Town) -> None:
    with ahead.store.system_session() as session:
        session.add(ProviderProbe(provider="line", next_real_at=ahead.real_now, failures=0, problem=""))
    set_back(ahead)
    with ahead.store.system_reading() as session:
        assert session.get_one(ProviderProbe, "line").next_real_at == ahead.real_now


def test_what_a_process_does_every_so_often_does_not_wait_for_the_time_it_had() -> None:
    assert has_gone_by(None, 0.0, 3.0)
    assert [has_gone_by(100.0, now, 3.0) for now in (100.0, 102.9, 103.0, 99.0)] == [False, False, True, True]


def test_the_outside_service_is_pinged_again(ahead: Town) -> None:
    pings = dead_man.DeadMan(ahead.store, lambda: None)
    pings.ping(ahead.real_now)
    assert not pings.is_due(ahead.real_now)
    ahead.real.set_back(hours=9)
    assert pings.is_due(ahead.real_now)
