"""The dead-man ping: an outside service raises the alarm when it is not asked for once a minute.

A worker process pings after a round that went through, and in no other case. What came of it is counted for the whole
installation.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import update

from backend.adapters.store import Store, StoreSession, insert_once
from backend.adapters.store.schema import DeadManPing
from backend.core.clocks import has_gone_by, seconds
from backend.errors import DeliveryError

NAME = "worker"
EVERY = timedelta(seconds=60)

log = logging.getLogger(__name__)


class DeadMan:
    """One worker process's pings. `ask` raises DeliveryError where the service does not answer that it heard."""

    def __init__(self, store: Store, ask: Callable[[], None]) -> None:
        self._store, self._ask = store, ask
        self._pinged: datetime | None = None
        self._problem: str | None = None

    def is_due(self, real_now: datetime) -> bool:
        return self._pinged is None or has_gone_by(seconds(self._pinged), seconds(real_now), EVERY.total_seconds())

    def ping(self, real_now: datetime) -> None:
        """Ping, and count what came of it; a change is logged once."""
        self._pinged = real_now
        problem = ""
        try:
            self._ask()
        except DeliveryError as error:
            problem = str(error)
        if bool(problem) != bool(self._problem) or self._problem is None:
            log.log(*((logging.ERROR, "the dead-man ping fails: %s", problem) if problem else _WELL))
        self._problem = problem
        with self._store.system_session() as session:
            _count(session, problem, real_now)


_WELL = (logging.INFO, "the dead-man ping is heard%s", "")


def _count(session: StoreSession, problem: str, real_now: datetime) -> None:
    insert_once(session, DeadManPing, name=NAME, ok=0, failed=0, problem="")
    values = {DeadManPing.failed: DeadManPing.failed + 1} if problem else {DeadManPing.ok: DeadManPing.ok + 1}
    if not problem:
        values[DeadManPing.ok_real_at] = real_now  # type: ignore[index, assignment]
    session.execute(
        update(DeadManPing).where(DeadManPing.name == NAME).values({**values, DeadManPing.problem: problem})
    )


def last(session: StoreSession) -> DeadManPing | None:
    """Return what came of the pings so far; None before the first."""
    return session.get(DeadManPing, NAME)
