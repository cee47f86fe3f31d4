"""The day's safety check of a unit. A sensor that failed is not a check: such a day stays open for a person."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from backend.adapters.store import StoreSession, insert_once
from backend.adapters.store.schema import SafetyCheck, Unit


def today(unit: Unit, now: datetime) -> date:
    """The day it is at the unit's building."""
    return now.astimezone(ZoneInfo(unit.building.zone)).date()


def leave_open(session: StoreSession, unit: Unit, why: str, now: datetime, day: date | None = None) -> bool:
    """Put the unit's check of `day` before a person, unless it is done or open; return whether it was put there.

    Without a `day` it is today's.
    """
    return insert_once(
        session,
        SafetyCheck,
        unit_id=unit.id,
        day=day or today(unit, now),
        state="open",
        method="",
        why_open=why,
        opened_at=now,
    )


def done(session: StoreSession, unit: Unit, method: str, now: datetime, worker_id: int | None = None) -> None:
    """Record today's check as done by `method`: answer (a key on the node), call or visit."""
    day = today(unit, now)
    insert_once(session, SafetyCheck, unit_id=unit.id, day=day, state="open", method="", why_open="")
    check = session.scalars(
        select(SafetyCheck).where(SafetyCheck.unit_id == unit.id, SafetyCheck.day == day).with_for_update()
    ).one()
    if check.state != "done":
        check.state, check.method, check.done_at, check.worker_id = "done", method, now, worker_id
