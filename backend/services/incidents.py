"""Storms: many alerts at once become one incident, which is called out in place of its members.

A worker process goes over them in each of its rounds. No transaction here waits for an alert while it holds another:
whoever reports or claims holds them in an order of their own. What is held by somebody is looked at in the next round.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Worker
from backend.config import Limits
from backend.core import storms
from backend.core.alerts import HELD, LIVE, RANK, State
from backend.core.storms import Calling
from backend.services import alerts, escalation, holds, members
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened
from backend.services.raising import raise_alert

SOURCE = "backend"
VIEWER = "system:incidents"
MOST_AT_ONCE = 10
REASON = (
    "短い間に多くの通報が重なったため、まとめて呼び出しています。",
    "Many alerts came within a short time; people are called for all of them together.",
)


class Team(Struct, frozen=True):
    """Those whom one policy and one rota call: an incident must reach whom its members would have reached."""

    organisation_id: int
    policy_id: int | None
    rota_id: int | None

    def looks_after(self) -> ColumnElement[bool]:
        """Whether a building is theirs."""
        return and_(
            Building.policy_id.is_not_distinct_from(self.policy_id), Building.rota_id.is_not_distinct_from(self.rota_id)
        )


class Running(Struct, frozen=True):
    """An open incident, and when its last member came."""

    id: int
    team: Team
    since: datetime
    last_at: datetime


def keep(store: Store, *, now: datetime, limits: Limits) -> int:
    """Go over all of them once; return how much was changed."""
    if not _is_any_live(store):
        return 0
    return _follow(store, now, limits) + _gather(store, now, limits) + _end(store, now)


def _is_any_live(store: Store) -> bool:
    """Whether there is an incident or what could be of one: mostly there is not, and what follows is dear."""
    with store.system_reading() as session:
        return session.scalar(_LIVE) is not None


_LIVE = select(Alert.id).where(Alert.state.in_(LIVE), Alert.priority.in_(storms.MERGED)).limit(1)


# --- members come ------------------------------------------------------------------------------------------------


def _gather(store: Store, now: datetime, limits: Limits) -> int:
    with store.system_reading() as session:
        running = _running(session)
        since = min([now - timedelta(seconds=storms.WITHIN_S), *(one.since for one in running)])
        calling = _calling(session, since)
    changed = 0
    for team, found in calling.items():
        ours = [one for one in running if one.team == team]
        taken_in = sum(_take_in(store, one, found, now, limits) for one in ours)
        if not taken_in and _of_a_storm(found, now, limits):
            taken_in = _form(store, team, now, limits)
        changed += taken_in
    return changed


def _running(session: StoreSession) -> list[Running]:
    member = aliased(Alert)
    of = (Alert.id, Alert.since, Alert.organisation_id, Building.policy_id, Building.rota_id)
    rows = session.execute(
        select(*of, func.max(member.called_at))
        .join(Building, Alert.building_id == Building.id)
        .join(member, member.incident_id == Alert.id)
        .where(Alert.kind == storms.KIND, Alert.state == State.OPEN)
        .group_by(*of)
        .order_by(Alert.id)
    )
    return [
        Running(id_, Team(organisation_id, policy_id, rota_id), since, last or since)
        for id_, since, organisation_id, policy_id, rota_id, last in rows
    ]


def _may_join(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Alert.state == State.OPEN,
        Alert.incident_id.is_(None),
        Alert.held_why == "",
        Alert.priority.in_(storms.MERGED),
        Alert.kind.not_in(storms.APART),
        Alert.called_at >= since,
    )


def _calling(session: StoreSession, since: datetime) -> dict[Team, list[Calling]]:
    """Return, by team, what could become a part of an incident."""
    rows = session.execute(
        select(Alert, Building.policy_id, Building.rota_id)
        .join(Building, Alert.building_id == Building.id)
        .where(*_may_join(since))
        .order_by(Alert.id)
    )
    found: dict[Team, list[Calling]] = {}
    for alert, policy_id, rota_id in rows:
        found.setdefault(Team(alert.organisation_id, policy_id, rota_id), []).append(_as_calling(alert))
    return found


def _as_calling(alert: Alert) -> Calling:
    assert alert.called_at is not None
    return Calling(alert.id, alert.priority, alert.called_at, alert.unit_id, alert.gateway_id)


def _of_a_storm(calling: Sequence[Calling], now: datetime, limits: Limits) -> list[Calling]:
    return storms.of_a_storm(calling, now, units=limits.storm_units, gateways=limits.storm_gateways)


def _held_now(session: StoreSession, team: Team, since: datetime) -> dict[int, Alert]:
    """Lock those of the team's alerts that nobody else holds, and return them as they are now."""
    wanted: Select[Alert] = (
        select(Alert)
        .join(Building, Alert.building_id == Building.id)
        .where(*_may_join(since), team.looks_after())
        .order_by(Alert.id)
        .with_for_update(skip_locked=True, key_share=True, of=Alert)
        .execution_options(populate_existing=True)
    )
    return {alert.id: alert for alert in session.scalars(wanted)}


def _form(store: Store, team: Team, now: datetime, limits: Limits) -> int:
    with store.session(team.organisation_id, viewer=VIEWER, purpose="storm") as session:
        held = _held_now(session, team, now - timedelta(seconds=storms.WITHIN_S))
        chosen = _of_a_storm([_as_calling(alert) for alert in held.values()], now, limits)
        if not chosen:
            return 0
        incident = _raise(session, held[chosen[0].alert_id], chosen, now)
        for one in chosen:
            _join(session, held[one.alert_id], incident, now)
        escalation.open_to_workers(session, incident, now, limits)
        return len(chosen)


