"""Faults of the system itself become alerts, of the priority T as a rule, one of a kind and name at a time."""

from datetime import datetime

from sqlalchemy import Select, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert
from backend.config import Limits
from backend.core.alerts import LIVE, PRIORITY, Priority, State
from backend.services import alerts, escalation
from backend.services.actors import SYSTEM
from backend.services.raising import raise_alert

SOURCE = "watchers"


def raise_fault(
    session: StoreSession,
    kind: str,
    name: str,
    building_id: int,
    reason: tuple[str, str],
    *,
    episode: str,
    now: datetime,
    limits: Limits,
    priority: Priority | None = None,
    unit_id: int | None = None,
) -> None:
    """Raise the fault `name` of that kind; where it is known already it only says what is wrong now.

    In one `episode` it is raised once, also where a person has closed it meanwhile.
    """
    known = session.scalar(_live(kind, name))
    if known is not None:
        if (known.reason_ja, known.reason_en) != reason:
            known.reason_ja, known.reason_en = reason
            known.revision += 1
        return
    ref = f"{_prefix(kind, name)}{episode}"
    if session.scalar(select(Alert.id).where(Alert.source == SOURCE, Alert.ref == ref)) is not None:
        return
    alert = raise_alert(
        session,
        source=SOURCE,
        ref=ref,
        kind=kind,
        priority=priority or PRIORITY[kind],
        state=State.OPEN,
        building_id=building_id,
        unit_id=unit_id,
        since=now,
        now=now,
        reason=reason,
        evidence={"place": name},
    )
    escalation.open_to_workers(session, alert, now, limits)


def fault_over(session: StoreSession, kind: str, name: str, now: datetime) -> None:
    """All is well again: ends the alert where nobody has claimed it."""
    known = session.scalar(_live(kind, name))
    if known is not None:
        alerts.resumed(session, known.id, SYSTEM, now=now)


def is_live(session: StoreSession, kind: str, name: str) -> bool:
    """Whether the fault has been raised and has not ended."""
    return session.scalar(_live(kind, name)) is not None


def _prefix(kind: str, name: str) -> str:
    return f"{kind}-{name}:"


def _live(kind: str, name: str) -> Select[Alert]:
    return (
        select(Alert)
        .where(
            Alert.source == SOURCE,
            Alert.kind == kind,
            Alert.ref.startswith(_prefix(kind, name), autoescape=True),
            Alert.state.in_(LIVE),
        )
        .order_by(Alert.id)
        .limit(1)
    )
