"""Claim links: sent in writing, good once, and only a POST claims, because phones open links to preview them."""

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
from backend.services import alerts
from backend.services.actors import acting

TOKEN_BYTES = 16  # 22 characters: each one more is a letter less of the words before the link


class Found(Struct, frozen=True):
    """What a link is for."""

    organisation_id: int
    alert_id: int
    worker_id: int
    used: bool


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
    return Found(link.organisation_id, link.alert_id, link.worker_id, link.used_at is not None)


def redeem(session: StoreSession, token: str, *, now: datetime) -> Alert:
    """Claim the alert for the link's worker. Raises LinkSpent, AlreadyClaimed, IllegalStep."""
    link = _find(session, token, now)
    lock(session, Alert, link.alert_id)
    link = lock(session, ClaimLink, link.id)
    worker = session.get_one(Worker, link.worker_id)
    if link.used_at is not None or not worker.active:
        raise LinkSpent("this link was used already")
    alert = alerts.claim(session, link.alert_id, acting(worker, "link"), now=now)
    link.used_at = now
    if link.notification_id is not None:
        row = session.get_one(Notification, link.notification_id)
        row.state, row.ended_at = "answered", now
    return alert


def _find(session: StoreSession, token: str, now: datetime) -> ClaimLink:
    link = session.scalar(select(ClaimLink).where(ClaimLink.token_hash == _hash(token)))
    if link is None or link.expires_at <= now:
        raise LinkSpent("this link is unknown or has expired")
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
