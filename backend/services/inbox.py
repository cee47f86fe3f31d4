"""Providers' inbound messages, brought to the services: `backend.channels.desk.Inbox`."""

import time
from datetime import datetime
from typing import Literal

from contract.clock import Clock

from backend.adapters.store import Store
from backend.channels.desk import Inbound
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import line_accounts, replies


class ReplyInbox:
    def __init__(self, store: Store, clock: Clock, limits: Limits) -> None:
        self._store, self._clock, self._limits = store, clock, limits

    def receive(self, inbound: Inbound) -> str:
        now, real_now = instant(self._clock.now()), instant(time.time())
        return replies.receive(self._store, inbound, now=now, real_now=real_now, limits=self._limits)

    def lost(self, kind: Literal["line"], sender: str, lost_real_at: datetime) -> None:
        line_accounts.blocked(self._store, sender, lost_real_at)
