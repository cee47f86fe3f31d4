"""Which failures may have rung a phone, against a company that really fails in each way."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.channels.twilio.client import TwilioAccount
from backend.channels.twilio.records import LISTED
from backend.channels.twilio.sms import TwilioSms
from backend.channels.twilio.voice import TwilioVoice
from backend.config import Twilio
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channel, Doubt, Found, Message
from tests.phone_company.company import ACCOUNT, TOKEN, PhoneCompany
from tests.phone_company.faults import Fault
from tests.phone_company.records import Call, Sms

BEA = "+819011110002"


@pytest.fixture
def company() -> Iterator[PhoneCompany]:
    with PhoneCompany() as company:
        yield company


def account(company: PhoneCompany) -> TwilioAccount:
    of_config = TwilioAccount.of(Twilio(ACCOUNT, TOKEN, "+815011110000", company.api_url), "https://watch.example")
    return replace(of_config, answer_s=0.5)


def message(n: int = 1, kind: str = "sms") -> Message:
    text = f"【緊急】203号室 緊急ボタン https://watch.example/c/{n}"
    return Message(f"message-{n}", 1, BEA, "sms" if kind == "sms" else "voice", "ja", text)


def doubt(order: Message, *, since_s: float = 0.0, others: tuple[str, ...] = (), is_alone: bool = True) -> Doubt:
    """What any process knows of a send that was begun just now, or `since_s` from now."""
    since = datetime.now(UTC) + timedelta(seconds=since_s)
    until = since + timedelta(seconds=80)
    return Doubt(order.id, order.to, order.fingerprint, since, until, frozenset(others), is_alone)


def channels(company: PhoneCompany) -> list[tuple[Channel, Message]]:
    return [(TwilioSms(account(company)), message()), (TwilioVoice(account(company)), message(kind="voice"))]


def fate(channel: Channel, order: Message) -> str | None:
    found = channel.lookup(doubt(order))
    return found.fate if found else None


def taken(company: PhoneCompany) -> int:
    """How many orders the company holds; from here on they are no surprise."""
    records: list[Sms | Call] = [*company.messages, *company.calls]
    for record in records:
        record.seen = True
    return len(company.messages) + len(company.calls)


def test_an_sms_arrives_with_its_text(company: PhoneCompany) -> None:
    company.serves("https://watch.example", "http://127.0.0.1:9")
    sent = TwilioSms(account(company)).send(message())
    assert sent.provider_ref == company.messages[0].sid
    assert company.messages[0].text == message().text
    taken(company)


def test_a_call_is_ordered_with_its_script_and_callbacks(company: PhoneCompany) -> None:
    TwilioVoice(account(company)).send(message(kind="voice"))
    form = company.calls[0].form
    assert form["Url"] == "https://watch.example/twilio/voice/message-1"
    assert form["StatusCallback"] == "https://watch.example/twilio/voice/message-1/status"
    assert company.calls[0].events == {"initiated", "ringing", "answered", "completed"}
    assert form["AsyncAmd"] == "true"
    taken(company)


def test_a_full_line_is_worth_another_try_and_nothing_was_taken(company: PhoneCompany) -> None:
    for channel, order in channels(company):
        company.order(Fault.REFUSE, status=429, code=20429)
        with pytest.raises(DeliveryError) as refusal:
            channel.send(order)
        assert not refusal.value.permanent
    assert taken(company) == 0


def test_a_number_that_does_not_exist_is_not_tried_again(company: PhoneCompany) -> None:
    for channel, order in channels(company):
        company.order(Fault.REFUSE, status=400, code=21211)
        with pytest.raises(DeliveryError, match="21211") as refusal:
            channel.send(order)
        assert refusal.value.permanent


def test_a_wrong_secret_is_a_refusal(company: PhoneCompany) -> None:
    with pytest.raises(DeliveryError, match="20003") as refusal:
        TwilioSms(replace(account(company), auth_token="wrong")).send(message())
    assert refusal.value.permanent


def test_a_company_that_cannot_be_reached_has_taken_nothing(company: PhoneCompany) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(DeliveryError) as refusal:
        TwilioSms(replace(account(company), api_url=nobody)).send(message())
    assert not refusal.value.permanent


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_ERROR, Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_DROP])
def test_an_order_that_was_taken_without_an_answer_is_found_again(company: PhoneCompany, fault: Fault) -> None:
    for channel, order in channels(company):
        company.order(fault)
        with pytest.raises(Ambiguous):
            channel.send(order)
        assert fate(channel, order) == "sent"
    assert taken(company) == 2


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP])
def test_an_order_that_was_lost_without_an_answer_is_known_to_be_lost(company: PhoneCompany, fault: Fault) -> None:
    for channel, order in channels(company):
        company.order(fault)
        with pytest.raises(Ambiguous):
            channel.send(order)
        assert fate(channel, order) == "not_received"
    assert taken(company) == 0


def test_a_send_is_found_by_any_process_with_its_name_at_the_company(company: PhoneCompany) -> None:
    for channel, order in channels(company):
        company.order(Fault.ACCEPT_THEN_DROP)
        with pytest.raises(Ambiguous):
            channel.send(order)
    sms, voice = channels(company)
    assert sms[0].lookup(doubt(sms[1])) == Found("sent", company.messages[0].sid)
    assert voice[0].lookup(doubt(voice[1])) == Found("sent", company.calls[0].sid)
    taken(company)


def test_another_call_to_the_same_person_is_not_taken_for_the_lost_one(company: PhoneCompany) -> None:
    voice = TwilioVoice(account(company))
    known = voice.send(message(1, "voice")).provider_ref
    lost = message(2, "voice")
    assert voice.lookup(doubt(lost, others=(known,))) == Found("not_received")
    assert voice.lookup(doubt(lost, since_s=300)) == Found("not_received")  # that call was much too early
    assert voice.lookup(doubt(lost, since_s=-300)) == Found("not_received")  # and here too late
    taken(company)


def test_one_of_two_calls_in_doubt_is_not_guessed_at(company: PhoneCompany) -> None:
    voice = TwilioVoice(account(company))
    voice.send(message(1, "voice"))
    assert voice.lookup(doubt(message(1, "voice"), is_alone=False)) is None
    voice.send(message(2, "voice"))
    assert voice.lookup(doubt(message(1, "voice"))) is None
    taken(company)


def test_of_many_sms_to_one_phone_the_text_tells_which(company: PhoneCompany) -> None:
    sms = TwilioSms(account(company))
    sent = [sms.send(message(n)).provider_ref for n in range(3)]
    assert sms.lookup(doubt(message(1))) == Found("sent", sent[1])
    assert sms.lookup(doubt(message(9))) == Found("not_received")
    taken(company)


def test_a_send_that_may_stand_further_back_than_the_list_reaches_is_unknown(company: PhoneCompany) -> None:
    sms = TwilioSms(account(company))
    company.messages += [Sms({"To": BEA, "Body": f"other {n}"}) for n in range(LISTED)]
    assert sms.lookup(doubt(message())) is None
    company.messages[0].created -= timedelta(minutes=5)
    assert sms.lookup(doubt(message())) == Found("not_received")
    taken(company)


def test_what_became_of_it_is_unknown_while_the_company_is_away(company: PhoneCompany) -> None:
    voice = TwilioVoice(account(company))
    company.order(Fault.ACCEPT_THEN_DROP)
    with pytest.raises(Ambiguous):
        voice.send(message(kind="voice"))
    taken(company)
    company.close()
    assert voice.lookup(doubt(message(kind="voice"))) is None


# --- probes ----------------------------------------------------------------------------------------------------------


def test_a_probe_asks_for_the_account_and_orders_nothing(company: PhoneCompany) -> None:
    for channel in (TwilioSms(account(company)), TwilioVoice(account(company))):
        channel.probe()
    assert (company.probes, taken(company)) == (2, 0)


def test_a_suspended_account_a_wrong_token_and_a_company_that_is_away_fail_the_probe(company: PhoneCompany) -> None:
    company.account_status = "suspended"
    with pytest.raises(DeliveryError, match="suspended"):
        TwilioSms(account(company)).probe()
    with pytest.raises(DeliveryError):
        TwilioSms(replace(account(company), auth_token="wrong")).probe()
    with pytest.raises(DeliveryError):
        TwilioSms(replace(account(company), api_url="http://127.0.0.1:9")).probe()
