"""Sends that fail, go another way or have to wait."""

import pytest

from backend.errors import Ambiguous, DeliveryError
from backend.services import doubts, sending
from tests.backend.services.hand import Hand, aoki
from tests.backend.town import LIMITS, Phones, Town

# --- failures --------------------------------------------------------------------------------------------------------


def test_a_passing_failure_is_tried_again_after_a_while_and_only_so_often(town: Town) -> None:
    town.sms.outcomes = [DeliveryError("busy", permanent=False)] * 5
    town.raise_alert()
    town.process.tick()
    for _ in range(3):
        town.real.advance(seconds=10)
        town.process.tick()
    assert len(town.sms.outcomes) == 2
    assert ("worker:1", "sms", "failed") in town.states(1)


def test_a_second_provider_of_the_channel_takes_over_when_the_first_refuses(town: Town) -> None:
    spare = Phones("sms", "spare-sms")
    town.channels = {"sms": [town.sms, spare], "voice": [town.voice]}
    town.process = town.start_process()
    town.sms.outcomes = [DeliveryError("no", permanent=True)]
    town.raise_alert()
    town.process.tick()
    assert aoki(town, spare) == 1


def test_when_nobody_of_a_step_can_be_reached_the_next_step_comes_at_once(town: Town) -> None:
    town.sms.outcomes = [DeliveryError("no", permanent=True)]
    town.voice.outcomes = [DeliveryError("no", permanent=True)]
    town.raise_alert()
    town.process.tick()
    assert len(town.sms.to(town.phone("ito"))) == 1


def test_what_a_provider_never_receives_is_tried_only_so_often_and_then_goes_another_way(town: Town) -> None:
    spare = Phones("sms", "spare-sms")
    town.channels = {"sms": [town.sms, spare], "voice": [town.voice]}
    town.process = town.start_process()
    town.sms.outcomes = [Ambiguous("the line broke")] * 60
    town.raise_alert()
    town.process.tick()
    assert len(town.sms.outcomes) == 59
    for _ in range(5):
        town.real.advance(seconds=10)
        town.process.tick()
    assert len(town.sms.outcomes) == 57
    assert aoki(town, spare) == 1
    assert ("worker:1", "sms", "failed") in town.states(1)


def test_a_worker_that_dies_on_a_message_again_and_again_leaves_it_for_another_way(hand: Hand) -> None:
    hand.town.voice.outcomes = [DeliveryError("no", permanent=True)]
    for _ in range(3):
        (lease,) = hand.take()
        hand.town.real.advance(seconds=LIMITS.lease_s)
        (dropped,) = sending.take_dropped(hand.town.store, real_now=hand.town.real_now, limits=LIMITS)
        assert dropped.row_id == lease.row_id
        found = doubts.ask(hand.town.store, dropped, hand.town.channels, limits=LIMITS)
        sending.settle(hand.town.store, dropped, found, now=hand.town.now)
    assert hand.take() == []
    assert ("worker:1", "sms", "failed") in hand.town.states(1)


def test_a_provider_is_asked_about_an_ambiguous_send_after_a_moment(town: Town) -> None:
    town.voice.outcomes = [Ambiguous("hung")]
    town.voice.fate = "sent"
    town.raise_alert()
    town.process.tick()
    assert ("worker:1", "voice", "unknown") in town.states(1)
    town.real.advance(seconds=2)
    town.process.tick()
    assert ("worker:1", "voice", "sent") in town.states(1)


def test_a_channel_that_breaks_down_is_taken_for_an_ambiguous_send(town: Town) -> None:
    town.voice.outcomes = [ZeroDivisionError("a bug")]
    alert_id = town.raise_alert()
    town.process.tick()
    town.real.advance(seconds=2)
    town.process.tick()
    assert aoki(town, town.voice) == 1  # the provider said that nothing had been received
    assert town.alert(alert_id).state == "open"


def test_a_question_that_breaks_down_is_one_that_nobody_can_answer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.voice, "lookup", lambda _doubt: 1 / 0)
    town.voice.outcomes = [Ambiguous("hung")]
    town.raise_alert("inactivity", unit="u101")
    town.process.tick()
    second = town.raise_alert("leak", unit="u102")
    town.process.tick()
    assert ("worker:1", "voice", "pending") in town.states(second)
    town.real.advance(seconds=2)
    town.process.tick()
    assert [row.lease_until_real_at for row in town.rows(1) if row.state == "unknown"] == [None]
    assert ("worker:1", "voice", "sent") in town.states(second)


# --- rates -----------------------------------------------------------------------------------------------------------


def test_each_provider_is_used_at_its_own_rate(town: Town) -> None:
    slow, spare = Phones("sms", "slow-sms"), Phones("sms", "spare-sms")
    slow.rate_per_s, spare.rate_per_s = 1.0, 1000.0
    town.channels = {"sms": [slow, spare], "voice": [town.voice]}
    town.process = town.start_process()
    for n in range(4):
        town.report(town.alert_report("emergency", "open", name=f"a{n}"))
    for second in range(1, 4):
        town.process.tick()
        assert (len(slow.taken), len(spare.taken)) == (second, 0)
        town.real.advance(seconds=1)
    slow.outcomes = [DeliveryError("no", permanent=True)]
    town.process.tick()
    assert (len(slow.taken), len(spare.taken)) == (3, 1)  # the spare does not wait for the slow one's next second


def test_a_message_for_a_provider_that_is_no_longer_configured_goes_another_way(town: Town) -> None:
    town.channels = {"sms": [town.sms], "voice": []}
    town.process = town.start_process()
    town.raise_alert()
    town.process.tick()
    assert ("worker:1", "voice", "failed") in town.states(1)
