"""What became of a call or message arrives here: from the provider's callbacks and from the keys that were pressed."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Notification
from backend.core.alerts import HELD, State
from backend.errors import AlreadyClaimed, IllegalStep, NotFound
from backend.services import alerts
from backend.services.actors import RESIDENT, SYSTEM, Actor
from backend.services.events import happened
from backend.services.pages import UNSETTLED, go_on
from backend.services.timers import set_timer


class Reply(Struct, frozen=True):
    """What a key press led to, for the voice to say; `by` names who has the alert."""

    result: Literal[
        "claimed", "already_claimed", "repeat", "passed_on", "not_me", "closed", "unknown_key", "thanks", "over"
    ]
    alert_id: int
    by: str = ""


def organisation_of(session: StoreSession, message_id: str) -> int | None:
    """Return whose message it is, for a provider's callback; None for a message that never was."""
    return session.scalar(select(Notification.organisation_id).where(Notification.message_id == message_id))


def hold(session: StoreSession, message_id: str) -> tuple[Alert, Notification]:
    """Lock a message's alert and then the message. Raises NotFound."""
    found = session.execute(
        select(Notification.id, Notification.alert_id).where(Notification.message_id == message_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"message {message_id}")
    return lock(session, Alert, found.alert_id), lock(session, Notification, found.id)


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
    happened(session, alert, f"call_{state}" if row.channel == "voice" else f"message_{state}", SYSTEM, now,
             person=row.person, problem=problem)  # fmt: skip
    session.flush()
    go_on(session, alert, row, now)


def answered(session: StoreSession, message_id: str, key: str, *, now: datetime) -> Reply:
    """A key was pressed in a call, or a digit came back. 1 = I take it, 2 = repeat, 4 = pass on, 9 = not me.

    A call decides once: the first key but 2 that means something. What comes after it, however late, changes nothing.
    """
    alert, row = hold(session, message_id)
    if key == "2":
        return Reply("repeat", alert.id)
    if key not in (("1",) if row.purpose == "ask" else ("1", "4", "9")):
        return Reply("unknown_key", alert.id)
    if row.key is not None:
        return _decided(alert, row)
    row.state, row.key, row.ended_at, row.lease_until_real_at = "answered", key, now, None
    if row.purpose == "ask":
        return _resident_answered(session, alert, now)
    via = "voice" if row.channel == "voice" else "sms"
    actor = Actor(row.person, row.worker_id, "worker" if row.worker_id else "", via)
    return _take(session, alert, actor, now) if key == "1" else _decline(session, alert, row, actor, key, now)


def _decided(alert: Alert, row: Notification) -> Reply:
    """What there is to say to a call that has decided: how things stand."""
    if row.purpose == "ask":
        return Reply("thanks", alert.id)
    if alert.state == State.CLOSED:
        return Reply("closed", alert.id)
    if alert.state not in HELD:
        return Reply("over", alert.id)
    if row.key == "1" and alert.claimed_by_id == row.worker_id:
        return Reply("claimed", alert.id)
    return Reply("already_claimed", alert.id, alert.claimed_by.name if alert.claimed_by else "")


def _resident_answered(session: StoreSession, alert: Alert, now: datetime) -> Reply:
    alerts.answered(session, alert.id, RESIDENT, now=now, method="call")
    return Reply("thanks", alert.id)


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
        return Reply("already_claimed", alert.id, alert.claimed_by.name if alert.claimed_by else "")
    if (alert.step, alert.round) == (row.step, row.round):
        set_timer(session, alert, "escalate", now)
    return Reply(result, alert.id)
