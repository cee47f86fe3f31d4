"""Who is reached by what, on both databases: addresses, replies, contacts, and tests of one's own phone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from contract.reports import AlertKind
from sqlalchemy import select

from backend.adapters.store.schema import Alert, Building, Contact, InboundReply, Notification, PolicyStep, Worker
from backend.channels.desk import Inbound
from backend.errors import Ambiguous, DeliveryError, Invalid
from backend.services import alerts, line_accounts, outbox, replies, rotas, snoozes, trials, ways
from backend.services.addresses import reachable
from tests.backend.town import LIMITS, Phones, Town


def change(town: Town, login: str, **columns: str) -> None:
    with town.session() as session:
        worker = session.scalars(select(Worker).where(Worker.login == login)).one()
        for name, value in columns.items():
            setattr(worker, name, value)


def inbound(town: Town, text: str, ref: str = "SM1", sender: str = "", at: datetime | None = None) -> Inbound:
    return Inbound("twilio-sms", "sms", ref, sender or town.phone("aoki"), text, at or town.real_now)


def receive(town: Town, one: Inbound) -> str:
    return replies.receive(town.store, one, now=town.now, real_now=town.real_now, limits=LIMITS)


# --- quiet hours ------------------------------------------------------------------------------------------------------


def test_what_is_no_emergency_wakes_whoever_is_on_call_and_nobody_else_who_sleeps(town: Town) -> None:
    quiet = {"quiet_since": "00:01", "quiet_until": "00:00"}  # all day but one minute
    for login in ("aoki", "ueda"):
        change(town, login, **quiet)
    alert_id = town.raise_alert("leak")
    with town.session() as session:
        alert = session.get_one(Alert, alert_id)
        assert alert.priority == "P2"
        rota = session.get_one(Building, alert.building_id).rota_id
        assert rotas.on_call(session, rota, town.now) == ("worker:1", "worker:2")
        assert ways.of_step(session, alert, "worker:1", 0, ("voice", "sms"), town.now) == ["voice", "sms"]
        assert ways.of_step(session, alert, "worker:3", 0, ("voice", "sms"), town.now) == []


# --- sent is not arrived ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "step"), [("emergency", 1), ("leak", 0)])
def test_a_letter_handed_over_keeps_no_emergency_waiting_whose_calls_reach_nobody(
    town: Town, kind: AlertKind, step: int
) -> None:
    written(town, 0)
    town.voice.outcomes = [DeliveryError("out of order", permanent=True)]
    town.sms.outcomes = [DeliveryError("out of order", permanent=True)]
    alert = town.raise_alert(kind)
    for _ in range(3):
        town.process.tick()
    assert ("worker:1", "email", "sent") in town.states(alert)
    assert town.alert(alert).step == step


def test_a_coordinator_who_was_only_written_to_is_sent_the_sms_of_an_overdue_emergency(town: Town) -> None:
    written(town, 0)
    with town.session() as session:
        first = session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one()
        first.target, first.role, first.worker_id, first.channels = "role", "coordinator", None, ["email"]
        first.wait_s = 600
    town.raise_alert()
    town.process.tick()
    town.advance(61)
    assert [message.to for message in town.sms.taken] == [town.phone("endo")]


def written(town: Town, position: int) -> None:
    """Everybody has an address for letters, and the policy's step writes one beside its call and SMS."""
    for login in ("aoki", "endo"):
        change(town, login, email=f"{login}@example.jp")
    town.channels = {**town.channels, "email": [Phones("email")]}
    town.process = town.start_process()
    with town.session() as session:
        step = session.scalars(select(PolicyStep).where(PolicyStep.position == position)).one()
        step.channels = ["voice", "sms", "email"]


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_a_kind_that_no_provider_is_configured_for_goes_on_to_the_next(town: Town) -> None:
    change(town, "aoki", line_user="U1")
    with town.session() as session:
        step = session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one()
        step.channels = ["line"]
    alert = town.raise_alert()
    town.process.tick()
    assert ("worker:1", "line", "failed") in town.states(alert)
    assert ("worker:1", "voice", "sent") in town.states(alert)


def test_a_message_that_may_be_handed_over_twice_is_and_only_so_often(town: Town) -> None:
    change(town, "aoki", line_user="U1")
    with town.session() as session:
        session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one().channels = ["line"]
    line = Phones("line")
    line.fate, line.outcomes = "repeat", [Ambiguous("hung")] * 9
    town.channels = {**town.channels, "line": [line]}
    town.process = town.start_process()
    alert = town.raise_alert()
    town.process.tick()
    for _ in range(4):
        town.real.advance(seconds=10)
        town.process.tick()
    assert len(line.outcomes) == 6
    assert ("worker:1", "line", "failed") in town.states(alert)
    assert ("worker:1", "voice", "sent") in town.states(alert)


