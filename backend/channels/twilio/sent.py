"""What this process has handed to Twilio lately, so that it can ask what became of it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from backend.ports import Message

REMEMBERED = 1000


@dataclass
class HandedOver:
    message: Message
    real_at: float  # Twilio lives in real time
    provider_ref: str = ""  # Twilio's name for it; an ambiguous send has none


class RecentSends:
    """The last sends and Twilio's names for them. Threads may share it; another process's sends are not in it."""

    def __init__(self, real_now: Callable[[], float] = time.time) -> None:
        self._real_now = real_now
        self._sends: OrderedDict[str, HandedOver] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()  # Twilio's name → message id
        self._lock = threading.Lock()

    def begin(self, message: Message) -> None:
        """Note that `message` is about to be handed over."""
        with self._lock:
            self._sends[message.id] = HandedOver(message, self._real_now())
            _trim(self._sends)

    def named(self, message_id: str, provider_ref: str) -> None:
        """Note what Twilio calls it."""
        with self._lock:
            if message_id in self._sends:
                self._sends[message_id].provider_ref = provider_ref
            self._owners[provider_ref] = message_id
            _trim(self._owners)

    def get(self, message_id: str) -> HandedOver | None:
        with self._lock:
            return self._sends.get(message_id)

    def may_be(self, message_id: str, provider_ref: str) -> bool:
        """Whether Twilio's record can be of this message: not when another message is known to have made it."""
        with self._lock:
            return self._owners.get(provider_ref, message_id) == message_id


def _trim(kept: "OrderedDict[str, HandedOver] | OrderedDict[str, str]") -> None:
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
