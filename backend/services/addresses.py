"""Where a person can be reached, looked up as it is now and not as it was when a message was queued."""

from collections.abc import Callable, Mapping
from datetime import time

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Contact, Notification, Organisation, Partner, Resident, Worker, WorkerBrowser
from backend.core import self_tests
from backend.core.kinds import KINDS
from backend.core.numbers import takes_sms
from backend.core.quiet import QuietHours
from backend.core.words.contacts import MAY_KNOW
from backend.core.words.languages import Language, told_in
from backend.ports import Browser

NOBODY = "nothing"  # may_know of a contact who is told nothing, and so is not reached


class Reachable(Struct, frozen=True):
    """A person's addresses by kind (for "push" their own name), the language of words to them, when they sleep."""

    language: Language
    by_kind: Mapping[str, str]
    browsers: tuple[Browser, ...] = ()
    quiet: QuietHours | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds by which they can be reached, in the order in which these are tried."""
        return tuple(kind for kind in KINDS if kind in self.by_kind)


class Address(Struct, frozen=True):
    """Where one row goes; `to` is empty where the person has no address of that kind."""

    to: str
    language: str
    browsers: tuple[Browser, ...] = ()


def address_of(session: StoreSession, row: Notification) -> Address:
    """Look up where the row goes. Raises NotFound."""
    found = reachable(session, row.person)
    return Address(found.by_kind.get(row.channel, ""), found.language, found.browsers)


def reachable(session: StoreSession, person: str) -> Reachable:
    """Look up a person of the outbox: "worker:3", "partner:2", "resident:5", "contact:2" or "fallback"."""
    kind, _, number = person.partition(":")
    return _LOOK_UP[kind](session, int(number or 0))


def _worker(session: StoreSession, worker_id: int) -> Reachable:
    worker = session.get_one(Worker, worker_id, options=(joinedload(Worker.browsers),))
    language = told_in(worker.language)
    if not worker.active:
        return Reachable(language, {})
    browsers = tuple(Browser(one.endpoint, one.p256dh, one.auth) for one in worker.browsers)
    by_kind = {**_telephone(worker.phone), "line": worker.line_user, "email": worker.email}
    by_kind["push"] = f"worker:{worker.id}" if browsers else ""
    return Reachable(language, {kind: to for kind, to in by_kind.items() if to}, browsers, quiet_hours(worker))


def _resident(session: StoreSession, resident_id: int) -> Reachable:
    resident = session.get_one(Resident, resident_id)
    return Reachable(told_in(resident.language, resident=True), _telephone(resident.phone))


def _contact(session: StoreSession, contact_id: int) -> Reachable:
    contact = session.get_one(Contact, contact_id)
    return Reachable(told_in(contact.language), _telephone(contact.phone) if may_be_told(contact) else {})


def _partner(session: StoreSession, partner_id: int) -> Reachable:
    # Only called, as the fallback number.
    partner = session.get_one(Partner, partner_id)
    return Reachable(told_in(partner.language), {"voice": partner.phone} if partner.active else {})


def _fallback(session: StoreSession, _number: int) -> Reachable:
    # Only called: without a link, which names a worker, nobody could take an alert by SMS.
    phone = session.get_one(Organisation, session.organisation_id).fallback_phone
    return Reachable("ja", {"voice": phone} if phone else {})


def _self_test(session: StoreSession, _number: int) -> Reachable:
    return Reachable("ja", _telephone(session.get_one(Organisation, session.organisation_id).self_test_phone))


_LOOK_UP: Mapping[str, Callable[[StoreSession, int], Reachable]] = {
    "worker": _worker,
    "partner": _partner,
    "resident": _resident,
    "contact": _contact,
    "fallback": _fallback,
    self_tests.PERSON: _self_test,
}


def _telephone(number: str) -> dict[str, str]:
    if not number:
        return {}
    return {"voice": number, "sms": number} if takes_sms(number) else {"voice": number}


def can_be_reached() -> ColumnElement[bool]:
    """The workers who are there and have an address of any kind."""
    return _CAN_BE_REACHED


_WITH_BROWSER = Worker.id.in_(select(WorkerBrowser.worker_id))
_CAN_BE_REACHED = and_(
    Worker.active, or_(Worker.phone != "", Worker.line_user != "", Worker.email != "", _WITH_BROWSER)
)


def may_be_told(contact: Contact) -> bool:
    """Whether the contact may hear of an alert at all."""
    return contact.may_know in MAY_KNOW and contact.may_know != NOBODY


def quiet_hours(worker: Worker) -> QuietHours | None:
    """The worker's quiet hours, where they keep any."""
    if not (worker.quiet_since and worker.quiet_until):
        return None
    return QuietHours(time.fromisoformat(worker.quiet_since), time.fromisoformat(worker.quiet_until), worker.zone)
