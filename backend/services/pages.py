"""Calls and messages are queued and taken back here.

A row is one intended call or message to one person. It is written in the transaction that decides it and is unique on
(alert, step, round, person, channel, attempt). How rows are sent is in sending.py, what became of them in outbox.py.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Select, func, select, update

from backend.adapters.store import StoreSession, insert_once
from backend.adapters.store.schema import Alert, Notification, public_id
from backend.core.alerts import RANK, Priority, State
from backend.core.escalation import ASK, TOLD, other_channel
from backend.services.timers import set_timer

UNSETTLED = ("sending", "sent", "delivered", "unknown")  # what a callback can still change
HOPEFUL = ("pending", *UNSETTLED, "answered")  # somebody may still act on it
REACHED = (*UNSETTLED, "answered", "unanswered")  # whoever has heard, or may have heard, of the alert


class Person(Struct, frozen=True):
    """Somebody to reach: "worker:3", "resident:5" or "fallback"."""

    name: str
    worker_id: int | None = None


def queue(
    session: StoreSession,
    alert: Alert,
    person: Person,
    channel: str,
    *,
    purpose: str,
    step: int,
    round_: int,
    now: datetime,
    attempt: int = 0,
    rank: int | None = None,
) -> bool:
    """Queue one call or message, as urgent as the alert or as `rank`; return False where it was queued before."""
    return insert_once(
        session,
        Notification,
        message_id=public_id(),
        alert_id=alert.id,
        purpose=purpose,
        step=step,
        round=round_,
        person=person.name,
        worker_id=person.worker_id,
        channel=channel,
        attempt=attempt,
        rank=RANK[alert.priority] if rank is None else rank,
        state="pending",
        created_at=now,
        fence=0,
        tries=0,
        provider="",
        spares=0,
        problem="",
    )


def cancel(session: StoreSession, alert: Alert, now: datetime, *purposes: str) -> None:
    """Take back what has not been handed over yet."""
    session.execute(
        update(Notification)
        .where(Notification.alert_id == alert.id, Notification.state == "pending", Notification.purpose.in_(purposes))
        .values(state="cancelled", ended_at=now)
    )


def tell_those_reached(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Send everybody who may have heard of the alert one message that somebody has it, or that it is over.

    Not to whoever has it, nor to those who said that it is not for them, nor, where it was claimed with its incident,
    to those who are told of that. It waits for every page of any alert.
    """
    reached = _reached(alert.id).where(Notification.worker_id.not_in(declined(alert)))
    if alert.claimed_with_incident and alert.incident_id is not None:
        reached = reached.where(Notification.worker_id.not_in(_reached(alert.incident_id)))
    for (worker_id,) in session.execute(reached).all():
        if worker_id != alert.claimed_by_id:
            person = Person(f"worker:{worker_id}", worker_id)
            place = {"purpose": "told", "step": TOLD, "round_": alert.round}
            queue(session, alert, person, "sms", **place, now=now, rank=RANK[Priority.T])  # type: ignore[arg-type]


def _reached(alert_id: int) -> Select[int | None]:
    """Select the workers who have heard of the alert, or may have."""
    return (
        select(Notification.worker_id)
        .where(
            Notification.alert_id == alert_id,
            Notification.purpose == "page",
            Notification.state.in_(REACHED),
            Notification.provider != "",  # nothing was handed over before a provider was chosen
            Notification.worker_id.is_not(None),
        )
        .distinct()
    )


def declined(alert: Alert) -> Select[int | None]:
    """Select the workers who have said that the alert is not for them."""
    return select(Notification.worker_id).where(
        Notification.alert_id == alert.id, Notification.key == "9", Notification.worker_id.is_not(None)
    )


def go_on(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> None:
    """After a send that did not reach its person: the next provider, else the next channel, else the next step."""
    if row.purpose == "told":
        return
    person = Person(row.person, row.worker_id)
    place = {"purpose": row.purpose, "step": row.step, "round_": row.round, "now": now}
    if row.state == "failed" and row.spares > 0:
        queue(session, alert, person, row.channel, attempt=row.attempt + 1, **place)  # type: ignore[arg-type]
        return
    if row.purpose == "ask":
        return  # the resident is called once more by a timer
    same_step = (
        Notification.alert_id == alert.id,
        Notification.step == row.step,
        Notification.round == row.round,
    )
    tried = session.scalars(select(Notification.channel).where(*same_step, Notification.person == row.person)).all()
    # Only to a worker: without a link, which names one, nobody can take an alert by SMS.
    if row.worker_id is not None and (other := other_channel(tried)) is not None:
        queue(session, alert, person, other, **place)  # type: ignore[arg-type]
        return
    hopeful = session.scalar(select(func.count(Notification.id)).where(*same_step, Notification.state.in_(HOPEFUL)))
    if not hopeful and alert.state == State.OPEN and (alert.step, alert.round) == (row.step, row.round):
        set_timer(session, alert, "escalate", now)


def is_paged(session: StoreSession, alert: Alert, person: Person) -> bool:
    """Whether the person is being paged in this round, and may still act on it."""
    pages = select(func.count(Notification.id)).where(
        Notification.alert_id == alert.id,
        Notification.round == alert.round,
        Notification.person == person.name,
        Notification.purpose == "page",
        Notification.state.in_(HOPEFUL),
    )
    return bool(session.scalar(pages))


def asked_rounds(session: StoreSession, alert: Alert) -> int:
    """How often the resident was called, or is about to be, for this alert."""
    last = session.scalar(
        select(func.max(Notification.round)).where(Notification.alert_id == alert.id, Notification.step == ASK)
    )
    return 0 if last is None else last + 1
