"""Who has called in, as an alert's page shows it."""

from collections.abc import Callable, Mapping

from backend.adapters.store.schema import Alert, CallIn, Contact, Resident, Worker
from backend.adapters.store.session import StoreSession
from backend.core.call_in import KIND
from backend.web import words
from backend.web.views.shapes import CalledIn


def called_in(session: StoreSession, alert: Alert) -> CalledIn | None:
    """Return who called or wrote, with what they wrote first; None where nobody did."""
    if alert.kind != KIND:
        return None
    # By the case's name: of two texts at once the one that came to be the case may have the higher number.
    row = session.get_one(CallIn, int(alert.ref.removeprefix(f"{KIND}-")))
    names = tuple(_name(session, person) for person in row.people)
    return CalledIn(kind=row.kind, names=names, number=row.number, text=row.text, at=row.at)


def _name(session: StoreSession, person: str) -> str:
    kind, _, number = person.partition(":")
    find = NAMED.get(kind)
    return words.word(words.ACTOR, kind) if find is None else find(session, int(number))


def _contact(session: StoreSession, contact_id: int) -> str:
    found = session.get_one(Contact, contact_id)
    return f"{found.name}（{words.word(words.CONTACT, found.kind)}）"


NAMED: Mapping[str, Callable[[StoreSession, int], str]] = {
    "resident": lambda session, key: session.get_one(Resident, key).name,
    "contact": _contact,
    "worker": lambda session, key: session.get_one(Worker, key).name,
}
