"""What became of a call or message arrives here: from the provider's callbacks and from the keys that were pressed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Notification
from backend.core import self_tests
from backend.core.alerts import HELD, State
from backend.errors import AlreadyClaimed, IllegalStep, NotFound
from backend.services import alerts, contacts, visitors
from backend.services.actors import RESIDENT, SYSTEM, Actor
from backend.services.events import happened, note
from backend.services.failover import end_step_early, go_on
from backend.services.pages import UNSETTLED
from backend.services.timers import set_timer

Result = Literal[
    "claimed",
    "already_claimed",
    "repeat",
    "passed_on",
    "not_me",
    "closed",
    "unknown_key",
    "thanks",
    "coming",
    "cannot",
    "cannot_visit",
    "tested",
    "over",
]
# What decides, by the purpose of the message: 1 I take it, I am all right, I go and look, I hear you; 4 pass it on;
# 9 not me, I cannot. 2 says it again and decides nothing.
DECIDING: Mapping[str, tuple[str, ...]] = {
    "page": ("1", "4", "9"),
    "ask": ("1",),
    "contact": ("1", "9"),
    "visit": ("1", "9"),
    "test": ("1",),
    "self_test": ("1",),
}


class Reply(Struct, frozen=True):
    """What a key led to, for whoever pressed or wrote it; `by` names who has the alert."""

    result: Result
    alert_id: int | None
    by: str = ""


def organisation_of(session: StoreSession, message_id: str) -> int | None:
    """Return whose message it is, for a provider's callback; None for a message that never was."""
    return session.scalar(select(Notification.organisation_id).where(Notification.message_id == message_id))


