"""A worker process asks the providers what became of sends in doubt, and of calls whose end they have not reported.

A provider may take 10 s to answer. So few are taken at a time, the most urgent first, and what comes into doubt later
goes before what is less urgent; emergencies in doubt wait behind nothing else.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from contract.clock import Clock
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.store import Store
from backend.config import Limits
from backend.core.alerts import RANK, Priority
from backend.core.clocks import instant
from backend.ports import Channels
from backend.services import doubts, lost_ends, sending
from backend.services.sending import Lease

Work = Callable[[], None]

log = logging.getLogger(__name__)


class Settling:
    """`works`, by name: each goes on until nothing is left, on a thread of its own."""

    def __init__(
        self, store: Store, channels: Channels, clock: Clock, real: Callable[[], float], limits: Limits
    ) -> None:
        self._store, self._channels, self._limits = store, channels, limits
        self._clock, self._real = clock, real
        self.works: dict[str, Work] = {
            "urgent": partial(self._all, partial(self.doubts, RANK[Priority.P1])),
            "doubts": partial(self._all, partial(self.doubts, RANK[Priority.T])),
            "ends": partial(self._all, self.ends),
        }

    def doubts(self, highest_rank: int) -> int:
        """Settle the most urgent send in doubt, down to a rank; return how many were seen to."""
        if not sending.is_dropped(self._store, highest_rank=highest_rank, real_now=self._real_now()):
            return 0
        dropped = sending.take_dropped(
            self._store, highest_rank=highest_rank, real_now=self._real_now(), limits=self._limits
        )
        for lease in dropped:
            self._settle(lease)
        return len(dropped)

    def _settle(self, lease: Lease) -> None:
        try:
            found = doubts.ask(self._store, lease, self._channels, limits=self._limits)
            sending.settle(self._store, lease, found, now=instant(self._clock.now()))
        except Exception:
            log.exception("message %s: its end is still unknown", lease.message_id)

    def ends(self) -> int:
        """Ask about some calls whose end was not reported; return about how many."""
        if not lost_ends.is_any(self._store, real_now=self._real_now()):
            return 0
        calls = lost_ends.take(self._store, real_now=self._real_now())
        for lease in calls:
            try:
                found = doubts.ask(self._store, lease, self._channels, limits=self._limits)
                now = instant(self._clock.now())
                lost_ends.settle(self._store, lease, found, now=now, real_now=self._real_now())
            except Exception:
                log.exception("call %s: its end is not known yet", lease.message_id)
        return len(calls)

    def _all(self, work: Callable[[], int]) -> None:
        try:
            while work():
                continue
        except SQLAlchemyError:
            log.exception("the database is away; what is in doubt is settled later")

    def _real_now(self) -> datetime:
        return instant(self._real())
