"""From an open alert to the people: which step is next, whom it reaches, what falls due after it."""

from datetime import datetime
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Organisation, Policy, PolicyStep, Worker
from backend.config import Limits
from backend.core import daily_call
from backend.core.access import Role
from backend.core.alerts import CLAIM_WITHIN_S, LIVE, PAGED, RANK, Event, Priority, State, claim_due, following
from backend.core.clocks import after
from backend.core.escalation import (
    ASK,
    EXHAUSTED,
    LAST_RESORT,
    OVERDUE,
    Plan,
    Position,
    Step,
    Target,
    quiet_plan,
    wait_s,
)
from backend.core.escalation import following as following_position
from backend.core.self_tests import KIND as SELF_TEST
from backend.services import alerts, contacts, holds, pages, residents, rotas, self_tests, ways
from backend.services.actors import SYSTEM
from backend.services.addresses import can_be_reached
from backend.services.events import happened
from backend.services.pages import Person
from backend.services.timers import drop_timers, set_timer


def open_to_workers(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> None:
    """The alert is open now; P1 and P2 are paged in this very transaction, unless something holds that back."""
    alert.opened_at = alert.opened_at or now
    if alert.open_due_at is not None:
        drop_timers(session, alert, "open")
    happened(session, alert, "opened", SYSTEM, now)
    holds.notice_flapping(session, alert, now)
    call_out(session, alert, now, limits)


def call_out(session: StoreSession, alert: Alert, now: datetime, limits: Limits, *, at_once: bool = False) -> None:
    """Start the clock and page. What waits on the board waits for its clock first, unless `at_once`."""
    hold = holds.hold_back(session, alert, now)
    if alert.claim_due_at is None and (hold is None or hold.keeps_clock):
        _start_clock(session, alert, now, limits)
    if hold is not None:
        alert.called_at = alert.called_at or now
        return
    alert.called_at = now
    due_at = alert.claim_due_at
    if at_once or alert.priority in PAGED or due_at is None or due_at <= now:
        advance(session, alert, now, limits)
    else:
        set_timer(session, alert, "escalate", due_at)


def _start_clock(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> None:
    zone = session.get_one(Building, alert.building_id).zone
    alert.claim_due_at = claim_due(alert.priority, now, zone, limits.human_limits_s)
    set_timer(session, alert, "claim_due", alert.claim_due_at)


def raise_priority(session: StoreSession, alert: Alert, level: Priority, now: datetime, limits: Limits) -> None:
    """The same alert has become more urgent: it is paged at once, and before what waits."""
    happened(session, alert, "raised", SYSTEM, now, before=alert.priority, after=level)
    alert.priority = level
    if alert.state == State.ASKING:
        alert.state = following(alert.state, Event.NO_ANSWER)
        open_to_workers(session, alert, now, limits)
    elif alert.state == State.OPEN:
        alert.step, alert.round, alert.claim_due_at = None, alert.round + 1, None
        call_out(session, alert, now, limits)


def start_asking(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Let the resident be called once the node has asked, and the alert open when nobody answers."""
    if alert.open_due_at is not None and alert.state == State.ASKING:
        set_timer(session, alert, "open", alert.open_due_at)
    set_timer(session, alert, "ask", max(alert.ask_until or now, now))


# --- what timers lead to -----------------------------------------------------------------------------------------


def fall_due(session: StoreSession, alert_id: int, kind: str, now: datetime, limits: Limits) -> None:
    """Act on a timer of the alert, which the caller has deleted in this transaction."""
    alert = lock(session, Alert, alert_id)
    if alert.state not in LIVE:
        return
    if alert.kind == SELF_TEST:
        self_tests.page(session, alert, now)  # and no step of anybody's policy
    elif kind == "escalate" and alert.state == State.OPEN:
        _go_on(session, alert, now, limits)
    elif kind == "open" and alert.state == State.ASKING:
        _open_unanswered(session, alert, now, limits)
    elif kind in ("ask", "ask_again"):
        _ask(session, alert, kind, now, limits)
    elif kind == "claim_due":
        _overdue(session, alert, now)
    elif kind == "forgotten":
        alerts.forgotten(session, alert.id, SYSTEM, now=now)


def _go_on(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> None:
    """The next step is due, or what held the alert back may be over, or it was given back."""
    if alert.held_why:
        call_out(session, alert, now, limits)
    elif alert.claim_due_at is None:
        call_out(session, alert, now, limits, at_once=True)
    elif holds.hold_back(session, alert, now) is None:
        advance(session, alert, now, limits)


def _overdue(session: StoreSession, alert: Alert, now: datetime) -> None:
    """The steps go on by their own waits. Of an emergency the coordinators learn now and not at their step."""
    happened(session, alert, "overdue", SYSTEM, now)
    if alert.priority == Priority.P1 and alert.state == State.OPEN:
        for person in _people(session, alert, Step("role", ("sms",), 0, role=Role.COORDINATOR), now):
            if not pages.is_paged(session, alert, person):
                for kind in ways.of_step(session, alert, person.name, OVERDUE, ("sms",), now):
                    pages.queue(session, alert, person, kind, purpose="page", step=OVERDUE, round_=alert.round, now=now)


def _open_unanswered(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> None:
    alert.state = following(alert.state, Event.NO_ANSWER)
    happened(session, alert, "no_answer", SYSTEM, now)
    open_to_workers(session, alert, now, limits)


def _ask(session: StoreSession, alert: Alert, kind: str, now: datetime, limits: Limits) -> None:
    """Call the resident, and once more halfway to the opening. Nobody to call: a step that does not exist."""
    if alert.resumed_at is not None:
        return
    who = residents.to_call(session, alert, now)
    if who is None:
        _note_gap(session, alert, "resident", now)
        if alert.state == State.ASKING:
            _open_unanswered(session, alert, now, limits)
        return
    round_ = pages.asked_rounds(session, alert)
    person = Person(f"resident:{who.id}")
    # A morning's daily calls may be many, and wait for whatever has happened.
    rank = RANK[Priority.T] if alert.kind == daily_call.KIND else None
    pages.queue(session, alert, person, "voice", purpose="ask", step=ASK, round_=round_, now=now, rank=rank)
    happened(session, alert, "resident_called", SYSTEM, now, resident=who.id)
    if kind == "ask" and alert.open_due_at is not None and alert.open_due_at > now:
        set_timer(session, alert, "ask_again", now + (alert.open_due_at - now) / 2)


# --- steps -------------------------------------------------------------------------------------------------------


def advance(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> None:
    """Queue the pages of the next step that reaches anybody; steps that reach nobody are skipped and shown."""
    plan = plan_of(session, alert)
    at = following_position(plan, alert.step, alert.round)
    while not _page(session, alert, plan, at, now) and at.step != EXHAUSTED:
        at = following_position(plan, at.step, at.round)
    alert.step, alert.round = at.step, at.round
    set_timer(session, alert, "escalate", after(now, wait_s(plan, at, alert.priority, limits.human_limits_s)))


def plan_of(session: StoreSession, alert: Alert) -> Plan:
    """Return the steps that hold for the alert: its building's policy, or for a quiet one a reminder."""
    if alert.priority not in PAGED:
        return quiet_plan(CLAIM_WITHIN_S[Priority.T])
    return plan_at(session, session.get_one(Building, alert.building_id))


def plan_at(session: StoreSession, building: Building) -> Plan:
    """Return the steps that an emergency in the building goes through."""
    steps = joinedload(Policy.steps)
    policy = session.get(Policy, building.policy_id, options=(steps,)) if building.policy_id else None
    if policy is None:
        return LAST_RESORT
    return Plan(tuple(map(_step, policy.steps)), policy.rounds, policy.exhausted_every_s)


def _step(row: PolicyStep) -> Step:
    if row.target not in get_args(Target):
        raise ValueError(f"policy step {row.id}: unknown target {row.target!r}")
    kinds, channels = tuple(row.contact_kinds), tuple(row.channels)
    return Step(row.target, channels, row.wait_s, row.worker_id, row.role, kinds)  # type: ignore[arg-type]


def _page(session: StoreSession, alert: Alert, plan: Plan, at: Position, now: datetime) -> bool:
    """Queue one position's pages; return whether it reaches anybody."""
    exhausted = at.step == EXHAUSTED
    step = Step("role", plan.exhausted_channels, 0, role=Role.COORDINATOR) if exhausted else plan.steps[at.step]
    if step.target == "contact":
        people = contacts.call(session, alert, step=at.step, round_=at.round, kinds=step.contact_kinds,
                               channels=step.channels, now=now)  # fmt: skip
    else:
        people = _people(session, alert, step, now)
        if exhausted and plan.exhausted_fallback:
            # Where nobody was named for this, everybody is: no alert may end with nobody left to call.
            people = people + _fallback(session) or _everybody(session)
    if not people:
        _note_gap(session, alert, "exhausted" if exhausted else f"step {at.step + 1}", now)
        return False
    if step.target != "contact" and not _queue_pages(session, alert, step, at, people, now):
        _note_gap(session, alert, "exhausted quiet" if exhausted else f"step {at.step + 1} quiet", now)
        return False
    happened(session, alert, "exhausted" if exhausted else "paged", SYSTEM, now, step=at.step, round=at.round,
             people=[person.name for person in people])  # fmt: skip
    return True


def _queue_pages(
    session: StoreSession, alert: Alert, step: Step, at: Position, people: list[Person], now: datetime
) -> bool:
    """Queue a position's pages by whatever reaches each of `people`; return whether anybody is outside quiet hours."""
    kinds = {person: ways.of_step(session, alert, person.name, at.step, step.channels, now) for person in people}
    # From there on everybody is called again and again: whose call still waits for its turn needs no second one.
    waiting = pages.waiting(session, alert) if at.step == EXHAUSTED else frozenset()
    for person, chosen in kinds.items():
        for kind in chosen:
            if (person.name, kind) in waiting:
                continue
            pages.queue(session, alert, person, kind, purpose="page", step=at.step, round_=at.round, now=now)
    return any(kinds.values())


def _people(session: StoreSession, alert: Alert, step: Step, now: datetime) -> list[Person]:
    """Return whom a step is for now: who can be reached and has not said that it is not for them."""
    found = people_at(session, session.get_one(Building, alert.building_id), step, now)
    refused = pages.said_not_me(session, alert)
    return [pages.person_of(name) for name in found if name not in refused]


def people_at(session: StoreSession, building: Building, step: Step, now: datetime) -> tuple[str, ...]:
    """Return whom a step that is not for contacts calls now for an alert in the building."""
    if step.target == "rota":
        return rotas.on_call(session, building.rota_id, now)
    chosen = Worker.id == step.worker_id if step.target == "worker" else Worker.role == step.role
    # The whole rows: where each of them is reached is asked next.
    rows = select(Worker).options(joinedload(Worker.browsers)).where(chosen, can_be_reached()).order_by(Worker.id)
    return tuple(f"worker:{worker.id}" for worker in session.scalars(rows).unique())


def _everybody(session: StoreSession) -> list[Person]:
    found = select(Worker.id).where(can_be_reached()).order_by(Worker.id)
    return [Person(f"worker:{worker_id}", worker_id) for worker_id in session.scalars(found)]


def _fallback(session: StoreSession) -> list[Person]:
    organisation = session.get_one(Organisation, session.organisation_id)
    return [Person("fallback")] if organisation.fallback_phone else []


def _note_gap(session: StoreSession, alert: Alert, gap: str, now: datetime) -> None:
    if gap not in alert.gaps:
        alert.gaps = [*alert.gaps, gap]
        happened(session, alert, "gap", SYSTEM, now, gap=gap)
