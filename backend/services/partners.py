"""Other organisations that are called at a number of their own. They have no login: they answer by key, and only so."""

from sqlalchemy import select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Partner
from backend.core.numbers import phone_number
from backend.errors import Invalid, NotFound, refuse
from backend.services.rota_checks import name_problems

LANGUAGES = ("ja", "en")
NO_LANGUAGE = "is none that we speak"


def listed(session: StoreSession) -> list[Partner]:
    """Return the partners that can be called."""
    return list(session.scalars(select(Partner).where(Partner.active).order_by(Partner.id)))


def add(session: StoreSession, *, name: str, phone: str, language: str = "ja") -> Partner:
    """Add a partner. Raises ManyInvalid naming the fields."""
    number, problems = _number(phone)
    problems += name_problems(name)
    if language not in LANGUAGES:
        problems.append(Invalid("language", NO_LANGUAGE, language[:20]))
    refuse(problems)
    partner = Partner(name=name.strip(), phone=number, language=language, active=True)
    session.add(partner)
    session.flush()
    return partner


def remove(session: StoreSession, partner_id: int) -> None:
    """Call the partner no more; whatever it was on call for falls to the lower layer, or is a gap. Raises NotFound."""
    partner = session.get(Partner, partner_id)
    if partner is None or not partner.active:
        raise NotFound(f"partner {partner_id}")
    partner.active = False


def _number(phone: str) -> tuple[str, list[Invalid]]:
    try:
        return phone_number(phone), []
    except Invalid as error:
        return "", [error]
