"""The lives of an organisation's alerts, and what became of its sends, as `core.figures` counts them."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent, Building, Notification
from backend.core.alerts import PAGED
from backend.core.figures import Life, Send


def lives(session: StoreSession, since: datetime, until: datetime, now: datetime) -> list[Life]:
    """Return every alert of [since, until) that people are paged for, by when it was opened to them."""
    first = _first_times(session, since)
    found = session.execute(
        select(Alert, Building.name, Building.zone)
        .join(Building, Building.id == Alert.building_id)
        .where(Alert.opened_at >= since, Alert.opened_at < until, Alert.priority.in_(PAGED))
        .order_by(Alert.id)
    )
    return [_life(alert, team, zone, first, now) for alert, team, zone in found]


def _first_times(session: StoreSession, since: datetime) -> dict[tuple[int, str], datetime]:
    """When an alert was first claimed and when somebody first arrived; an alert that was given back keeps both."""
    found = session.execute(
        select(AlertEvent.alert_id, AlertEvent.what, func.min(AlertEvent.at))
        .where(AlertEvent.at >= since, AlertEvent.what.in_(("claimed", "arrived")))
        .group_by(AlertEvent.alert_id, AlertEvent.what)
    )
    return {(alert_id, what): at for alert_id, what, at in found}


def _life(alert: Alert, team: str, zone: str, first: dict[tuple[int, str], datetime], now: datetime) -> Life:
    opened_at = alert.opened_at
    assert opened_at is not None

    def since_opened(at: datetime | None) -> float | None:
        # Claimed while the resident was still being asked: nobody had to wait for it.
        return None if at is None else max((at - opened_at).total_seconds(), 0.0)

    return Life(
        priority=alert.priority,
        team=team,
        team_id=alert.building_id,
        hour=opened_at.astimezone(ZoneInfo(zone)).hour,
        open_s=((alert.closed_at or now) - opened_at).total_seconds(),
        claimed_s=since_opened(first.get((alert.id, "claimed"))),
        arrived_s=since_opened(first.get((alert.id, "arrived"))),
        verdict=alert.verdict if alert.closed_by_id is not None else None,
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
