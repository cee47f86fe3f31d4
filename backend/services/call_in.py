"""Calls and texts from outside as cases: begun when they come, settled by a key or a word, or opened to the workers.

The case of a call is there before the caller hears a word, in stage "asking": whoever puts the phone down in the menu,
and whatever becomes of the provider, its timer opens it. What came once (its provider's name for it is known) has no
second effect. What a number says while its case waits for somebody is a line of that case's history.
Locks are taken in this order: the call, the organisation, the gateway, the alert.
"""

from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Select, or_, select

from backend.adapters.store import Store, StoreSession, insert_once, lock
from backend.adapters.store.schema import Alert, Building, CallIn, Contact, Organisation, Tenancy, Unit
from backend.channels.desk import Inbound
from backend.config import Limits
from backend.core.alerts import PRIORITY, Event, State, following
from backend.core.call_in import CASE, KIND, MENU_S, Role, Wish, ends, role_of, wish_of
from backend.core.words import calling_in
from backend.services import absences, alerts, callers, checks, escalation
from backend.services.actors import Actor
from backend.services.addresses import reachable
from backend.services.callers import Caller
from backend.services.events import happened
from backend.services.raising import raise_alert
from backend.services.timers import set_timer

SOURCE = "backend"
VIEWER = "system:call-in"
REASONS = MappingProxyType(
    {
        ("voice", "resident"): ("入居者から電話がありました。", "The resident has called."),
        ("voice", "contact"): ("連絡先の方から電話がありました。", "A contact of the resident has called."),
        ("voice", "nobody"): (
            "登録のない番号から電話がありました。",
            "A number that nobody has registered has called.",
        ),
        ("sms", "resident"): ("入居者からSMSが届きました。", "The resident has sent a text."),
        ("sms", "contact"): ("連絡先の方からSMSが届きました。", "A contact of the resident has sent a text."),
        ("sms", "nobody"): ("登録のない番号からSMSが届きました。", "A text has come from an unregistered number."),
    }
)


def organisation_of(store: Store, provider: str, ref: str) -> int | None:
    """Return whose call or text it is, for a provider's callback; None for one that never came."""
    with store.system_reading() as session:
        return session.scalar(select(CallIn.organisation_id).where(CallIn.provider == provider, CallIn.ref == ref))


def hold(session: StoreSession, provider: str, ref: str) -> CallIn:
    """Return the call or text, held until the transaction ends. Raises NotFound."""
    row_id = session.scalar(select(CallIn.id).where(CallIn.provider == provider, CallIn.ref == ref))
    return lock(session, CallIn, row_id or 0)


def begin(
    session: StoreSession, caller: Caller, *, provider: str, ref: str, kind: str, text: str = "", now: datetime
) -> CallIn:
    """Write a call or text down with its case, or the one that waits, once; return it, held until the end."""
    fresh = insert_once(
        session,
        CallIn,
        provider=provider,
        ref=ref,
        kind=kind,
        number=caller.number,
        people=list(caller.people),
        language=language_of(session, caller),
        text=text,
        at=now,
        result="",
    )
    row = hold(session, provider, ref)
    if fresh:
        waiting = None if _may_be_settled(session, row, now) else _waiting(session, row)
        if waiting is not None:
            # One confused or hostile number must not bury what others wait for under cases of its own.
            happened(session, waiting, "called_again", Actor(role_of(tuple(row.people)), via=kind), now, call_in=row.id)
            row.alert_id, row.result = waiting.id, CASE
        else:
            row.alert_id = _raise(session, row, now).id
    return row


def _may_be_settled(session: StoreSession, row: CallIn, now: datetime) -> bool:
    """Whether it says how or where the resident is, or may still do so by a key."""
    if row.kind == "sms" and wish_of(row.text) is None:
        return False
    return role_of(tuple(row.people)) == "resident" and _home(session, row, now)[0] is not None


def _waiting(session: StoreSession, row: CallIn) -> Alert | None:
    """Return the same number's case for which somebody is being called out already, held; of a withheld number none.

    One that is put off is none: what comes now would be read by nobody.
    """
    if not row.number:
        return None
    lock(session, Organisation, session.organisation_id)  # of two texts at once one is first
    found = session.scalar(
        select(Alert.id)
        .join(CallIn, CallIn.alert_id == Alert.id)
        .where(CallIn.number == row.number, Alert.kind == KIND, Alert.state == State.OPEN, Alert.held_why == "")
        .order_by(Alert.id)
        .limit(1)
    )
    alert = None if found is None else lock(session, Alert, found)
    return alert if alert is not None and alert.state == State.OPEN and not alert.held_why else None


def language_of(session: StoreSession, caller: Caller) -> str:
    """The language of the first who has the number; of nobody we know that of the number's country, ours or not."""
    if caller.people:
        return reachable(session, caller.people[0]).language
    return "ja" if not caller.number or caller.number.startswith("+81") else "en"


