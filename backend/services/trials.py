"""A worker tries their own phone: a real message through the real provider, about no alert.

A row of the outbox with purpose "test" and no alert. It is sent after everything that is about an alert, never another
way than asked, and ends in the row's own state: nothing waits for it, nothing follows it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Notification, Worker
from backend.core.escalation import TEST
from backend.errors import Invalid
from backend.services import pages
from backend.services.addresses import reachable
from backend.services.pages import Person

PURPOSE = "test"
NO_ADDRESS = "has no address to try"
TOO_SOON = "was tried a moment ago"
BETWEEN = timedelta(seconds=30)  # whoever touches the button again is impatient, and SMS cost money


def start(session: StoreSession, worker_id: int, kind: str, now: datetime) -> None:
    """Queue a test of the worker's address of that kind. Raises Invalid: no address, or tried a moment ago."""
    lock(session, Worker, worker_id)  # of two touches at once one is first
    if kind not in reachable(session, f"worker:{worker_id}").kinds:
        raise Invalid(kind, NO_ADDRESS)
    before = latest(session, worker_id).get(kind)
    if before is not None and now - before.created_at < BETWEEN:
        raise Invalid(kind, TOO_SOON)
    person = Person(f"worker:{worker_id}", worker_id)
    pages.queue(session, None, person, kind, purpose=PURPOSE, step=TEST, round_=0, now=now)


def latest(session: StoreSession, worker_id: int) -> Mapping[str, Notification]:
    """Return the worker's newest test of each kind."""
    newest = (
        select(func.max(Notification.id))
        .where(Notification.worker_id == worker_id, Notification.purpose == PURPOSE)
        .group_by(Notification.channel)
    )
    rows = session.scalars(select(Notification).where(Notification.id.in_(newest)))
    return {row.channel: row for row in rows}
