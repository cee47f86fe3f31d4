"""Providers' inbound messages, brought to the services: `backend.channels.desk.Inbox`."""

import time
from typing import Literal

from contract.clock import Clock

from backend.adapters.store import Store
from backend.channels.desk import Inbound
from backend.core.clocks import instant
from backend.services import line_accounts, replies


class ReplyInbox:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def receive(self, inbound: Inbound) -> str:
        now, real_now = instant(self._clock.now()), instant(time.time())
        return replies.receive(self._store, inbound, now=now, real_now=real_now)

    def lost(self, kind: Literal["line"], sender: str) -> None:
        line_accounts.blocked(self._store, sender)
