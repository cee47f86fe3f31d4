"""The triage list: what must be done next comes first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select, union_all
from sqlalchemy.orm import defer, joinedload
from sqlalchemy.sql.base import ExecutableOption

from backend.adapters.store.schema import Alert, Building, Gateway, Notification, Resident, SafetyCheck, Unit, UnitLive
from backend.adapters.store.session import StoreSession
from backend.core import self_tests
from backend.core.alerts import HELD, LIVE, RANK, State
from backend.core.kinds import KINDS
from backend.core.storms import KIND
from backend.services import checks, contacts, heartbeats, visitors
from backend.services.residents import residents_by_unit
from backend.web import words
from backend.web.views import homes, present, quiet, rotas
from backend.web.views.shapes import Bar, Board, Card, Held, Reason, UnitName

SHOWN_CLOSED_S = 24 * 3600.0
MOST_CLOSED = 30
ARRIVED = ("sent", "delivered", "answered", "unanswered")
LOST = ("failed", "unknown")
FAILURES = 3  # in a row: from then on the screens say that a kind of message does not arrive
LOOKED_BACK = 20_000  # sends of all kinds: a kind that is never used is not looked for in all that was ever sent


def card(
    alert: Alert,
    people: Sequence[Resident],
    now: datetime,
    *,
    contact_coming: str = "",
    visitors_coming: tuple[str, ...] = (),
    held: Held | None = None,
) -> Card:
    place = homes.alert_place(alert)
    by = alert.closed_by if alert.state == State.CLOSED else alert.claimed_by
    return Card(
        id=alert.id,
        priority=alert.priority,
        kind=alert.kind,
        state=alert.state,
        reason=Reason(alert.reason_ja, alert.reason_en),
        since=alert.since,
        due_at=_due(alert),
        holder=by.name if by else _holder_without_login(alert),
        holder_id=None if by is None else by.id,
        place=place,
        residents=tuple(homes.person(each, now, place.zone) for each in people),
        outcome=alert.outcome or "",
        closed_at=alert.closed_at,
        contact_coming=contact_coming,
        visitors_coming=visitors_coming,
        held=held,
        comes_and_goes=alert.comes_and_goes,
        incident_id=alert.incident_id,
    )


def _holder_without_login(alert: Alert) -> str:
    """The partner who has claimed it, or whoever answered at the fallback number; empty where nobody has."""
    return (alert.holder or words.word(words.ACTOR, "fallback")) if alert.state in HELD else ""


def _due(alert: Alert) -> datetime | None:
    if alert.state == State.ASKING:
        return alert.open_due_at
    return alert.claim_due_at if alert.state == State.OPEN else None


def cards(session: StoreSession, alerts: list[Alert], now: datetime) -> list[Card]:
    """Make cards of alerts, with who lives there and what holds them back."""
    units = sorted({alert.unit_id for alert in alerts if alert.unit_id is not None})
    people = residents_by_unit(session, units, now)
    live = [alert.id for alert in alerts if alert.state in LIVE]
    coming, sent, held = contacts.coming(session, live), visitors.coming(session, live), quiet.held(session, alerts)
    return [
        card(
            alert,
            people.get(alert.unit_id or 0, ()),
            now,
            contact_coming=coming.get(alert.id, ""),
            visitors_coming=sent.get(alert.id, ()),
            held=held.get(alert.id),
        )
        for alert in alerts
    ]


def with_members(found: Sequence[Card]) -> list[Card]:
    """Put the members of storms into their cards; what belongs to none of the storms that are there stays."""
    storms = {each.id for each in found if each.kind == KIND}
    members: dict[int, list[Card]] = {}
    for each in sorted(found, key=urgency):
        if each.incident_id in storms:
            members.setdefault(each.incident_id, []).append(each)
    return [replace(each, members=tuple(members.get(each.id, ()))) for each in found if each.incident_id not in storms]


def with_places() -> tuple[ExecutableOption, ...]:
    """What a card needs of an alert, in one statement and no more."""
    return (
        defer(Alert.evidence),
        defer(Alert.note),
        joinedload(Alert.unit).joinedload(Unit.building),
        joinedload(Alert.building),
        joinedload(Alert.claimed_by),
        joinedload(Alert.claimed_by_partner),
        joinedload(Alert.closed_by),
    )


def is_shown() -> ColumnElement[bool]:
    """Self-tests are nothing that anybody has to do something about: they have a page of their own."""
    return Alert.kind != self_tests.KIND


def board(session: StoreSession, now: datetime) -> Board:
    """Return the triage list of the session's organisation."""
    live = list(session.scalars(select(Alert).where(Alert.state.in_(LIVE), is_shown()).options(*with_places())))
    closed = select(Alert).where(Alert.state == State.CLOSED, Alert.closed_at > now - timedelta(seconds=SHOWN_CLOSED_S))
    closed = closed.where(is_shown()).order_by(Alert.closed_at.desc()).limit(MOST_CLOSED).options(*with_places())
    over = list(session.scalars(closed))
    made = cards(session, [*live, *over], now)
    shown = sorted(with_members(made[: len(live)]), key=urgency)
    gateways = session.scalars(select(Gateway).options(joinedload(Gateway.building))).all()
    names, blind = _units(session, gateways)
    return Board(
        unclaimed=tuple(each for each in shown if each.state == State.OPEN and not each.put_off),
        held=tuple(each for each in shown if each.state in HELD),
        asking=tuple(each for each in shown if each.state == State.ASKING),
        put_off=tuple(each for each in shown if each.put_off),
        done=tuple(made[len(live) :]),
        open_checks=open_checks(session, now),
        blind_units=tuple(each for each in names if blind[each.id] in ("silent", "not_heard", "cannot_watch")),
        unconnected_units=tuple(each for each in names if blind[each.id] == "not_connected"),
        revoked_units=tuple(each for each in names if blind[each.id] == "revoked"),
        rota_gaps=rotas.warnings(session, now),
        silent_gateways=tuple(
            each.building.name
            for each in gateways
            if each.silent_stage > 0 and each.revoked_at is None and each.last_seen_at is not None
        ),
        works=quiet.works_now(session, now),
    )


