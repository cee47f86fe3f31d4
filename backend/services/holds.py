"""Does anything hold an open alert's pages back? Whatever does ends by itself: the next step's timer is its end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Maintenance, Snooze
from backend.core import noise
from backend.core.alerts import State
from backend.core.clocks import after, seconds
from backend.core.noise import Hold
from backend.services import pages
from backend.services.actors import SYSTEM
from backend.services.events import happened
from backend.services.timers import drop_timers, set_timer

LOOK_AGAIN_S = 60.0  # where the end is not known beforehand


def hold_of(session: StoreSession, alert: Alert, now: datetime) -> Hold | None:
    """Return what holds the alert's pages back: what ends last, else the incident that is called out for it."""
    if not noise.may_be_held(alert.priority):
        return None
    own = noise.longest(_with_an_end(session, alert, now), now)
    return own or (Hold("storm", None) if _is_called_out_by_incident(session, alert) else None)


def _with_an_end(session: StoreSession, alert: Alert, now: datetime) -> Iterator[Hold]:
    snoozed_until = session.scalar(
        select(func.max(Snooze.until)).where(Snooze.alert_id == alert.id, Snooze.ended_at.is_(None))
    )
    if snoozed_until is not None:
        yield Hold("snooze", snoozed_until)
    if alert.kind in noise.OF_EQUIPMENT and (worked_on_until := _worked_on_until(session, alert, now)) is not None:
        yield Hold("maintenance", worked_on_until)
    if alert.comes_and_goes and alert.opened_at is not None:
        yield noise.lasting(alert.opened_at)


def _worked_on_until(session: StoreSession, alert: Alert, now: datetime) -> datetime | None:
    return session.scalar(
        select(func.max(Maintenance.until)).where(
            Maintenance.building_id == alert.building_id,
            or_(Maintenance.unit_id.is_(None), Maintenance.unit_id == alert.unit_id),
            Maintenance.since <= now,
            Maintenance.ended_at.is_(None),
        )
    )


def _is_called_out_by_incident(session: StoreSession, alert: Alert) -> bool:
    if alert.incident_id is None:
        return False
    return session.scalar(select(Alert.state).where(Alert.id == alert.incident_id)) == State.OPEN


def hold_back(session: StoreSession, alert: Alert, now: datetime) -> Hold | None:
    """Take the open alert's pages back as long as something holds it, and look again then. Return what does.

    Where nothing does (any more), it goes its own way; it is paged from its first step.
    """
    hold = hold_of(session, alert, now)
    if hold is None:
        _go_its_own_way(session, alert, now)
        return None
    if (alert.held_why, alert.held_until) != (hold.why, hold.until):
        _begin(session, alert, hold, now)
    set_timer(session, alert, "escalate", hold.until or after(now, LOOK_AGAIN_S))
    return hold


def _begin(session: StoreSession, alert: Alert, hold: Hold, now: datetime) -> None:
    pages.cancel_steps(session, alert, now)
    if alert.step is not None:
        alert.step, alert.round = None, alert.round + 1
    if not hold.keeps_clock:
        alert.claim_due_at = None
        drop_timers(session, alert, "claim_due")
    alert.held_why, alert.held_until = hold.why, hold.until
    until = {} if hold.until is None else {"until": seconds(hold.until)}
    happened(session, alert, "held_back", SYSTEM, now, why=hold.why, **until)


def _go_its_own_way(session: StoreSession, alert: Alert, now: datetime) -> None:
    alert.incident_id = None
    if alert.held_why:
        happened(session, alert, "hold_over", SYSTEM, now, why=alert.held_why)
    alert.held_why, alert.held_until = "", None


def forget(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Somebody has the alert, or it is over: nothing has to be held back any more."""
    alert.held_why, alert.held_until = "", None
    end_snooze(session, alert, now)


def end_snooze(session: StoreSession, alert: Alert, now: datetime) -> bool:
    """End the alert's snooze before its time; return whether one was running."""
    running = (Snooze.alert_id == alert.id, Snooze.ended_at.is_(None), Snooze.until > now)
    ended = session.execute(update(Snooze).where(*running).values(ended_at=now).returning(Snooze.id))
    return ended.first() is not None


def notice_flapping(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Mark an alert that opens once more after it has ended by itself again and again."""
    if not noise.may_be_held(alert.priority):
        return
    alike = (
        Alert.id != alert.id,
        Alert.kind == alert.kind,
        Alert.unit_id.is_(None) if alert.unit_id is None else Alert.unit_id == alert.unit_id,
        Alert.gateway_id.is_(None) if alert.gateway_id is None else Alert.gateway_id == alert.gateway_id,
        Alert.opened_at.is_not(None),  # what ended while the resident was asked disturbed nobody
        Alert.outcome == "resumed",
        Alert.closed_at > now - timedelta(seconds=noise.FLAPS_WITHIN_S),
    )
    alert.comes_and_goes = noise.comes_and_goes(session.scalar(select(func.count(Alert.id)).where(*alike)) or 0)
