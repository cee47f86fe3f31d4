"""Alerts over the API, for the people signed in."""

from collections.abc import Callable
from typing import cast

import msgspec
from contract.reports import Evidence, Words
from sqlalchemy import select

from backend.adapters.store.schema import Alert
from backend.core.access import Act, require
from backend.core.alerts import LIVE, State
from backend.core.noise import Why
from backend.services import alerts, snoozes
from backend.web.api.shapes import AlertDetail, Alerts, AlertsQuery, AlertSummary, Close, Held, PutOff
from backend.web.formats import optional_unix
from backend.web.frame import web
from backend.web.pages.shared import acting
from backend.web.users import SignedIn
from backend.web.views import alert as view
from backend.web.views import board, quiet, shapes


def listed(user: SignedIn, query: AlertsQuery) -> Alerts:
    require(user.role, Act.SEE_BOARD)
    which = Alert.state.in_(LIVE) if query.state == "live" else Alert.state == State.CLOSED
    statement = (
        select(Alert)
        .where(which, board.is_shown())
        .options(*board.with_places())
        .order_by(Alert.id.desc())
        .limit(query.limit)
    )
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api alerts") as session:
        found = list(session.scalars(statement))
        held = quiet.held(session, found)
        return Alerts([_summary(alert, held.get(alert.id)) for alert in found])


def one(user: SignedIn, alert_id: int) -> AlertDetail:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose=f"api alert {alert_id}") as session:
        alert = view.load(session, alert_id)
        return _detail(alert, quiet.held(session, [alert]).get(alert.id))


def claim(user: SignedIn, alert_id: int) -> AlertDetail:
    return _do(user, alert_id, alerts.claim)


def release(user: SignedIn, alert_id: int) -> AlertDetail:
    return _do(user, alert_id, alerts.release)


def coming(user: SignedIn, alert_id: int) -> AlertDetail:
    return _do(user, alert_id, alerts.coming)


def arrived(user: SignedIn, alert_id: int) -> AlertDetail:
    return _do(user, alert_id, alerts.arrived)


def close(user: SignedIn, alert_id: int, how: Close) -> AlertDetail:
    with acting(f"close alert {alert_id}", via="api") as (session, actor):
        alerts.close(session, alert_id, actor, outcome=how.outcome, note=how.note, now=web().now())
    return one(user, alert_id)


def snooze(user: SignedIn, alert_id: int, how: PutOff) -> AlertDetail:
    with acting(f"snooze alert {alert_id}", via="api") as (session, actor):
        snoozes.snooze(session, alert_id, actor, for_s=how.for_s, reason=how.reason, now=web().now())
    return one(user, alert_id)


def wake(user: SignedIn, alert_id: int) -> AlertDetail:
    with acting(f"wake alert {alert_id}", via="api") as (session, actor):
        snoozes.wake(session, alert_id, actor, now=web().now(), limits=web().config.limits)
    return one(user, alert_id)


def _do(user: SignedIn, alert_id: int, do: Callable[..., Alert]) -> AlertDetail:
    with acting(f"{do.__name__} alert {alert_id}", via="api") as (session, actor):
        do(session, alert_id, actor, now=web().now())
    return one(user, alert_id)


def _summary(alert: Alert, held: shapes.Held | None) -> AlertSummary:
    due_at = alert.open_due_at if alert.state == State.ASKING else alert.claim_due_at
    return AlertSummary(
        id=alert.id,
        building=alert.building.name,
        unit=alert.unit.name if alert.unit else None,
        kind=alert.kind,
        priority=alert.priority,
        state=alert.state,
        since=alert.since.timestamp(),
        reason=Words(alert.reason_ja, alert.reason_en),
        due_at=optional_unix(due_at if alert.state in (State.ASKING, State.OPEN) else None),
        claimed_by=alert.holder or None,
        outcome=alert.outcome,
        held=None if held is None else _held(held),
        comes_and_goes=alert.comes_and_goes,
        incident=alert.incident_id,
    )


def _held(held: shapes.Held) -> Held:
    return Held(cast(Why, held.why), optional_unix(held.until), held.by, held.reason)


def _detail(alert: Alert, held: shapes.Held | None) -> AlertDetail:
    return AlertDetail(
        alert=_summary(alert, held),
        evidence=msgspec.convert(alert.evidence, Evidence),
        opened_at=optional_unix(alert.opened_at),
        claimed_at=optional_unix(alert.claimed_at),
        arrived_at=optional_unix(alert.arrived_at),
        resumed_at=optional_unix(alert.resumed_at),
        closed_at=optional_unix(alert.closed_at),
    )
