"""What people and events do to an alert. Every function holds the alert, so that of two who come at once one is first.

All of them take `now` in domain time and raise NotFound, IllegalStep (AlreadyClaimed names who has it) or NotAllowed.
"""

from collections.abc import Sequence
from datetime import datetime

from contract import reports as contract
from sqlalchemy import or_, select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Notification, Policy, Tenancy, Worker
from backend.core import access, self_tests, storms
from backend.core.alerts import (
    ASKED,
    HELD,
    LIVE,
    NEXT,
    OUTCOMES,
    SELF_OUTCOMES,
    UNCLAIMED,
    Event,
    State,
    closes_itself,
    following,
)
from backend.core.clocks import after, seconds
from backend.core.escalation import ASK
from backend.errors import AlreadyClaimed, IllegalStep, Invalid, NotAllowed, NotFound
from backend.services import checks, contacts, holds, members, pages, residents, visitors
from backend.services.actors import SYSTEM, Actor
from backend.services.commands import alert_name, tell_about
from backend.services.events import happened
from backend.services.timers import drop_timers, set_timer

DEFAULT_CLAIM_TIMEOUT_S = 1800.0
ON_SITE_TIMEOUT_S = 7200.0  # who is with the resident has better things to do than to type, but not for ever
LONGEST_NOTE = 4000


def get(session: StoreSession, alert_id: int) -> Alert:
    """Return an alert of this organisation. Raises NotFound."""
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise NotFound(f"alert {alert_id}")
    return alert