def hold(session: StoreSession, message_id: str) -> tuple[Alert | None, Notification]:
    """Lock a message's alert, where it is about one, and then the message. Raises NotFound."""
    found = session.execute(
        select(Notification.id, Notification.alert_id).where(Notification.message_id == message_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"message {message_id}")
    alert = lock(session, Alert, found.alert_id) if found.alert_id is not None else None
    return alert, lock(session, Notification, found.id)


def delivered(session: StoreSession, message_id: str, *, provider_ref: str = "", now: datetime) -> None:
    """The provider says that the message arrived, or that the call was picked up. Late or repeated: no effect."""
    _alert, row = hold(session, message_id)
    if row.state in UNSETTLED:
        row.state, row.lease_until_real_at = "delivered", None
        row.sent_at, row.delivered_at = row.sent_at or now, row.delivered_at or now
    row.provider_ref = row.provider_ref or provider_ref or None


def accepted(session: StoreSession, message_id: str, *, provider_ref: str, now: datetime) -> None:
    """The provider says that it has the message: no longer in doubt, not yet with anybody."""
    _alert, row = hold(session, message_id)
    if row.state in ("sending", "unknown"):
        row.state, row.sent_at, row.lease_until_real_at = "sent", now, None
    row.provider_ref = row.provider_ref or provider_ref or None


def failed(session: StoreSession, message_id: str, problem: str, *, now: datetime) -> None:
    """The provider says that the message did not arrive."""
    _end(session, message_id, "failed", problem, now)


def unanswered(session: StoreSession, message_id: str, why: str, *, now: datetime) -> None:
    """The call ended without a key: nobody there, busy, or a voicemail, which is no answer."""
    _end(session, message_id, "unanswered", why, now)


def _end(session: StoreSession, message_id: str, state: str, problem: str, now: datetime) -> None:
    alert, row = hold(session, message_id)
    if row.state not in UNSETTLED:
        return
    row.state, row.problem, row.ended_at, row.lease_until_real_at = state, problem, now, None
    note(session, alert, f"call_{state}" if row.channel == "voice" else f"message_{state}", SYSTEM, now,
         person=row.person, problem=problem)  # fmt: skip
    session.flush()
    go_on(session, alert, row, now)


def answered(session: StoreSession, message_id: str, key: str, *, now: datetime) -> Reply:
    """A key was pressed in a call, or came back in writing: see DECIDING.

    A message decides once: the first key that means something. What comes after it, however late, changes nothing.
    """
    alert, row = hold(session, message_id)
    if key == "2":
        return Reply("repeat", row.alert_id)
    if key not in DECIDING.get(row.purpose, ()):
        return Reply("unknown_key", row.alert_id)
    if row.key is not None:
        return Reply("tested", None) if alert is None else _decided(alert, row)
    row.state, row.key, row.ended_at, row.lease_until_real_at = "answered", key, now, None
    if alert is None or row.purpose == self_tests.PURPOSE:
        return Reply("tested", None)
    if row.purpose == "ask":
        return _resident_answered(session, alert, now)
    if row.purpose == contacts.PURPOSE:
        return _contact_answered(session, alert, row, now)
    actor = Actor(row.person, row.worker_id, "worker" if row.worker_id else "", row.channel, _partner_id(row))
    if row.purpose == visitors.PURPOSE:
        return _visitor_answered(session, alert, actor, key, now)
    return _take(session, alert, actor, now) if key == "1" else _decline(session, alert, row, actor, key, now)


def _partner_id(row: Notification) -> int | None:
    kind, _, number = row.person.partition(":")
    return int(number) if kind == "partner" else None


def _decided(alert: Alert, row: Notification) -> Reply:
    """What there is to say to a message that has decided: how things stand."""
    if row.purpose == "ask":
        return Reply("thanks", alert.id)
    if row.purpose == self_tests.PURPOSE:
        return Reply("tested", alert.id)
    if alert.state == State.CLOSED:
        return Reply("closed", alert.id)
    if row.purpose == contacts.PURPOSE:
        return Reply("coming" if row.key == "1" else "cannot", alert.id)
    if row.purpose == visitors.PURPOSE:
        return Reply("coming" if row.key == "1" else "cannot_visit", alert.id)
    if alert.state not in HELD:
        return Reply("over", alert.id)
    holder = (alert.claimed_by_id, alert.claimed_by_partner_id)
    if row.key == "1" and holder == (row.worker_id, _partner_id(row)):
        return Reply("claimed", alert.id)
    return Reply("already_claimed", alert.id, alert.holder)


def _resident_answered(session: StoreSession, alert: Alert, now: datetime) -> Reply:
    alerts.answered(session, alert.id, RESIDENT, now=now, method="call")
    return Reply("thanks", alert.id)


def _contact_answered(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> Reply:
    """A contact goes and looks, which the workers see, or cannot: then the next one is called at once."""
    if alert.state == State.CLOSED:
        return Reply("closed", alert.id)
    actor = Actor(row.person, via=row.channel)
    if row.key == "1":
        kind = contacts.kind_of(session, row.person)
        happened(session, alert, "contact_coming", actor, now, person=row.person, kind=kind)
        return Reply("coming", alert.id)
    happened(session, alert, "contact_cannot", actor, now, person=row.person)
    session.flush()
    if not contacts.call_next(session, alert, row, now):
        end_step_early(session, alert, row, now)
    return Reply("cannot", alert.id)


def _visitor_answered(session: StoreSession, alert: Alert, actor: Actor, key: str, now: datetime) -> Reply:
    """A worker goes and looks, or cannot, which whoever has the alert sees."""
    if alert.state == State.CLOSED:
        return Reply("closed", alert.id)
    if key == "1":
        alerts.visitor_coming(session, alert.id, actor, now=now)
        return Reply("coming", alert.id)
    happened(session, alert, "visitor_cannot", actor, now)
    return Reply("cannot_visit", alert.id)


def _take(session: StoreSession, alert: Alert, actor: Actor, now: datetime) -> Reply:
    try:
        alerts.claim(session, alert.id, actor, now=now)
    except AlreadyClaimed as error:
        return Reply("already_claimed", alert.id, error.by)
    except IllegalStep:
        return Reply("closed", alert.id)
    return Reply("claimed", alert.id)


def _decline(session: StoreSession, alert: Alert, row: Notification, actor: Actor, key: str, now: datetime) -> Reply:
    result: Literal["passed_on", "not_me"] = "passed_on" if key == "4" else "not_me"
    happened(session, alert, result, actor, now)
    if alert.state == State.CLOSED:
        return Reply("closed", alert.id)
    if alert.state in HELD:
        return Reply("already_claimed", alert.id, alert.holder)
    if (alert.step, alert.round) == (row.step, row.round):
        set_timer(session, alert, "escalate", now)
    return Reply(result, alert.id)
