"""LINE's Messaging API: pushes with a retry key, so that the same order taken twice is one message.

LINE cannot be asked what became of an order. But it recognises one by its retry key for a day and answers 409 where it
had taken it: handing it over again is the question.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx

from backend.config import Line
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Doubt, Found, Kind, Message, Sent

CONNECT_S = 5.0
ANSWER_S = 10.0
LONGEST_TEXT = 160  # of a message with buttons

# Nothing has left this machine when one of these is raised. Every other break may come after the order was taken.
NOT_HANDED_OVER = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class LineApi:
    """One channel of LINE's, as in backend.config.Line. One connection for each request, as for Twilio."""

    def __init__(self, line: Line, answer_s: float = ANSWER_S) -> None:
        self.secret = line.channel_secret
        self.rate_per_s = line.rate_per_s
        self._http = httpx.Client(
            base_url=line.api_url,
            headers={"Authorization": f"Bearer {line.channel_access_token}"},
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def push(self, to: str, message: Mapping[str, Any], retry_key: str) -> str:
        """Send one message; return LINE's name for the order. Raises DeliveryError, Ambiguous."""
        try:
            answer = self._http.post(
                "/v2/bot/message/push", json={"to": to, "messages": [message]}, headers={"X-Line-Retry-Key": retry_key}
            )
        except NOT_HANDED_OVER as error:
            raise DeliveryError(f"LINE cannot be reached: {error}", permanent=False) from error
        except httpx.TransportError as error:
            raise Ambiguous(f"no answer from LINE: {type(error).__name__}") from error
        if answer.status_code == 409:  # taken before, under the same key
            return str(answer.headers.get("x-line-accepted-request-id", ""))
        _check(answer)
        return str(answer.headers.get("x-line-request-id", ""))

    def probe(self) -> None:
        """Ask who we are there. Raises DeliveryError."""
        try:
            answer = self._http.get("/v2/bot/info")
            _check(answer)
        except Ambiguous as error:
            raise DeliveryError(str(error), permanent=False) from error
        except httpx.TransportError as error:
            raise DeliveryError(f"LINE cannot be reached: {error}", permanent=False) from error

    def reply(self, token: str, text: str) -> None:
        """Answer what somebody wrote. Raises DeliveryError; whether it arrives matters to nobody's safety."""
        try:
            answer = self._http.post(
                "/v2/bot/message/reply", json={"replyToken": token, "messages": [{"type": "text", "text": text}]}
            )
        except httpx.TransportError as error:
            raise DeliveryError(f"no answer from LINE: {type(error).__name__}", permanent=True) from error
        if answer.status_code >= 400:
            raise DeliveryError(f"LINE refused the reply ({answer.status_code})", permanent=True)


def _check(answer: httpx.Response) -> None:
    if answer.status_code == 429:
        raise DeliveryError(f"LINE: too many messages, {_said(answer)}", permanent=False)
    if answer.status_code >= 500 or answer.status_code == 408:
        raise Ambiguous(f"LINE answered {answer.status_code}")
    if answer.status_code >= 300:
        raise DeliveryError(f"LINE refused ({answer.status_code}): {_said(answer)}", permanent=True)


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])[:200]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "without a reason"


class LineChannel:
    """`backend.ports.Channel` for messages to a LINE account."""

    name = "line"
    kind: Kind = "line"

    def __init__(self, api: LineApi) -> None:
        self.rate_per_s = api.rate_per_s
        self._api = api

    def send(self, message: Message) -> Sent:
        return Sent(self._api.push(message.to, as_line(message), str(UUID(message.id))))

    def probe(self) -> None:
        self._api.probe()

    def lookup(self, doubt: Doubt) -> Found | None:
        return Found("repeat")


def as_line(message: Message) -> dict[str, Any]:
    """Return the message as LINE takes it: with a button for each key and one for its page, or as plain text."""
    text = "\n".join(part for part in (message.title, message.text) if part)
    buttons: list[dict[str, str]] = [
        {"type": "postback", "label": label, "displayText": label, "data": f"{key} {message.id}"}
        for key, label in message.keys.items()
    ]
    buttons += [{"type": "uri", "label": _OPEN[message.language == "en"], "uri": link} for link in message.links]
    if not buttons:
        return {"type": "text", "text": text}
    template = {"type": "buttons", "text": text[:LONGEST_TEXT], "actions": buttons}
    return {"type": "template", "altText": text, "template": template}


_OPEN = ("画面で見る", "Open")
