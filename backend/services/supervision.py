"""Is a gateway silent? Red at first, then one alert for the building, then a safety check for every unit each day.

A gateway's heartbeat runs in real time, and so does this; what follows from it (claim clocks) runs in domain time.
The checks are opened by `unwatched`, once a gateway has reached the last stage.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TypeVar

from sqlalchemy import Select, and_, false, func, or_, select, update

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Gateway, Unit, UnitLive
from backend.config import Limits
from backend.core.alerts import LIVE, PRIORITY, State
from backend.core.clocks import seconds
from backend.services import alerts, escalation
from backend.services.actors import Actor
from backend.services.raising import raise_alert
from backend.services.residents import lived_in

SOURCE = "backend"
VIEWER = "system:supervision"
MOST_AT_ONCE = 12  # gateways: where all fall silent together, calls that are due must not wait until each was seen to

Row = TypeVar("Row")
log = logging.getLogger(__name__)


class Stage(IntEnum):
    """How far a gateway's silence has led: `gateway.silent_stage`."""

    HEARD = 0
    RED = 1
    LOST = 2
    CHECKS = 3


def heard(session: StoreSession, gateway: Gateway, *, now: datetime, real_now: datetime) -> None:
    """A gateway was heard; `gateway` is locked. What its silence raised ends where nobody has claimed it.

    The safety checks stay open: that the building is watched again says nothing about the hours in between.
    """
    gateway.last_seen_at, gateway.last_seen_real_at = now, real_now
    if gateway.silent_stage == Stage.HEARD:
        return
    gateway.silent_stage = Stage.HEARD
    raised = select(Alert.id).where(Alert.source == SOURCE, Alert.gateway_id == gateway.id, Alert.state.in_(LIVE))
    for alert_id in session.scalars(raised.order_by(Alert.id)).all():
        alerts.resumed(session, alert_id, Actor(f"gateway:{gateway.id}", via="gateway"), now=now)


