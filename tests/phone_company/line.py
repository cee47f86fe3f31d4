"""LINE's place in a test: its Messaging API for one channel, the accounts of people, and the signed webhooks."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from werkzeug.wrappers import Request, Response

from tests.phone_company.company import PATIENCE_S, reset
from tests.phone_company.faults import Fault, Trouble, Troubles, answer_with
from tests.phone_company.served import Served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN = "the channel's access token"
SECRET = "the channel's secret"
WRONG = "You have reached your monthly limit."
_numbers = itertools.count(1)


@dataclass
class LineMessage:
    """One message that LINE has taken for an account."""

    body: Mapping[str, Any]
    seen: bool = False

    @property
    def text(self) -> str:
        return str(self.body.get("altText") or self.body.get("text"))

    @property
    def buttons(self) -> dict[str, Mapping[str, str]]:
        """Its buttons by what stands on them."""
        return {one["label"]: one for one in self.body.get("template", {}).get("actions", ())}


@dataclass
class LineAccount:
    """A person's LINE, and what the person does with it."""

    name: str
    user: str
    company: "LineCompany"
    blocks_us: bool = False
    messages: list[LineMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # what was replied to what they wrote

    def expect_message(self, *words: str) -> LineMessage:
        """Take the first message that holds all `words`. Fails when none comes."""
        until = time.monotonic() + PATIENCE_S
        while True:
            self.company.meanwhile()
            fits = (one for one in self.messages if not one.seen and all(word in one.text for word in words))
            found = next(fits, None)
            if found is not None:
                found.seen = True
                return found
            texts = [one.text for one in self.messages]
            assert time.monotonic() < until, f"no message to {self.name} with {words}; there are {texts}"
            time.sleep(0.02)

    def writes(self, text: str, *, sent_ago_s: float = 0.0) -> str:
        """Write to the channel; returns what was replied, empty for nothing."""
        return self._does({"type": "message", "message": {"type": "text", "id": "1", "text": text}}, sent_ago_s)

    def touches(self, message: LineMessage, button: str) -> str:
        """Touch a button that claims or confirms."""
        return self._does({"type": "postback", "postback": {"data": message.buttons[button]["data"]}})

    def blocks(self) -> None:
        self.blocks_us = True
        self._does({"type": "unfollow"})

    def _does(self, what: Mapping[str, Any], sent_ago_s: float = 0.0) -> str:
        before = len(self.answers)
        answer = self.company.tell(self.company.event(self.user, what, sent_ago_s))
        assert answer.status_code == 200, answer.text
        return self.answers[-1] if len(self.answers) > before else ""


class LineCompany:
    """Takes orders as LINE does: once for each retry key, with a 409 for every further one."""

    def __init__(self) -> None:
        self.troubles = Troubles()
        self.accounts: dict[str, LineAccount] = {}
        self.accepted: dict[str, str] = {}  # retry key → the request that was accepted
        self.meanwhile: Callable[[], object] = lambda: None
        self.last_event: Mapping[str, Any] = {}
        self._reply_tokens: dict[str, LineAccount] = {}
        self._reach_url = ""
        self._closing = threading.Event()
        self._served = Served(self._serve)
        self._http = httpx.Client(timeout=10, trust_env=False, verify=False)  # noqa: S501  # it speaks no TLS

    def __enter__(self) -> "LineCompany":
        self._served.__enter__()
        self.api_url = self._served.url
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._closing.set()
        self._served.__exit__(None, None, None)
        self._http.close()
        surprises = [f"LINE to {each.name}: {one.text}" for each in self.accounts.values() for one in each.messages
                     if not one.seen]  # fmt: skip
        assert kind is not None or not surprises, "unexpected:\n" + "\n".join(surprises)

    # --- what a test says -------------------------------------------------------------------------------------------

    def serves(self, reach_url: str) -> None:
        """Say where the product's webhook is."""
        self._reach_url = reach_url

    def account(self, name: str) -> LineAccount:
        user = "U" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        return self.accounts.setdefault(user, LineAccount(name, user, self))

    def order(self, fault: Fault, *, times: int = 1, status: int = 500, after_s: float = 0) -> None:
        """Let the next pushes go wrong."""
        self.troubles.order(Trouble(fault, status, after_s=after_s), times)

    def event(self, user: str, what: Mapping[str, Any], sent_ago_s: float = 0.0) -> dict[str, Any]:
        """One event as LINE's webhook tells it."""
        n = next(_numbers)
        token = f"reply-{n}"
        self._reply_tokens[token] = self.accounts[user]
        self.last_event = {
            "webhookEventId": f"01EVENT{n:019d}",
            "timestamp": int((time.time() - sent_ago_s) * 1000),
            "mode": "active",
            "deliveryContext": {"isRedelivery": False},
            "source": {"type": "user", "userId": user},
            "replyToken": token,
            **what,
        }
        return dict(self.last_event)

    def tell(self, *events: Mapping[str, Any], signature: str | None = None) -> httpx.Response:
        """Post events, signed, to the product; `signature` forges it."""
        body = json.dumps({"destination": "U0", "events": events}).encode()
        signed = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-Line-Signature": signed if signature is None else signature, "Content-Type": "application/json"}
        return self._http.post(f"{self._reach_url}/line/webhook", content=body, headers=headers)

    # --- the API ----------------------------------------------------------------------------------------------------

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._answer(Request(environ))
        if answer is None:
            reset(environ["werkzeug.socket"])
            return []
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _said(401, "Authentication failed due to the expired or invalid access token")
        if request.path == "/v2/bot/info":
            return Response(json.dumps({"userId": "U0", "displayName": "灯"}), content_type="application/json")
        if request.path == "/v2/bot/message/reply":
            return self._reply(request)
        if request.path != "/v2/bot/message/push":
            return _said(404, "Not found")
        trouble = self.troubles.next_for("push")
        return answer_with(
            trouble, lambda: self._push(request), lambda wrong: _said(wrong.status, WRONG), self._closing
        )

    def _push(self, request: Request) -> Response:
        try:
            key = str(UUID(request.headers.get("X-Line-Retry-Key", "")))
        except ValueError:
            return _said(400, "The retry key is invalid")
        number = f"request-{next(_numbers)}"
        if key in self.accepted:
            accepted = {"X-Line-Request-Id": number, "X-Line-Accepted-Request-Id": self.accepted[key]}
            return _said(409, "The retry key is already accepted", accepted)
        body = json.loads(request.data)
        account = self.accounts.get(body["to"])
        problem = "The property, 'to', in the request body is invalid" if account is None else _wrong_with(body)
        if problem or account is None:
            return _said(400, problem)
        self.accepted[key] = number
        if not account.blocks_us:
            account.messages += [LineMessage(one) for one in body["messages"]]
        sent = {"sentMessages": [{"id": str(next(_numbers)), "quoteToken": "q"}]}
        return Response(json.dumps(sent), 200, {"X-Line-Request-Id": number}, content_type="application/json")

    def _reply(self, request: Request) -> Response:
        body = json.loads(request.data)
        account = self._reply_tokens.pop(body["replyToken"], None)
        if account is None:
            return _said(400, "Invalid reply token")
        account.answers += [one["text"] for one in body["messages"]]
        return Response("{}", 200, content_type="application/json")


def _wrong_with(body: Mapping[str, Any]) -> str:
    """What LINE would refuse in a message's shape; empty where it is right."""
    for one in body["messages"]:
        template = one.get("template", {"text": "", "actions": []})
        labels = [action["label"] for action in template["actions"]]
        if one["type"] == "template" and not (0 < len(template["text"]) <= 160 and 1 <= len(labels) <= 4):
            return "A message (messages[0]) in the request body is invalid"
        if any(len(label) > 20 for label in labels) or not one.get("altText", one.get("text")):
            return "A message (messages[0]) in the request body is invalid"
    return ""


def _said(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps({"message": message}), status, dict(headers or {}), content_type="application/json")
