"""How an alert comes to be: its row and the first line of its history, in the transaction that decides it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert
from backend.core.alerts import Priority, State
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened


def raise_alert(
    session: StoreSession,
    *,
    source: str,
    ref: str,
    kind: str,
    priority: Priority,
    state: State,
    building_id: int,
    since: datetime,
    now: datetime,
    reason: tuple[str, str],
    by: Actor = SYSTEM,
    said: Mapping[str, Any] | None = None,
    **more: Any,
) -> Alert:
    """Return a new alert, which nobody is told of yet.

    `reason`: in Japanese and English. `said`: what its history says of the raising. `more`: further columns.
    """
    alert = Alert(
        source=source,
        ref=ref,
        kind=kind,
        priority=priority,
        state=state,
        building_id=building_id,
        since=since,
        received_at=now,
        reason_ja=reason[0],
        reason_en=reason[1],
        **{"evidence": {}, **more},
        round=0,
        gaps=[],
        revision=0,
    )
    session.add(alert)
    session.flush()
    happened(session, alert, "raised", by, now, **(said or {}))
    return alert