def test_an_address_is_looked_up_when_it_is_used_and_not_when_it_is_queued(town: Town) -> None:
    town.raise_alert()
    change(town, "aoki", phone="+819012340000")
    town.process.tick()
    assert len(town.sms.to("+819012340000")) == 1


def test_whoever_has_left_is_reached_by_nothing(town: Town) -> None:
    with town.session() as session:
        worker = session.scalars(select(Worker).where(Worker.login == "aoki")).one()
        worker.email, worker.active = "aoki@worker.example", False
        assert reachable(session, f"worker:{worker.id}").kinds == ()


# --- replies ----------------------------------------------------------------------------------------------------------


def test_a_reply_claims_and_its_repetition_is_answered_alike_without_effect(town: Town) -> None:
    alert = town.raise_alert()
    town.process.tick()
    answer = receive(town, inbound(town, "1"))
    assert "引き受けました" in answer
    assert town.alert(alert).claimed_by_id == town.worker("aoki").id
    town.do(alerts.release, alert, "aoki")
    assert receive(town, inbound(town, "1")) == answer
    assert town.alert(alert).state == "open"


def test_a_reply_that_comes_again_once_its_sender_is_known_counts_no_more(town: Town) -> None:
    alert = town.raise_alert()
    town.process.tick()
    said = inbound(town, "1")
    replies.note_stranger(town.store, said.provider, said.ref, said.sender, town.real_now)
    assert receive(town, said) == ""
    assert town.alert(alert).state == "open"


def test_of_the_same_reply_delivered_many_times_at_once_one_counts(town: Town) -> None:
    alert = town.raise_alert()
    town.process.tick()
    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(lambda _: receive(town, inbound(town, "1")), range(4)))
    assert len(answers) == 1
    assert town.history(alert).count("claimed") == 1
    with town.store.system_session() as session:
        assert len(session.scalars(select(InboundReply)).all()) == 1


def test_a_reply_counts_for_what_was_handed_over_before_it_was_written(town: Town) -> None:
    alert = town.raise_alert()
    early = town.real_now - timedelta(minutes=1)
    assert "待っている通報はありません" in receive(town, inbound(town, "1", "before the page was sent"))
    town.process.tick()
    assert "待っている通報はありません" in receive(town, inbound(town, "1", "written earlier", at=early))
    assert town.alert(alert).state == "open"


@pytest.mark.parametrize(("text", "state", "asked"), [("4", "open", 1), ("9", "open", 1), ("2", "open", 0)])
def test_the_other_keys_mean_in_writing_what_they_mean_in_a_call(town: Town, text: str, state: str, asked: int) -> None:
    alert = town.raise_alert()
    town.process.tick()
    receive(town, inbound(town, text))
    town.process.tick()
    assert town.alert(alert).state == state
    assert len(town.sms.to(town.phone("ito"))) == asked


def test_a_sender_of_another_organisation_decides_only_there(town: Town) -> None:
    town.raise_alert()
    town.process.tick()
    assert receive(town, inbound(town, "1", sender="+819099999999")) == ""
    with town.store.system_reading() as session:
        assert replies.strangers(session, town.real_now).last_end == "9999"
        assert replies.strangers(session, town.real_now + timedelta(days=8)).count == 0


# --- LINE accounts ----------------------------------------------------------------------------------------------------


def test_a_code_links_within_its_time_and_takes_the_account_from_whoever_had_it(town: Town) -> None:
    change(town, "ito", line_user="U1")
    worker_id = town.worker("aoki").id
    with town.session() as session:
        code = line_accounts.create_code(session, worker_id, town.real_now)
    late = town.real_now + line_accounts.GOOD_FOR
    assert line_accounts.link(town.store, "AAAAAAAA", "U1", town.real_now, town.real_now) is None
    written = late - timedelta(seconds=1)
    linked = line_accounts.link(town.store, code, "U1", written, written)
    assert linked is not None and linked.id == worker_id
    assert (town.worker("aoki").line_user, town.worker("ito").line_user) == ("U1", "")
    with town.session() as session:
        code = line_accounts.create_code(session, worker_id, town.real_now)
    assert line_accounts.link(town.store, code, "U2", late, late) is None
    line_accounts.blocked(town.store, "U1", written - timedelta(milliseconds=1))  # what LINE hands over again
    assert town.worker("aoki").line_user == "U1"
    line_accounts.blocked(town.store, "U1", late)
    assert town.worker("aoki").line_user == ""


