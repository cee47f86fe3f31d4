"""What LINE tells us: people's texts, the buttons they touch, and that they have blocked us.

Every request is signed with the channel's secret over its body. LINE hands events over again when we were slow, so each
counts by its own name once.
"""

import base64
import hashlib
import hmac
import logging
from datetime import UTC, datetime
from typing import Literal

import msgspec
from flask import Blueprint, Response, request
from msgspec import Struct, field

from backend.channels.desk import Inbound, Inbox
from backend.channels.line.client import LineApi
from backend.channels.refused import refuse
from backend.errors import DeliveryError

logger = logging.getLogger(__name__)


class _Named(Struct, frozen=True):
    user: str = field(default="", name="userId")


class _Text(Struct, frozen=True):
    type: str = ""
    text: str = ""


class _Postback(Struct, frozen=True):
    data: str = ""


class Event(Struct, frozen=True):
    """One event of LINE's webhook, as far as it concerns us; `timestamp` in Unix milliseconds."""

    type: str
    ref: str = field(name="webhookEventId")
    timestamp: int
    source: _Named = _Named()
    message: _Text = _Text()
    postback: _Postback = _Postback()
    reply_token: str = field(default="", name="replyToken")


class _Webhook(Struct, frozen=True):
    events: list[Event]


def create_callbacks(api: LineApi, inbox: Inbox) -> Blueprint:
    """The route /line/webhook. It carries a signature of its own, so it must be exempt from the forms' token."""
    routes = Blueprint("line", __name__, url_prefix="/line")

    @routes.post("/webhook")
    def hear() -> Response:
        body = request.get_data(cache=False)
        if not _is_signed(api.secret, body, request.headers.get("X-Line-Signature", "")):
            return refuse("line", 403, "forged", "the signature does not fit")
        try:
            events = msgspec.json.decode(body, type=_Webhook).events
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return refuse("line", 400, "unreadable", "the body is no webhook of LINE's")
        # Each by itself: behind one that fails there may be somebody's claim. After a 500 LINE hands all over again.
        taken = [_was_taken(api, inbox, event) for event in events]
        return Response(status=200 if all(taken) else 500)

    return routes


def _was_taken(api: LineApi, inbox: Inbox, event: Event) -> bool:
    try:
        _take(api, inbox, event)
    except Exception:
        logger.exception("LINE's event %s could not be acted on", event.ref[:100])
        return False
    return True


def _is_signed(secret: str, body: bytes, signature: str) -> bool:
    right = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(right, signature.encode("utf-8", "replace"))


def _take(api: LineApi, inbox: Inbox, event: Event) -> None:
    if not event.source.user:
        return  # a group, or an event about nobody
    if event.type == "unfollow":
        inbox.lost("line", event.source.user, _sent_at(event))
        return
    inbound = _read(event)
    answer = inbox.receive(inbound) if inbound is not None else ""
    if not (answer and event.reply_token):
        return
    try:
        api.reply(event.reply_token, answer)
    except DeliveryError as error:
        # What was decided is committed; the person sees it on the screen as well.
        logger.warning("the answer to a LINE message was not sent: %s", error)


def _read(event: Event) -> Inbound | None:
    """An event as the inbox takes it; None for what is no message to us."""
    text, message_id = event.message.text, ""
    kind: Literal["line"] = "line"
    if event.type == "postback":
        text, _, message_id = event.postback.data.partition(" ")
    elif event.type == "message" and event.message.type != "text":
        text = ""  # a sticker or a picture: to be answered with what can be written
    elif event.type not in ("message", "follow"):
        return None
    return Inbound("line", kind, event.ref[:100], event.source.user[:100], text[:500], _sent_at(event), message_id[:64])


def _sent_at(event: Event) -> datetime:
    return datetime.fromtimestamp(min(max(event.timestamp, 0), 253_402_300_799_000) / 1000, UTC)
