"""What people write back: "1" takes the alert they were paged for. Every provider that hears people calls `receive`.

A reply counts from the person's own address alone, for the newest message to them that waits for an answer and that
was handed over before they wrote. A repeated one (the provider's name for it is known) has no second effect.
"""

import unicodedata
from datetime import datetime, timedelta

from msgspec import Struct
from prometheus_client import Counter
from sqlalchemy import delete, func, or_, select

from backend.adapters.store import Store, StoreSession, insert_once
from backend.adapters.store.schema import (
    Alert,
    InboundReply,
    Notification,
    Worker,
)
from backend.channels.desk import Inbound
from backend.config import Limits
from backend.core.alerts import LIVE, State
from backend.core.call_in import is_answer
from backend.core.words.languages import told_in
from backend.core.words.replying import ANSWERS, Role, answer
from backend.services import alerts, call_in, codes, contacts, line_accounts, outbox
from backend.services.actors import RESIDENT
from backend.services.addresses import reachable
from backend.services.callers import people_with
from backend.services.subjects import subject_of

VIEWER = "system:reply"
CLOCKS_APART = timedelta(seconds=5)  # between the provider's clock and ours
STRANGERS_KEPT = 200
SHOWN_FOR = timedelta(days=7)
UNKNOWN = "unknown_sender"
CALL_IN = "call_in"
replies = Counter("tomoshibi_replies", "Messages from people, by what came of them", ["provider", "result"])


class Sender(Struct, frozen=True):
    """Somebody who may have written: "worker:3", "resident:5", "contact:2" of an organisation."""

    organisation_id: int
    person: str

    @property
    def role(self) -> Role:
        return self.person.split(":")[0]  # type: ignore[return-value]  # _senders finds no others


class Strangers(Struct, frozen=True):
    """How many messages of the last days came from nobody we know, and the last digits of the newest one's sender."""

    count: int
    last_at: datetime | None = None
    last_end: str = ""


def receive(store: Store, inbound: Inbound, *, now: datetime, real_now: datetime, limits: Limits) -> str:
    """Act on what somebody wrote or touched; return the words to answer with, empty where there are none to send."""
    if inbound.kind == "line" and codes.looks_like_one(inbound.text):
        worker = line_accounts.link(store, inbound.text, inbound.sender, inbound.sent_real_at, real_now)
        return answer("linked", told_in(worker.language)) if worker is not None else answer("wrong_code", "ja")
    senders = _senders(store, inbound)
    if _is_call_in(senders, inbound):
        said = call_in.take_text(store, inbound, now=now, limits=limits)
        if said is not None:
            replies.labels(inbound.provider, CALL_IN).inc()
            return said
    if not senders:
        note_stranger(store, inbound.provider, inbound.ref, inbound.sender, real_now)
        # An SMS to somebody unknown would cost money at anybody's wish; in LINE the answer is free and helps.
        return answer("not_linked", "ja") if inbound.kind == "line" else ""
    waiting = [found for sender in senders if (found := _waiting(store, sender, inbound)) is not None]
    if len(waiting) > 1:
        return _settle(store, inbound, waiting[0][0], "ambiguous", None, now, real_now)
    sender, message_id = waiting[0] if waiting else (_of_nothing(senders), None)
    return _settle(store, inbound, sender, "", message_id, now, real_now)


def strangers(session: StoreSession, real_now: datetime) -> Strangers:
    """Return what came lately from nobody we know: a wrong number, a worker's new phone, or an attempt."""
    recent = (InboundReply.organisation_id.is_(None), InboundReply.real_at > real_now - SHOWN_FOR)
    count = session.scalar(select(func.count(InboundReply.id)).where(*recent)) or 0
    last = session.scalar(select(InboundReply).where(*recent).order_by(InboundReply.id.desc()).limit(1))
    return Strangers(count, last.real_at, last.sender_end) if last is not None else Strangers(count)


# --- who writes ----------------------------------------------------------------------------------------------------


def _senders(store: Store, inbound: Inbound) -> list[Sender]:
    """Return everybody with that address, in whichever organisation."""
    if not inbound.sender:
        return []
    with store.system_reading() as session:
        if inbound.kind == "line":
            own = select(Worker.organisation_id, Worker.id).where(Worker.line_user == inbound.sender, Worker.active)
            return [Sender(organisation, f"worker:{key}") for organisation, key in session.execute(own)]
        return [Sender(organisation, person) for organisation, person in people_with(session, inbound.sender)]


