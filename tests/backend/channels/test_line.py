"""LINE as it really answers: which failures may have sent something, and that the same order is never two messages."""

import json
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
import pytest
from flask import Flask
from prometheus_client import REGISTRY

from backend.channels.desk import Inbound
from backend.channels.line import LineApi, LineChannel, create_callbacks
from backend.config import Line
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channel, Doubt, Found, Message
from tests.phone_company.faults import Fault
from tests.phone_company.line import SECRET, TOKEN, LineAccount, LineCompany
from tests.phone_company.served import Served

LINK = "https://watch.example/c/abc"


@pytest.fixture
def company() -> Iterator[LineCompany]:
    with LineCompany() as company:
        yield company


@pytest.fixture
def aoi(company: LineCompany) -> LineAccount:
    return company.account("Aoi")


def api(company: LineCompany, token: str = TOKEN, answer_s: float = 10.0) -> LineApi:
    return LineApi(Line(token, SECRET, company.api_url), answer_s)


def message(to: str, text: str = "緊急ボタンが押されました。") -> Message:
    keys = {"1": "引き受ける"}
    return Message(uuid.uuid4().hex, 1, to, "line", "ja", text, "【緊急】203号室", (LINK,), keys)


def test_a_page_has_a_button_that_claims_and_one_that_opens_it(company: LineCompany, aoi: LineAccount) -> None:
    order = message(aoi.user)
    channel: Channel = LineChannel(api(company))
    assert channel.send(order).provider_ref.startswith("request-")
    arrived = aoi.expect_message("【緊急】203号室", "緊急ボタンが押されました")
    assert arrived.buttons["引き受ける"]["data"] == f"1 {order.id}"
    assert arrived.buttons["画面で見る"]["uri"] == LINK


def test_a_message_without_buttons_is_plain_text(company: LineCompany, aoi: LineAccount) -> None:
    LineChannel(api(company)).send(Message(uuid.uuid4().hex, 1, aoi.user, "line", "ja", "対応は不要です。"))
    assert aoi.expect_message("対応は不要").body == {"type": "text", "text": "対応は不要です。"}


def test_long_words_still_fit_beside_buttons(company: LineCompany, aoi: LineAccount) -> None:
    LineChannel(api(company)).send(message(aoi.user, "長い" * 200))
    assert len(aoi.expect_message("長い").body["template"]["text"]) == 160


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_ERROR, Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_DROP])
def test_an_order_that_was_taken_without_an_answer_is_one_message_however_often_it_is_handed_over(
    company: LineCompany, aoi: LineAccount, fault: Fault
) -> None:
    impatient = LineChannel(api(company, answer_s=0.5))
    channel, order = LineChannel(api(company)), message(aoi.user)
    company.order(fault)
    with pytest.raises(Ambiguous):
        (impatient if fault is Fault.ACCEPT_THEN_HANG else channel).send(order)
    assert channel.lookup(_doubt(order)) == Found("repeat")
    first = channel.send(order).provider_ref
    assert channel.send(order).provider_ref == first  # both times what LINE accepted at first
    aoi.expect_message("緊急")
    assert len(aoi.messages) == 1


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.REFUSE])
def test_an_order_that_was_lost_arrives_when_it_is_handed_over_again(
    company: LineCompany, aoi: LineAccount, fault: Fault
) -> None:
    channel, order = LineChannel(api(company)), message(aoi.user)
    company.order(fault)
    with pytest.raises(Ambiguous):
        channel.send(order)
    channel.send(order)
    aoi.expect_message("緊急")
    assert len(aoi.messages) == 1


def test_the_limit_of_messages_is_worth_another_try(company: LineCompany, aoi: LineAccount) -> None:
    company.order(Fault.REFUSE, status=429)
    with pytest.raises(DeliveryError, match="monthly limit") as refusal:
        LineChannel(api(company)).send(message(aoi.user))
    assert not refusal.value.permanent


def test_an_account_that_does_not_exist_and_a_wrong_token_are_refusals(company: LineCompany, aoi: LineAccount) -> None:
    for channel, to in ((LineChannel(api(company)), "Unobody"), (LineChannel(api(company, "wrong")), aoi.user)):
        with pytest.raises(DeliveryError) as refusal:
            channel.send(message(to))
        assert refusal.value.permanent


def test_a_company_that_cannot_be_reached_has_taken_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(DeliveryError) as refusal:
        LineChannel(LineApi(Line(TOKEN, SECRET, nobody))).send(message("U1"))
    assert not refusal.value.permanent


def _doubt(order: Message) -> Doubt:
    now = datetime.now(UTC)
    return Doubt(order.id, order.to, order.fingerprint, now, now + timedelta(seconds=80))


# --- what people do ---------------------------------------------------------------------------------------------------


@dataclass
class NotingInbox:
    received: list[Inbound] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def receive(self, inbound: Inbound) -> str:
        if inbound.text == "poison":
            raise RuntimeError("the database is away")
        self.received.append(inbound)
        return f"answer to {inbound.text}"

    def lost(self, kind: Literal["line"], sender: str, lost_real_at: datetime) -> None:
        self.blocked.append(sender)


