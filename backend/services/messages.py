"""A row of the outbox in words: to which number, in which language, with which text."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Notification, Organisation, Resident, Worker
from backend.channels import words
from backend.ports import Message

WORKER_KEYS = {"1": "claim", "2": "repeat", "4": "pass_on", "9": "not_me"}
RESIDENT_KEYS = {"1": "fine", "2": "repeat"}


class Whom(Struct, frozen=True):
    """Whom a row goes to; `phone` is E.164, empty where there is none. `name` is how a resident is spoken to."""

    phone: str
    language: str
    name: str = ""


def whom(session: StoreSession, row: Notification) -> Whom:
    """Look up the row's person as they are now, not as they were when it was queued."""
    if row.worker_id is not None:
        worker = session.get_one(Worker, row.worker_id)
        return Whom(worker.phone if worker.active else "", _language(worker.language))
    if row.person.startswith("resident:"):
        resident = session.get_one(Resident, int(row.person.removeprefix("resident:")))
        return Whom(resident.phone, _language(resident.language), resident.kana or resident.name)
    return Whom(session.get_one(Organisation, row.organisation_id).fallback_phone, "ja")


def compose(alert: Alert, row: Notification, to: Whom, link: str, now: datetime) -> Message:
    """Return the message that a row is."""
    keys = RESIDENT_KEYS if row.purpose == "ask" else WORKER_KEYS
    text = " ".join(spoken(alert, row, to, now)) if row.channel == "voice" else written(alert, row, to, link, now)
    return Message(
        id=row.message_id,
        organisation_id=row.organisation_id,
        to=to.phone,
        kind="voice" if row.channel == "voice" else "sms",
        language=to.language,
        text=text,
        links=(link,) if link else (),
        keys=dict(keys) if row.channel == "voice" else {},
    )


def spoken(alert: Alert, row: Notification, to: Whom, now: datetime) -> tuple[str, ...]:
    """Return what a call says: the matter, then the keys."""
    if row.purpose == "ask":
        return words.ask_call(to.name, to.language), words.ask_keys(to.language)
    return words.alert_call(_subject(alert, now), to.language), words.keys_call(to.language)


def written(alert: Alert, row: Notification, to: Whom, link: str, now: datetime) -> str:
    """Return what a message says."""
    subject = _subject(alert, now)
    if row.purpose != "told":
        return words.alert_sms(subject, to.language, link)
    over = words.answered_sms if alert.outcome == "answered" else words.resumed_sms
    return over(subject, to.language)


def _subject(alert: Alert, now: datetime) -> words.Subject:
    return words.Subject(
        kind=alert.kind,
        building=alert.building.name,
        unit=alert.unit.name if alert.unit else "",
        ago_s=max(0.0, (now - alert.since).total_seconds()),
        clock=alert.since.astimezone(ZoneInfo(alert.building.zone)).strftime("%H:%M"),
    )


def _language(language: str) -> str:
    return "en" if language == "en" else "ja"
