"""Who is called about an alert beside the workers, and what they may hear: the resident and the resident's contacts."""

from datetime import datetime

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Contact, Notification, Organisation, Resident
from backend.core.numbers import as_written
from backend.core.words.contacts import About
from backend.services.subjects import subject_of


def about(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> About:
    """What the contact whom `row` goes to is told."""
    contact = session.get_one(Contact, int(row.person.removeprefix("contact:")))
    return About(
        kind=contact.kind,
        resident=session.get_one(Resident, contact.resident_id).name,
        organisation=session.get_one(Organisation, session.organisation_id).name,
        call_back=call_back(session),
        may_know=contact.may_know,
        subject=subject_of(alert, now),
    )


def call_back(session: StoreSession) -> str:
    """The number to call the organisation at, as people write it; empty where it has none."""
    organisation = session.get_one(Organisation, session.organisation_id)
    number = organisation.service_number or organisation.fallback_phone
    return as_written(number) if number else ""
