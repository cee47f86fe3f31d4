"""Homes whose gateway cannot watch over them: each day that this lasts, a person has to check on whoever lives there.

A gateway cannot once its silence has reached the last stage (see supervision.py), whether it was ever heard or not, and
once its credential was revoked. What is opened here is closed by a person only.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Building, Gateway, SafetyCheck, Unit
from backend.config import Limits
from backend.services import checks
from backend.services.residents import lived_in
from backend.services.supervision import VIEWER, Stage, some

LONGEST_MISSED = timedelta(days=31)  # further back nobody opens anything, whatever a clock says

log = logging.getLogger(__name__)


def open_checks(store: Store, *, now: datetime, limits: Limits) -> int:
    """Put today's check of every such home before a person, and those of earlier days that nobody was there to open.

    Return how many gateways could not be seen to, and zones that could not be read.
    """
    due, failed = _due(store, now, limits)
    for organisation_id, gateway_id in some(due):
        try:
            with store.session(organisation_id, viewer=VIEWER, purpose="homes unwatched") as session:
                _open(session, gateway_id, now, limits)
        except Exception:
            # Whatever is wrong with this gateway's row, the homes of the others must be checked on.
            log.exception("gateway %s: the checks of its homes could not be opened and are tried again", gateway_id)
            failed += 1
    return failed


def _due(store: Store, now: datetime, limits: Limits) -> tuple[list[tuple[int, int]], int]:
    """Return (organisation, gateway) where a home lacks the check of its building's day; how many zones are none."""
    with store.system_reading() as session:
        zones = session.scalars(select(Building.zone).distinct()).all()
        days = dict(_days(zones, now))
        lacking = [and_(Building.zone == zone, ~_has_check(day)) for zone, day in days.items()]
        found = session.execute(
            select(Gateway.organisation_id, Gateway.id)
            .join(Building, Gateway.building_id == Building.id)
            .join(Unit, Unit.gateway_id == Gateway.id)
            .where(_cannot_watch(now, limits), lived_in(now), or_(False, *lacking))
            .distinct()
        )
        return [(organisation_id, gateway_id) for organisation_id, gateway_id in found], len(zones) - len(days)


def _days(zones: Sequence[str], now: datetime) -> Iterator[tuple[str, date]]:
    """Yield the zones with the day it is there."""
    for zone in zones:
        try:
            yield zone, now.astimezone(ZoneInfo(zone)).date()
        except (OSError, ValueError, KeyError):
            log.exception("%r is no time zone: the checks of the homes there cannot be opened", zone)


def _has_check(day: date) -> ColumnElement[bool]:
    return select(SafetyCheck.id).where(SafetyCheck.unit_id == Unit.id, SafetyCheck.day == day).exists()


def _cannot_watch(now: datetime, limits: Limits) -> ColumnElement[bool]:
    silent = and_(Gateway.revoked_at.is_(None), Gateway.silent_stage == Stage.CHECKS)
    return or_(silent, Gateway.revoked_at <= now - timedelta(seconds=limits.gateway_checks_s))


def _open(session: StoreSession, gateway_id: int, now: datetime, limits: Limits) -> None:
    gateway = lock(session, Gateway, gateway_id)
    if gateway.revoked_at is None and gateway.silent_stage != Stage.CHECKS:
        return  # heard meanwhile
    why, since = _why(gateway)
    zone = ZoneInfo(gateway.building.zone)
    first = since + timedelta(seconds=limits.gateway_checks_s)
    for day in _from(max(first, now - LONGEST_MISSED), now, zone):
        at = min(now, datetime.combine(day + timedelta(days=1), time(), zone))
        for unit in session.scalars(select(Unit).where(Unit.gateway_id == gateway.id, lived_in(at))):
            checks.leave_open(session, unit, why, now, day)


def _why(gateway: Gateway) -> tuple[str, datetime]:
    """Why the gateway cannot watch, and since when."""
    if gateway.revoked_at is not None:
        return "gateway_revoked", gateway.revoked_at
    if gateway.last_seen_at is None:
        return "gateway_not_connected", gateway.created_at
    return "gateway_silent", gateway.last_seen_at


def _from(first: datetime, now: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days from `first` through today, and today in any case."""
    today = now.astimezone(zone).date()
    day = min(first.astimezone(zone).date(), today)
    while day <= today:
        yield day
        day += timedelta(days=1)