def _units(session: StoreSession, gateways: Sequence[Gateway]) -> tuple[list[UnitName], dict[int, present.Blind]]:
    """Every unit by building and number, and why it cannot be watched.

    Columns and not rows: an organisation has hundreds of units, and each change of any screen asks anew.
    """
    statement = (
        select(
            Unit.id,
            Unit.name,
            Unit.gateway_id,
            Building.name.label("building"),
            UnitLive.gateway_id.label("said_by"),
            UnitLive.watching,
        )
        .join(Unit.building)
        .outerjoin(UnitLive, UnitLive.unit_id == Unit.id)
        .order_by(Unit.building_id, Unit.name)
    )
    found = session.execute(statement).all()
    names = [UnitName(row.id, f"{row.building} {row.name}") for row in found]
    known = {gateway.id: gateway for gateway in gateways}
    return names, {row.id: present.blind(known.get(row.gateway_id or 0), row.said_by, row.watching) for row in found}


def urgency(each: Card) -> tuple[int, bool, float, int]:
    """Sort key: the more urgent kind first, then what nobody has claimed, then whose clock runs (or ran) out first."""
    return RANK.get(each.priority, 9), not each.unclaimed, (each.due_at or each.since).timestamp(), each.id


def open_checks(session: StoreSession, now: datetime) -> tuple[UnitName, ...]:
    """Return the units whose safety check of today waits for a person."""
    statement = (
        select(Unit, SafetyCheck.day)
        .join(SafetyCheck, SafetyCheck.unit_id == Unit.id)
        .where(SafetyCheck.state == "open", SafetyCheck.day >= (now - timedelta(days=1)).date())
        .options(joinedload(Unit.building))
        .order_by(Unit.building_id, Unit.name)
    )
    return tuple(_named(unit) for unit, day in session.execute(statement) if day == checks.today(unit, now))


def _named(unit: Unit) -> UnitName:
    return UnitName(unit.id, f"{unit.building.name} {unit.name}")


def bar(session: StoreSession, real_now: datetime) -> Bar:
    """What the head of every page says."""
    statement = select(Alert.id, Alert.priority, Alert.held_why).where(Alert.state == State.OPEN, is_shown())
    found = session.execute(statement.order_by(Alert.id)).all()
    called = [(alert_id, priority) for alert_id, priority, held_why in found if not held_why]
    p1 = sum(priority == "P1" for _, priority in called)
    return Bar(
        unclaimed=tuple(alert_id for alert_id, _ in called),
        p1=p1,
        others=len(called) - p1,
        put_off=sum(held_why not in ("", "storm") for *_, held_why in found),
        worker_silent=bool(heartbeats.stale(session, real_now)),
        failing=_failing(session),
    )


def _failing(session: StoreSession) -> tuple[str, ...]:
    """The kinds of message of which the last ones all failed, and not because of one person's number."""
    newest = select(func.max(Notification.id)).scalar_subquery()
    of_kinds = (_last_ids(kind, newest) for kind in KINDS)
    latest = session.execute(
        select(Notification.channel, Notification.state, Notification.person).where(
            Notification.id.in_(union_all(*of_kinds))
        )
    ).all()
    found = []
    for kind in KINDS:
        last = [(state, person) for channel, state, person in latest if channel == kind]
        people = {person for _, person in last}
        if len(last) == FAILURES and len(people) > 1 and all(state in LOST for state, _ in last):
            found.append(kind)
    return tuple(found)


def _last_ids(kind: str, newest: ScalarSelect[int]) -> Select[int]:
    """The last sends of a kind of which it is known what became; a subquery, since SQLite unites no limited ones."""
    last = (
        select(Notification.id)
        .where(
            Notification.channel == kind,
            Notification.state.in_((*ARRIVED, *LOST)),
            Notification.id > newest - LOOKED_BACK,
        )
        .order_by(Notification.id.desc())
        .limit(FAILURES)
        .subquery()
    )
    return select(last.c.id)
