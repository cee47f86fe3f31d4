"""For which alerts nobody is called now, and where work on the equipment is going on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from backend.adapters.store.schema import Alert, Building, Maintenance, Snooze, Unit
from backend.adapters.store.session import StoreSession
from backend.web.views.shapes import BuildingName, Held, UnitName, Work

MOST_PAST = 50


def held(session: StoreSession, alerts: Sequence[Alert]) -> dict[int, Held]:
    """Return, by alert, what holds its pages back; nothing for those that are called out."""
    snoozed = [alert.id for alert in alerts if alert.held_why == "snooze"]
    running = select(Snooze).where(Snooze.alert_id.in_(snoozed), Snooze.ended_at.is_(None)).order_by(Snooze.id)
    snoozes = {row.alert_id: row for row in session.scalars(running.options(joinedload(Snooze.worker)))}
    return {alert.id: _held(alert, snoozes.get(alert.id)) for alert in alerts if alert.held_why}


def _held(alert: Alert, snooze: Snooze | None) -> Held:
    if snooze is None:
        return Held(alert.held_why, alert.held_until)
    return Held(alert.held_why, alert.held_until, snooze.worker.name if snooze.worker else "", snooze.reason)


def works_now(session: StoreSession, now: datetime, *there: ColumnElement[bool]) -> tuple[Work, ...]:
    """Return the maintenance that lasts at `now`, what ends first first; `there`: only where this holds."""
    lasts = (Maintenance.since <= now, Maintenance.until > now, Maintenance.ended_at.is_(None))
    return _works(session, now, select(Maintenance).where(*lasts, *there).order_by(Maintenance.until, Maintenance.id))


def works_at(session: StoreSession, now: datetime, building_id: int, unit_id: int | None) -> tuple[Work, ...]:
    """Return the maintenance that lasts at `now` in a unit, that of its whole building included."""
    whole = Maintenance.unit_id.is_(None)
    here = whole if unit_id is None else or_(whole, Maintenance.unit_id == unit_id)
    return works_now(session, now, Maintenance.building_id == building_id, here)


def works(session: StoreSession, now: datetime) -> tuple[tuple[Work, ...], tuple[Work, ...]]:
    """Return what lasts or is planned, the next first, and what is over, the last first."""
    over = or_(Maintenance.until <= now, Maintenance.ended_at.is_not(None))
    to_come = and_(Maintenance.until > now, Maintenance.ended_at.is_(None))
    return (
        _works(session, now, select(Maintenance).where(to_come).order_by(Maintenance.since, Maintenance.id)),
        _works(session, now, select(Maintenance).where(over).order_by(Maintenance.since.desc()).limit(MOST_PAST)),
    )


def _works(session: StoreSession, now: datetime, statement: Select[Maintenance]) -> tuple[Work, ...]:
    loaded = statement.options(
        joinedload(Maintenance.building),
        joinedload(Maintenance.unit),
        joinedload(Maintenance.worker),
        joinedload(Maintenance.ended_by),
    )
    return tuple(_work(row, now) for row in session.scalars(loaded))


def _work(row: Maintenance, now: datetime) -> Work:
    return Work(
        id=row.id,
        place=f"{row.building.name} {row.unit.name}" if row.unit else row.building.name,
        zone=row.building.zone,
        since=row.since,
        until=row.until,
        ended_at=row.ended_at,
        reason=row.reason,
        by=row.worker.name if row.worker else "",
        ended_by=row.ended_by.name if row.ended_by else "",
        began=row.since <= now,
        over=row.ended_at is not None or row.until <= now,
    )


def places(session: StoreSession) -> tuple[BuildingName, ...]:
    """Return the buildings with their units, for a choice."""
    units = session.scalars(select(Unit).order_by(Unit.floor, Unit.name)).all()
    return tuple(
        BuildingName(
            row.id, row.name, tuple(UnitName(unit.id, unit.name) for unit in units if unit.building_id == row.id)
        )
        for row in session.scalars(select(Building).order_by(Building.name, Building.id))
    )
