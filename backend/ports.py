"""What the services ask of the ways to reach a person. No store, no network: values and protocols only."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

Kind = Literal["sms", "voice"]


class Message(Struct, frozen=True):
    """One call or message, ready to be sent.

    `id` never changes for one intended send: the provider gets it as a reference, callbacks bring it back. `to` is
    E.164. `text` is one SMS long, or what is read aloud. `keys` are those that a call accepts, with what each means.
    """

    id: str
    organisation_id: int
    to: str
    kind: Kind
    language: str
    text: str
    links: tuple[str, ...] = ()
    keys: Mapping[str, str] = {}


class Sent(Struct, frozen=True):
    """The provider has taken the message over; `provider_ref` is its own name for it."""

    provider_ref: str = ""


Fate = Literal["sent", "delivered", "failed", "not_received"]


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

    def lookup(self, message_id: str) -> Fate | None:
        """Ask what became of an ambiguous send; None when the provider cannot tell either."""


Channels = Mapping[str, Sequence[Channel]]  # by kind, in order of preference
