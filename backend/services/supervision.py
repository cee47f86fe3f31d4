"""Is a gateway silent? Red at first, then one alert for the building, then a safety check for every unit.

A gateway's heartbeat runs in real time, and so does this; what follows from it (claim clocks) runs in domain time.
"""

from datetime import datetime

from sqlalchemy import select

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Gateway, Unit, UnitLive
from backend.config import Limits
from backend.core.alerts import LIVE, PRIORITY, State
from backend.core.clocks import seconds
from backend.services import alerts, checks, escalation
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened

SOURCE = "backend"
NOT_CHECKED = "gateway_silent"


def heard(session: StoreSession, gateway: Gateway, *, now: datetime, real_now: datetime) -> None:
    """A gateway was heard; `gateway` is locked. What its silence raised ends where nobody has claimed it.

    The safety checks stay open: that the building is watched again says nothing about the hours in between.
    """
    gateway.last_seen_at, gateway.last_seen_real_at = now, real_now
    if gateway.silent_stage == 0:
        return
    gateway.silent_stage = 0
    raised = select(Alert.id).where(Alert.source == SOURCE, Alert.gateway_id == gateway.id, Alert.state.in_(LIVE))
    for alert_id in session.scalars(raised.order_by(Alert.id)).all():
        alerts.resumed(session, alert_id, Actor(f"gateway:{gateway.id}", via="gateway"), now=now)


def watch_gateways(
    store: Store, *, now: datetime, real_now: datetime, limits: Limits, silent_since_at_least: datetime | None = None
) -> None:
    """Notice the gateways that have become silent. `silent_since_at_least`: before that nobody could be heard."""
    with store.system_reading() as session:
        seen = session.execute(
            select(Gateway.id, Gateway.organisation_id, Gateway.last_seen_real_at, Gateway.silent_stage).where(
                Gateway.last_seen_real_at.is_not(None), Gateway.revoked_at.is_(None)
            )
        ).all()
    for gateway_id, organisation_id, last_seen, stage in seen:
        if last_seen is None:
            continue
        since = max(last_seen, silent_since_at_least) if silent_since_at_least else last_seen
        if _stage((real_now - since).total_seconds(), limits) <= stage:
            continue
        with store.session(organisation_id, viewer="system:supervision", purpose="gateway silent") as session:
            _go_red(session, gateway_id, since, now, real_now, limits)


def _stage(silent_s: float, limits: Limits) -> int:
    return sum(silent_s >= limit for limit in (limits.gateway_red_s, limits.gateway_lost_s, limits.gateway_checks_s))


def _go_red(
    session: StoreSession, gateway_id: int, since: datetime, now: datetime, real_now: datetime, limits: Limits
) -> None:
    gateway = lock(session, Gateway, gateway_id)
    if gateway.last_seen_real_at is None:
        return
    stage = _stage((real_now - max(gateway.last_seen_real_at, since)).total_seconds(), limits)
    steps = (_raise_silent, _raise_lost, _open_checks)
    for reached in range(gateway.silent_stage, stage):
        steps[reached](session, gateway, now, limits)
    gateway.silent_stage = max(gateway.silent_stage, stage)


def _raise_silent(session: StoreSession, gateway: Gateway, now: datetime, limits: Limits) -> None:
    reason = (f"ゲートウェイ {gateway.ref} から連絡がありません。", f"Gateway {gateway.ref} is not heard.")
    _raise(session, gateway, "gateway_silent", reason, now, limits)


def _raise_lost(session: StoreSession, gateway: Gateway, now: datetime, limits: Limits) -> None:
    names = [unit.name for unit in _units(session, gateway)]
    listed = "、".join(names)
    reason = (
        f"ゲートウェイ不通のため、次の住戸を見守れません：{listed}",
        f"The gateway is silent; these units cannot be watched: {', '.join(names)}",
    )
    _raise(session, gateway, "monitoring_lost", reason, now, limits)


def _open_checks(session: StoreSession, gateway: Gateway, now: datetime, _limits: Limits) -> None:
    for unit in _units(session, gateway):
        checks.leave_open(session, unit, NOT_CHECKED, now)


def _units(session: StoreSession, gateway: Gateway) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.gateway_id == gateway.id).order_by(Unit.floor, Unit.name)))


def _last_signs(session: StoreSession, gateway: Gateway) -> dict[str, float | None]:
    """Return when (Unix seconds) each unit showed a sign of life last, None where none is known.

    The silence so far goes into the alert: the quiet is older than the fault.
    """
    rows = session.execute(
        select(Unit.ref, UnitLive.last_sign_at)
        .outerjoin(UnitLive, UnitLive.unit_id == Unit.id)
        .where(Unit.gateway_id == gateway.id)
        .order_by(Unit.floor, Unit.name)
    )
    return {ref: None if at is None else seconds(at) for ref, at in rows}


def _raise(
    session: StoreSession, gateway: Gateway, kind: str, reason: tuple[str, str], now: datetime, limits: Limits
) -> None:
    assert gateway.last_seen_at is not None and gateway.last_seen_real_at is not None
    ref = f"{kind}-{gateway.id}-{int(seconds(gateway.last_seen_real_at) * 1000)}"
    if session.scalar(select(Alert.id).where(Alert.source == SOURCE, Alert.ref == ref)) is not None:
        return
    alert = Alert(
        source=SOURCE,
        ref=ref,
        building_id=session.get_one(Building, gateway.building_id).id,
        gateway_id=gateway.id,
        kind=kind,
        priority=PRIORITY[kind],
        state=State.OPEN,
        since=gateway.last_seen_at,
        received_at=now,
        reason_ja=reason[0],
        reason_en=reason[1],
        evidence={"place": gateway.ref, "last_signs": _last_signs(session, gateway)},
        round=0,
        gaps=[],
        revision=0,
    )
    session.add(alert)
    session.flush()
    happened(session, alert, "raised", SYSTEM, now)
    escalation.open_to_workers(session, alert, now, limits)
