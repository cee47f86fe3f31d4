"""Work on the equipment of a building or unit: what it causes wakes nobody while it lasts, and it ends by itself.

Only alerts about equipment are held back (core.noise.OF_EQUIPMENT): a person who does not move is not maintenance.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Maintenance, Unit
from backend.core import noise
from backend.core.alerts import State
from backend.errors import Invalid, NotFound
from backend.services import holds
from backend.services.actors import Actor
from backend.services.timers import set_timer

LONGEST_REASON = 200
VIEWER = "system:maintenance"


def plan(
    session: StoreSession,
    actor: Actor,
    *,
    building_id: int,
    unit_id: int | None,
    since: datetime,
    until: datetime,
    reason: str,
    now: datetime,
) -> Maintenance:
    """Write down work from `since` to `until`, of one unit or the whole building. Raises Invalid, NotFound."""
    if session.get(Building, building_id) is None:
        raise NotFound(f"building {building_id}")
    unit = None if unit_id is None else session.get(Unit, unit_id)
    if unit_id is not None and (unit is None or unit.building_id != building_id):
        raise NotFound(f"unit {unit_id} of building {building_id}")
    _check(since, until, reason.strip(), now)
    row = Maintenance(
        building_id=building_id,
        unit_id=unit_id,
        since=since,
        until=until,
        reason=reason.strip(),
        worker_id=actor.worker_id,
        stage="planned",
    )
    session.add(row)
    session.flush()
    return row


def _check(since: datetime, until: datetime, reason: str, now: datetime) -> None:
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid("reason", f"must have between 1 and {LONGEST_REASON} characters")
    if until <= now:
        raise Invalid("until", "is over already")
    if not timedelta(0) < until - since <= timedelta(seconds=noise.LONGEST_MAINTENANCE_S):
        raise Invalid("until", f"must be after the beginning, by at most {noise.LONGEST_MAINTENANCE_S / 3600:g} hours")


def end(session: StoreSession, maintenance_id: int, actor: Actor, *, now: datetime) -> Maintenance:
    """End it now, or call it off before it began. Of one that is over nothing changes. Raises NotFound."""
    row = lock(session, Maintenance, maintenance_id)
    if row.ended_at is None and row.until > now:
        row.ended_at, row.ended_by_id = now, actor.worker_id
    return row


def keep(store: Store, *, now: datetime) -> int:
    """Act on what has begun or ended since this was asked last; return how much that was.

    When it began or ended is said by its own times alone: whoever pages looks at these, whether or not a process was
    there to see the moment.
    """
    with store.system_reading() as session:
        due = session.execute(_DUE, {"now": now}).all()
    for organisation_id, maintenance_id, over in due:
        _look_at_alerts(store, organisation_id, maintenance_id, now, over=over)
    return len(due)


_NOW = bindparam("now", type_=Maintenance.until.type)
_IS_OVER = or_(Maintenance.ended_at.is_not(None), Maintenance.until <= _NOW)
_HAS_BEGUN = (Maintenance.stage == "planned") & (Maintenance.since <= _NOW)
_DUE = (
    select(Maintenance.organisation_id, Maintenance.id, _IS_OVER)
    .where(or_(_HAS_BEGUN, (Maintenance.stage != "over") & _IS_OVER))
    .order_by(Maintenance.id)
)


def _look_at_alerts(store: Store, organisation_id: int, maintenance_id: int, now: datetime, *, over: bool) -> None:
    """Hold the open alerts there back, or let them go; the stage is written last, so that a crash repeats it."""
    with store.session(organisation_id, viewer=VIEWER, purpose="maintenance") as session:
        row = session.get_one(Maintenance, maintenance_id)
        there = [Alert.building_id == row.building_id, Alert.state == State.OPEN, Alert.kind.in_(noise.OF_EQUIPMENT)]
        if row.unit_id is not None:
            there.append(Alert.unit_id == row.unit_id)
        found = session.scalars(select(Alert.id).where(*there).order_by(Alert.id)).all()
    for alert_id in found:
        with store.session(organisation_id, viewer=VIEWER, purpose="maintenance") as session:
            alert = lock(session, Alert, alert_id)
            if alert.state == State.OPEN and not over:
                holds.hold_back(session, alert, now)
            elif alert.state == State.OPEN and alert.held_why == "maintenance":
                set_timer(session, alert, "escalate", now)
    with store.session(organisation_id, viewer=VIEWER, purpose="maintenance") as session:
        lock(session, Maintenance, maintenance_id).stage = "over" if over else "running"
