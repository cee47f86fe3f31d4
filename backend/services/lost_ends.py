"""Ends of calls that no provider has reported: asked for, so that nobody waits behind a call that is over.

A report is lost when our side was down as it came. Calls are asked about in real time, by whichever process is there.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from backend.adapters.store import Store
from backend.adapters.store.schema import Notification
from backend.ports import Found
from backend.services import outbox, sending
from backend.services.merging import CALL_S
from backend.services.sending import Lease

ASK_AFTER_S = 20.0  # most calls have ended by then, and were reported
ASK_AGAIN_S = 10.0
GIVE_UP_S = 600.0  # no call of ours is so long, whatever its provider says
TALKING = ("sent", "delivered")
VIEWER = "system:lost ends"


def is_any(store: Store, *, real_now: datetime) -> bool:
    """Whether there is anything to `take`."""
    with store.system_reading() as session:
        return session.scalar(select(Notification.id).where(*_unreported(real_now)).limit(1)) is not None


def take(store: Store, *, most: int = 4, real_now: datetime) -> list[Lease]:
    """Take calls whose end should be known by now; no two callers get the same one for a while."""
    chosen = (
        select(Notification.id)
        .where(*_unreported(real_now))
        .order_by(Notification.rank, Notification.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    with store.system_session() as session:
        return sending.lease_rows(session, chosen, {}, real_now + timedelta(seconds=ASK_AGAIN_S))


def _unreported(real_now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notification.channel == "voice",
        Notification.state.in_(TALKING),
        Notification.handed_over_real_at <= real_now - timedelta(seconds=ASK_AFTER_S),
        or_(Notification.lease_until_real_at.is_(None), Notification.lease_until_real_at <= real_now),
    )


def settle(store: Store, lease: Lease, found: Found | None, *, now: datetime, real_now: datetime) -> None:
    """Write down the end of a call; where its provider does not know one, once it must have ended."""
    with store.session(lease.organisation_id, viewer=VIEWER, purpose="look up") as session:
        _alert, row = outbox.hold(session, lease.message_id)
        if row.fence != lease.fence or row.state not in TALKING or row.handed_over_real_at is None:
            return
        lasts_s = (real_now - row.handed_over_real_at).total_seconds()
        fate = found.fate if found is not None else None
        if fate == "failed":
            outbox.failed(session, lease.message_id, "the provider says that it failed", now=now)
        elif fate == "ended":
            outbox.unanswered(session, lease.message_id, "no key", now=now)
        elif lasts_s >= (GIVE_UP_S if fate in TALKING else CALL_S):
            outbox.unanswered(session, lease.message_id, "its end was never reported", now=now)
