"""Who calls or writes to us, by their number, and which organisation answers."""

import re
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import select

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Building, Contact, Organisation, Partner, Resident, Worker
from backend.core.numbers import phone_number
from backend.errors import Invalid

STAFF = ("worker", "partner", "fallback")  # whom we call ourselves: who calls back has missed one of those calls


class Caller(Struct, frozen=True):
    """The organisation that answers, and everybody of it who has that number: "resident:5", "contact:2", "worker:3".

    Nobody where the number is nobody's, or withheld (`number` empty).
    """

    organisation_id: int
    number: str
    people: tuple[str, ...] = ()

    @property
    def is_staff(self) -> bool:
        return bool(self.people) and all(person.split(":")[0] in STAFF for person in self.people)


def number_of(text: str) -> str:
    """Return a caller's number in E.164, as it came where it is of nobody; empty for what is no number."""
    try:
        return phone_number(text)
    except Invalid:
        return text if re.fullmatch(r"\+?[0-9]{3,15}", text) else ""


def identify(store: Store, number: str, called: str) -> Caller | None:
    """Return who calls, having called the number `called`, empty where the provider does not say.

    The organisation whose service number that is answers, else one that knows the caller, else the only one there is.
    None where several could be meant: nobody's number and words must not be shown to an organisation at random.
    """
    with store.system_reading() as session:
        known = [*people_with(session, number), *_partners(session, number)] if number else []
        organisation_id = _answering(session, number_of(called), [organisation for organisation, _ in known])
    if organisation_id is None:
        return None
    return Caller(organisation_id, number, tuple(person for of, person in known if of == organisation_id))


def people_with(session: StoreSession, number: str) -> list[tuple[int, str]]:
    """Return (organisation, person) of every worker, resident and contact with that number; in a system session."""
    found = []
    own = select(Worker.organisation_id, Worker.id).where(Worker.phone == number, Worker.active)
    found += [(organisation, f"worker:{key}") for organisation, key in session.execute(own)]
    at_home = select(Resident.organisation_id, Resident.id).where(Resident.phone == number)
    found += [(organisation, f"resident:{key}") for organisation, key in session.execute(at_home)]
    theirs = select(Contact.organisation_id, Contact.id).where(Contact.phone == number)
    return found + [(organisation, f"contact:{key}") for organisation, key in session.execute(theirs)]


def _partners(session: StoreSession, number: str) -> list[tuple[int, str]]:
    own = select(Partner.organisation_id, Partner.id).where(Partner.phone == number, Partner.active)
    found = [(organisation, f"partner:{key}") for organisation, key in session.execute(own)]
    fallback = select(Organisation.id).where(Organisation.fallback_phone == number)
    return found + [(organisation, "fallback") for organisation in session.scalars(fallback)]


def _answering(session: StoreSession, called: str, known: Sequence[int]) -> int | None:
    """An organisation without a building has nobody to call out, so it cannot answer."""
    able = select(Organisation.id).where(
        select(Building.id).where(Building.organisation_id == Organisation.id).exists()
    )
    there = session.scalars(able.order_by(Organisation.id)).all()
    called_ones = session.scalars(able.where(Organisation.service_number == called)).all() if called else []
    known_there = sorted(set(known) & set(there))
    if called_ones:
        return called_ones[0]
    if known_there:
        return known_there[0]
    return there[0] if len(there) == 1 else None
