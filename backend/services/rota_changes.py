"""Overrides, swaps and leave: what coordinators do to a rota from one day to the next.

All of them take effect at once, and raise ManyInvalid with everything that is wrong. What is said to have begun
already begins now: whoever was on call until now was on call.
"""

from datetime import datetime

from sqlalchemy import select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import RotaOverride, WorkerLeave, public_id
from backend.errors import Invalid, NotFound, refuse
from backend.services import rotas
from backend.services.actors import Actor
from backend.services.rota_checks import OVER, Checks, LeaveDraft, OverrideDraft, Part, note_problems


def override(session: StoreSession, rota_id: int, actor: Actor, draft: OverrideDraft, *, now: datetime) -> RotaOverride:
    """Put somebody on call for a time. Raises NotFound, ManyInvalid."""
    rotas.get(session, rota_id)
    refuse(Checks(session, rota_id, now).override(draft))
    return put_override(session, rota_id, actor, draft, now=now)


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
    return first, second


def leave(session: StoreSession, actor: Actor, draft: LeaveDraft, *, now: datetime) -> WorkerLeave:
    """Take a worker out of every rota for a time. Raises ManyInvalid."""
    refuse(Checks(session, None, now).leave(draft))
    return put_leave(session, actor, draft, now=now)


def withdraw_override(session: StoreSession, rota_id: int, override_id: int, actor: Actor, *, now: datetime) -> None:
    """Take an override back, and with it the other half of a swap. Raises NotFound, ManyInvalid."""
    row = session.get(RotaOverride, override_id)
    if row is None or row.rota_id != rota_id:
        raise NotFound(f"override {override_id}")
    halves = list(session.scalars(select(RotaOverride).where(RotaOverride.swap == row.swap))) if row.swap else [row]
    running = [each for each in halves if rotas.ends(each) > now]
    refuse([] if running else [Invalid("id", OVER)])
    for each in running:
        each.withdrawn_at, each.withdrawn_by_id = now, actor.worker_id


def withdraw_leave(session: StoreSession, leave_id: int, actor: Actor, *, now: datetime) -> WorkerLeave:
    """End a leave, or take it back before it began. Raises NotFound, ManyInvalid."""
    row = session.get(WorkerLeave, leave_id)
    if row is None:
        raise NotFound(f"leave {leave_id}")
    is_over = row.withdrawn_at is not None or (row.until is not None and row.until <= now)
    refuse([Invalid("id", OVER)] if is_over else [])
    row.withdrawn_at, row.withdrawn_by_id = now, actor.worker_id
    return row


# --- what has been checked -----------------------------------------------------------------------------------------


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
    session.flush()
    return row


def put_leave(session: StoreSession, actor: Actor, draft: LeaveDraft, *, now: datetime) -> WorkerLeave:
    row = WorkerLeave(
        worker_id=int(draft.person.removeprefix("worker:")),
        since=max(draft.since, now),
        until=draft.until,
        note=draft.note,
        made_at=now,
        made_by_id=actor.worker_id,
    )
    session.add(row)
    session.flush()
    return row