def _raise(session: StoreSession, first: Alert, chosen: Sequence[Calling], now: datetime) -> Alert:
    return raise_alert(
        session,
        source=SOURCE,
        ref=f"{storms.KIND}-{uuid.uuid4().hex}",
        kind=storms.KIND,
        priority=storms.level_of([one.priority for one in chosen]),
        state=State.OPEN,
        building_id=first.building_id,
        since=chosen[0].at,
        now=now,
        reason=REASON,
        said={"members": len(chosen)},
    )


def _take_in(store: Store, running: Running, calling: Sequence[Calling], now: datetime, limits: Limits) -> int:
    if not any(storms.takes_in(running.since, running.last_at, one.at) for one in calling):
        return 0
    with store.session(running.team.organisation_id, viewer=VIEWER, purpose="storm") as session:
        still_open = select(Alert).where(Alert.id == running.id, Alert.state == State.OPEN)
        incident = session.scalar(still_open.with_for_update(skip_locked=True, key_share=True))
        if incident is None:
            return 0
        held = _held_now(session, running.team, running.since)
        joining = [one for one in held.values() if storms.takes_in(running.since, running.last_at, _as_calling(one).at)]
        for alert in joining:
            _join(session, alert, incident, now)
        if joining:
            happened(session, incident, "grew", SYSTEM, now, members=len(joining))
            level = storms.level_of([incident.priority, *(one.priority for one in joining)])
            if RANK[level] < RANK[incident.priority]:
                escalation.raise_priority(session, incident, level, now, limits)
        return len(joining)


def _join(session: StoreSession, alert: Alert, incident: Alert, now: datetime) -> None:
    alert.incident_id = incident.id
    session.flush()
    happened(session, alert, "joined", SYSTEM, now, incident=incident.id)
    holds.hold_back(session, alert, now)


# --- members follow, and go --------------------------------------------------------------------------------------


def _each(store: Store, found: Select[int, int], do: Callable[[StoreSession, Alert], bool]) -> int:
    """Do something to the first (organisation, alert) found, one at a time; return how many were changed.

    An emergency that comes meanwhile waits for them, so that the others are left to the next round.
    """
    with store.system_reading() as session:
        rows = session.execute(found.limit(MOST_AT_ONCE)).all()
    changed = 0
    for organisation_id, alert_id in rows:
        with store.session(organisation_id, viewer=VIEWER, purpose="storm") as session:
            changed += do(session, lock(session, Alert, alert_id))
    return changed


def _follow(store: Store, now: datetime, limits: Limits) -> int:
    """Members go with their incident: claimed with it, given back with it."""
    incident = aliased(Alert)
    out_of_line = (
        select(Alert.organisation_id, Alert.id)
        .join(incident, Alert.incident_id == incident.id)
        .where(
            members.waits(Alert),
            or_(
                and_(Alert.state == State.OPEN, incident.state.in_(HELD)),
                and_(Alert.state == State.CLAIMED, incident.state == State.OPEN),
            ),
        )
        .order_by(Alert.id)
    )
    return _each(store, out_of_line, partial(_come_in_line, now=now, limits=limits))


def _come_in_line(session: StoreSession, alert: Alert, now: datetime, limits: Limits) -> bool:
    if alert.incident_id is None:  # it was taken out of it meanwhile
        return False
    incident = session.get_one(Alert, alert.incident_id, populate_existing=True)
    if incident.state in HELD and alert.state == State.OPEN and alert.held_why == "storm":
        alerts.claim(session, alert.id, _holder(session, incident), now=now)
        return True
    if incident.state == State.OPEN and alert.state == State.CLAIMED and alert.claimed_with_incident:
        alerts.release(session, alert.id, _holder(session, alert), now=now)
        escalation.call_out(session, alert, now, limits)  # which the incident does for it
        return True
    return False


def _holder(session: StoreSession, alert: Alert) -> Actor:
    """Whoever has the alert: a worker, a partner, or somebody at the fallback number."""
    partner = alert.claimed_by_partner_id
    if partner is not None:
        return Actor(f"partner:{partner}", via="incident", partner_id=partner)
    if alert.claimed_by_id is None:
        return Actor("fallback", via="incident")
    worker = session.get_one(Worker, alert.claimed_by_id)
    return Actor(f"worker:{worker.id}", worker.id, worker.role, "incident")


def _end(store: Store, now: datetime) -> int:
    """An incident ends where no member waits to be claimed, and a claimed one where none is left."""
    member = aliased(Alert)
    waits = and_(member.incident_id == Alert.id, members.waits(member))
    lives = and_(member.incident_id == Alert.id, member.state.in_(LIVE))
    over = (
        select(Alert.organisation_id, Alert.id)
        .where(
            Alert.kind == storms.KIND,
            or_(
                and_(Alert.state == State.OPEN, not_(exists().where(waits))),
                and_(Alert.state.in_(HELD), not_(exists().where(lives))),
            ),
        )
        .order_by(Alert.id)
    )
    return _each(store, over, partial(_subside, now=now))


def _subside(session: StoreSession, incident: Alert, now: datetime) -> bool:
    is_over = (incident.state == State.OPEN and not members.waiting(session, incident)) or (
        incident.state in HELD and not members.are_live(session, incident)
    )
    if is_over:
        alerts.subsided(session, incident.id, now=now)
    return is_over
