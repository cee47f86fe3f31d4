"""One person has one telephone: calls to them come one after the other, and each says how many wait."""

from collections.abc import Callable
from typing import Any

import pytest
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store.schema import PolicyStep, Worker
from backend.errors import DeliveryError
from backend.services import alerts, outbox
from backend.services.desk import PhoneDesk
from backend.services.merging import CALL_S
from tests.backend.town import Town


def calls(town: Town, login: str) -> list[Any]:
    return town.voice.to(town.phone(login))


def press(town: Town, message: Any, key: str) -> str:
    with town.session() as session:
        said = outbox.answered(session, message.id, key, now=town.now).result
    town.process.tick()
    return said


def hears(town: Town, message: Any) -> str:
    """What is said when the call is picked up now."""
    spoken = PhoneDesk(town.store, town.clock).script(message.id, f"ref-{message.id}")
    assert spoken is not None
    return " ".join(spoken.sentences)


def rings_out(town: Town, message: Any) -> None:
    with town.session() as session:
        outbox.unanswered(session, message.id, "no answer", now=town.now)
    town.process.tick()


def silences(town: Town, *units: str) -> list[int]:
    """Several silences at once, too few for a storm."""
    found = town.alert_everywhere("inactivity", *units)
    town.process.tick()
    return found


def test_of_many_alerts_a_worker_gets_one_call_that_says_how_many_wait(town: Town) -> None:
    silences(town, "u101", "u102", "u103")
    (call,) = calls(town, "aoki")
    assert "101号室" in call.text and "ほかに2件" in call.text and "緊急です" not in call.text
    assert len(town.sms.to(town.phone("aoki"))) == 3  # a message can be read when there is time


def test_key_1_takes_the_first_and_the_others_get_a_call_of_their_own(town: Town) -> None:
    first, second, third = silences(town, "u101", "u102", "u103")
    assert press(town, calls(town, "aoki")[0], "1") == "claimed"
    assert [town.alert(one).state for one in (first, second, third)] == ["claimed", "open", "open"]
    assert len(calls(town, "aoki")) == 2
    assert "102号室" in calls(town, "aoki")[1].text and "ほかに1件" in calls(town, "aoki")[1].text
    assert press(town, calls(town, "aoki")[1], "1") == "claimed"
    assert "ほかに" not in calls(town, "aoki")[2].text
    assert press(town, calls(town, "aoki")[2], "1") == "claimed"
    assert len(calls(town, "aoki")) == 3


def test_what_somebody_else_claimed_meanwhile_is_not_called_for(town: Town) -> None:
    first, second, third = silences(town, "u101", "u102", "u103")
    town.claim(second, "ito")
    press(town, calls(town, "aoki")[0], "1")
    assert town.alert(first).state == "claimed"
    assert "103号室" in calls(town, "aoki")[1].text
    assert third not in (first, second)


def test_when_nobody_takes_the_call_those_it_spoke_of_are_unanswered_too(town: Town) -> None:
    members = silences(town, "u101", "u102", "u103")
    rings_out(town, calls(town, "aoki")[0])
    assert len(calls(town, "aoki")) == 1
    for one in members:
        assert ("worker:1", "voice", "unanswered") in town.states(one)
    assert len(calls(town, "ito")) == 0  # an SMS is on its way to the first, and their minute is not over
    town.advance(60)
    assert len(calls(town, "ito")) == 1 and "ほかに2件" in calls(town, "ito")[0].text


def test_key_4_passes_all_of_them_on_at_once(town: Town) -> None:
    members = silences(town, "u101", "u102", "u103")
    assert press(town, calls(town, "aoki")[0], "4") == "passed_on"
    assert len(calls(town, "aoki")) == 1
    assert all("passed_on" in town.history(one) for one in members)
    (call,) = calls(town, "ito")
    assert "ほかに2件" in hears(town, call)


def test_a_call_speaks_of_what_came_until_it_is_picked_up(town: Town) -> None:
    silences(town, "u101")
    (call,) = calls(town, "aoki")
    assert "ほかに" not in hears(town, call)
    second = town.raise_alert("leak", unit="u102")
    assert "ほかに1件" in hears(town, call)
    rings_out(town, call)
    assert ("worker:1", "voice", "unanswered") in town.states(second)


def test_key_9_is_about_the_first_alone(town: Town) -> None:
    first, second = silences(town, "u101", "u102")
    assert press(town, calls(town, "aoki")[0], "9") == "not_me"
    assert "102号室" in calls(town, "aoki")[1].text
    assert "not_me" in town.history(first) and "not_me" not in town.history(second)


def test_a_call_whose_own_alert_was_taken_meanwhile_ends_nobody_elses(town: Town) -> None:
    first, second = silences(town, "u101", "u102")
    town.claim(first, "ito")
    rings_out(town, calls(town, "aoki")[0])
    assert "102号室" in calls(town, "aoki")[1].text
    assert ("worker:1", "voice", "sent") in town.states(second)


def test_what_comes_while_somebody_is_called_waits_for_the_end_of_that_call(town: Town) -> None:
    silences(town, "u101")
    town.raise_alert("leak", unit="u102")
    town.process.tick()
    assert len(calls(town, "aoki")) == 1
    rings_out(town, calls(town, "aoki")[0])
    assert len(calls(town, "aoki")) == 2


