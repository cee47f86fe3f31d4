"""A worker process asks the providers what became of sends in doubt, and of calls whose end they have not reported.

A provider may take 10 s to answer. So few are taken at a time, the most urgent first, and what comes into doubt later
goes before what is less urgent; emergencies in doubt wait behind nothing else.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from contract.clock import Clock
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.store import Store
from backend.config import Limits
from backend.core.alerts import RANK, Priority
from backend.core.clocks import has_gone_by, instant
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
            "urgent": partial(self._all, "urgent", partial(self.doubts, RANK[Priority.P1])),
            "doubts": partial(self._all, "doubts", partial(self.doubts, RANK[Priority.T])),
            "ends": partial(self._all, "ends", self.ends),
        }
        self._failed_at: dict[str, float] = {}  # real time, by the name of the work

    @property
    def is_failing(self) -> bool:
        """Whether a send or call could lately not be settled: what fails for good fails again with each lease."""
        again_s = 2 * self._limits.lease_s
        return any(not has_gone_by(at, self._real(), again_s) for at in tuple(self._failed_at.values()))

    def doubts(self, highest_rank: int = RANK[Priority.T]) -> int:
        """Settle the most urgent send in doubt, down to a rank; return how many were seen to. RuntimeError if not."""
        if not sending.is_dropped(self._store, highest_rank=highest_rank, real_now=self._real_now()):
            return 0
        dropped = sending.take_dropped(
            self._store, highest_rank=highest_rank, real_now=self._real_now(), limits=self._limits
        )
        return self._each(dropped, self._settle)

    def ends(self) -> int:
        """Ask about some calls whose end was not reported; return about how many. RuntimeError where one failed."""
        if not lost_ends.is_any(self._store, real_now=self._real_now()):
            return 0
        return self._each(lost_ends.take(self._store, real_now=self._real_now()), self._end)

    def _settle(self, lease: Lease) -> None:
        found = doubts.ask(self._store, lease, self._channels, limits=self._limits)
        sending.settle(self._store, lease, found, now=instant(self._clock.now()))

    def _end(self, lease: Lease) -> None:
        found = doubts.ask(self._store, lease, self._channels, limits=self._limits)
        now = instant(self._clock.now())
        lost_ends.settle(self._store, lease, found, now=now, real_now=self._real_now())

    def _each(self, leases: Sequence[Lease], settle: Callable[[Lease], None]) -> int:
        failed = 0
        for lease in leases:
            try:
                settle(lease)
            except Exception:
                # Whatever is wrong with one, the others must be seen to.
                log.exception("message %s: what became of it is still unknown", lease.message_id)
                failed += 1
        if failed:
            raise RuntimeError(f"of {failed} messages it could not be settled what became of them")
        return len(leases)

    def _all(self, name: str, work: Callable[[], int]) -> None:
        try:
            while work():
                continue
        except SQLAlchemyError:
            log.exception("the database is away; what is in doubt is settled later")
        except Exception:
            log.exception("%s failed and is tried again", name)
            self._failed_at[name] = self._real()

    def _real_now(self) -> datetime:
        return instant(self._real())
