"""Buildings' units: where they are, what is known of them now, what their sensors counted."""

from datetime import date, datetime

from sqlalchemy import or_, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import NodePlace, SafetyCheck, Unit, UnitHour, UnitLive
from backend.errors import NotFound
from backend.services.residents import contacts_of, entry_of, residents_by_unit, residents_of

__all__ = ["contacts_of", "entry_of", "residents_by_unit", "residents_of"]


def list_units(session: StoreSession) -> list[Unit]:
    """Return every unit, by building and door."""
    return list(session.scalars(select(Unit).order_by(Unit.building_id, Unit.floor, Unit.name)))


def unit(session: StoreSession, unit_id: int) -> Unit:
    """Return one unit. Raises NotFound."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound(f"unit {unit_id}")
    return found


def live(session: StoreSession) -> dict[int, UnitLive]:
    """Return what is known of each unit now, by unit id; a unit without an entry was never reported."""
    return {row.unit_id: row for row in session.scalars(select(UnitLive))}


def hours(session: StoreSession, unit_id: int, since: datetime, until: datetime) -> list[UnitHour]:
    """Return the unit's hours that begin in [since, until), the earliest first."""
    return list(
        session.scalars(
            select(UnitHour)
            .where(UnitHour.unit_id == unit_id, UnitHour.hour >= since, UnitHour.hour < until)
            .order_by(UnitHour.hour)
        )
    )


def checks(session: StoreSession, day: date) -> dict[int, SafetyCheck]:
    """Return that day's safety checks by unit id; a unit without an entry has none yet."""
    return {row.unit_id: row for row in session.scalars(select(SafetyCheck).where(SafetyCheck.day == day))}


def places(session: StoreSession, unit_id: int, now: datetime) -> list[NodePlace]:
    """Return the nodes that hang in the unit at `now`."""
    return list(
        session.scalars(
            select(NodePlace)
            .where(
                NodePlace.unit_id == unit_id,
                NodePlace.since <= now,
                or_(NodePlace.until.is_(None), NodePlace.until > now),
            )
            .order_by(NodePlace.room, NodePlace.id)
        )
    )
