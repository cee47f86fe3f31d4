"""What happened to an alert, for people to read and for the figures."""

from datetime import datetime
from typing import Any

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent
from backend.services.actors import Actor


def happened(session: StoreSession, alert: Alert, what: str, actor: Actor, now: datetime, **detail: Any) -> None:
    """Write one line into the alert's history; `detail` holds no personal text."""
    session.add(
        AlertEvent(
            alert_id=alert.id,
            at=now,
            what=what,
            who=actor.who,
            worker_id=actor.worker_id,
            detail={"via": actor.via, **detail},
        )
    )
    alert.revision += 1


def note(session: StoreSession, alert: Alert | None, what: str, actor: Actor, now: datetime, **detail: Any) -> None:
    """The same of what may be about no alert: then the row itself says it all."""
    if alert is not None:
        happened(session, alert, what, actor, now, **detail)
