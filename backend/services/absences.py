"""Away, in hospital, or a worker's visit in progress: the gateway is told, and does not take the quiet for a fall."""

from datetime import datetime, timedelta
from typing import Literal, cast, get_args

from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Absence, Unit, UnitLive
from backend.core.clocks import seconds
from backend.errors import Invalid, NotFound
from backend.services import checks
from backend.services.actors import Actor
from backend.services.commands import absence_command, absence_known_at, hold_unit, tell

AbsenceKind = Literal["away", "hospital", "visit"]
KINDS = get_args(AbsenceKind)
IS_BACK = "センサーが帰宅を確認"


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
    """Begin a period; one of the same kind that runs already is returned with its end moved to `until`.

    Until further notice (None) is until the longest time for its kind: whoever is forgotten in it would be looked after
    by nobody.
    """
    if kind not in KINDS:
        raise Invalid("kind", f"must be one of {', '.join(KINDS)}")
    if until is not None and until <= since:
        raise Invalid("until", "must be after the beginning")
    unit = hold_unit(session, unit_id)
    absence = next((one for one in running(session, unit_id, now) if one.kind == kind), None)
    if absence is None:
        absence = Absence(unit_id=unit_id, kind=kind, since=since, worker_id=actor.worker_id)
        session.add(absence)
    elif actor.worker_id is not None:
        absence.worker_id = actor.worker_id
    absence.until = until or absence.since + timedelta(seconds=contract.LONGEST_ABSENCE_S[kind])
    absence.note = note
    session.flush()
    if unit.gateway_id is not None:
        tell(session, unit.gateway_id, absence_command(unit, absence), now)
    return absence


def announced(
    session: StoreSession, unit_id: int, kind: AbsenceKind, actor: Actor, *, until: datetime, now: datetime
) -> Absence:
    """Begin what a resident says by a key or a word, or move the end of one that runs to `until`, never back.

    One that a worker entered without an end lasts as long as it may.
    """
    hold_unit(session, unit_id)
    absence = next((one for one in running(session, unit_id, now) if one.kind == kind), None)
    if absence is not None and _lasts(absence, until):
        return absence
    note = absence.note if absence is not None else ""
    return begin(session, unit_id, kind, actor, since=now, until=until, note=note, now=now)


def _lasts(absence: Absence, until: datetime) -> bool:
    return absence.until > until if absence.until is not None else absence.worker_id is not None


def end(session: StoreSession, absence_id: int, actor: Actor, *, now: datetime) -> Absence:
    """End a period now and tell the gateway; a visit's end is also the day's safety check. Raises NotFound."""
    found = session.get(Absence, absence_id)
    if found is None:
        raise NotFound(f"absence {absence_id}")
    unit = hold_unit(session, found.unit_id)
    absence = lock(session, Absence, absence_id)
    if absence.ended_at is not None:
        return absence
    absence.ended_at = now
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


def noticed_back(session: StoreSession, unit: Unit, live: UnitLive) -> None:
    """End the unit's "away" where its gateway shows the resident at home: it has ended it by itself, and says no more.

    What it showed before it knew of the absence says nothing about it. A stay in hospital is ended by a person only.
    """
    if live.presence not in ("home", "asleep") or live.watching not in ("watching", "learning"):
        return
    for absence in running(session, unit.id, live.at):
        known_at = absence_known_at(session, unit, absence)
        if absence.kind == "away" and known_at is not None and live.at > max(absence.since, known_at):
            absence = lock(session, Absence, absence.id)
            absence.ended_at, absence.note = live.at, " ".join(filter(None, (absence.note, IS_BACK)))
