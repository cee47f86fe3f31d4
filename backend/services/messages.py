"""A row of the outbox in words: to which number, in which language, with which text."""

from datetime import datetime

from msgspec import Struct

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Notification, Organisation, Resident, Worker
from backend.core import storms
from backend.core.alerts import SELF_OUTCOMES
from backend.core.escalation import OVERDUE
from backend.core.words import merged, written
from backend.ports import Message
from backend.services.desk import script_of, storm_of, subject_of

WORKER_KEYS = {"1": "claim", "2": "repeat", "4": "pass_on", "9": "not_me"}
RESIDENT_KEYS = {"1": "fine", "2": "repeat"}


class Whom(Struct, frozen=True):
    """Whom a row goes to; `phone` is E.164, empty where there is none."""

    phone: str
    language: str


def whom(session: StoreSession, row: Notification) -> Whom:
    """Look up the row's person as they are now, not as they were when it was queued."""
    if row.worker_id is not None:
        worker = session.get_one(Worker, row.worker_id)
        return Whom(worker.phone if worker.active else "", worker.language)
    if row.person.startswith("resident:"):
        resident = session.get_one(Resident, int(row.person.removeprefix("resident:")))
        return Whom(resident.phone, resident.language)
    return Whom(session.get_one(Organisation, row.organisation_id).fallback_phone, "ja")


def compose(session: StoreSession, alert: Alert, row: Notification, to: Whom, link: str, now: datetime) -> Message:
    """Return the message that a row is; a call's words are asked for anew when it is picked up."""
    is_call = row.channel == "voice"
    keys = RESIDENT_KEYS if row.purpose == "ask" else WORKER_KEYS
    spoken = script_of(session, alert, row, now).sentences if is_call else ()
    return Message(
        id=row.message_id,
        organisation_id=row.organisation_id,
        to=to.phone,
        kind="voice" if is_call else "sms",
        language=to.language,
        text=" ".join(spoken) if is_call else _written(session, alert, row, to.language, link, now),
        links=(link,) if link else (),
        keys=dict(keys) if is_call else {},
    )


def _written(session: StoreSession, alert: Alert, row: Notification, language: str, link: str, now: datetime) -> str:
    if alert.kind == storms.KIND:
        return _written_of_storm(session, alert, row, language, link, now)
    subject = subject_of(alert, now)
    if row.purpose != "told":
        return written.alert_sms(subject, language, link, overdue=row.step == OVERDUE)
    if alert.outcome not in SELF_OUTCOMES:
        return written.claimed_sms(subject, language, alert.claimed_by.name if alert.claimed_by else "")
    over = written.answered_sms if alert.outcome == "answered" else written.resumed_sms
    return over(subject, language)


def _written_of_storm(
    session: StoreSession, incident: Alert, row: Notification, language: str, link: str, now: datetime
) -> str:
    storm = storm_of(session, incident, now)
    if row.purpose != "told":
        return merged.storm_sms(storm, language, link, overdue=row.step == OVERDUE)
    if incident.outcome in SELF_OUTCOMES:
        return merged.storm_over_sms(storm, language)
    return merged.storm_claimed_sms(storm, language, incident.claimed_by.name if incident.claimed_by else "")
