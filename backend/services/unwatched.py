"""Homes that no gateway watches over: each day that this lasts, a person has to check on whoever lives there.

A gateway cannot once its silence has reached the last stage (see supervision.py), whether it was ever heard or not, and
once its credential was revoked. Who lives without a gateway is seen to by the daily call, or else here. What is opened
here is closed by a person only.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal, or_, select

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Building, Gateway, SafetyCheck, Unit, UnitLive
from backend.config import Limits
from backend.services import checks, daily_calls
from backend.services.residents import lived_in
from backend.services.supervision import VIEWER, Stage, some

LONGEST_MISSED = timedelta(days=31)  # further back nobody opens anything, whatever a clock says
NO_GATEWAY = "no_gateway"

Due = tuple[int, str, int]  # organisation, "gateway" or "building", its id

log = logging.getLogger(__name__)


def open_checks(store: Store, *, now: datetime, limits: Limits) -> int:
    """Put today's check of every such home before a person, and those of earlier days that nobody was there to open.

    Return how many gateways and buildings could not be seen to, and zones that could not be read.
    """
    due, failed = _due(store, now, limits)
    opening = {"gateway": _open, "building": _open_without_gateway}
    for organisation_id, what, key in some(due):
        try:
            with store.session(organisation_id, viewer=VIEWER, purpose="homes unwatched") as session:
                opening[what](session, key, now, limits)
        except Exception:
            # Whatever is wrong with this row, the homes of the others must be checked on.
            log.exception("%s %s: the checks of its homes could not be opened and are tried again", what, key)
            failed += 1
    return failed


def _due(store: Store, now: datetime, limits: Limits) -> tuple[list[Due], int]:
    """Return where a home lacks the check of its building's day, and how many zones are none.

    By gateway, and by building for the homes that have none.
    """
    with store.system_reading() as session:
        zones = session.scalars(select(Building.zone).distinct()).all()
        days = dict(_days(zones, now))
        lacking = [and_(Building.zone == zone, ~_has_check(day)) for zone, day in days.items()]
        gateways = (
            select(Gateway.organisation_id, literal("gateway"), Gateway.id)
            .join(Building, Gateway.building_id == Building.id)
            .join(Unit, Unit.gateway_id == Gateway.id)
            .where(_cannot_watch(now, limits), lived_in(now), or_(False, *lacking))
        )
        alone = [and_(Building.zone == zone, ~_has_check(day), _alone(now, day)) for zone, day in days.items()]
        buildings = (
            select(Building.organisation_id, literal("building"), Building.id)
            .join(Unit, Unit.building_id == Building.id)
            .where(or_(False, *alone))
        )
        found = [
            (of, what, key) for each in (gateways, buildings) for of, what, key in session.execute(each.distinct())
        ]
        return found, len(zones) - len(days)


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


def _alone(at: datetime, day: date) -> ColumnElement[bool]:
    """Say in a statement on units where somebody lives at that instant whom neither gateway nor daily call sees to."""
    return and_(Unit.gateway_id.is_(None), lived_in(at), ~daily_calls.called_on(day, at))


def _open(session: StoreSession, gateway_id: int, now: datetime, limits: Limits) -> None:
    gateway = lock(session, Gateway, gateway_id)
    if gateway.revoked_at is None and gateway.silent_stage != Stage.CHECKS:
        return  # heard meanwhile
    why, since = _why(gateway)
    zone = ZoneInfo(gateway.building.zone)
    first = since + timedelta(seconds=limits.gateway_checks_s)
    for day in _from(max(first, now - LONGEST_MISSED).astimezone(zone).date(), now, zone):
        homes = select(Unit).where(Unit.gateway_id == gateway.id, lived_in(_end_of(day, now, zone)))
        for unit in session.scalars(homes):
            checks.leave_open(session, unit, why, now, day)


def _open_without_gateway(session: StoreSession, building_id: int, now: datetime, _limits: Limits) -> None:
    zone = ZoneInfo(session.get_one(Building, building_id).zone)
    first = _first_days(session, building_id, now, zone)
    for day in _from(min(first.values()), now, zone):
        alone = _alone(_end_of(day, now, zone), day)
        for unit in session.scalars(select(Unit).where(Unit.building_id == building_id, alone)):
            if day >= first[unit.id]:
                checks.leave_open(session, unit, NO_GATEWAY, now, day)


def _first_days(session: StoreSession, building_id: int, now: datetime, zone: ZoneInfo) -> dict[int, date]:
    """From which day on each home without a gateway is to be checked on: it does not say since when it has none.

    Today, or the day of the last check that was opened for this, and not before a gateway last told of it.
    """
    last = select(func.max(SafetyCheck.day)).where(SafetyCheck.unit_id == Unit.id, SafetyCheck.why_open == NO_GATEWAY)
    homes = select(Unit.id, last.scalar_subquery(), UnitLive.at).outerjoin(UnitLive, UnitLive.unit_id == Unit.id)
    today, earliest = now.astimezone(zone).date(), (now - LONGEST_MISSED).astimezone(zone).date()
    found = session.execute(homes.where(Unit.building_id == building_id, Unit.gateway_id.is_(None)))
    return {
        unit_id: min(max(opened or today, earliest, heard.astimezone(zone).date() if heard else earliest), today)
        for unit_id, opened, heard in found
    }


def _why(gateway: Gateway) -> tuple[str, datetime]:
    """Why the gateway cannot watch, and since when."""
    if gateway.revoked_at is not None:
        return "gateway_revoked", gateway.revoked_at
    if gateway.last_seen_at is None:
        return "gateway_not_connected", gateway.created_at
    return "gateway_silent", gateway.last_seen_at


def _end_of(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of that day, or now while it is not over."""
    return min(now, datetime.combine(day + timedelta(days=1), time(), zone))


def _from(first: date, now: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days from `first` through today, and today in any case."""
    today = now.astimezone(zone).date()
    day = min(first, today)
    while day <= today:
        yield day
        day += timedelta(days=1)
