"""The daily automatic call (安否確認コール): at the resident's hour an alert that asks first, once for each day.

It is late rather than dropped: what fell due while no worker process ran is due until it is too late in the day to
ring; then the day's check is left open for a person.
"""

import logging
import random
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Absence, Alert, Building, Notification, Resident, SafetyCheck, Tenancy, Unit
from backend.core import daily_call
from backend.core.alerts import PRIORITY, State
from backend.core.daily_call import ANSWER_WITHIN_S, KIND, local
from backend.errors import NotFound
from backend.services import checks, escalation
from backend.services.raising import raise_alert

SOURCE = "backend"
VIEWER = "system:daily-call"
LONGEST_MISSED_DAYS = 31  # further back nobody opens anything, whatever a clock says
MOST_WAITING = 20  # more would not be called before their time to answer is over

REASON = ("毎日の安否確認の電話です。", "The daily call to see whether all is well.")

log = logging.getLogger(__name__)


def begin_due(store: Store, *, now: datetime) -> int:
    """Begin the calls that are due, as many as can be made soon; the others remain due. Return how many failed."""
    failed = 0
    with store.system_reading() as session:
        due = [(organisation_id, resident_id) for organisation_id, resident_id in session.execute(_due(session, now))]
        room = MOST_WAITING - _waiting(session) if due else 0
    for organisation_id, resident_id in random.sample(due, max(min(len(due), room), 0)):
        try:
            with store.session(organisation_id, viewer=VIEWER, purpose="daily call") as session:
                _begin(session, resident_id, now)
        except Exception:
            # Whatever is wrong with this resident's row, the others must be called.
            log.exception("resident %s: the daily call could not be begun and is tried again", resident_id)
            failed += 1
    return failed


def leave_missed_open(store: Store, *, now: datetime, days_ago: Collection[int]) -> int:
    """Put the check before a person of each of those days that went by without the call: no worker process ran.

    And today's, where it is too late to ring. Return how many failed.
    """
    failed = 0
    with store.system_reading() as session:
        missed = _missed(session, now, days_ago)
    for organisation_id, unit_id, day in random.sample(missed, min(len(missed), MOST_WAITING)):
        try:
            with store.session(organisation_id, viewer=VIEWER, purpose="daily call") as session:
                checks.leave_open(session, session.get_one(Unit, unit_id), "daily_call_missed", now, day)
        except Exception:
            # Whatever is wrong with this home's rows, the days of the others must be left open.
            log.exception("unit %s: the day without its call could not be left open and is tried again", unit_id)
            failed += 1
    return failed


def set_time(session: StoreSession, unit_id: int, resident_id: int, text: str, now: datetime) -> None:
    """Let a resident of the unit be called each day at that time ("09:30"; empty: not at all).

    Who was not called before is called from the next such time on, and not at once. Raises Invalid, and NotFound for
    somebody who does not live there.
    """
    chosen = daily_call.time_of_day(text)
    lives_there = select(Tenancy.id).where(Tenancy.unit_id == unit_id, Tenancy.resident_id == resident_id, *_lasts(now))
    if session.scalar(lives_there.limit(1)) is None:
        raise NotFound(f"resident {resident_id} of unit {unit_id}")
    resident = lock(session, Resident, resident_id)
    if not resident.daily_call_at:
        day, clock = local(now, session.get_one(Unit, unit_id).building.zone)
        resident.daily_call_from = day if chosen > clock else day + timedelta(days=1)
    resident.daily_call_at = chosen


def called_on(day: date, at: datetime) -> ColumnElement[bool]:
    """Say in a statement on units in which of them somebody lives at that instant who is to be called that day."""
    lives = select(Tenancy.id).join(Resident, Tenancy.resident_id == Resident.id).where(*_lasts(at))
    hour = (Resident.daily_call_at != "", Resident.daily_call_from <= day)
    return lives.where(Tenancy.unit_id == Unit.id, *hour).exists()


def _due(session: StoreSession, now: datetime) -> Select[int, int]:
    """The residents to be called now: who has an hour, lives there, is there, and was neither called nor checked on."""
    by_zone = []
    for zone, day, clock in _zones(session, now):
        if clock > daily_call.LAST_BEGUN:
            continue
        hour = (Resident.daily_call_from <= day, Resident.daily_call_at <= clock)
        done = _check(day).where(SafetyCheck.state == "done").exists()
        by_zone.append(and_(Building.zone == zone, *hour, ~_made(day), ~done))
    return (
        _at_home(Resident.organisation_id, Resident.id)
        .where(*_lasts(now), ~_absent(now, now), or_(False, *by_zone))
        .distinct()
    )