def _is_call_in(senders: list[Sender], inbound: Inbound) -> bool:
    """Whether it is no reply to anything of ours, but somebody who wants something: no worker's, and no mere key."""
    by_others = not senders or any(not sender.person.startswith("worker:") for sender in senders)
    return inbound.kind == "sms" and by_others and not is_answer(inbound.text)


def note_stranger(store: Store, provider: str, ref: str, number: str, real_now: datetime) -> None:
    """Keep the newest few, whatever somebody sends us."""
    with store.system_session() as session:
        if not insert_once(session, InboundReply, **_seen(provider, ref, number, None, UNKNOWN, real_now)):
            return
        kept = select(InboundReply.id).where(InboundReply.organisation_id.is_(None))
        oldest = session.scalar(kept.order_by(InboundReply.id.desc()).offset(STRANGERS_KEPT).limit(1))
        if oldest is not None:
            session.execute(
                delete(InboundReply).where(InboundReply.organisation_id.is_(None), InboundReply.id <= oldest)
            )
    replies.labels(provider, UNKNOWN).inc()


# --- what it is about ----------------------------------------------------------------------------------------------


def _waiting(store: Store, sender: Sender, inbound: Inbound) -> tuple[Sender, str] | None:
    """Return the newest message to the sender that waits for an answer; None where there is none."""
    mine = [
        Notification.person == sender.person,
        Notification.purpose.in_(outbox.DECIDING),
        Notification.handed_over_real_at <= inbound.sent_real_at + CLOCKS_APART,
        Notification.provider != "",
    ]
    if inbound.message_id:
        mine.append(Notification.message_id == inbound.message_id)
    else:
        waits = or_(Notification.purpose != "page", Alert.state == State.OPEN)
        mine += [Alert.state.in_(LIVE), waits, Notification.key.is_(None)]
    with store.reading(sender.organisation_id) as session:
        statement = select(Notification.message_id).outerjoin(Alert, Alert.id == Notification.alert_id).where(*mine)
        message_id = session.scalar(statement.order_by(Notification.id.desc()).limit(1))
    return (sender, message_id) if message_id is not None else None


def _of_nothing(senders: list[Sender]) -> Sender:
    """Who wrote where no message waits: a resident, whom the node may be asking before our call does."""
    return next((sender for sender in senders if sender.person.startswith("resident:")), senders[0])


def _settle(
    store: Store,
    inbound: Inbound,
    sender: Sender,
    result: str,
    message_id: str | None,
    now: datetime,
    real_now: datetime,
) -> str:
    """Let the reply count once, in one transaction with the note that it has come; return the words to answer with."""
    with store.session(sender.organisation_id, viewer=VIEWER, purpose="reply") as session:
        seen = _seen(inbound.provider, inbound.ref, inbound.sender, sender, result, real_now)
        fresh = insert_once(session, InboundReply, **seen)
        row = session.scalars(
            select(InboundReply).where(InboundReply.provider == inbound.provider, InboundReply.ref == inbound.ref)
        ).one_or_none()
        if row is None:
            return ""  # it came before, from nobody we knew then or into another organisation
        if not fresh:
            return row.answer
        language = reachable(session, sender.person).language
        alert_id = None
        if not result:
            result, alert_id = _decide(session, sender, inbound.text, message_id, now)
        alert = session.get_one(Alert, alert_id) if alert_id is not None else None
        may_know = sender.role == "worker" or contacts.may_know_cause(session, sender.person)
        subject = subject_of(alert, now) if alert is not None and may_know else None
        row.result = result
        row.answer = answer(result, language, subject, role=sender.role)
    replies.labels(inbound.provider, result).inc()
    return row.answer


def _decide(
    session: StoreSession, sender: Sender, text: str, message_id: str | None, now: datetime
) -> tuple[str, int | None]:
    """Return what came of it, and the alert that it was taken for."""
    key = unicodedata.normalize("NFKC", text).strip()[:8]
    if message_id is None:
        kind, _, number = sender.person.partition(":")
        if key != "1" or kind != "resident":
            return "nothing_open", None
        alert = alerts.answered_elsewhere(session, [int(number)], RESIDENT, now=now)
        return ("thanks", alert.id) if alert is not None else ("nothing_open", None)
    reply = outbox.answered(session, message_id, key, now=now)
    return (reply.result, reply.alert_id) if reply.result in ANSWERS[sender.role] else ("unclear", None)


def _seen(
    provider: str, ref: str, number: str, sender: Sender | None, result: str, real_now: datetime
) -> dict[str, object]:
    return {
        "organisation_id": sender.organisation_id if sender is not None else None,
        "provider": provider,
        "ref": ref,
        "sender_end": number[-4:],
        "real_at": real_now,
        "result": result,
        "answer": "",
    }
