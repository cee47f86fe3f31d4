"""A resident's contacts are called one after the other, in their order, until one of them goes and looks.

They cannot take an alert: whoever goes is shown to the workers, who still have to.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent, Building, Contact, Notification, PolicyStep
from backend.core.alerts import LIVE, State
from backend.core.escalation import CONTACTS
from backend.services import pages, residents
from backend.services.addresses import may_be_told, reachable
from backend.services.pages import Person

PURPOSE = "contact"


def call(
    session: StoreSession,
    alert: Alert,
    *,
    step: int,
    round_: int,
    kinds: Collection[str] = (),
    channels: Sequence[str] = ("voice",),
    now: datetime,
) -> list[Person]:
    """Queue the first contact of these kinds (all without any); return whom, nobody where nobody can be reached.

    Who is only written to cannot say no: where no call is wanted, all of them are written to at once.
    """
    order = _in_order(session, alert, kinds, now)
    chosen = order[:1] if "voice" in channels else order
    for contact in chosen:
        able = reachable(session, f"contact:{contact.id}").kinds
        for channel in [one for one in channels if one in able] or able[:1]:
            _queue(session, alert, contact, channel, step, round_, now)
    return [Person(f"contact:{contact.id}") for contact in chosen]


def call_now(session: StoreSession, alert: Alert, now: datetime) -> list[Person]:
    """The same because a worker asks for it, anew each time."""
    last = session.scalar(
        select(func.max(Notification.round)).where(Notification.alert_id == alert.id, Notification.step == CONTACTS)
    )
    return call(session, alert, step=CONTACTS, round_=0 if last is None else last + 1, now=now)


def call_next(session: StoreSession, alert: Alert, row: Notification, now: datetime) -> bool:
    """Queue the contact after those of the row's step and round; return whether there is one."""
    if not still_wanted(alert, row):
        return False
    here = (Notification.alert_id == alert.id, Notification.step == row.step, Notification.round == row.round)
    tried = set(session.scalars(select(Notification.person).where(*here)))
    order = _in_order(session, alert, _kinds_of(session, alert, row.step), now)
    following = next((contact for contact in order if f"contact:{contact.id}" not in tried), None)
    if following is None:
        return False
    _queue(session, alert, following, "voice", row.step, row.round, now)
    return True


def kind_of(session: StoreSession, person: str) -> str:
    """Return whether "contact:3" is family, a neighbour …"""
    return session.get_one(Contact, int(person.removeprefix("contact:"))).kind


def may_know_cause(session: StoreSession, person: str) -> bool:
    """Whether "contact:3" may know what has happened; nobody else is a contact."""
    kind, _, number = person.partition(":")
    return kind == "contact" and session.get_one(Contact, int(number)).may_know == "cause"


def coming(session: StoreSession, alert_ids: Sequence[int]) -> dict[int, str]:
    """Return, by alert, the kind of contact who has said that they go and look; of several the first."""
    said = select(AlertEvent).where(AlertEvent.alert_id.in_(alert_ids), AlertEvent.what == "contact_coming")
    found: dict[int, str] = {}
    for event in session.scalars(said.order_by(AlertEvent.id)):
        found.setdefault(event.alert_id, str(event.detail.get("kind", "other")))
    return found


def can_be_called(session: StoreSession, alert: Alert, now: datetime) -> bool:
    """Whether the resident has a contact whom the system may call."""
    return bool(_in_order(session, alert, (), now))


def still_wanted(alert: Alert, row: Notification) -> bool:
    """Whether contacts are still to be reached: for a policy's step while workers are paged, else to its end."""
    return alert.state in LIVE if row.step == CONTACTS else alert.state == State.OPEN and not alert.held_why


def _queue(
    session: StoreSession, alert: Alert, contact: Contact, channel: str, step: int, round_: int, now: datetime
) -> None:
    person = Person(f"contact:{contact.id}")
    pages.queue(session, alert, person, channel, purpose=PURPOSE, step=step, round_=round_, now=now)


def _in_order(session: StoreSession, alert: Alert, kinds: Collection[str], now: datetime) -> list[Contact]:
    """Who may hear of the alert, has a phone, and has not said that they cannot."""
    declined = set(
        session.scalars(select(Notification.person).where(Notification.alert_id == alert.id, Notification.key == "9"))
    )
    at_home = residents.residents_of(session, alert.unit_id, now) if alert.unit_id is not None else []
    found = [contact for resident in at_home for contact in residents.contacts_of(session, resident.id)]
    return [
        contact
        for contact in found
        if contact.phone
        and may_be_told(contact)
        and (not kinds or contact.kind in kinds)
        and f"contact:{contact.id}" not in declined
    ]


def _kinds_of(session: StoreSession, alert: Alert, step: int) -> Sequence[str]:
    """The kinds of contact a policy's step names, as it is now."""
    policy_id = session.get_one(Building, alert.building_id).policy_id
    steps = session.scalars(select(PolicyStep).where(PolicyStep.policy_id == policy_id).order_by(PolicyStep.position))
    found = dict(enumerate(steps)).get(step)
    return found.contact_kinds if found is not None else ()