def beats(session: StoreSession, gateway_id: int, *, queued: int, now: datetime, real_now: datetime) -> bool:
    """Note in one statement that a gateway is there which has nothing to tell, as most of the time.

    False, and nothing is noted, where its silence has to be ended first: see `heard`.
    """
    beat = (
        update(Gateway)
        .where(Gateway.id == gateway_id, Gateway.silent_stage == Stage.HEARD, Gateway.revoked_at.is_(None))
        .values(last_seen_at=now, last_seen_real_at=real_now, queued=queued)
        .returning(Gateway.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(beat).first() is not None


def watch_gateways(
    store: Store, *, now: datetime, real_now: datetime, limits: Limits, silent_since_at_least: datetime | None = None
) -> int:
    """Notice the gateways that have become silent, and those that never came to homes where somebody lives.

    Where they are many, some of them; the next call sees to others. `silent_since_at_least`: before that nobody could
    be heard. Return how many could not be seen to.
    """
    with store.system_reading() as session:
        further = session.execute(_further(now, real_now, limits, silent_since_at_least)).all()
    failed = 0
    for gateway_id, organisation_id, last in some(further):
        since = max(last, silent_since_at_least) if silent_since_at_least else last
        try:
            with store.session(organisation_id, viewer=VIEWER, purpose="gateway silent") as session:
                _follow(session, gateway_id, since, now, real_now, limits)
        except Exception:
            # Whatever is wrong with this gateway's row, the others' silence must be noticed.
            log.exception("gateway %s: its silence could not be followed and is tried again", gateway_id)
            failed += 1
    return failed


def some(waiting: Sequence[Row]) -> list[Row]:
    """Return as many as are seen to at once: any of them, so that those which fail each time keep no other waiting."""
    return random.sample(waiting, min(len(waiting), MOST_AT_ONCE))


def _further(
    now: datetime, real_now: datetime, limits: Limits, silent_since_at_least: datetime | None
) -> Select[int, int, datetime]:
    """The gateways that should be heard and whose silence has gone further, with when (real time) it began."""
    homes = select(Unit.id).where(Unit.gateway_id == Gateway.id, lived_in(now)).exists()
    last = func.coalesce(Gateway.last_seen_real_at, Gateway.created_real_at)
    ends = ((stage, real_now - timedelta(seconds=limit)) for stage, limit in _limits(limits).items())
    reached = [
        and_(Gateway.silent_stage < stage, last <= end)
        for stage, end in ends
        if silent_since_at_least is None or silent_since_at_least <= end
    ]
    return select(Gateway.id, Gateway.organisation_id, last).where(
        or_(false(), *reached),
        Gateway.revoked_at.is_(None),
        ~Gateway.is_self_test,
        or_(Gateway.last_seen_real_at.is_not(None), homes),
    )


def _limits(limits: Limits) -> dict[Stage, float]:
    return {
        Stage.RED: limits.gateway_red_s,
        Stage.LOST: limits.gateway_lost_s,
        Stage.CHECKS: limits.gateway_checks_s,
    }


def _stage(silent_s: float, limits: Limits) -> int:
    return max((stage for stage, limit in _limits(limits).items() if silent_s >= limit), default=Stage.HEARD)


def _follow(
    session: StoreSession, gateway_id: int, since: datetime, now: datetime, real_now: datetime, limits: Limits
) -> None:
    gateway = lock(session, Gateway, gateway_id)
    if gateway.revoked_at is not None:
        return
    before = gateway.silent_stage
    silent_since = max(gateway.last_seen_real_at or gateway.created_real_at, since)
    reached = max(before, _stage((real_now - silent_since).total_seconds(), limits))
    if before < Stage.RED <= reached:
        _raise_silent(session, gateway, now, limits)
    if before < Stage.LOST <= reached and gateway.last_seen_at is not None:
        _raise_lost(session, gateway, now, limits)
    gateway.silent_stage = reached


def _raise_silent(session: StoreSession, gateway: Gateway, now: datetime, limits: Limits) -> None:
    if gateway.last_seen_at is None:
        reason = (
            f"ゲートウェイ {gateway.ref} はまだつながっていません。",
            f"Gateway {gateway.ref} is not connected yet.",
        )
    else:
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


def _units(session: StoreSession, gateway: Gateway) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.gateway_id == gateway.id).order_by(Unit.floor, Unit.name)))


def _last_signs(session: StoreSession, gateway: Gateway) -> dict[str, float | None]:
    """Return when (Unix seconds) each unit showed a sign of life last, None where none is known.

    The silence so far goes into the alert: the quiet is older than the fault.
    """
    rows = session.execute(
        select(Unit.ref, UnitLive)
        .outerjoin(UnitLive, UnitLive.unit_id == Unit.id)
        .where(Unit.gateway_id == gateway.id)
        .order_by(Unit.floor, Unit.name)
    )
    return {
        ref: None if live is None or live.last_sign_at is None else seconds(live.last_sign_at) for ref, live in rows
    }


def _raise(
    session: StoreSession, gateway: Gateway, kind: str, reason: tuple[str, str], now: datetime, limits: Limits
) -> None:
    silent_since = gateway.last_seen_real_at or gateway.created_real_at
    ref = f"{kind}-{gateway.id}-{int(seconds(silent_since) * 1000)}"
    if session.scalar(select(Alert.id).where(Alert.source == SOURCE, Alert.ref == ref)) is not None:
        return
    alert = raise_alert(
        session,
        source=SOURCE,
        ref=ref,
        kind=kind,
        priority=PRIORITY[kind],
        state=State.OPEN,
        building_id=session.get_one(Building, gateway.building_id).id,
        gateway_id=gateway.id,
        since=gateway.last_seen_at or gateway.created_at,
        now=now,
        reason=reason,
        evidence={"place": gateway.ref, "last_signs": _last_signs(session, gateway)},
    )
    escalation.open_to_workers(session, alert, now, limits)
