"""What providers' callbacks are answered with: the same desk for every provider, so that a key means one thing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ROUNDS = 3  # a call is said once, and twice more where no key comes

# taken: the provider has it · reached: it arrived, or the call was picked up · unanswered: the call ended, or a machine
# took it · failed: it could not be delivered
Progress = Literal["taken", "reached", "unanswered", "failed"]


@dataclass(frozen=True)
class Spoken:
    """What a call says next. With `if_silent` it awaits a key, and says that when none ever comes; without, it ends."""

    language: str  # "ja" or "en"
    sentences: tuple[str, ...]
    if_silent: str = ""


class Desk(Protocol):
    """Decides what callbacks mean. All are idempotent, since callbacks come twice, late and in any order.

    `provider_ref` is the provider's name for the send; one that contradicts what is known of the message is as unknown
    as a message that never was.
    """

    def script(self, message_id: str, provider_ref: str) -> Spoken | None:
        """The words of a call that was answered, or None when there is no such call."""

    def press(self, message_id: str, provider_ref: str, key: str) -> Spoken | None:
        """Take a key; the answer to it, or None when there is no such call."""

    def report(self, message_id: str, provider_ref: str, progress: Progress, problem: str) -> bool:
        """Take note of how a send goes on; False when there is no such message."""


@dataclass(frozen=True)
class Inbound:
    """A message from a person, or a button touched in one of ours.

    `ref` is the provider's name for it, by which a repeated one is known. `sent_real_at` is when the person sent it, or
    when we heard of it where the provider does not say: what was paged later cannot be meant. `message_id`: the message
    of ours whose button was touched; `text` is its key.
    """

    provider: str
    kind: Literal["sms", "line"]
    ref: str
    sender: str  # E.164, or LINE's name for the user
    text: str
    sent_real_at: datetime
    message_id: str = ""
    called: str = ""  # the number of ours that was written to, where the provider says it


class Inbox(Protocol):
    """Decides what messages from people mean. Idempotent, as the Desk."""

    def receive(self, inbound: Inbound) -> str:
        """Act on a message; return the words to answer with, empty where none are to be sent."""

    def lost(self, kind: Literal["line"], sender: str, lost_real_at: datetime) -> None:
        """That address takes no more messages: the person has blocked us, at that time by the provider's clock."""


@dataclass(frozen=True)
class InboundCall:
    """A call to a number of ours. `caller`: as the provider tells it, empty where the caller withholds it."""

    provider: str
    ref: str
    caller: str
    called: str


class Switchboard(Protocol):
    """Answers whoever calls us. Idempotent, as the Desk: a call is known by its provider's name for it."""

    def answer(self, call: InboundCall) -> Spoken:
        """Write the call down; the first words, with `if_silent` where a key may settle it."""

    def press(self, provider: str, ref: str, key: str) -> Spoken | None:
        """Take a key, empty for none; the answer to it, or None when there is no such call."""

    def over(self, provider: str, ref: str) -> bool:
        """The caller has put the phone down; False when there is no such call."""
