"""What became of a send whose sender was not heard of again? The provider is asked, by whichever process is there.

All that the question needs was committed before the hand-over: no process has to remember anything.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Notification
from backend.config import Limits
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channels, Doubt, Found
from backend.services.addresses import address_of
from backend.services.sending import VIEWER, Lease

LONGEST_SEND_S = 20.0  # see ports.Channel

log = logging.getLogger(__name__)


def ask(store: Store, lease: Lease, channels: Channels, *, limits: Limits) -> Found | None:
    """Ask the provider what became of a dropped row, or of a call; None when it cannot be known."""
    if not lease.provider:
        return Found("not_received")  # it was dropped before anything could have been sent
    channel = next((one for of_kind in channels.values() for one in of_kind if one.name == lease.provider), None)
    if channel is None:
        return None
    with store.session(lease.organisation_id, viewer=VIEWER, purpose="look up") as session:
        row = session.get_one(Notification, lease.row_id)
        if row.handed_over_real_at is None:
            return None
        doubt = _doubt(session, row, row.handed_over_real_at, limits)
    try:
        return channel.lookup(doubt)
    except (DeliveryError, Ambiguous):
        return None
    except Exception:
        # A send that is asked about for ever keeps its person from the next kind, and others from calling them.
        log.exception("message %s: the question what became of it broke down", lease.message_id)
        return None


def _doubt(session: StoreSession, row: Notification, since: datetime, limits: Limits) -> Doubt:
    longest = timedelta(seconds=limits.lease_s + LONGEST_SEND_S)
    alike = (
        Notification.id != row.id,
        Notification.provider == row.provider,
        Notification.fingerprint == row.fingerprint,
        Notification.handed_over_real_at.between(since - longest, since + longest),
    )
    others = select(Notification.provider_ref).where(*alike, Notification.provider_ref.is_not(None))
    in_doubt = select(func.count(Notification.id)).where(
        *alike, Notification.provider_ref.is_(None), Notification.state.in_(("sending", "unknown"))
    )
    return Doubt(
        message_id=row.message_id,
        to=address_of(session, row).to,
        fingerprint=row.fingerprint,
        since=since,
        until=since + longest,
        others=frozenset(ref for ref in session.scalars(others) if ref),
        is_alone=not session.scalar(in_doubt),
        provider_ref=row.provider_ref or "",
    )
