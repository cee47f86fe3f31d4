"""The demo's phones get what is sent, once it is kept."""

from datetime import UTC, datetime

import pytest

from backend.channels.console import ConsoleChannel
from backend.channels.twilio import TwilioAccount, TwilioSms, TwilioVoice
from backend.config import Twilio
from backend.ports import KINDS, Channel, Doubt, Found, Kind, Message


def message(kind: Kind) -> Message:
    return Message("message-1", 1, "+819011110001", kind, "ja", "灯です。")


def doubt(kind: Kind) -> Doubt:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Doubt("message-1", "+819011110001", message(kind).fingerprint, at, at)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_is_kept_and_found_again(kind: Kind) -> None:
    kept: dict[str, Message] = {}
    channel: Channel = ConsoleChannel(kind, lambda one: kept.update({one.id: one}), kept.__contains__)
    assert channel.name == f"console-{kind}"
    assert channel.lookup(doubt(kind)) == Found("not_received")
    assert channel.send(message(kind)).provider_ref == "message-1"
    assert kept == {"message-1": message(kind)}
    assert channel.lookup(doubt(kind)) == Found("sent", "message-1")


def test_what_cannot_be_kept_was_not_sent() -> None:
    def full(_one: Message) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        ConsoleChannel("sms", full, lambda _id: False).send(message("sms"))


def test_the_account_of_the_configuration_is_used_with_the_public_address() -> None:
    twilio = Twilio("AC1", "secret", "+815011110000", "http://127.0.0.1:1", 2.5, "Polly.Tomoko-Neural", "alice", 15)
    account = TwilioAccount.of(twilio, "https://watch.example/")
    assert account.public_url == "https://watch.example"
    assert (account.voice_ja, account.voice_en, account.ring_s) == ("Polly.Tomoko-Neural", "alice", 15)
    for channel in (TwilioSms(account), TwilioVoice(account)):
        assert channel.rate_per_s == 2.5