# --- contacts ---------------------------------------------------------------------------------------------------------


def test_the_contacts_of_a_step_are_called_in_order_and_then_the_next_step_comes(town: Town) -> None:
    with town.session() as session:
        first = session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one()
        first.target, first.worker_id, first.channels, first.contact_kinds = "contact", None, ["voice"], ["family"]
        family = session.scalars(select(Contact).where(Contact.name == "山本 さくら")).one()
        session.add(
            Contact(resident_id=family.resident_id, position=1, kind="family", name="次", phone="+819000003203")
        )
        session.add(
            Contact(resident_id=family.resident_id, position=2, kind="doctor", name="医", phone="+819000003204")
        )
    alert = town.raise_alert()
    town.process.tick()
    (call,) = town.voice.to("+819000002203")
    assert call.keys.keys() == {"1", "2", "9"}
    with town.session() as session:
        outbox.unanswered(session, call.id, "no answer", now=town.now)
    town.process.tick()
    (following,) = town.voice.to("+819000003203")
    assert len(town.sms.to("+819000002203")) == 1
    with town.session() as session:
        assert outbox.answered(session, following.id, "9", now=town.now).result == "cannot"
        assert outbox.answered(session, following.id, "1", now=town.now).result == "cannot"  # a call decides once
    with town.session() as session:
        (sms,) = session.scalars(select(Notification).where(Notification.channel == "sms"))
        outbox.failed(session, sms.message_id, "no such number", now=town.now)
    town.process.tick()
    assert town.voice.to("+819000003204") == []
    assert len(town.sms.to(town.phone("ito"))) == 1
    assert town.alert(alert).step == 1


def test_the_contacts_of_a_step_are_left_alone_as_long_as_the_alert_is_put_off(town: Town) -> None:
    with town.session() as session:
        first = session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one()
        first.target, first.worker_id, first.channels = "contact", None, ["voice"]
    alert = town.raise_alert("inactivity")
    town.do(snoozes.snooze, alert, "endo", for_s=900, reason="spoken")
    town.process.tick()
    assert town.voice.to("+819000002203") == []
    town.advance(901)
    assert len(town.voice.to("+819000002203")) == 1


def test_a_claim_takes_back_a_steps_contacts_in_its_own_transaction(town: Town) -> None:
    with town.session() as session:
        first = session.scalars(select(PolicyStep).where(PolicyStep.position == 0)).one()
        first.target, first.worker_id, first.channels = "contact", None, ["voice"]
    alert = town.raise_alert("inactivity")
    assert [row.state for row in town.rows(alert)] == ["pending"]
    town.claim(alert, "endo")
    assert [row.state for row in town.rows(alert) if row.purpose == "contact"] == ["cancelled"]


# --- tests of one's own phone -----------------------------------------------------------------------------------------


def test_a_test_waits_behind_every_alert_and_is_tried_no_other_way(new_town: Callable[[], Town]) -> None:
    town = new_town()
    worker_id = town.worker("aoki").id
    with town.session() as session:
        trials.start(session, worker_id, "sms", town.now)
        with pytest.raises(Invalid, match="moment ago"):
            trials.start(session, worker_id, "sms", town.now)
        with pytest.raises(Invalid, match="no address"):
            trials.start(session, worker_id, "email", town.now)
    spare = Phones("sms", "spare-sms")
    town.channels = {"sms": [town.sms, spare], "voice": [town.voice]}
    town.process = town.start_process()
    town.raise_alert("battery_low")
    town.raise_alert("emergency")
    town.sms.outcomes = [DeliveryError("no", permanent=True)] * 2
    town.process.tick()
    tested = [row for row in town.rows() if row.purpose == "test"]
    assert [(row.state, row.problem, row.alert_id) for row in tested] == [("failed", "no", None)]
    assert [len(spare.taken), len(town.voice.taken)] == [1, 1]  # both are about the emergency


def test_a_test_call_is_answered_by_a_key_and_in_doubt_asked_about_like_any_other(town: Town) -> None:
    worker_id = town.worker("aoki").id
    town.voice.outcomes = [Ambiguous("hung")]
    with town.session() as session:
        trials.start(session, worker_id, "voice", town.now)
    town.process.tick()
    town.real.advance(seconds=3)
    town.process.tick()
    (call,) = town.voice.to(town.phone("aoki"))
    assert call.keys.keys() == {"1", "2"}
    with town.session() as session:
        assert outbox.answered(session, call.id, "1", now=town.now).result == "tested"
        assert trials.latest(session, worker_id)["voice"].state == "answered"