def test_no_wait_is_longer_than_a_call_can_be_although_nothing_is_heard_of_it(town: Town) -> None:
    _first, second = silences(town, "u101", "u102")
    town.real.advance(seconds=CALL_S - 1)
    town.process.tick()
    assert len(calls(town, "aoki")) == 1
    town.real.advance(seconds=1)
    town.process.tick()
    assert len(calls(town, "aoki")) == 2
    assert ("worker:1", "voice", "sent") in town.states(second)


def test_a_call_that_fails_ends_nobody_elses(town: Town) -> None:
    town.voice.outcomes = [DeliveryError("number unreachable", permanent=True)]
    _first, second = silences(town, "u101", "u102")
    assert "102号室" in calls(town, "aoki")[0].text
    assert ("worker:1", "voice", "sent") in town.states(second)


# --- emergencies -----------------------------------------------------------------------------------------------------


def test_an_emergency_waits_for_no_lesser_call(town: Town) -> None:
    silences(town, "u101")
    town.raise_alert("emergency", unit="u102")
    town.process.tick()
    assert "緊急です" in calls(town, "aoki")[1].text


def test_of_several_that_wait_the_emergency_goes_first_and_says_what_waits(town: Town) -> None:
    town.alert_everywhere("inactivity", "u101", "u102")
    town.raise_alert("emergency", unit="u103")
    town.process.tick()
    (call,) = calls(town, "aoki")
    assert "緊急です" in call.text and "103号室" in call.text and "ほかに2件" in call.text


def test_emergencies_at_once_call_everybody_at_once_each_for_another(town: Town) -> None:
    town.alert_everywhere("emergency", "u101", "u102", "u103")
    town.process.tick()
    firsts = [next(one for one in ("101", "102", "103") if f"{one}号室" in call.text) for call in town.voice.taken]
    assert [town.voice.taken[n].to for n in range(2)] == [town.phone("aoki"), town.phone("ito")]
    assert sorted(firsts) == ["101", "102", "103"]
    assert "うち2件は緊急です" in calls(town, "aoki")[0].text


def test_an_emergency_that_comes_while_somebody_is_called_for_another_reaches_the_next_at_once(town: Town) -> None:
    town.raise_alert("emergency", unit="u101")
    town.process.tick()
    town.raise_alert("smoke", unit="u102")
    town.process.tick()
    assert len(calls(town, "aoki")) == 1
    assert "102号室" in calls(town, "ito")[0].text
    press(town, calls(town, "aoki")[0], "1")
    assert "102号室" in calls(town, "aoki")[1].text  # unless somebody takes it first


def test_an_emergency_that_somebody_else_is_being_called_for_need_not_hurry(new_town: Callable[[], Town]) -> None:
    town = new_town()
    first = town.raise_alert("emergency", unit="u101")
    town.process.tick()
    town.advance(60)
    assert town.alert(first).step == 1
    town.process.tick()
    assert town.alert(first).step == 1


def test_an_emergency_whose_people_are_still_called_for_it_from_the_last_round_does_not_hurry(town: Town) -> None:
    with town.session() as session:
        first, *others = session.scalars(select(PolicyStep).order_by(PolicyStep.position)).all()
        first.wait_s = 30.0
        for step in others:
            session.delete(step)
    emergency = town.raise_alert("emergency", unit="u101")
    town.process.tick()
    town.advance(31)
    assert len(calls(town, "aoki")) == 1
    for _ in range(3):
        town.process.tick()
    assert (town.alert(emergency).step, town.alert(emergency).round) == (0, 1)


def test_where_everybody_is_busy_every_emergency_is_called_out_in_the_end(town: Town) -> None:
    members = town.alert_everywhere("emergency", "u101", "u102", "u103", "u201", "u202", "u203")
    town.process.tick()
    for _ in range(60):
        if all(town.alert(one).state == "claimed" for one in members):
            break
        for message in town.voice.taken:
            press(town, message, "1")
        town.advance(10)
    assert all(town.alert(one).state == "claimed" for one in members)


def test_the_fallback_number_is_one_telephone_as_well(town: Town) -> None:
    town.alert_everywhere("inactivity", "u101", "u102")
    for _ in range(9):
        town.advance(60)
    rung = town.voice.to("+819000000009")
    assert len(rung) >= 1
    assert "ほかに1件" in rung[0].text


def test_a_resident_is_asked_whoever_else_is_on_the_telephone(town: Town) -> None:
    for unit in ("u101", "u102"):
        town.raise_alert("inactivity", "asking", name=f"i-{unit}", unit=unit)
    town.advance(120)
    assert len(town.voice.taken) == 2


def test_what_is_put_off_is_not_spoken_of(town: Town) -> None:
    _first, second = town.alert_everywhere("inactivity", "u101", "u102")
    town.do(alerts.claim, second, "ito")
    town.process.tick()
    assert "ほかに" not in calls(town, "aoki")[0].text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_call_for_many_is_said_in_the_workers_language(town: Town, language: str) -> None:
    with town.session() as session:
        session.query(Worker).filter_by(login="aoki").one().language = language
    kinds: list[contract.AlertKind] = ["emergency", "smoke"]
    for unit, kind in zip(("u101", "u102"), kinds, strict=True):
        town.raise_alert(kind, unit=unit)
    town.process.tick()
    said = (
        "ほかに1件の通報が待っています。うち1件は緊急" if language == "ja" else "1 more alert waits for you, 1 of them"
    )
    assert said in calls(town, "aoki")[0].text
