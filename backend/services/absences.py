"""Away, in hospital, or a worker's visit in progress: the gateway is told, and does not take the quiet for a fall."""

from datetime import datetime
from typing import Literal, cast, get_args

from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Absence, Unit
from backend.core.clocks import seconds
from backend.errors import Invalid
from backend.services import checks
from backend.services.actors import Actor
from backend.services.commands import tell

AbsenceKind = Literal["away", "hospital", "visit"]
KINDS = get_args(AbsenceKind)


def begin(
    session: StoreSession,
    unit_id: int,
    kind: str,
    actor: Actor,
    *,
    since: datetime,
    until: datetime | None = None,
    note: str = "",
    now: datetime,
) -> Absence:
    """Begin a period; one of the same kind that runs already is returned with its end moved to `until`."""
    if kind not in KINDS:
        raise Invalid("kind", f"must be one of {', '.join(KINDS)}")
    if until is not None and until <= since:
        raise Invalid("until", "must be after the beginning")
    unit = lock(session, Unit, unit_id)
    absence = next((one for one in running(session, unit_id, now) if one.kind == kind), None)
    if absence is None:
        absence = Absence(unit_id=unit_id, kind=kind, since=since, worker_id=actor.worker_id)
        session.add(absence)
    absence.until, absence.note = until, note
    session.flush()
    if unit.gateway_id is not None:
        tell(session, unit.gateway_id, _command(unit, absence), now)
    return absence


def end(session: StoreSession, absence_id: int, actor: Actor, *, now: datetime) -> Absence:
    """End a period now; a visit's end is also the day's safety check."""
    absence = lock(session, Absence, absence_id)
    if absence.ended_at is not None:
        return absence
    absence.ended_at = now
    unit = session.get_one(Unit, absence.unit_id)
    if absence.kind == "visit":
        checks.done(session, unit, "visit", now, actor.worker_id)
    if unit.gateway_id is not None:
        kind = cast(AbsenceKind, absence.kind)
        tell(session, unit.gateway_id, contract.AbsenceEnded(unit.ref, kind, seconds(now)), now)
    return absence


def running(session: StoreSession, unit_id: int, now: datetime) -> list[Absence]:
    """Return the unit's periods that have begun and not ended at `now`."""
    rows = session.scalars(
        select(Absence).where(Absence.unit_id == unit_id, Absence.ended_at.is_(None), Absence.since <= now)
    )
    return [row for row in rows if row.until is None or row.until > now]


def _command(unit: Unit, absence: Absence) -> contract.Absence:
    return contract.Absence(
        unit=unit.ref,
        kind=cast(AbsenceKind, absence.kind),
        since=seconds(absence.since),
        until=seconds(absence.until) if absence.until else None,
    )
