"""The company itself: an HTTP server that takes orders as Twilio does, and the callbacks it owes for them."""

import json
import re
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from xml.etree import ElementTree

import httpx
from twilio.request_validator import RequestValidator
from werkzeug.serving import ThreadedWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from tests.phone_company.calling import CallToUs
from tests.phone_company.faults import CallbackManners, Fault, Trouble, Troubles, answer_with
from tests.phone_company.phone import OpenPage, Phone
from tests.phone_company.records import Call, Sms, new_sid

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "the company's secret"
OUR_NUMBER = "+815011110000"
Found = TypeVar("Found")
PATIENCE_S = 30.0  # how long an expectation waits for a product that runs in threads of its own


@dataclass(frozen=True)
class Callback:
    url: str
    form: Mapping[str, str]


@dataclass(frozen=True)
class CallbackAnswer:
    callback: Callback
    status: int


class PhoneCompany:
    """Twilio's place in a test: ``api_url`` is what the product is told to use instead of Twilio's address.

    Nothing happens behind a test's back: callbacks go out when the test expects something or says `settle()`.
    `public_url` is the product's address as the company knows and signs it, `reach_url` where it really listens.
    """

    def __init__(self) -> None:
        self.messages: list[Sms] = []
        self.calls: list[Call] = []
        self.troubles = Troubles()
        self.manners = CallbackManners()
        self.answers: list[CallbackAnswer] = []
        self.account_status = "active"
        self.probes = 0  # how often the product asked for its account
        self.lookups = 0  # how often the product asked what became of something
        self.meanwhile: Callable[[], object] = lambda: None  # lets the product work while an expectation waits
        self._owed: list[Callback] = []
        self._phones: dict[str, Phone] = {}
        self.public_url = self._reach_url = self.last_inbound = ""
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        assert isinstance(self._server, ThreadedWSGIServer)  # its threads are daemons: a hanging one holds up nothing
        self.api_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> "PhoneCompany":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            self.assert_silence()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.close()

    # --- what a test says ---------------------------------------------------------------------------------------

    def serves(self, public_url: str, reach_url: str) -> None:
        """Say under which address the product is known, and where that leads."""
        self.public_url, self._reach_url = public_url.rstrip("/"), reach_url.rstrip("/")

    def phone(self, name: str, number: str) -> Phone:
        """The phone with that number; the same object every time."""
        return self._phones.setdefault(number, Phone(name, number, self))

    def order(
        self, fault: Fault, *, times: int = 1, status: int = 500, code: int = 20500, only: str = "", after_s: float = 0
    ) -> None:
        """Let the next requests go wrong: whatever is ordered, or `only` "Messages", "Calls" or "lookups"."""
        self.troubles.order(Trouble(fault, status, code, only=only, after_s=after_s), times)

    def settle(self) -> int:
        """Hand over every callback that is owed; return how many were."""
        self._play_moods()
        with self._lock:
            due, self._owed = self.manners.dealt(self._owed)
        for callback in due:
            self.request(callback.url, callback.form)
        return len(due)

    def assert_silence(self) -> None:
        """Fail when anybody got an SMS or a call that the test did not expect, or not those that it did.

        Also when a callback broke the product.
        """
        surprises = [f"SMS to {self._who(sms.to)}: {sms.text}" for sms in self.messages if not sms.seen]
        surprises += [f"call to {self._who(call.to)}, {call.status}" for call in self.calls if not call.seen]
        surprises += [phone.miscounted for phone in self._phones.values() if phone.miscounted]
        surprises += [f"{answer.status} for {answer.callback}" for answer in self.answers if answer.status >= 500]
        assert not surprises, "unexpected:\n" + "\n".join(surprises)

    # --- what phones and scripts need -----------------------------------------------------------------------------

    def wait_for(self, find: Callable[[], Found | None]) -> Found | None:
        """What `find` finds, given that the product and the callbacks have their time."""
        until = time.monotonic() + PATIENCE_S
        while True:
            self.meanwhile()
            self.settle()
            with self._lock:
                found = find()
            if found is not None or time.monotonic() > until:
                return found
            time.sleep(0.02)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait, given that the product and the callbacks have their time, until something is so."""
        until = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < until, "it did not happen in time"
            self.meanwhile()
            self.settle()
            time.sleep(0.02)

    def owe(self, url: str | None, form: Mapping[str, str]) -> None:
        """Note a callback to be handed over at the next `settle`."""
        if url:
            with self._lock:
                self._owed += [Callback(url, dict(form))] * self.manners.copies

    def request(self, url: str, form: Mapping[str, str], *, signature: str | None = None) -> httpx.Response:
        """Post a signed request to the product, as callbacks and scripts are; `signature` forges it."""
        headers = {"X-Twilio-Signature": self.signature(url, form) if signature is None else signature}
        answer = self._http.post(self.reach(url), data=dict(form), headers=headers)
        self.answers.append(CallbackAnswer(Callback(url, dict(form)), answer.status_code))
        return answer

    def page_of(self, text: str) -> OpenPage:
        """Open the first link in a text, whichever way it came, in a browser of its own."""
        found = re.search(r"https?://\S+", text)
        assert found, f"no link in {text!r}"
        return OpenPage(found.group(), self)

    def call_to_us(self, caller: str, called: str = "", sid: str = "") -> CallToUs:
        """A call that somebody makes to the product's number."""
        return CallToUs(self, ACCOUNT, caller, called or OUR_NUMBER, sid)

    def inbound(self, sender: str, text: str, sid: str = "", signature: str | None = None, called: str = "") -> str:
        """Bring an SMS that somebody wrote to the product's number; return what the product answers by SMS."""
        self.last_inbound = sid or new_sid("SM")
        form = {"MessageSid": self.last_inbound, "AccountSid": ACCOUNT, "From": sender, "Body": text}
        form["To"] = called or OUR_NUMBER
        answer = self.request(f"{self.public_url}/twilio/sms/inbound", form, signature=signature)
        if answer.status_code != 200:
            return f"{answer.status_code}"
        return "".join(ElementTree.fromstring(answer.text).itertext())  # noqa: S314  # the product's own

    def signature(self, url: str, form: Mapping[str, str]) -> str:
        """What Twilio would sign that request with."""
        return str(RequestValidator(TOKEN).compute_signature(url, dict(form)))

    def form_of(self, call: Call) -> dict[str, str]:
        """The fields of every request about a call."""
        form = {"CallSid": call.sid, "AccountSid": ACCOUNT, "CallStatus": call.status, "ApiVersion": "2010-04-01"}
        form |= {"To": call.to, "From": call.form.get("From", ""), "Direction": "outbound-api"}
        if call.answered_by:
            form["AnsweredBy"] = call.answered_by
        return form

    def reach(self, url: str) -> str:
        """Where a public address of the product really leads."""
        assert self.public_url and url.startswith(self.public_url + "/"), f"{url} is not under the public address"
        return self._reach_url + url.removeprefix(self.public_url)

    def move(self, call: Call, status: str) -> None:
        """Let a call go on to `status`, and owe the callback if the product asked for it."""
        call.status = status
        asked = call.events or {"completed"}
        event = {"in-progress": "answered", "queued": "initiated", "ringing": "ringing"}.get(status, "completed")
        if event in asked:
            call.sequence += 1
            form = self.form_of(call) | {
                "SequenceNumber": str(call.sequence - 1),
                "CallbackSource": "call-progress-events",
            }
            self.owe(call.form.get("StatusCallback"), form)

    def move_sms(self, sms: Sms, status: str) -> None:
        sms.status = status
        form = {"MessageSid": sms.sid, "SmsSid": sms.sid, "MessageStatus": status, "SmsStatus": status}
        form |= {"AccountSid": ACCOUNT, "To": sms.to, "From": sms.form.get("From", ""), "ApiVersion": "2010-04-01"}
        if sms.error_code is not None:
            form["ErrorCode"] = str(sms.error_code)
        self.owe(sms.form.get("StatusCallback"), form)

    # --- Twilio's REST ----------------------------------------------------------------------------------------------

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        answer = self._answer(request)
        if answer is None:
            reset(environ["werkzeug.socket"])
            return []
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response | None:
        if not _is_authorised(request):
            return _problem(401, 20003, "Authenticate")
        if request.path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            self.probes += 1
            return _json({"sid": ACCOUNT, "status": self.account_status}, 200)
        parts = request.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}/").removesuffix(".json").split("/")
        if parts[0] not in ("Messages", "Calls") or len(parts) > 2:
            return _problem(404, 20404, f"The requested resource {request.path} was not found")
        if request.method == "POST":
            return self._create(request, parts[0])
        self.lookups += 1
        with self._lock:
            trouble = self.troubles.next_for("lookups")
        if trouble:
            return _problem(trouble.status, trouble.code, trouble.message)
        return self._fetch(parts[0], parts[1]) if len(parts) == 2 else self._list(request, parts[0])

    def _create(self, request: Request, resource: str) -> Response | None:
        with self._lock:
            trouble = self.troubles.next_for(resource)
        return answer_with(
            trouble,
            lambda: _json(self._accept(request, resource).resource(), 201),
            lambda wrong: _problem(wrong.status, wrong.code, wrong.message),
            self._closing,
        )

    def _accept(self, request: Request, resource: str) -> Sms | Call:
        form = request.form.to_dict()
        with self._lock:
            if resource == "Messages":
                sms = Sms(form)
                self.messages.append(sms)
                return sms
            call = Call(form, events=frozenset(request.form.getlist("StatusCallbackEvent")))
            self.calls.append(call)
            self.move(call, "queued")
            self.move(call, "ringing")
            return call

    def _fetch(self, resource: str, sid: str) -> Response:
        records: list[Sms | Call] = [*self.messages, *self.calls]
        for record in records:
            if record.sid == sid:
                return _json(record.resource(), 200)
        return _problem(404, 20404, f"The requested resource {resource}/{sid} was not found")

    def _list(self, request: Request, resource: str) -> Response:
        to = request.args.get("To")
        records: list[Sms | Call] = [*self.messages] if resource == "Messages" else [*self.calls]
        found = [record.resource() for record in reversed(records) if to in (None, record.to)]
        return _json({resource.lower(): found, "page": 0, "page_size": 50, "next_page_uri": None}, 200)

    # --- people ---------------------------------------------------------------------------------------------------

    def _play_moods(self) -> None:
        for sms in [sms for sms in self.messages if sms.status == "queued"]:
            self.move_sms(sms, "sent")
            phone = self._phones.get(sms.to)
            sms.error_code = phone.sms_error if phone else None
            sms.seen = sms.seen or (phone is not None and phone.keeps_sms)
            self.move_sms(sms, "delivered" if sms.error_code is None else "undelivered")
        for call in [call for call in self.calls if call.status == "ringing" and not call.seen]:
            phone = self._phones.get(call.to)
            if phone and phone.mood is not None:
                phone.react(call)

    def _who(self, number: str) -> str:
        phone = self._phones.get(number)
        return f"{phone.name} ({number})" if phone else number


def _is_authorised(request: Request) -> bool:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return scheme == "Basic" and b64decode(secret).decode() == f"{ACCOUNT}:{TOKEN}"


def _json(body: Mapping[str, object], status: int) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


def _problem(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return _json({"code": code, "message": message, "more_info": more, "status": status}, status)


def reset(connection: object) -> None:
    """Close a connection so that the far end sees it break, not end."""
    assert isinstance(connection, socket.socket)
    linger_nothing = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
    connection.shutdown(socket.SHUT_RDWR)
