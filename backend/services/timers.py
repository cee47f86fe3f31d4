"""Timers are rows. Whoever acts on one holds its alert and deletes the timer in the transaction of the act."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, func, or_, select

from backend.adapters.store import StoreSession, insert_or_change
from backend.adapters.store.schema import Alert, Timer
from backend.core.alerts import RANK

LONGEST_REST_S = 60.0
FREE = {"key_share": True, "skip_locked": True}
MOST_AT_ONCE = 20  # an emergency that comes meanwhile waits for them
STUCK_AFTER = 5  # failures: by then half a minute has gone by


def set_timer(session: StoreSession, alert: Alert, kind: str, due_at: datetime) -> None:
    """Let `kind` fall due for `alert` at `due_at`, in place of any earlier such timer."""
    insert_or_change(
        session, Timer, ("alert_id", "kind"), alert_id=alert.id, kind=kind, due_at=due_at, not_before_real_at=None
    )


def drop_timers(session: StoreSession, alert: Alert, *kinds: str) -> None:
    """Forget the timers of these kinds; all of the alert's without any."""
    if kinds:
        session.execute(_DROP_KINDS, {"alert_id": alert.id, "kinds": kinds})
    else:
        session.execute(_DROP_ALL, {"alert_id": alert.id})


_DROP_ALL = delete(Timer).where(Timer.alert_id == bindparam("alert_id")).execution_options(synchronize_session=False)
_DROP_KINDS = _DROP_ALL.where(Timer.kind.in_(bindparam("kinds", expanding=True)))


def due(session: StoreSession, now: datetime, real_now: datetime) -> list[tuple[int, int, int]]:
    """Return (organisation, alert, timer) of what is due, at most `MOST_AT_ONCE`; asked in a system session.

    The most urgent alerts' come first, the earliest of them before the others.
    """
    found = session.execute(_DUE, {"now": now, "real_now": real_now})
    return [(organisation_id, alert_id, timer_id) for organisation_id, alert_id, timer_id in found]


_NOW, _REAL_NOW = (bindparam(name, type_=Timer.due_at.type) for name in ("now", "real_now"))
_RANK = case(dict(RANK), value=Alert.priority)
_DUE = (
    select(Timer.organisation_id, Timer.alert_id, Timer.id)
    .where(Timer.due_at <= _NOW, or_(Timer.not_before_real_at.is_(None), Timer.not_before_real_at <= _REAL_NOW))
    .join(Alert, Timer.alert_id == Alert.id)
    .order_by(_RANK, Timer.due_at, Timer.id)
    .limit(MOST_AT_ONCE)
)


def take(session: StoreSession, alert_id: int, timer_id: int, now: datetime) -> str | None:
    """Hold the alert and delete its timer; return the kind.

    None when the timer is gone or was put off meanwhile, or somebody holds the alert: then it is looked at again, and
    the others need not wait.
    """
    if session.get(Alert, alert_id, with_for_update=FREE, populate_existing=True) is None:
        return None
    timer = session.get(Timer, timer_id, populate_existing=True)
    if timer is None or timer.due_at > now:
        return None
    session.delete(timer)
    session.flush()
    return timer.kind


def put_off(session: StoreSession, timer_id: int, real_now: datetime) -> None:
    """After a failure: a later attempt, later each time, so that one broken alert holds up no other."""
    timer = session.get(Timer, timer_id)
    if timer is not None:
        timer.failures += 1
        timer.not_before_real_at = real_now + timedelta(seconds=min(2**timer.failures, LONGEST_REST_S))


def is_stuck(session: StoreSession) -> bool:
    """Whether an alert's timer has failed again and again; asked in a system session."""
    return session.scalar(select(Timer.id).where(Timer.failures >= STUCK_AFTER).limit(1)) is not None


def next_due(session: StoreSession) -> datetime | None:
    """Return when (domain time) the earliest timer falls due; asked in a system session."""
    return session.scalar(_NEXT_DUE)


_NEXT_DUE = select(func.min(Timer.due_at)).where(Timer.not_before_real_at.is_(None))
