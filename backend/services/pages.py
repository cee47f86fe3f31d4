"""Calls and messages are queued and taken back here.

A row is one intended call or message to one person. It is written in the transaction that decides it and is unique on
(alert, step, round, person, channel, attempt). How rows are sent is in sending.py, what became of them in outbox.py,
and what comes after one that reached nobody in failover.py.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, func, not_, select, update

from backend.adapters.store import StoreSession, insert_once
from backend.adapters.store.schema import Alert, Notification, public_id
from backend.core.alerts import RANK, Priority
from backend.core.escalation import ASK, CONTACTS, TOLD, VISIT_OVER
from backend.core.kinds import REPORTED
from backend.services import ways

UNSETTLED = ("sending", "sent", "delivered", "unknown")  # what a callback can still change
HOPEFUL = ("pending", *UNSETTLED, "answered")  # somebody may still act on it
REACHED = (*UNSETTLED, "answered", "unanswered")  # whoever has heard, or may have heard, of the alert


class Person(Struct, frozen=True):
    """Somebody to reach: "worker:3", "partner:2", "resident:5", "contact:2" or "fallback"."""

    name: str
    worker_id: int | None = None


def person_of(name: str) -> Person:
    """Return who is called so in the outbox."""
    kind, _, number = name.partition(":")
    return Person(name, int(number) if kind == "worker" else None)


def queue(
    session: StoreSession,
    alert: Alert | None,
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
    """Queue one call or message, as urgent as the alert or as `rank`; return False where it was queued before.

    `alert` None: about no alert, as a worker's test of their own phone, and less urgent than all that is about one.
    """
    if rank is None:
        rank = RANK[alert.priority if alert is not None else Priority.T]
    return insert_once(
        session,
        Notification,
        message_id=public_id(),
        alert_id=None if alert is None else alert.id,
        purpose=purpose,
        step=step,
        round=round_,
        person=person.name,
        worker_id=person.worker_id,
        channel=channel,
        attempt=attempt,
        rank=rank,
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


def cancel_steps(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Take back what the policy's steps queued, for workers and for contacts; what a person asked for goes on."""
    session.execute(
        update(Notification)
        .where(
            Notification.alert_id == alert.id,
            Notification.state == "pending",
            Notification.purpose.in_(("page", "contact")),
            Notification.step != CONTACTS,
        )
        .values(state="cancelled", ended_at=now)
    )


def tell_those_reached(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Send every worker who may have heard of the alert one message that somebody has it, or that it is over.

    Not to whoever has it, nor to those who said that it is not for them, nor, where it was claimed with its incident,
    to those who are told of that. It waits for every page of any alert.
    """
    reached = _reached(alert.id).where(Notification.worker_id.not_in(declined(alert)))
    if alert.claimed_with_incident and alert.incident_id is not None:
        reached = reached.where(Notification.worker_id.not_in(_reached(alert.incident_id)))
    for (worker_id,) in session.execute(reached).all():
        if worker_id != alert.claimed_by_id:
            _tell(session, alert, Person(f"worker:{worker_id}", worker_id), TOLD, now)


def tell_coming_contacts(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Send every contact who said that they go and look one SMS that it is over."""
    said = select(Notification.person).where(
        Notification.alert_id == alert.id, Notification.purpose == "contact", Notification.key == "1"
    )
    for name in session.scalars(said.distinct()).all():
        _tell(session, alert, Person(name), TOLD, now)


def tell_visitors(session: StoreSession, alert: Alert, now: datetime, by: int | None) -> None:
    """Send every worker who was asked to go and look, and did not say no, that it is over; not to who ended it."""
    asked = select(Notification.worker_id).where(
        Notification.alert_id == alert.id,
        Notification.purpose == "visit",
        Notification.state.in_(REACHED),
        Notification.provider != "",
        Notification.key.is_distinct_from("9"),
    )
    for worker_id in session.scalars(asked.distinct()).all():
        if worker_id != by:
            _tell(session, alert, Person(f"worker:{worker_id}", worker_id), VISIT_OVER, now)


def _tell(session: StoreSession, alert: Alert, person: Person, step: int, now: datetime) -> None:
    kind = ways.to_tell(session, alert, person.name, step, now)
    if kind is not None:
        place = {"purpose": "told", "step": step, "round_": alert.round}
        queue(session, alert, person, kind, **place, now=now, rank=RANK[Priority.T])  # type: ignore[arg-type]


def said_not_me(session: StoreSession, alert: Alert) -> set[str]:
    """Return everybody, by name, who has said that the alert is not for them."""
    pressed = select(Notification.person).where(Notification.alert_id == alert.id, Notification.key == "9")
    return set(session.scalars(pressed))


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


def is_paged(session: StoreSession, alert: Alert, person: Person) -> bool:
    """Whether the person is being paged in this round by what is known to arrive, and may still act on it."""
    pages = select(func.count(Notification.id)).where(
        Notification.alert_id == alert.id,
        Notification.round == alert.round,
        Notification.person == person.name,
        Notification.purpose == "page",
        Notification.state.in_(HOPEFUL),
        not_(is_only_handed_over()),
    )
    return bool(session.scalar(pages))


def is_only_handed_over() -> ColumnElement[bool]:
    """The rows of which no provider ever says whether they arrived, while nobody has acted on them: no contact."""
    return and_(Notification.state != "answered", Notification.channel.not_in(REPORTED))


def waiting(session: StoreSession, alert: Alert) -> frozenset[tuple[str, str]]:
    """Return (person, channel) of every page, as urgent as the alert is now, that has not had its turn yet."""
    pending = select(Notification.person, Notification.channel).where(
        Notification.alert_id == alert.id,
        Notification.purpose == "page",
        Notification.state == "pending",
        Notification.rank <= RANK[alert.priority],
    )
    return frozenset((person, channel) for person, channel in session.execute(pending))


def asked_rounds(session: StoreSession, alert: Alert) -> int:
    """How often the resident was called, or is about to be, for this alert."""
    last = session.scalar(
        select(func.max(Notification.round)).where(Notification.alert_id == alert.id, Notification.step == ASK)
    )
    return 0 if last is None else last + 1
