"""A send is cut off at every point: nobody is lost, and doubles come only where they are written down."""

from collections.abc import Callable

import pytest

from backend.errors import DeliveryError
from backend.services import sending
from tests.backend.services.hand import Hand, aoki, let_lease_end
from tests.backend.town import Town

# --- a worker dies ---------------------------------------------------------------------------------------------------


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


# --- fences ----------------------------------------------------------------------------------------------------------


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


# --- claims ----------------------------------------------------------------------------------------------------------


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
