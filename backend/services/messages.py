"""A row of the outbox in words: to which number, in which language, with which text."""

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Notification, Organisation, Resident, Worker
from backend.core import words
from backend.ports import Message


def whom(session: StoreSession, row: Notification) -> tuple[str, str]:
    """Return the number (E.164, empty where there is none) and the language of the row's person."""
    if row.worker_id is not None:
        worker = session.get_one(Worker, row.worker_id)
        return (worker.phone if worker.active else ""), worker.language
    if row.person.startswith("resident:"):
        resident = session.get_one(Resident, int(row.person.removeprefix("resident:")))
        return resident.phone, resident.language
    return session.get_one(Organisation, row.organisation_id).fallback_phone, "ja"


def compose(alert: Alert, row: Notification, to: str, language: str, link: str) -> Message:
    """Return the words of a row for its person."""
    language = "ja" if language == "ja" else "en"
    unit = alert.unit.name if alert.unit else ""
    about = words.About(alert.priority, alert.kind, alert.building.name, unit, alert.reason_ja, alert.reason_en)
    keys = words.RESIDENT_KEYS if row.purpose == "ask" else words.WORKER_KEYS
    if row.purpose == "ask":
        text = words.resident_call(language)
    elif row.purpose == "told":
        text = words.over_sms(about, language)
    elif row.channel == "sms":
        text = words.page_sms(about, link, language)
    else:
        text = words.page_call(about, language)
    return Message(
        id=row.message_id,
        organisation_id=row.organisation_id,
        to=to,
        kind="voice" if row.channel == "voice" else "sms",
        language=language,
        text=text,
        links=(link,) if link else (),
        keys=dict(keys) if row.channel == "voice" else {},
    )
