"""What the services ask of the ways to reach a person. No store, no network: values and protocols only."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from backend.core.kinds import KINDS as KINDS
from backend.core.kinds import Kind as Kind


class Browser(Struct, frozen=True):
    """A browser that takes pushes: where to, and its two public secrets, as it gave them (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


class Message(Struct, frozen=True):
    """One call or message, ready to be sent.

    `id` never changes for one intended send: the provider gets it as a reference, callbacks bring it back. `to` is
    E.164, a LINE user or an e-mail address; a push goes to all of `browsers`, and `to` names whose they are. `text` is
    one SMS long, or what is read aloud, or a letter whose subject is `title`. `keys` are those that a call or a LINE
    button accepts, with what each means.
    """

    id: str
    organisation_id: int
    to: str
    kind: Kind
    language: str
    text: str
    title: str = ""
    links: tuple[str, ...] = ()
    keys: Mapping[str, str] = {}
    browsers: tuple[Browser, ...] = ()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.to, self.text if self.kind == "sms" else "")


class Sent(Struct, frozen=True):
    """The provider has taken the message over; `provider_ref` is its own name for it."""

    provider_ref: str = ""


# ended: a call that is over; a key that was pressed in it has been reported
# repeat: nobody can tell, but the same message handed over again is recognised and shown once
Fate = Literal["sent", "delivered", "ended", "failed", "not_received", "repeat"]


class Found(Struct, frozen=True):
    """What became of a send; `provider_ref` as in Sent."""

    fate: Fate
    provider_ref: str = ""


class Doubt(Struct, frozen=True):
    """A send of which nobody knows the end: what was written down before it began, for any process to ask with.

    A provider that takes our `message_id` knows the send by it. For one that does not: it was handed over between
    `since` and `until` (real time), to the number and, for an SMS, with the text of `fingerprint`; `others` are the
    provider's names for other such sends, and `is_alone` says that no other such send is in doubt as well.
    `provider_ref`, as in Sent, is there where only the end of a call is not known.
    """

    message_id: str
    to: str
    fingerprint: str
    since: datetime
    until: datetime
    others: frozenset[str] = frozenset()
    is_alone: bool = True
    provider_ref: str = ""


def fingerprint(to: str, text: str) -> str:
    """Return what a number and an SMS's text (a call: no text) are recognised by, without keeping either."""
    return hashlib.sha256(f"{to}\n{text}".encode()).hexdigest()


class Channel(Protocol):
    """One provider of one kind of message. `send` gives up within 20 s: the lease of a send is longer."""

    @property
    def name(self) -> str:
        """As shown on screen and in figures: "console-sms", "twilio-voice"."""

    @property
    def kind(self) -> Kind: ...

    @property
    def rate_per_s(self) -> float:
        """How many sends a second the provider takes."""

    def send(self, message: Message) -> Sent:
        """Hand the message over. Raises DeliveryError when it was not taken, Ambiguous when nobody knows."""

    def lookup(self, doubt: Doubt) -> Found | None:
        """Ask what became of a send, whichever process sent it; None when the provider cannot tell either."""


@runtime_checkable
class Probed(Protocol):
    """A channel that can be asked whether it would work, without anything being sent."""

    @property
    def name(self) -> str: ...

    def probe(self) -> None:
        """Ask. Raises DeliveryError where a message would not go out now; gives up within 20 s."""


Channels = Mapping[str, Sequence[Channel]]  # by kind, in order of preference
