"""What providers report of a send, and the keys that are pressed."""

from collections.abc import Callable, Sequence

import pytest

from backend.services import alerts, outbox, sending
from tests.backend.services.hand import Hand
from tests.backend.town import Town


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


@pytest.mark.parametrize(
    ("key", "result", "state"), [("1", "claimed", "claimed"), ("4", "passed_on", "open"), ("9", "not_me", "open")]
)
def test_the_first_key_counts_also_when_its_call_has_ended_and_another_round_is_under_way(
    town: Town, key: str, result: str, state: str
) -> None:
    call = sent_call(town)
    with town.session() as session:
        outbox.unanswered(session, call, "no-answer", now=town.now)
    for _ in range(4):
        town.advance(60)
    assert (town.alert(1).round, town.alert(1).step) == (1, 0)
    before = len(town.voice.taken)
    with town.session() as session:
        assert outbox.answered(session, call, key, now=town.now).result == result
    town.process.tick()
    assert town.alert(1).state == state
    assert result in town.history(1)
    # Whoever passes on an earlier round does not cut this one short.
    assert len(town.voice.taken) == before


def test_a_first_key_after_the_end_of_the_alert_opens_nothing(town: Town) -> None:
    call = sent_call(town)
    with town.session() as session:
        outbox.unanswered(session, call, "no-answer", now=town.now)
    town.claim(1, "ito")
    town.do(alerts.close, 1, "ito", outcome="helped")
    with town.session() as session:
        assert outbox.answered(session, call, "1", now=town.now).result == "closed"
    assert (town.alert(1).state, town.history(1).count("claimed")) == ("closed", 1)


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
