"""One person has one telephone: what waits for them while they are called is said in that call, and goes after it.

Calls stay rows of the outbox, each pending until its own turn. Nothing is cancelled, and no wait is longer than a call:
- While somebody is being called, another call to them waits, unless it is an emergency and the one under way is not.
- A call says how many others wait. When nobody takes it, those it spoke of are unanswered as well; the key 4 passes all
  of them on. After any other end they wait for their own call again.
- An emergency that waits in this way reaches the next people of its policy at once.
"""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, not_, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Notification
from backend.config import Limits
from backend.core.alerts import RANK, Priority, State
from backend.core.escalation import EXHAUSTED
from backend.services import escalation, visitors
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened
from backend.services.failover import go_on
from backend.services.pages import UNSETTLED
from backend.services.timers import set_timer

CALL_S = 120.0  # ringing, and being told three times what has happened; providers say sooner when a call has ended
VIEWER = "system:merging"
# By name, so that a statement is made once: that takes as long as to run it.
REAL_NOW = bindparam("real_now", type_=Notification.created_at.type)
BEGUN_AFTER = bindparam("begun_after", type_=Notification.created_at.type)
MOST_AT_ONCE = 5  # emergencies hurried in one round of a worker: between two rounds calls have to go out


def times(real_now: datetime) -> dict[str, datetime]:
    """Return what a statement with `waits` in it is executed with."""
    return {"real_now": real_now, "begun_after": real_now - timedelta(seconds=CALL_S)}


def waits(row: type[Notification]) -> ColumnElement[bool]:
    """Whether a pending call waits because its person is called, or is about to be, for something no less urgent.

    Executed with `times`.
    """
    other = aliased(Notification)
    same_phone = (
        other.organisation_id == row.organisation_id,
        other.person == row.person,
        other.id != row.id,
        is_call(other),
    )
    goes_before = and_(
        other.state == "pending",
        or_(other.not_before_real_at.is_(None), other.not_before_real_at <= REAL_NOW),
        tuple_(other.rank, other.id) < tuple_(row.rank, row.id),
    )
    is_called = and_(_is_under_way(other), other.rank <= row.rank)
    return select(other.id).where(*same_phone, or_(goes_before, is_called)).exists()


def is_call(row: type[Notification]) -> ColumnElement[bool]:
    """Whether a row is a call to somebody who may take the alert on, or is to go and look."""
    return and_(row.channel == "voice", row.purpose.in_(("page", visitors.PURPOSE)))


def _is_under_way(row: type[Notification]) -> ColumnElement[bool]:
    """Whether the telephone may be ringing, or be at somebody's ear."""
    is_in_doubt = and_(row.state == "unknown", row.lease_until_real_at.is_not(None))
    may_ring = or_(is_in_doubt, row.state.in_(("sent", "delivered")))
    is_being_sent = and_(row.state == "sending", row.lease_until_real_at.is_not(None))
    return or_(is_being_sent, and_(may_ring, row.handed_over_real_at > BEGUN_AFTER))


