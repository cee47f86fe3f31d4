"""What comes after a send that did not reach its person.

The next provider of the same kind, else the next kind they have an address for, else the next contact or step.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, not_, or_, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Notification
from backend.core.alerts import Priority, State
from backend.services import contacts, ways
from backend.services.pages import HOPEFUL, Person, is_only_handed_over, queue
from backend.services.timers import set_timer

NOBODY_WAITS = ("told", "test", "self_test")


def go_on(session: StoreSession, alert: Alert | None, row: Notification, now: datetime) -> None:
    """Queue what comes after a row that failed, was not answered, or of which nobody knows the end."""
    if alert is None or row.purpose in NOBODY_WAITS:
        return
    place = {"purpose": row.purpose, "step": row.step, "round_": row.round, "now": now}
    person = Person(row.person, row.worker_id)
    if row.state == "failed" and row.spares > 0:
        queue(session, alert, person, row.channel, attempt=row.attempt + 1, **place)  # type: ignore[arg-type]
        return
    kind = ways.after(session, alert, row.person, row.step, _tried(session, alert, row), now)
    went_on = kind is not None and queue(session, alert, person, kind, **place)  # type: ignore[arg-type]
    if row.purpose == "ask":
        return  # the resident is called once more by a timer
    if row.purpose == contacts.PURPOSE and row.channel == "voice":
        went_on = contacts.call_next(session, alert, row, now) or went_on
    if not went_on:
        end_step_early(session, alert, row, now)


def end_step_early(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> None:
    """Let the next step come at once where nobody of the row's step may still act.

    In an emergency a message that was only handed over keeps nobody waiting.
    """
    heard = (not_(is_only_handed_over()),) if alert.priority == Priority.P1 else ()
    hopeful = session.scalar(
        select(func.count(Notification.id)).where(
            *_of_step(alert, row),
            Notification.state.in_(HOPEFUL),
            *heard,
            or_(Notification.key.is_(None), Notification.key != "9"),  # that one has said no
        )
    )
    if not hopeful and alert.state == State.OPEN and (alert.step, alert.round) == (row.step, row.round):
        set_timer(session, alert, "escalate", now)


def _tried(session: StoreSession, alert: Alert, row: Notification) -> set[str]:
    """By which kinds the person was tried in this step; a resident is asked by each kind but the call only once."""
    where = _of_step(alert, row) if row.purpose != "ask" else (Notification.alert_id == alert.id,)
    tried = select(Notification.channel).where(*where, Notification.person == row.person)
    return set(session.scalars(tried))


def _of_step(alert: Alert, row: Notification) -> tuple[ColumnElement[bool], ...]:
    return Notification.alert_id == alert.id, Notification.step == row.step, Notification.round == row.round
