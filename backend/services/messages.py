"""A row of the outbox in words: to which address, in which language, with which text."""

from collections.abc import Mapping
from datetime import datetime

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Notification
from backend.core import daily_call, self_tests, storms
from backend.core.alerts import SELF_OUTCOMES
from backend.core.escalation import OVERDUE
from backend.core.words import asking, contacts, letters, merged, trial, visiting, written
from backend.core.words.letters import Letter
from backend.ports import Message
from backend.services import callees, visitors
from backend.services.addresses import Address
from backend.services.desk import script_of, storm_of
from backend.services.subjects import subject_of

# By purpose: the keys that a call accepts, with what each means.
KEYS: Mapping[str, Mapping[str, str]] = {
    "page": {"1": "claim", "2": "repeat", "4": "pass_on", "9": "not_me"},
    "ask": {"1": "fine", "2": "repeat"},
    "contact": {"1": "coming", "2": "repeat", "9": "cannot"},
    visitors.PURPOSE: {"1": "coming", "2": "repeat", "9": "cannot"},
    "test": {"1": "heard", "2": "repeat"},
    self_tests.PURPOSE: {"1": "heard", "2": "repeat"},
}
# The one button of a message in LINE, in both languages.
BUTTONS: Mapping[str, tuple[str, str]] = {
    "page": ("引き受ける", "Take it"),
    visitors.PURPOSE: ("見に行きます", "I am going"),
    "test": ("届きました", "It arrived"),
}

OVER = {"answered": written.answered_sms, "told": written.told_sms}


def compose(
    session: StoreSession, alert: Alert | None, row: Notification, to: Address, link: str, now: datetime
) -> Message:
    """Return the message that a row is; a call's words are asked for anew when it is picked up."""
    is_call = row.channel == "voice"
    if is_call:
        letter = Letter("", " ".join(script_of(session, alert, row, now).sentences))
    elif alert is None:
        letter = trial.trial_letter(to.language)
    elif row.purpose == self_tests.PURPOSE:
        letter = trial.self_test_letter(to.language)
    else:
        letter = _letter(session, alert, row, to.language, link, now)
    return Message(
        id=row.message_id,
        organisation_id=row.organisation_id,
        to=to.to,
        kind=row.channel,  # type: ignore[arg-type]  # the database keeps a Kind as text
        language=to.language,
        text=letter.text,
        title=letter.title if row.channel in ("push", "email", "line") else "",
        links=(link,) if link else (),
        keys=_keys(row, to.language),
        browsers=to.browsers if row.channel == "push" else (),
    )


def _keys(row: Notification, language: str) -> dict[str, str]:
    if row.channel == "voice":
        return dict(KEYS.get(row.purpose, {}))
    button = BUTTONS.get(row.purpose) if row.channel == "line" else None
    return {"1": button[language == "en"]} if button else {}


def _letter(session: StoreSession, alert: Alert, row: Notification, language: str, link: str, now: datetime) -> Letter:
    if row.purpose == "ask":
        sms = asking.daily_sms if alert.kind == daily_call.KIND else asking.ask_sms
        return Letter("", sms(language, callees.call_back(session)))
    if row.purpose == "contact":
        return Letter("", contacts.contact_sms(callees.about(session, alert, row, now), language))
    if row.purpose == visitors.PURPOSE:
        return visiting.visit_letter(subject_of(alert, now), row.channel, language, link)
    if alert.kind == storms.KIND and row.channel != "push":  # a locked screen says no more than that there is one
        return _of_storm(session, alert, row, language, link, now)
    if row.purpose == "page":
        return _page(alert, row, language, link, now)
    return _told(alert, row, language, now)


def _of_storm(
    session: StoreSession, incident: Alert, row: Notification, language: str, link: str, now: datetime
) -> Letter:
    storm, overdue = storm_of(session, incident, now), row.step == OVERDUE
    title = letters.alert_title(subject_of(incident, now), language, overdue=overdue)
    if row.purpose == "page":
        return Letter(title, merged.storm_sms(storm, language, link, overdue=overdue))
    if incident.outcome in SELF_OUTCOMES:
        return Letter(title, merged.storm_over_sms(storm, language))
    return Letter(title, merged.storm_claimed_sms(storm, language, incident.holder))


def _page(alert: Alert, row: Notification, language: str, link: str, now: datetime) -> Letter:
    subject, overdue = subject_of(alert, now), row.step == OVERDUE
    if row.channel == "email":
        return letters.alert_email(subject, language, link, overdue=overdue)
    if row.channel == "line":
        return letters.alert_line(subject, language, overdue=overdue)
    if row.channel == "push":
        return letters.alert_push(subject, language, overdue=overdue)
    return Letter("", written.alert_sms(subject, language, link, overdue=overdue))


def _told(alert: Alert, row: Notification, language: str, now: datetime) -> Letter:
    """That somebody has it or that it is over, to a worker or to a contact who is on the way."""
    subject = subject_of(alert, now)
    if row.worker_id is None:
        return Letter("", contacts.contact_over_sms(language))
    if row.channel == "push":
        return letters.over_push(subject, language)
    if alert.outcome is None:
        text = written.claimed_sms(subject, language, alert.holder)
    elif alert.outcome in SELF_OUTCOMES:
        text = OVER.get(alert.outcome, written.resumed_sms)(subject, language)
    else:
        text = written.closed_sms(subject, language)
    return Letter(letters.alert_title(subject, language), text)
