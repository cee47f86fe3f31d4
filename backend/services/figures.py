"""The lives of an organisation's alerts, and what became of its sends, as `core.figures` counts them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent, Building, Notification
from backend.core import storms
from backend.core.alerts import PAGED
from backend.core.figures import Life, Send
from backend.core.waits import TELLING, Line, waits


def lives(session: StoreSession, since: datetime, until: datetime, now: datetime) -> list[Life]:
    """Return every alert of [since, until) that people are paged for, by when it was opened to them.

    An incident is none of them: its members are, and were waited for.
    """
    chosen = (
        Alert.opened_at >= since,
        Alert.opened_at < until,
        Alert.priority.in_(PAGED),
        Alert.kind != storms.KIND,
    )
    histories = _histories(session, *chosen)
    found = session.execute(
        select(Alert, Building.name, Building.zone)
        .join(Building, Building.id == Alert.building_id)
        .where(*chosen)
        .order_by(Alert.id)
    )
    return [_life(alert, team, zone, histories[alert.id], now) for alert, team, zone in found]


def _histories(session: StoreSession, *chosen: ColumnElement[bool]) -> defaultdict[int, list[Line]]:
    """Return what tells how long people waited for each of the alerts chosen, by the alert's id."""
    held_back = (
        select(AlertEvent).join(Alert, Alert.id == AlertEvent.alert_id).where(*chosen, AlertEvent.what == "held_back")
    )
    whys = {event.id: event.detail["why"] for event in session.scalars(held_back)}
    found = session.execute(
        select(AlertEvent.id, AlertEvent.alert_id, AlertEvent.at, AlertEvent.what)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(*chosen, AlertEvent.what.in_(TELLING))
        .order_by(AlertEvent.id)
    )
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for event_id, alert_id, at, what in found:
        lines[alert_id].append(Line(at, what, whys.get(event_id, "")))
    return lines


def _life(alert: Alert, team: str, zone: str, history: list[Line], now: datetime) -> Life:
    waited = waits(history, alert.closed_at or now)
    begun_at = waited.since if waited is not None else alert.opened_at
    assert begun_at is not None
    # What ended by itself before anybody was called for it has alarmed nobody.
    is_judged = waited is not None or alert.closed_by_id is not None
    return Life(
        alert_id=alert.id,
        priority=alert.priority,
        team_id=alert.building_id,
        team=team,
        zone=zone,
        hour=begun_at.astimezone(ZoneInfo(zone)).hour,
        waits=waited,
        verdict=alert.verdict if is_judged else None,
    )


def sends(session: StoreSession, since: datetime, until: datetime) -> Iterator[Send]:
    """Yield what became of every call and message of [since, until) that a provider was chosen for."""
    found = session.execute(
        select(
            Notification.provider,
            Notification.state,
            Notification.created_at,
            Notification.sent_at,
            Notification.delivered_at,
        ).where(Notification.created_at >= since, Notification.created_at < until, Notification.provider != "")
    )
    for provider, state, decided_at, sent_at, delivered_at in found:
        yield Send(
            provider=provider,
            state=state,
            taken_s=(sent_at - decided_at).total_seconds() if sent_at else None,
            arrived_s=(delivered_at - decided_at).total_seconds() if delivered_at else None,
        )
