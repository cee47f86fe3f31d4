"""Links sent in writing that answer a message: good once, and only by a POST, because phones open links to preview
them. The link of a page claims the alert; that of a wish to go and look says that its worker goes.
"""

import hashlib
import secrets
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, ClaimLink, Notification, Worker
from backend.config import Limits
from backend.core.clocks import after
from backend.errors import LinkSpent
from backend.services import alerts, visitors
from backend.services.actors import acting

TOKEN_BYTES = 16  # 22 characters: each one more is a letter less of the words before the link


class Found(Struct, frozen=True):
    """What a link is for."""

    organisation_id: int
    alert_id: int
    worker_id: int
    used: bool
    purpose: str  # of the message: "page" or "visit"


def create(session: StoreSession, notification: Notification, *, now: datetime, limits: Limits) -> str:
    """Return a new token for the worker whom `notification` goes to; only its hash is kept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        ClaimLink(
            token_hash=_hash(token),
            alert_id=notification.alert_id,
            worker_id=notification.worker_id,
            notification_id=notification.id,
            created_at=now,
            expires_at=after(now, limits.claim_link_s),
        )
    )
    return token


def look(session: StoreSession, token: str, now: datetime) -> Found:
    """Return what the link is for and change nothing. Raises LinkSpent when it is unknown or expired."""
    link = _find(session, token, now)
    row = session.get_one(Notification, link.notification_id)
    return Found(link.organisation_id, link.alert_id, link.worker_id, link.used_at is not None, row.purpose)


def redeem(session: StoreSession, token: str, *, now: datetime) -> Alert:
    """Do for the link's worker what the message asks for. Raises LinkSpent, AlreadyClaimed, IllegalStep."""
    link = _find(session, token, now)
    lock(session, Alert, link.alert_id)
    link = lock(session, ClaimLink, link.id)
    worker = session.get_one(Worker, link.worker_id)
    if link.used_at is not None or not worker.active:
        raise LinkSpent("this link was used already")
    row = session.get_one(Notification, link.notification_id)
    do = alerts.visitor_coming if row.purpose == visitors.PURPOSE else alerts.claim
    alert = do(session, link.alert_id, acting(worker, "link"), now=now)
    link.used_at = now
    row.state, row.ended_at = "answered", now
    return alert


def _find(session: StoreSession, token: str, now: datetime) -> ClaimLink:
    link = session.scalar(select(ClaimLink).where(ClaimLink.token_hash == _hash(token)))
    if link is None or link.expires_at <= now:
        raise LinkSpent("this link is unknown or has expired")
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