@pytest.fixture
def inbox(company: LineCompany) -> Iterator[NotingInbox]:
    inbox = NotingInbox()
    app = Flask(__name__)
    app.register_blueprint(create_callbacks(api(company), inbox))
    with Served(app) as served:
        company.serves(served.url)
        yield inbox


def refusals(reason: str) -> float:
    labels = {"provider": "line", "reason": reason}
    return REGISTRY.get_sample_value("tomoshibi_callbacks_refused_total", labels) or 0.0


def test_what_somebody_writes_is_taken_with_its_name_and_time_and_answered(
    company: LineCompany, aoi: LineAccount, inbox: NotingInbox
) -> None:
    assert aoi.writes("1", sent_ago_s=60) == "answer to 1"
    (inbound,) = inbox.received
    assert (inbound.provider, inbound.kind, inbound.sender, inbound.text) == ("line", "line", aoi.user, "1")
    assert inbound.ref == company.last_event["webhookEventId"]
    assert abs((datetime.now(UTC) - inbound.sent_real_at).total_seconds() - 60) < 20


def test_a_button_says_which_message_it_stood_under(company: LineCompany, aoi: LineAccount, inbox: NotingInbox) -> None:
    order = message(aoi.user)
    LineChannel(api(company)).send(order)
    aoi.touches(aoi.expect_message("緊急"), "引き受ける")
    assert [(one.text, one.message_id) for one in inbox.received] == [("1", order.id)]


def test_whoever_blocks_us_is_known_to_be_out_of_reach(aoi: LineAccount, inbox: NotingInbox) -> None:
    aoi.blocks()
    assert inbox.blocked == [aoi.user]


def test_a_sticker_is_answered_and_decides_nothing(company: LineCompany, aoi: LineAccount, inbox: NotingInbox) -> None:
    company.tell(company.event(aoi.user, {"type": "message", "message": {"type": "sticker", "id": "1"}}))
    assert [one.text for one in inbox.received] == [""]
    assert len(aoi.answers) == 1


def test_an_answer_that_line_refuses_does_not_undo_what_was_decided(
    company: LineCompany, aoi: LineAccount, inbox: NotingInbox
) -> None:
    event = company.event(aoi.user, {"type": "message", "message": {"type": "text", "id": "1", "text": "1"}})
    event["replyToken"] = "used long ago"
    assert company.tell(event).status_code == 200
    assert len(inbox.received) == 1
    assert aoi.answers == []


@pytest.mark.parametrize("signature", ["", "x", "AAAA", "灯".encode().decode("latin-1")])
def test_a_forged_webhook_is_refused_and_counted(
    company: LineCompany, aoi: LineAccount, inbox: NotingInbox, signature: str
) -> None:
    before = refusals("forged")
    event = company.event(aoi.user, {"type": "message", "message": {"type": "text", "id": "1", "text": "1"}})
    body = json.dumps({"events": [event]})
    headers = {b"X-Line-Signature": signature.encode("latin-1")}
    answer = httpx.post(f"{company._reach_url}/line/webhook", content=body, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert refusals("forged") == before + 1
    assert inbox.received == []


@pytest.mark.parametrize("events", [[{"type": "message"}], [{"webhookEventId": 1, "type": "x", "timestamp": 0}], ["x"]])
def test_a_webhook_that_cannot_be_read_is_refused(
    company: LineCompany, inbox: NotingInbox, events: list[dict[str, object]]
) -> None:
    assert company.tell(*events).status_code == 400
    assert inbox.received == []


def test_events_that_concern_nobody_and_impossible_times_stop_nothing(
    company: LineCompany, aoi: LineAccount, inbox: NotingInbox
) -> None:
    nobody = {"type": "message", "webhookEventId": "1", "timestamp": 1, "source": {"type": "group", "groupId": "C1"}}
    odd = {**company.event(aoi.user, {"type": "beacon"}), "timestamp": 10**20}
    late = {**company.event(aoi.user, {"type": "follow"}), "timestamp": -5}
    assert company.tell(nobody, odd, late).status_code == 200
    assert [one.text for one in inbox.received] == [""]


def test_an_event_that_fails_holds_up_no_other_and_line_is_asked_for_it_again(
    company: LineCompany, aoi: LineAccount, inbox: NotingInbox
) -> None:
    poison, claim = (
        company.event(aoi.user, {"type": "message", "message": {"type": "text", "id": "1", "text": text}})
        for text in ("poison", "1")
    )
    assert company.tell(poison, claim).status_code == 500
    assert [one.text for one in inbox.received] == ["1"]


# --- probes ----------------------------------------------------------------------------------------------------------


def test_a_probe_asks_who_we_are_and_sends_nothing(company: LineCompany) -> None:
    LineChannel(api(company)).probe()
    assert company.accepted == {}


def test_a_wrong_token_and_a_company_that_is_away_fail_the_probe(company: LineCompany) -> None:
    with pytest.raises(DeliveryError, match="401"):
        LineChannel(api(company, "wrong")).probe()
    with pytest.raises(DeliveryError):
        LineChannel(LineApi(Line(TOKEN, SECRET, "http://127.0.0.1:9"))).probe()