def _missed(session: StoreSession, now: datetime, days_ago: Collection[int]) -> list[tuple[int, int, date]]:
    """Return (organisation, unit, day) where somebody was at home all day and was neither called nor checked on."""
    found = _too_late(session, now)
    for (zone, today, _clock), ago in product(_zones(session, now), days_ago):
        day = today - timedelta(days=ago)
        begin, end = (datetime.combine(each, time(), ZoneInfo(zone)) for each in (day, day + timedelta(days=1)))
        lived = (Tenancy.since <= begin, or_(Tenancy.until.is_(None), Tenancy.until >= end))
        nothing = (~_made(day), ~_check(day).exists(), ~_absent(begin, end))
        hour = (Resident.daily_call_at != "", Resident.daily_call_from <= day)
        statement = _at_home(Unit.organisation_id, Unit.id).where(Building.zone == zone, *lived, *hour, *nothing)
        found += [(organisation, unit, day) for organisation, unit in session.execute(statement.distinct())]
    return found


def _too_late(session: StoreSession, now: datetime) -> list[tuple[int, int, date]]:
    """The same of today, where somebody would be due if it were not too late to ring."""
    found = []
    for zone, day, clock in _zones(session, now):
        if clock > daily_call.LAST_BEGUN:
            hour = (Resident.daily_call_from <= day, Resident.daily_call_at <= clock)
            nothing = (~_made(day), ~_check(day).exists(), ~_absent(now, now))
            of = _at_home(Unit.organisation_id, Unit.id).where(Building.zone == zone, *_lasts(now), *hour, *nothing)
            found += [(organisation, unit, day) for organisation, unit in session.execute(of.distinct())]
    return found


def _at_home(*columns: InstrumentedAttribute[int]) -> Select[int, int]:
    chosen: Select[int, int] = select(*columns)  # type: ignore[assignment]  # always two
    return (
        chosen.select_from(Resident)
        .join(Tenancy, Tenancy.resident_id == Resident.id)
        .join(Unit, Tenancy.unit_id == Unit.id)
        .join(Building, Unit.building_id == Building.id)
        .where(Resident.daily_call_at != "")
    )


def _zones(session: StoreSession, now: datetime) -> Iterator[tuple[str, date, str]]:
    """Yield the zones with the day and the time of day that it is there."""
    for zone in session.scalars(select(Building.zone).distinct()).all():
        try:
            yield zone, *local(now, zone)
        except (OSError, ValueError, KeyError):
            log.exception("%r is no time zone: the daily calls there cannot be made", zone)


def _made(day: date) -> ColumnElement[bool]:
    of = (Alert.organisation_id == Resident.organisation_id, Alert.source == SOURCE)
    return select(Alert.id).where(*of, Alert.ref == _ref(day.isoformat())).exists()


def _check(day: date) -> Select[int]:
    return select(SafetyCheck.id).where(SafetyCheck.unit_id == Unit.id, SafetyCheck.day == day)


def _ref(day: str) -> ColumnElement[str]:
    """core.daily_call.ref, in the database."""
    return literal(f"{KIND}-") + cast(Resident.id, String) + literal(f"-{day}")


def _lasts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Tenancy.since <= now, or_(Tenancy.until.is_(None), Tenancy.until > now)


def _absent(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Away or in hospital at some time of that span; and while a worker visits nobody has to be called."""
    over = or_(Absence.ended_at.is_(None), Absence.ended_at > since)
    announced = or_(Absence.until.is_(None), Absence.until > since)
    of = select(Absence.id).where(Absence.unit_id == Unit.id, Absence.since <= until)
    return of.where(over, announced).exists()


def _waiting(session: StoreSession) -> int:
    """How many daily calls were begun and not yet handed over."""
    pending = (Notification.state == "pending", Notification.purpose == "ask", Notification.channel == "voice")
    calls = select(func.count(Notification.id)).join(Alert, Notification.alert_id == Alert.id)
    return session.scalar(calls.where(*pending, Alert.kind == KIND)) or 0


def _begin(session: StoreSession, resident_id: int, now: datetime) -> None:
    lock(session, Resident, resident_id)  # of two processes that found it due the second finds it called
    if session.execute(_due(session, now).where(Resident.id == resident_id)).first() is None:
        return
    home = select(Unit).join(Tenancy, Tenancy.unit_id == Unit.id)
    lives = home.where(Tenancy.resident_id == resident_id, *_lasts(now)).order_by(Tenancy.since, Tenancy.id)
    unit = session.scalars(lives.limit(1)).one()
    alert = raise_alert(
        session,
        source=SOURCE,
        ref=daily_call.ref(resident_id, checks.today(unit, now)),
        kind=KIND,
        priority=PRIORITY[KIND],
        state=State.ASKING,
        building_id=unit.building_id,
        unit_id=unit.id,
        resident_id=resident_id,
        since=now,
        now=now,
        reason=REASON,
        open_due_at=now + timedelta(seconds=ANSWER_WITHIN_S),
    )
    escalation.start_asking(session, alert, now)