def take_along(session: StoreSession, row: Notification) -> None:
    """Note which pages of the same person wait while the call `row` is made: it speaks of them."""
    waiting = (
        select(Notification.id)
        .where(
            Notification.person == row.person,
            is_call(Notification),
            Notification.purpose == "page",
            Notification.state == "pending",
            Notification.rank >= row.rank,
            Notification.id != row.id,
        )
        .order_by(Notification.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    session.execute(
        update(Notification)
        .where(Notification.id.in_(waiting))
        .values(said_in_id=row.id)
        .execution_options(synchronize_session=False)
    )


def spoken_of(session: StoreSession, row: Notification) -> list[str]:
    """Return the priorities of the open alerts that the call `row` speaks of beside its own, the most urgent first."""
    found = session.execute(
        select(Alert.id, Alert.priority)
        .join(Notification, Notification.alert_id == Alert.id)
        .where(
            Notification.said_in_id == row.id,
            Notification.state == "pending",
            Alert.id != row.alert_id,
            Alert.state == State.OPEN,
            Alert.held_why == "",
        )
        .distinct()
    )
    return sorted((level for _alert_id, level in found), key=lambda level: RANK[level])


def ended_with_another(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> bool:
    """Whether the call that spoke of `row` was its end too, unanswered or passed on: then it is not made itself."""
    if row.said_in_id is None:
        return False
    other = session.get_one(Notification, row.said_in_id, populate_existing=True)
    row.said_in_id = None
    # Where its own alert was over meanwhile, it said so and spoke of nothing else.
    was_told = session.scalar(select(Alert.state).where(Alert.id == other.alert_id)) == State.OPEN
    if other.state == "unanswered" and was_told:
        row.state, row.problem, row.ended_at, row.lease_until_real_at = "unanswered", other.problem, now, None
        happened(session, alert, "call_unanswered", SYSTEM, now, person=row.person, with_alert=other.alert_id)
        session.flush()
        go_on(session, alert, row, now)
        return True
    if other.state == "answered" and other.key == "4":
        row.state, row.key, row.ended_at, row.lease_until_real_at = "answered", "4", now, None
        actor = Actor(row.person, row.worker_id, "worker" if row.worker_id else "", "voice")
        happened(session, alert, "passed_on", actor, now, with_alert=other.alert_id)
        if (alert.step, alert.round) == (row.step, row.round):
            set_timer(session, alert, "escalate", now)
        return True
    return False


def hurry(store: Store, *, now: datetime, real_now: datetime, limits: Limits) -> int:
    """Let emergencies whose people are all being called for another one reach the next; return how many."""
    if not _is_urgent_pending(store):
        return 0
    with store.system_reading() as session:
        found = session.execute(_hurried(), times(real_now)).all()
    hurried = 0
    for organisation_id, alert_id in found:
        with store.session(organisation_id, viewer=VIEWER, purpose="escalation") as session:
            alert = lock(session, Alert, alert_id)
            if session.execute(_hurried().where(Alert.id == alert_id), times(real_now)).first() is not None:
                escalation.advance(session, alert, now, limits)
                hurried += 1
    return hurried


@cache
def _hurried() -> Select[int, int]:
    """Organisation and id of emergencies whose calls all wait, each for one about another alert.

    Who is still called about this one, from an earlier step or round, has been reached: nobody else need be.
    """
    at_this_step = and_(
        Notification.alert_id == Alert.id, Notification.step == Alert.step, Notification.round == Alert.round
    )
    pending = and_(Notification.state == "pending", is_call(Notification))
    waiting = and_(at_this_step, pending, waits(Notification))
    earlier = aliased(Notification)
    is_called = and_(
        earlier.alert_id == Notification.alert_id,
        earlier.person == Notification.person,
        is_call(earlier),
        _is_under_way(earlier),
    )
    ringing = and_(
        at_this_step,
        is_call(Notification),
        or_(
            Notification.state.in_(UNSETTLED),
            and_(pending, or_(not_(waits(Notification)), select(earlier.id).where(is_called).exists())),
        ),
    )
    return (
        select(Alert.organisation_id, Alert.id)
        .where(
            Alert.state == State.OPEN,
            Alert.priority == Priority.P1,
            Alert.step < EXHAUSTED,  # from there on everybody is called, again and again
            select(Notification.id).where(waiting).exists(),
            not_(select(Notification.id).where(ringing).exists()),
        )
        .order_by(Alert.id)
        .limit(MOST_AT_ONCE)
    )


def _is_urgent_pending(store: Store) -> bool:
    """Whether any emergency's call is yet to be made: mostly there is none, and what follows is dear."""
    with store.system_reading() as session:
        return session.scalar(_URGENT_PENDING) is not None


_URGENT_PENDING = (
    select(Notification.id)
    .where(is_call(Notification), Notification.state == "pending", Notification.rank == RANK[Priority.P1])
    .limit(1)
)
