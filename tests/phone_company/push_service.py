"""A browser's push service (RFC 8030) and the browsers behind it, which can read what is sent to them."""

import base64
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.wrappers import Request, Response

from backend.ports import Browser
from tests.phone_company.company import reset
from tests.phone_company.faults import Fault, Trouble, Troubles, answer_with
from tests.phone_company.served import Served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass
class Delivery:
    """One push that the service has taken for a browser."""

    topic: str
    body: bytes
    seen: bool = False


@dataclass
class ReadingBrowser:
    """A browser that has subscribed: its keys, and what it would show, by tag as a browser keeps it."""

    path: str
    service: "PushService"
    arrived: list[Delivery] = field(default_factory=list)
    gone: bool = False

    def __post_init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    @property
    def subscription(self) -> Browser:
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Browser(self.service.url + self.path, _base64url(point), _base64url(self._auth))

    def takes(self, *words: str) -> Mapping[str, Any] | None:
        """The first push with all `words` in its title; None when none has come. Each is taken once."""
        for delivery in self.arrived:
            read = self.read(delivery)
            if not delivery.seen and all(word in read["title"] for word in words):
                delivery.seen = True
                return read
        return None

    def notifications(self) -> list[Mapping[str, Any]]:
        """What it shows: of each topic and each tag the newest, as a service and a browser keep them."""
        waiting = {delivery.topic: delivery for delivery in self.arrived}
        return list({read["tag"]: read for read in map(self.read, waiting.values())}.values())

    def read(self, delivery: Delivery) -> Mapping[str, Any]:
        """What is in a push, decrypted with the browser's own keys."""
        text = http_ece.decrypt(delivery.body, private_key=self._private, auth_secret=self._auth, version="aes128gcm")
        return dict(json.loads(text))


class PushService:
    """Refuses what a real one would refuse: a wrong signature, an unknown or ended subscription, what is too long."""

    def __init__(self) -> None:
        self.troubles = Troubles()
        self.browsers: dict[str, ReadingBrowser] = {}
        self.headers: list[Mapping[str, str]] = []
        self.contacts: list[str] = []
        self._closing = threading.Event()
        self._served = Served(self._serve)

    def __enter__(self) -> "PushService":
        self._served.__enter__()
        self.url = self._served.url
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._closing.set()
        self._served.__exit__(None, None, None)
        surprises = [f"push to {browser.path}: {browser.read(one)['title']}" for browser in self.browsers.values()
                     for one in browser.arrived if not one.seen]  # fmt: skip
        assert kind is not None or not surprises, "unexpected:\n" + "\n".join(surprises)

    def browser(self) -> ReadingBrowser:
        """A new browser that has subscribed."""
        made = ReadingBrowser(f"/send/{len(self.browsers)}", self)
        self.browsers[made.path] = made
        return made

    def order(self, fault: Fault, *, times: int = 1, status: int = 500) -> None:
        self.troubles.order(Trouble(fault, status), times)

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._answer(Request(environ))
        if answer is None:
            reset(environ["werkzeug.socket"])
            return []
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response | None:
        trouble = self.troubles.next_for("push")
        return answer_with(
            trouble, lambda: self._take(request), lambda wrong: Response(status=wrong.status), self._closing
        )

    def _take(self, request: Request) -> Response:
        browser = self.browsers.get(request.path)
        if browser is None:
            return Response(status=404)
        if browser.gone:
            return Response(status=410)
        if not self._is_signed(request):
            return Response(status=403)
        topic = request.headers.get("Topic", "")
        if len(topic) > 32 or len(request.data) > 4096 or request.headers.get("Content-Encoding") != "aes128gcm":
            return Response(status=400)
        self.headers.append(dict(request.headers))
        browser.arrived.append(Delivery(topic, request.data))
        return Response(status=201, headers={"Location": f"{self.url}/message/1"})

    def _is_signed(self, request: Request) -> bool:
        """Whether the key that it names has signed for this service (RFC 8292)."""
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme.lower() != "vapid" or not {"t", "k"} <= parts.keys():
            return False
        head, claims, signature = parts["t"].split(".")
        said = json.loads(base64.urlsafe_b64decode(claims + "=="))
        self.contacts.append(said["sub"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(parts["k"] + "=="))
        number = base64.urlsafe_b64decode(signature + "==")
        both = encode_dss_signature(int.from_bytes(number[:32]), int.from_bytes(number[32:]))
        try:
            key.verify(both, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return bool(said["aud"] == self.url)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
