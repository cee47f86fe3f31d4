"""What the gateways say has changed in a resident's days, and what it means when they say nothing."""

from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec
from contract.reports import Change, Comparing
from sqlalchemy import select

from backend.adapters.store.schema import RhythmChange, Unit
from backend.adapters.store.session import StoreSession
from backend.services.residents import moved_in
from backend.web.formats import moment
from backend.web.views import chart, present
from backend.web.views.habit_shapes import Habit, Habits

SHOWN_FOR = timedelta(weeks=12)
MOST_SHOWN = 50
STALE_AFTER = timedelta(days=9)  # a week, and time for the report to come


def page(session: StoreSession, unit: Unit, now: datetime) -> Habits:
    """Return the changes since the resident moved in: those of whoever lived there before are nobody's business."""
    since = moved_in(session, unit.id, now)
    if since is None:
        return Habits("nobody")
    said = present.known(session, [unit])[unit.id]
    comparing = said.current.comparing if said.current and not said.unheard else None
    return _state(comparing, now - since, now, _found(session, unit, since, now))


def _state(comparing: Comparing | None, lived: timedelta, now: datetime, found: tuple[Habit, ...]) -> Habits:
    if comparing is None:
        return Habits("unknown", found=found)
    days, at = min(comparing.days, lived.days), None if comparing.at is None else moment(comparing.at)
    if at is None or lived.days < comparing.needs:
        return Habits("learning", days, comparing.needs, found=found)
    return Habits(
        "stale" if now - at > STALE_AFTER else "compared", days, comparing.needs, at, tuple(comparing.compared), found
    )


def _found(session: StoreSession, unit: Unit, since: datetime, now: datetime) -> tuple[Habit, ...]:
    """The newest of each kind, with what was said of it before."""
    statement = select(RhythmChange).where(RhythmChange.unit_id == unit.id, RhythmChange.at > now - SHOWN_FOR)
    rows = session.scalars(statement.order_by(RhythmChange.at.desc(), RhythmChange.id.desc()).limit(MOST_SHOWN))
    reports = [(row.at, msgspec.convert(row.body, Change)) for row in rows]
    theirs = [(at, report) for at, report in reports if _begins(report, unit.building.zone) >= since]
    by_kind = groupby(sorted(theirs, key=lambda each: each[1].what), key=lambda each: each[1].what)
    habits = [_habit([*group], unit.building.zone) for _, group in by_kind]
    return tuple(sorted(habits, key=lambda habit: habit.at, reverse=True))


def _begins(report: Change, zone: str) -> datetime:
    """The first moment that the report tells of."""
    if not report.days:
        return moment(report.since)
    return datetime.fromisoformat(report.days[0].day).replace(tzinfo=ZoneInfo(zone))


def _habit(reports: list[tuple[datetime, Change]], zone: str) -> Habit:
    (at, newest), *others = reports
    return Habit(
        what=newest.what,
        words=newest.words,
        at=at,
        before=chart.level(newest.what, newest.before),
        now=chart.level(newest.what, newest.now),
        chart=chart.draw(newest, zone) if newest.days else None,
        earlier=tuple((when, report.words) for when, report in others),
    )
