"""Other organisations that are called at a number of their own. They have no login: they answer by key, and only so."""

from sqlalchemy import select

from backend.adapters.store import StoreSession, write_down
from backend.adapters.store.schema import Partner
from backend.core.numbers import phone_number
from backend.errors import Invalid, NotFound, refuse
from backend.services.actors import Actor

LONGEST_NAME = 60
LANGUAGES = ("ja", "en")


def named(session: StoreSession, person: str) -> Partner | None:
    """Return the partner that a person's name ("partner:2") means; None where it means somebody else."""
    kind, _, row_id = person.partition(":")
    return session.get(Partner, int(row_id)) if kind == "partner" else None


def listed(session: StoreSession) -> list[Partner]:
    """Return the partners that can be called."""
    return list(session.scalars(select(Partner).where(Partner.active).order_by(Partner.id)))


def add(session: StoreSession, actor: Actor, *, name: str, phone: str, language: str = "ja") -> Partner:
    """Add a partner. Raises ManyInvalid naming the fields."""
    number, problems = _number(phone)
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        problems.append(Invalid("name", f"has to have 1 to {LONGEST_NAME} characters"))
    if language not in LANGUAGES:
        problems.append(Invalid("language", "is none that we speak", language[:20]))
    refuse(problems)
    partner = Partner(name=name.strip(), phone=number, language=language, active=True)
    session.add(partner)
    write_down(session, actor.who, "partner added", partner)
    return partner


def remove(session: StoreSession, partner_id: int, actor: Actor) -> None:
    """Call the partner no more; whatever it was on call for falls to the lower layer, or is a gap. Raises NotFound."""
    partner = session.get(Partner, partner_id)
    if partner is None or not partner.active:
        raise NotFound(f"partner {partner_id}")
    partner.active = False
    write_down(session, actor.who, "partner removed", partner)


def _number(phone: str) -> tuple[str, list[Invalid]]:
    try:
        return phone_number(phone), []
    except Invalid as error:
        return "", [error]
