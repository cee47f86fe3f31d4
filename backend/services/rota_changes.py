"""Overrides, swaps and leave: what coordinators do to a rota from one day to the next.

All of them take effect at once, are written into the audit, and raise ManyInvalid with everything that is wrong. What
is said to have begun already begins now: who was on call until now was on call.
"""

from datetime import datetime

from sqlalchemy import select

from backend.adapters.store import StoreSession, write_down
from backend.adapters.store.schema import RotaOverride, WorkerLeave, public_id
from backend.errors import Invalid, NotFound, refuse
from backend.services import rotas
from backend.services.actors import Actor
from backend.services.rota_checks import Checks, LeaveDraft, OverrideDraft, Part, note_problems


def override(session: StoreSession, rota_id: int, actor: Actor, draft: OverrideDraft, *, now: datetime) -> RotaOverride:
    """Put somebody on call for a time. Raises NotFound, ManyInvalid."""
    rotas.get(session, rota_id)
    refuse(Checks(session, rota_id, now).override(draft))
    row = put_override(session, rota_id, actor, draft, now=now)
    write_down(session, actor.who, "override made", row)
    return row


def swap(
    session: StoreSession, rota_id: int, actor: Actor, one: Part, other: Part, *, note: str = "", now: datetime
) -> tuple[RotaOverride, RotaOverride]:
    """Let two people take each other's part. Raises NotFound, ManyInvalid with the fields `one` and `other`."""
    rotas.get(session, rota_id)
    refuse([*Checks(session, rota_id, now).swap(one, other), *note_problems(note)])
    swap_ref = public_id()
    drafts = (
        OverrideDraft(one.since, one.until, (other.person,), one.person, note),
        OverrideDraft(other.since, other.until, (one.person,), other.person, note),
    )
    first, second = (put_override(session, rota_id, actor, draft, now=now, swap_ref=swap_ref) for draft in drafts)
    write_down(session, actor.who, "swap made", first, second)
    return first, second


def leave(session: StoreSession, actor: Actor, draft: LeaveDraft, *, now: datetime) -> WorkerLeave:
    """Take a worker out of every rota for a time. Raises ManyInvalid."""
    refuse(Checks(session, None, now).leave(draft))
    row = put_leave(session, actor, draft, now=now)
    write_down(session, actor.who, "leave made", row)
    return row


def withdraw_override(session: StoreSession, override_id: int, actor: Actor, *, now: datetime) -> None:
    """Take an override back, and with it the other half of a swap. Raises NotFound, ManyInvalid."""
    row = session.get(RotaOverride, override_id)
    if row is None:
        raise NotFound(f"override {override_id}")
    halves = select(RotaOverride).where(RotaOverride.swap == row.swap) if row.swap else None
    rows = list(session.scalars(halves)) if halves is not None else [row]
    _withdraw(session, actor, "override withdrawn", [each for each in rows if rotas.ends(each) > now], now)


def withdraw_leave(session: StoreSession, leave_id: int, actor: Actor, *, now: datetime) -> None:
    """End a leave, or take it back before it began. Raises NotFound, ManyInvalid."""
    row = session.get(WorkerLeave, leave_id)
    if row is None:
        raise NotFound(f"leave {leave_id}")
    runs = row.withdrawn_at is None and (row.until is None or row.until > now)
    _withdraw(session, actor, "leave withdrawn", [row] * runs, now)


def _withdraw(
    session: StoreSession, actor: Actor, what: str, rows: list[RotaOverride] | list[WorkerLeave], now: datetime
) -> None:
    if not rows:
        refuse([Invalid("id", "is over already")])
    for row in rows:
        row.withdrawn_at, row.withdrawn_by_id = now, actor.worker_id
    write_down(session, actor.who, what, *rows)


# --- what has been checked, to be written into the audit by the caller ---------------------------------------------


def put_override(
    session: StoreSession,
    rota_id: int,
    actor: Actor,
    draft: OverrideDraft,
    *,
    now: datetime,
    swap_ref: str | None = None,
) -> RotaOverride:
    row = RotaOverride(
        rota_id=rota_id,
        since=max(draft.since, now),
        until=draft.until,
        people=list(draft.people),
        instead_of=draft.instead_of,
        swap=swap_ref,
        note=draft.note,
        made_at=now,
        made_by_id=actor.worker_id,
    )
    session.add(row)
    return row


def put_leave(session: StoreSession, actor: Actor, draft: LeaveDraft, *, now: datetime) -> WorkerLeave:
    row = WorkerLeave(
        worker_id=rotas.person(draft.person).worker_id,
        since=max(draft.since, now),
        until=draft.until,
        note=draft.note,
        made_at=now,
        made_by_id=actor.worker_id,
    )
    session.add(row)
    return row
