"""A send is cut off at every point: nobody is lost, and doubles come only where they are written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from backend.errors import Ambiguous, DeliveryError
from backend.services import alerts, doubts, outbox, sending
from backend.services.sending import Lease
from tests.backend.town import LIMITS, Phones, Town


@dataclass
class Hand:
    """Sends by hand, step by step, as the worker process does in one go."""

    town: Town

    def take(self, kind: str = "sms", most: int = 1) -> list[Lease]:
        return sending.take(self.town.store, kind, most=most, real_now=self.town.real_now, limits=LIMITS)

    def prepare(self, lease: Lease) -> sending.Ready | None:
        return sending.prepare(
            self.town.store,
            lease,
            self.town.channels,
            now=self.town.now,
            real_now=self.town.real_now,
            limits=LIMITS,
            url="https://watch.example",
        )

    def record(self, lease: Lease, result: object) -> bool:
        return sending.record(
            self.town.store,
            lease,
            result,  # type: ignore[arg-type]
            now=self.town.now,
            real_now=self.town.real_now,
        )


@pytest.fixture
def hand(town: Town) -> Hand:
    town.raise_alert()
    return Hand(town)


def let_lease_end(town: Town) -> None:
    town.real.advance(seconds=LIMITS.lease_s)
    town.process.tick()


def aoki(town: Town, channel: Phones) -> int:
    return len(channel.to(town.phone("aoki")))


# --- a worker dies ------------------------------------------------------------------------------------------------


def test_killed_after_the_lease_the_message_is_sent_once_when_the_lease_ends(hand: Hand) -> None:
    hand.take()
    hand.town.process.tick()
    assert aoki(hand.town, hand.town.sms) == 0
    let_lease_end(hand.town)
    assert aoki(hand.town, hand.town.sms) == 1


def test_killed_before_the_send_the_provider_knows_of_nothing_and_it_is_sent_once(hand: Hand) -> None:
    hand.prepare(hand.take()[0])
    let_lease_end(hand.town)
    assert aoki(hand.town, hand.town.sms) == 1


def test_killed_after_the_send_the_provider_knows_it_and_it_is_not_sent_again(hand: Hand) -> None:
    ready = hand.prepare(hand.take()[0])
    assert ready is not None
    sending.send(ready, hand.town.real_now)
    let_lease_end(hand.town)
    assert aoki(hand.town, hand.town.sms) == 1
    assert ("worker:1", "sms", "sent") in hand.town.states(1)


def test_killed_after_the_record_nothing_is_left_to_do(hand: Hand) -> None:
    (lease,) = hand.take()
    ready = hand.prepare(lease)
    assert ready is not None
    hand.record(lease, sending.send(ready, hand.town.real_now))
    let_lease_end(hand.town)
    assert aoki(hand.town, hand.town.sms) == 1


@pytest.mark.parametrize("accepted", [True, False])
def test_where_the_provider_cannot_tell_the_next_channel_is_used_and_never_the_same_again(
    new_town: Callable[[], Town], accepted: bool
) -> None:
    town = new_town()
    town.channels = {"sms": [town.sms], "voice": [town.voice]}
    town.raise_alert()
    hand = Hand(town)
    ready = hand.prepare(hand.take()[0])
    assert ready is not None
    if accepted:
        sending.send(ready, hand.town.real_now)
    town.sms.knows = False
    let_lease_end(town)
    assert aoki(town, town.sms) == int(accepted)
    assert aoki(town, town.voice) == 1
    assert ("worker:1", "sms", "unknown") in town.states(1)


# --- fences ---------------------------------------------------------------------------------------------------------


def test_a_result_that_comes_after_the_lease_was_taken_over_is_not_believed(hand: Hand) -> None:
    (lease,) = hand.take()
    assert hand.prepare(lease) is not None
    let_lease_end(hand.town)
    assert not hand.record(lease, DeliveryError("late", permanent=True))
    assert aoki(hand.town, hand.town.sms) == 1
    assert ("worker:1", "sms", "sent") in hand.town.states(1)


def test_a_sender_that_lost_its_lease_before_the_hand_over_sends_nothing(hand: Hand) -> None:
    (lease,) = hand.take()
    let_lease_end(hand.town)
    assert hand.prepare(lease) is None
    assert aoki(hand.town, hand.town.sms) == 1


def test_a_sender_that_was_held_up_for_longer_than_its_lease_sends_nothing(hand: Hand) -> None:
    ready = hand.prepare(hand.take()[0])
    assert ready is not None
    let_lease_end(hand.town)
    assert sending.send(ready, hand.town.real_now) is None
    assert aoki(hand.town, hand.town.sms) == 1


def test_no_two_takers_get_the_same_row(hand: Hand) -> None:
    assert len(hand.take(most=5)) == 1
    assert hand.take(most=5) == []


def test_an_emergency_is_taken_before_what_waited_longer(town: Town) -> None:
    town.raise_alert("inactivity", "open")
    emergency = town.raise_alert()
    (lease,) = Hand(town).take()
    assert lease.row_id in [row.id for row in town.rows(emergency)]


# --- claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_between_lease_and_hand_over_stops_the_send(hand: Hand) -> None:
    (lease,) = hand.take()
    hand.town.claim(1, "ito")
    assert hand.prepare(lease) is None
    assert hand.town.rows(1)[0].state == "cancelled"


def test_after_a_claim_a_dropped_send_is_not_made_up_for(hand: Hand) -> None:
    assert hand.prepare(hand.take()[0]) is not None
    hand.town.claim(1, "ito")
    let_lease_end(hand.town)
    assert hand.town.voice.taken == []
    assert [message.links for message in hand.town.sms.taken] == [()]  # she may have heard, and is told who has it


# --- failures -------------------------------------------------------------------------------------------------------


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


# --- callbacks ------------------------------------------------------------------------------------------------------


def test_a_callback_that_is_faster_than_the_providers_answer_counts(hand: Hand) -> None:
    (lease,) = hand.take()
    ready = hand.prepare(lease)
    assert ready is not None
    with hand.town.session() as session:
        outbox.delivered(session, lease.message_id, now=hand.town.now)
    hand.record(lease, sending.send(ready, hand.town.real_now))
    row = hand.town.rows(1)[0]
    assert (row.state, row.provider_ref) == ("delivered", f"ref-{lease.message_id}")


def sent_call(town: Town) -> str:
    town.raise_alert()
    town.process.tick()
    return town.voice.taken[0].id


def test_keys_claim_pass_on_and_decline(new_town: Callable[[], Town]) -> None:
    expected = {"1": "claimed", "2": "repeat", "4": "passed_on", "9": "not_me", "7": "unknown_key", "": "unknown_key"}
    for key, result in expected.items():
        town = new_town()
        call = sent_call(town)
        with town.session() as session:
            assert outbox.answered(session, call, key, now=town.now).result == result
        town.process.tick()
        went_on = bool(town.sms.to(town.phone("ito")))
        assert went_on == (key in ("4", "9")), key


def test_who_said_not_me_is_not_called_again_for_this_alert(town: Town) -> None:
    call = sent_call(town)
    with town.session() as session:
        outbox.answered(session, call, "9", now=town.now)
    for _ in range(10):
        town.advance(60)
    assert len(town.voice.to(town.phone("aoki"))) == 1
    assert "step 1" in town.alert(1).gaps
    assert len(town.voice.to(town.phone("ito"))) > 1


def test_a_key_after_somebody_else_claimed_names_them(town: Town) -> None:
    call = sent_call(town)
    town.claim(1, "ito")
    with town.session() as session:
        reply = outbox.answered(session, call, "1", now=town.now)
    assert (reply.result, reply.by) == ("already_claimed", "伊藤 大輔")
    town.do(alerts.close, 1, "ito", outcome="helped")
    with town.session() as session:
        assert outbox.answered(session, call, "1", now=town.now).result == "closed"


@pytest.mark.parametrize("first", ["1", "4", "9"])
def test_a_call_decides_once_whoever_hands_its_keys_over(town: Town, first: str) -> None:
    call = sent_call(town)
    with town.session() as session:
        outbox.answered(session, call, first, now=town.now)
    if first == "1":
        town.do(alerts.release, 1, "aoki")
    history = town.history(1)
    for key in ("1", "4", "9"):
        with town.session() as session:
            assert outbox.answered(session, call, key, now=town.now).result == "over"
    assert town.history(1) == history
    assert town.alert(1).state == "open"
    town.claim(1, "ito")
    with town.session() as session:
        assert outbox.answered(session, call, "1", now=town.now).result == "already_claimed"


def test_repeated_and_late_callbacks_change_nothing(town: Town) -> None:
    call = sent_call(town)
    calls: Sequence[Callable[..., None]] = (outbox.failed, outbox.unanswered)
    with town.session() as session:
        outbox.answered(session, call, "1", now=town.now)
        for late in calls:
            late(session, call, "late", now=town.now)
        outbox.delivered(session, call, now=town.now)
    assert ("worker:1", "voice", "answered") in town.states(1)


def test_a_voicemail_is_no_answer(town: Town) -> None:
    call = sent_call(town)
    with town.session() as session:
        outbox.delivered(session, call, now=town.now)
        outbox.unanswered(session, call, "machine", now=town.now)
    town.advance(60)
    assert len(town.voice.to(town.phone("ito"))) == 1
    assert town.alert(1).state == "open"


def test_an_exhausted_policy_calls_coordinators_and_the_fallback_number_until_somebody_claims(town: Town) -> None:
    town.raise_alert()
    for _ in range(8):
        town.advance(60)
    before = len(town.voice.to("+819000000009"))
    for _ in range(3):
        town.advance(300)
    assert len(town.voice.to("+819000000009")) == before + 3
    town.claim(1, "endo")
    town.advance(1000)
    assert len(town.voice.to("+819000000009")) == before + 3


def test_the_fallback_number_gets_calls_and_no_sms_it_could_not_answer(town: Town) -> None:
    town.raise_alert()
    for _ in range(10):
        town.advance(60)
    call = town.voice.to("+819000000009")[0]
    with town.session() as session:
        outbox.unanswered(session, call.id, "no answer", now=town.now)
    town.process.tick()
    assert town.sms.to("+819000000009") == []


def test_the_fallback_number_may_take_an_alert(town: Town) -> None:
    town.raise_alert()
    for _ in range(10):
        town.advance(60)
    call = town.voice.to("+819000000009")[0]
    with town.session() as session:
        assert outbox.answered(session, call.id, "1", now=town.now).result == "claimed"
    assert town.alert(1).state == "claimed"
    assert town.now - town.alert(1).claimed_at < timedelta(seconds=1)  # type: ignore[operator]


# --- rates ----------------------------------------------------------------------------------------------------------


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