def _raise(session: StoreSession, row: CallIn, now: datetime) -> Alert:
    unit, resident_id = _home(session, row, now)
    role: Role = role_of(tuple(row.people))
    alert = raise_alert(
        session,
        source=SOURCE,
        ref=f"{KIND}-{row.id}",
        kind=KIND,
        priority=PRIORITY[KIND],
        state=State.ASKING,
        # Somebody has to answer for callers of nowhere that is known: whoever does so for the first building.
        building_id=unit.building_id if unit is not None else session.scalars(_first_building()).one(),
        unit_id=unit.id if unit is not None else None,
        resident_id=resident_id,
        since=now,
        now=now,
        reason=REASONS[row.kind, role],
        by=Actor(role, via=row.kind),
        evidence={"by": row.kind, "caller": role, "number_end": row.number[-4:]},
        open_due_at=now + timedelta(seconds=MENU_S),
    )
    set_timer(session, alert, "open", now + timedelta(seconds=MENU_S))
    return alert


def _first_building() -> Select[int]:
    return select(Building.id).order_by(Building.id).limit(1)


def _home(session: StoreSession, row: CallIn, now: datetime) -> tuple[Unit | None, int | None]:
    """Return the unit that the caller lives in, or is a contact for, and the resident who calls.

    None of either where the number may be of several.
    """
    living = _ids(row, "resident")
    ids = living or [session.get_one(Contact, contact_id).resident_id for contact_id in _ids(row, "contact")]
    at_home = session.scalars(
        select(Tenancy).where(
            Tenancy.resident_id.in_(ids), Tenancy.since <= now, or_(Tenancy.until.is_(None), Tenancy.until > now)
        )
    )
    units = {tenancy.unit_id for tenancy in at_home}
    unit = session.get_one(Unit, units.pop()) if len(units) == 1 else None
    return unit, living[0] if len(living) == 1 else None


def _ids(row: CallIn, kind: str) -> list[int]:
    found = (person.partition(":") for person in row.people)
    return [int(number) for of, _, number in found if of == kind]


# --- what becomes of it --------------------------------------------------------------------------------------------


def may_settle(session: StoreSession, row: CallIn) -> bool:
    """Whether a key or a word may say how or where the caller is: a resident's, of whose home there is no doubt."""
    return role_of(tuple(row.people)) == "resident" and _alert(session, row).unit_id is not None


def settle(session: StoreSession, row: CallIn, wish: Wish, now: datetime) -> None:
    """Write down that the resident is all right, away, back or in hospital; the gateway is told, the case is over.

    All right is the day's safety check, and the answer to what she is being asked about.
    """
    unit, actor = _alert(session, row).unit, Actor("resident", via=row.kind)
    assert unit is not None
    row.result = wish
    if wish == "fine":
        alerts.answered_elsewhere(session, _ids(row, "resident"), actor, now=now)
        checks.done(session, unit, "call", now)
    elif wish == "back":
        for absence in absences.running(session, unit.id, now):
            if absence.kind != "visit":
                absences.end(session, absence.id, actor, now=now)
    else:
        until = ends(wish, now, unit.building.zone)
        if absences.announced(session, unit.id, wish, actor, until=until, now=now).until != until:
            row.result = f"{wish}_longer"
    alert = alerts.told(session, _alert(session, row).id, actor, now=now)
    happened(session, alert, "said_where", actor, now, where=wish)


def open_case(session: StoreSession, row: CallIn, now: datetime, limits: Limits) -> None:
    """Let the workers be called out for it, unless they are already, or somebody has it."""
    alert = lock(session, Alert, row.alert_id)
    row.result = CASE
    if alert.state == State.ASKING:
        alert.state = following(alert.state, Event.NO_ANSWER)
        escalation.open_to_workers(session, alert, now, limits)


def _alert(session: StoreSession, row: CallIn) -> Alert:
    return session.get_one(Alert, row.alert_id)


# --- texts ---------------------------------------------------------------------------------------------------------


def take_text(store: Store, inbound: Inbound, *, now: datetime, limits: Limits) -> str | None:
    """Make an SMS a case, or write down what its one word says of the resident; return what to answer.

    None where it is for nobody here, empty where the sender is nobody we know: an SMS to them would cost money at
    anybody's wish.
    """
    number = callers.number_of(inbound.sender)
    caller = callers.identify(store, number, inbound.called) if number else None
    if caller is None or caller.is_staff:
        return None
    with store.session(caller.organisation_id, viewer=VIEWER, purpose="call in") as session:
        place = {"provider": inbound.provider, "ref": inbound.ref, "kind": inbound.kind}
        row = begin(session, caller, **place, text=inbound.text, now=now)
        wish = wish_of(inbound.text)
        if not row.result and wish is not None and may_settle(session, row):
            settle(session, row, wish, now)
        elif not row.result:
            open_case(session, row, now, limits)
        return calling_in.written(row.result, row.language) if row.people else ""
