"""The alerts that an incident was made of."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent
from backend.core.alerts import LIVE, RANK, State


def waits(member: type[Alert]) -> ColumnElement[bool]:
    """Whether nobody has taken care of a member but the incident's holder, if it has one."""
    return or_(
        and_(member.state == State.OPEN, member.held_why.in_(("storm", ""))),  # "": given back a moment ago
        and_(member.state == State.CLAIMED, member.claimed_with_incident.is_(True)),
    )


def waiting(session: StoreSession, incident: Alert) -> list[Alert]:
    """Return the members that are called out by the incident or were claimed with it, the most urgent first."""
    found = session.scalars(select(Alert).where(Alert.incident_id == incident.id, waits(Alert)))
    return sorted(found, key=lambda alert: (RANK[alert.priority], alert.called_at or alert.received_at, alert.id))


def are_live(session: StoreSession, incident: Alert) -> bool:
    """Whether any member has not ended."""
    live = select(Alert.id).where(Alert.incident_id == incident.id, Alert.state.in_(LIVE))
    return session.scalar(live.limit(1)) is not None


def last_word(session: StoreSession, incident: Alert) -> datetime | None:
    """Return when whoever has the incident did something to one of its members last."""
    if incident.claimed_by_id is None:
        return None
    return session.scalar(
        select(func.max(AlertEvent.at))
        .join(Alert, AlertEvent.alert_id == Alert.id)
        .where(Alert.incident_id == incident.id, AlertEvent.worker_id == incident.claimed_by_id)
    )
