"""Calls as people hear them, and callbacks as strangers forge them: a real web server and a desk that notes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import pytest
from flask import Flask
from prometheus_client import REGISTRY

from backend.channels.desk import Inbound, InboundCall, Progress, Spoken
from backend.channels.twilio import TwilioAccount, TwilioSms, TwilioVoice, create_callbacks
from backend.config import Twilio
from backend.ports import Message
from tests.phone_company.company import ACCOUNT, TOKEN, PhoneCompany
from tests.phone_company.served import Served

PUBLIC = "https://watch.example"
BEA = "+819011110002"


@dataclass
class NotingDesk:
    """Knows one call and one SMS, and notes what it is told."""

    pressed: list[str] = field(default_factory=list)
    reported: list[tuple[str, Progress, str]] = field(default_factory=list)

    def script(self, message_id: str, provider_ref: str) -> Spoken | None:
        return Spoken("ja", ("灯です。", "1か9を。"), if_silent="おわります") if message_id == "call" else None

    def press(self, message_id: str, provider_ref: str, key: str) -> Spoken | None:
        if message_id != "call":
            return None
        self.pressed.append(key)
        return self.script(message_id, provider_ref) if key == "2" else Spoken("en", ("Taken.",))

    def report(self, message_id: str, provider_ref: str, progress: Progress, problem: str) -> bool:
        if message_id not in ("call", "sms"):
            return False
        self.reported.append((message_id, progress, problem))
        return True


@dataclass
class NotingInbox:
    received: list[Inbound] = field(default_factory=list)

    def receive(self, inbound: Inbound) -> str:
        self.received.append(inbound)
        return "" if inbound.text == "silence" else f"answer to {inbound.text} & <more>"

    def lost(self, kind: str, sender: str, lost_real_at: datetime) -> None:
        raise AssertionError("an SMS says nothing of the kind")


@dataclass
class NotingSwitchboard:
    calls: list[InboundCall] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def answer(self, call: InboundCall) -> Spoken:
        self.calls.append(call)
        return Spoken("en", ("Hello.", "Press a key."), "Goodbye.")

    def press(self, provider: str, ref: str, key: str) -> Spoken | None:
        if not any((call.provider, call.ref) == (provider, ref) for call in self.calls):
            return None
        self.keys.append(key)
        return Spoken("en", ("Thank you.",))

    def over(self, provider: str, ref: str) -> bool:
        return self.press(provider, ref, "over") is not None


@dataclass
class Scene:
    company: PhoneCompany
    desk: NotingDesk
    inbox: NotingInbox
    switchboard: NotingSwitchboard
    account: TwilioAccount

    def call(self) -> None:
        TwilioVoice(self.account).send(Message("call", 1, BEA, "voice", "ja", "灯です。"))

    def sms(self) -> None:
        TwilioSms(self.account).send(Message("sms", 1, BEA, "sms", "ja", "灯です。"))


@pytest.fixture
def scene() -> Iterator[Scene]:
    with PhoneCompany() as company:
        account = TwilioAccount.of(Twilio(ACCOUNT, TOKEN, "+815011110000", company.api_url), PUBLIC)
        desk, inbox, switchboard = NotingDesk(), NotingInbox(), NotingSwitchboard()
        app = Flask(__name__)
        app.register_blueprint(create_callbacks(account, desk, inbox, switchboard))
        with Served(app) as served:
            company.serves(PUBLIC, served.url)
            yield Scene(company, desk, inbox, switchboard, account)


def refusals(reason: str) -> float:
    labels = {"provider": "twilio", "reason": reason}
    return REGISTRY.get_sample_value("tomoshibi_callbacks_refused_total", labels) or 0.0


def test_a_key_ends_the_call_with_its_answer(scene: Scene) -> None:
    scene.call()
    call = scene.company.phone("Bea", BEA).expect_call("灯").press(1).expect("Taken.")
    assert call.over
    assert call.languages == {"ja-JP", "en-US"}
    scene.company.settle()
    assert scene.desk.pressed == ["1"]
    assert [progress for _, progress, _ in scene.desk.reported] == ["taken", "taken", "reached", "unanswered"]


def test_two_says_it_again(scene: Scene) -> None:
    scene.call()
    scene.company.phone("Bea", BEA).expect_call("灯").press(2).expect("灯").press(1).expect("Taken.")
    assert scene.desk.pressed == ["2", "1"]


def test_without_a_key_it_is_said_twice_more_and_ends_unanswered(scene: Scene) -> None:
    scene.call()
    call = scene.company.phone("Bea", BEA).expect_call("灯").says_nothing()
    assert call.heard == ["灯です。", "1か9を。"] * 3 + ["おわります"]
    assert call.over
    assert scene.desk.pressed == []


def test_a_machine_that_answers_is_reported_as_no_delivery(scene: Scene) -> None:
    scene.call()
    scene.company.phone("Bea", BEA).expect_call().voicemail()
    scene.company.settle()
    assert ("call", "unanswered", "voicemail") in scene.desk.reported


@pytest.mark.parametrize(
    ("what", "progress", "problem"),
    [
        ("busy", "unanswered", "busy"),
        ("does_not_answer", "unanswered", "no answer"),
        ("fails", "failed", "number cannot be called"),
    ],
)
def test_a_call_that_reaches_nobody_says_why(scene: Scene, what: str, progress: Progress, problem: str) -> None:
    scene.call()
    getattr(scene.company.phone("Bea", BEA).expect_call(), what)()
    scene.company.settle()
    assert scene.desk.reported[-1] == ("call", progress, problem)


def test_an_sms_tells_how_far_it_came(scene: Scene) -> None:
    scene.sms()
    scene.company.phone("Bea", BEA).expect_sms("灯")
    assert scene.desk.reported == [("sms", "taken", ""), ("sms", "reached", "")]


def test_an_sms_that_cannot_be_delivered_says_so_with_the_providers_code(scene: Scene) -> None:
    scene.company.phone("Bea", BEA).takes_no_sms(30003)
    scene.sms()
    scene.company.phone("Bea", BEA).expect_sms("灯")
    assert scene.desk.reported[-1] == ("sms", "failed", "undelivered 30003")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("voice/call", {"CallSid": "CA1"}),
        ("voice/call/keys", {"CallSid": "CA1", "Digits": "1"}),
        ("voice/call/status", {"CallSid": "CA1", "CallStatus": "completed"}),
        ("voice/call/machine", {"CallSid": "CA1", "AnsweredBy": "machine_start"}),
        ("sms/sms/status", {"MessageSid": "SM1", "MessageStatus": "delivered"}),
    ],
)
@pytest.mark.parametrize("signature", ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "灯".encode().decode("latin-1")])
def test_a_forged_signature_is_refused_counted_and_without_effect(
    scene: Scene, path: str, form: dict[str, str], signature: str
) -> None:
    before = refusals("forged")
    answer = httpx.post(
        scene.company.reach(f"{PUBLIC}/twilio/{path}"),
        data=form,
        headers={b"X-Twilio-Signature": signature.encode("latin-1")},
    )
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert refusals("forged") == before + 1
    assert (scene.desk.pressed, scene.desk.reported) == ([], [])


def test_a_signature_for_another_address_or_body_does_not_fit(scene: Scene) -> None:
    good = {"CallSid": "CA1", "Digits": "9"}
    signed = scene.company.signature(f"{PUBLIC}/twilio/voice/call/keys", good)
    for url, form in (
        (f"{PUBLIC}/twilio/voice/call/keys", {"CallSid": "CA1", "Digits": "1"}),
        (f"{PUBLIC}/twilio/voice/call/keys?said=1", good),
        (f"{PUBLIC}/twilio/voice/call/status", good),
    ):
        assert scene.company.request(url, form, signature=signed).status_code == 403
    assert scene.desk.pressed == []


def test_callbacks_about_what_was_never_sent_are_refused_and_counted(scene: Scene) -> None:
    before = refusals("unknown_call") + refusals("unknown_message")
    for path in ("voice/other", "voice/other/keys", "voice/other/status", "sms/other/status"):
        form = {"CallSid": "CA9", "MessageSid": "SM9", "Digits": "1", "CallStatus": "ringing", "MessageStatus": "sent"}
        assert scene.company.request(f"{PUBLIC}/twilio/{path}", form).status_code == 404
    assert refusals("unknown_call") + refusals("unknown_message") == before + 4


def test_a_status_nobody_knows_is_refused(scene: Scene) -> None:
    form = {"CallSid": "CA1", "CallStatus": "levitating"}
    assert scene.company.request(f"{PUBLIC}/twilio/voice/call/status", form).status_code == 400
    assert scene.desk.reported == []


def test_an_sms_that_somebody_writes_is_taken_by_its_name_and_answered(scene: Scene) -> None:
    assert scene.company.phone("Bea", BEA).writes("1") == "answer to 1 & <more>"
    assert scene.company.phone("Bea", BEA).writes("silence") == ""
    (first, _second) = scene.inbox.received
    assert (first.provider, first.kind, first.sender, first.text) == ("twilio-sms", "sms", BEA, "1")
    assert first.ref.startswith("SM")
    assert first.ref != scene.company.last_inbound


def test_a_forged_sms_reaches_nobody(scene: Scene) -> None:
    before = refusals("forged")
    assert scene.company.phone("Bea", BEA).writes("1", signature="forged") == "403"
    assert refusals("forged") == before + 1
    assert scene.inbox.received == []


def test_a_call_that_comes_in_is_known_by_its_name_and_number_and_hears_the_menu_once(scene: Scene) -> None:
    call = scene.company.phone("Bea", BEA).calls_in(called="+815011118888").expect("Hello.", "Press a key.")
    call.says_nothing().expect("Thank you.")
    scene.company.settle()
    assert scene.switchboard.calls == [InboundCall("twilio-voice", call.sid, BEA, "+815011118888")]
    assert scene.switchboard.keys == ["", "over"]


def test_a_withheld_number_is_told_as_none(scene: Scene) -> None:
    scene.company.phone("Bea", BEA).calls_in(withheld=True).press("#").expect("Thank you.")
    assert [call.caller for call in scene.switchboard.calls] == [""]
    assert scene.switchboard.keys == ["#"]


def test_a_call_that_still_rings_is_not_over(scene: Scene) -> None:
    call = scene.company.phone("Bea", BEA).calls_in()
    assert scene.company.request(f"{call.address}/status", call.form | {"CallStatus": "in-progress"}).status_code == 204
    assert scene.switchboard.keys == []
