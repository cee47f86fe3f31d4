"""Calls that workers make by hand: they stand in the alert's history, and to have spoken with a resident is a check."""

from collections.abc import Iterator
from datetime import datetime

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Contact, Resident
from backend.errors import Invalid
from backend.services import checks, residents
from backend.services.actors import Actor
from backend.services.events import happened

CALLED = "called"  # the event
RESULTS = ("started", "reached", "no_answer")


def called(session: StoreSession, alert_id: int, actor: Actor, *, person: str, result: str, now: datetime) -> Alert:
    """Write down that `person` ("resident:5", "contact:3") was called about the alert, with one of RESULTS.

    A resident who was reached has been checked on today. Raises NotFound, and Invalid where the person is nobody
    whom one calls about this alert.
    """
    if result not in RESULTS:
        raise Invalid("result", f"{result!r} is none of {', '.join(RESULTS)}")
    alert = lock(session, Alert, alert_id)
    if person not in {key for key, _ in people(session, alert, now)}:
        raise Invalid("person", f"{person!r} is nobody to call about this alert")
    happened(session, alert, CALLED, actor, now, person=person, result=result)
    if result == "reached" and person.startswith("resident:") and alert.unit is not None:
        checks.done(session, alert.unit, "call", now, actor.worker_id)
    return alert


def people(session: StoreSession, alert: Alert, now: datetime) -> Iterator[tuple[str, Resident | Contact]]:
    """Yield by key whom to call, in the order of the usual protocol: the residents, then their contacts in theirs."""
    at_home = residents.residents_of(session, alert.unit_id, now) if alert.unit_id is not None else []
    for resident in at_home:
        yield f"resident:{resident.id}", resident
    for resident in at_home:
        for contact in residents.contacts_of(session, resident.id):
            yield f"contact:{contact.id}", contact