def claim(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """Take the alert on; whoever has it already and claims again simply keeps it."""
    alert = lock(session, Alert, alert_id)
    if alert.state in HELD:
        if actor.worker_id is not None and alert.claimed_by_id == actor.worker_id:
            return alert
        raise AlreadyClaimed(alert.state, alert.holder)
    alert.state = following(alert.state, Event.CLAIM)
    alert.claimed_at = now
    alert.claimed_with_incident = actor.via == "incident"
    _give_to(session, alert, actor)
    holds.forget(session, alert, now)
    pages.cancel_steps(session, alert, now)
    pages.tell_those_reached(session, alert, now)
    drop_timers(session, alert, "escalate", "claim_due", "open")
    _watch_holder(session, alert, now)
    happened(session, alert, "claimed", actor, now)
    tell_about(session, alert, contract.Receipt(alert_name(alert), "claimed"), now)
    return alert


def release(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """Give the alert back; it is paged anew."""
    alert = _held(session, alert_id, actor, Event.RELEASE)
    happened(session, alert, "released", actor, now)
    _reopen(session, alert, now)
    return alert


def forgotten(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """The one who claimed it was not heard of again: it is paged anew."""
    alert = lock(session, Alert, alert_id)
    if alert.kind == storms.KIND and (said := members.last_word(session, alert)) is not None:
        patient_until = after(said, _patience_s(session, alert))
        if patient_until > now:  # whoever goes from member to member need not say so of the incident as well
            set_timer(session, alert, "forgotten", patient_until)
            return alert
    alert.state = following(alert.state, Event.FORGOTTEN)
    happened(session, alert, "claim_forgotten", actor, now, by=alert.claimed_by_id)
    _reopen(session, alert, now)
    return alert


def coming(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """Somebody is on the way; the node in the room says so."""
    alert = _held(session, alert_id, actor, Event.COME)
    _watch_holder(session, alert, now)
    happened(session, alert, "coming", actor, now)
    tell_about(session, alert, contract.Receipt(alert_name(alert), "coming"), now)
    return alert


def arrived(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    alert = _held(session, alert_id, actor, Event.ARRIVE)
    alert.arrived_at = now
    _watch_holder(session, alert, now)
    happened(session, alert, "arrived", actor, now)
    return alert


def close(session: StoreSession, alert_id: int, actor: Actor, *, outcome: str, note: str = "", now: datetime) -> Alert:
    """End the alert with one of core.alerts.OUTCOMES. Raises Invalid for any other."""
    if outcome not in OUTCOMES:
        raise Invalid("outcome", f"{outcome!r} is none of {', '.join(OUTCOMES)}")
    _check_note(note)
    alert = _held(session, alert_id, actor, Event.CLOSE)
    if alert.kind == storms.KIND:
        raise IllegalStep("storm", Event.CLOSE)  # it ends with its last member: each is closed with its own outcome
    alert.note = note
    _end(session, alert, actor, outcome, OUTCOMES[outcome], now)
    return alert


def resumed(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """A sign of life, or the unit can be watched again: ends it where nobody has claimed it, else is only shown."""
    return _all_well(session, alert_id, actor, Event.RESUME, "resumed", now)


def answered(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime, method: str = "call") -> Alert:
    """The resident says that all is well, by key ("answer") or call: also the day's safety check."""
    alert = _all_well(session, alert_id, actor, Event.ANSWER, "answered", now)
    if alert.unit is not None:
        checks.done(session, alert.unit, method, now)
    if method == "call":
        tell_about(session, alert, contract.Answered(alert_name(alert), seconds(now)), now)
    return alert


def answered_elsewhere(
    session: StoreSession, resident_ids: Sequence[int], actor: Actor, *, now: datetime
) -> Alert | None:
    """One of the residents says that all is well, but not in the call that asks: an answer to whatever asks them.

    What has opened meanwhile is answered as by a late key. Return the newest of those alerts, None where there is none.
    """
    lasts = (Tenancy.since <= now, or_(Tenancy.until.is_(None), Tenancy.until > now))
    homes = select(Tenancy.unit_id).where(Tenancy.resident_id.in_(resident_ids), *lasts)
    asking = select(Alert).where(Alert.unit_id.in_(homes), Alert.kind.in_(ASKED), Alert.state.in_(LIVE))
    newest = None
    for alert in session.scalars(asking.order_by(Alert.id)).all():
        asked = residents.to_call(session, alert, now)
        if asked is not None and asked.id in resident_ids:
            newest = answered(session, alert.id, actor, now=now)
    return newest


def told(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """Whoever called in has said by a key or a word how or where they are; that by itself is no safety check."""
    return _all_well(session, alert_id, actor, Event.ANSWER, "told", now)


def call_resident(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Notification:
    """Let the system call the resident now. Raises NotFound where there is nobody to call."""
    alert = lock(session, Alert, alert_id)
    who = residents.to_call(session, alert, now)
    if who is None:
        raise NotFound("a resident with a phone")
    round_ = pages.asked_rounds(session, alert)
    person = pages.Person(f"resident:{who.id}")
    pages.queue(session, alert, person, "voice", purpose="ask", step=ASK, round_=round_, now=now)
    happened(session, alert, "resident_called", actor, now, resident=who.id)
    made = select(Notification).where(
        Notification.alert_id == alert.id, Notification.step == ASK, Notification.round == round_
    )
    return session.scalars(made).one()


def call_contacts(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """Let the system call the resident's contacts now, one after the other. Raises NotFound where there are none."""
    alert = lock(session, Alert, alert_id)
    if alert.state not in LIVE:
        raise IllegalStep(alert.state, "call_contacts")
    if not contacts.call_now(session, alert, now):
        raise NotFound("a contact who can be called")
    happened(session, alert, "contacts_called", actor, now)
    return alert


def send_visitor(session: StoreSession, alert_id: int, actor: Actor, *, worker_id: int, now: datetime) -> Alert:
    """Let the system ask another worker to go and look. Raises IllegalStep where nothing reaches them now."""
    alert = lock(session, Alert, alert_id)
    if alert.state not in HELD or alert.kind == storms.KIND:  # nobody can go to several places
        raise IllegalStep(alert.state, "send_visitor")
    if session.get(Worker, worker_id) is None or not visitors.ask(session, alert, worker_id, now):
        raise IllegalStep("unreachable", "send_visitor")
    happened(session, alert, "visitor_asked", actor, now, person=f"worker:{worker_id}")
    if actor.worker_id == alert.claimed_by_id:
        _watch_holder(session, alert, now)
    return alert


def visitor_coming(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime) -> Alert:
    """A worker who was asked goes and looks; the node in the room says so. Whoever has the alert keeps it."""
    alert = lock(session, Alert, alert_id)
    if alert.state not in LIVE:
        raise IllegalStep(alert.state, Event.COME)
    if (State(alert.state), Event.COME) in NEXT:
        alert.state = following(alert.state, Event.COME)
        tell_about(session, alert, contract.Receipt(alert_name(alert), "coming"), now)
    _watch_holder(session, alert, now)
    happened(session, alert, visitors.COMING, actor, now)
    return alert


def note(session: StoreSession, alert_id: int, actor: Actor, *, text: str, now: datetime) -> Alert:
    """Add a line to the alert's history; from whoever has it, it also says that it is not forgotten."""
    if not text.strip():
        raise Invalid("text", "is empty")
    _check_note(text)
    alert = lock(session, Alert, alert_id)
    happened(session, alert, "note", actor, now, text=text)
    if actor.worker_id is not None and actor.worker_id == alert.claimed_by_id:
        _watch_holder(session, alert, now)
    return alert


def _check_note(text: str) -> None:
    if len(text) > LONGEST_NOTE:
        raise Invalid("note", f"is longer than {LONGEST_NOTE} characters")


def _held(session: StoreSession, alert_id: int, actor: Actor, event: Event) -> Alert:
    """Lock an alert and take it through `event`, which only its holder or a coordinator may do.

    Whoever was sent to look may say that they have arrived.
    What a partner or the fallback number has claimed anybody may go on with, and has it from then on.
    """
    alert = lock(session, Alert, alert_id)
    state = following(alert.state, event)
    if alert.claimed_by_id is None and actor.worker_id is not None:
        _give_to(session, alert, actor)  # it was claimed by key, by whoever has no login to go on with
    if event != Event.ARRIVE or not visitors.is_coming(session, alert, actor.worker_id):
        require_holder(alert, actor)
    alert.state = state
    return alert


def _give_to(session: StoreSession, alert: Alert, actor: Actor) -> None:
    alert.claimed_by_id, alert.claimed_by_partner_id = actor.worker_id, actor.partner_id
    session.flush()
    session.refresh(alert, ["claimed_by", "claimed_by_partner"])


def require_holder(alert: Alert, actor: Actor) -> None:
    """Raises NotAllowed for anybody but who has claimed it and those who may take over."""
    if alert.claimed_by_id != actor.worker_id and not access.may(actor.role, access.Act.TAKE_OVER):
        raise NotAllowed("somebody else has claimed this alert")


def _reopen(session: StoreSession, alert: Alert, now: datetime) -> None:
    alert.state = State.OPEN
    give_back(session, alert)
    set_timer(session, alert, "escalate", now)


def give_back(session: StoreSession, alert: Alert) -> None:
    """Nobody has the alert any more: it begins anew."""
    alert.claimed_by_id = alert.claimed_by_partner_id = alert.claimed_at = alert.claim_due_at = None
    alert.claimed_with_incident = False
    alert.step, alert.round = None, alert.round + 1
    drop_timers(session, alert, "forgotten")


def _watch_holder(session: StoreSession, alert: Alert, now: datetime) -> None:
    if alert.state in HELD:
        set_timer(session, alert, "forgotten", after(now, _patience_s(session, alert)))


def _patience_s(session: StoreSession, alert: Alert) -> float:
    """How long whoever has the alert may be silent."""
    building = session.get_one(Building, alert.building_id)
    policy = session.get(Policy, building.policy_id) if building.policy_id else None
    timeout_s = policy.claim_timeout_s if policy else DEFAULT_CLAIM_TIMEOUT_S
    return max(timeout_s, ON_SITE_TIMEOUT_S) if alert.state == State.ON_SITE else timeout_s


def subsided(session: StoreSession, alert_id: int, *, now: datetime) -> Alert:
    """An incident is over: every member was taken on by itself or has ended."""
    alert = lock(session, Alert, alert_id)
    alert.state = following(alert.state, Event.CLOSE if alert.state in HELD else Event.RESUME)
    pages.tell_those_reached(session, alert, now)
    _end(session, alert, SYSTEM, "subsided", SELF_OUTCOMES["subsided"], now)
    return alert


def self_test_over(session: StoreSession, alert_id: int, outcome: str, *, now: datetime) -> None:
    """A self-test has been judged: "self_test_passed" or "self_test_failed". Nobody was called, so nobody is told."""
    alert = lock(session, Alert, alert_id)
    if alert.state != State.CLOSED:
        alert.state = following(alert.state, Event.CLOSE if alert.state in HELD else Event.RESUME)
        pages.cancel(session, alert, now, self_tests.PURPOSE)
        _end(session, alert, SYSTEM, outcome, SELF_OUTCOMES[outcome], now)


def _all_well(session: StoreSession, alert_id: int, actor: Actor, event: Event, outcome: str, now: datetime) -> Alert:
    alert = lock(session, Alert, alert_id)
    if alert.state == State.CLOSED:
        return alert
    alert.resumed_at = now
    if alert.state in UNCLAIMED and closes_itself(alert.priority):
        alert.state = following(alert.state, event)
        pages.tell_those_reached(session, alert, now)
        _end(session, alert, actor, outcome, SELF_OUTCOMES[outcome], now)
    else:
        alert.state = following(alert.state, Event.SIGN)
        happened(session, alert, outcome, actor, now)
    return alert


def _end(
    session: StoreSession, alert: Alert, actor: Actor, outcome: str, verdict: contract.Name, now: datetime
) -> None:
    alert.outcome, alert.verdict = outcome, verdict
    alert.closed_at, alert.closed_by_id = now, actor.worker_id
    holds.forget(session, alert, now)
    pages.cancel(session, alert, now, "page", "ask", contacts.PURPOSE, visitors.PURPOSE)
    pages.tell_coming_contacts(session, alert, now)
    pages.tell_visitors(session, alert, now, by=actor.worker_id)
    drop_timers(session, alert)
    happened(session, alert, "closed", actor, now, outcome=outcome)
    tell_about(session, alert, contract.Closed(alert_name(alert), seconds(now), verdict), now)  # type: ignore[arg-type]
