"""When the policy is exhausted."""

from datetime import timedelta

from backend.services import outbox
from tests.backend.town import Town


def sent_call(town: Town) -> str:
    town.raise_alert()
    town.process.tick()
    return town.voice.taken[0].id


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


def test_whoever_is_being_called_has_one_call_of_each_emergency_waiting_however_long_that_lasts(town: Town) -> None:
    first, second = town.raise_alert(), town.raise_alert(unit="u201")
    for _ in range(10):
        town.advance(60)
    for _ in range(5):  # nobody's telephone is ever free: real time stands still
        town.clock.advance(seconds=300)
        town.process.tick()
    waiting = [row for row in town.rows(second) if (row.state, row.channel) == ("pending", "voice")]
    assert "fallback" in {row.person for row in waiting}
    assert len({row.person for row in waiting}) == len(waiting)
    before = len(town.voice.to("+819000000009"))
    for row in (*town.rows(first), *town.rows(second)):
        if row.channel == "voice" and row.state == "sent":
            with town.session() as session:
                outbox.failed(session, row.message_id, "the line broke", now=town.now)
    town.process.tick()
    assert len(town.voice.to("+819000000009")) > before
