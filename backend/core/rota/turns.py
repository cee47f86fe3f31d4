"""Whose turn it is in one layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.core.rota.holidays import is_holiday
from backend.core.rota.local import instant_of
from backend.core.rota.shapes import Hours, Layer

_ONE_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Turn:
    """Who the layer names from `since` until `until`."""

    people: tuple[str, ...]
    since: datetime
    until: datetime


def turn_at(layer: Layer, at: datetime) -> Turn | None:
    """Return the turn that holds at `at`; None before the first one, outside the layer's hours, and without turns."""
    if not layer.turns or (layer.since and at < layer.since) or (layer.until and at >= layer.until):
        return None
    number = _number(layer, at)
    open_hours = _hours_at(layer, at) if layer.hours else (handover(layer, number), handover(layer, number + 1))
    if number < 0 or open_hours is None:
        return None
    since = max(handover(layer, number), open_hours[0], layer.since or open_hours[0])
    until = min(handover(layer, number + 1), open_hours[1], layer.until or open_hours[1])
    return Turn(layer.turns[number % len(layer.turns)], since, until)


def handover(layer: Layer, number: int) -> datetime:
    """Return when turn `number` begins, counted from 0."""
    rotation = layer.rotation
    return instant_of(rotation.start + number * rotation.days * _ONE_DAY, rotation.handover, ZoneInfo(layer.zone))


def periods(layer: Layer, since: datetime, until: datetime) -> Iterator[Turn]:
    """Return the whole turns that touch the span, whatever the layer's hours."""
    number = max(0, _number(layer, since))
    while layer.turns and handover(layer, number) < until:
        turn = Turn(layer.turns[number % len(layer.turns)], handover(layer, number), handover(layer, number + 1))
        number += 1
        if turn.until > since:
            yield turn


def edges(layer: Layer, since: datetime, until: datetime) -> Iterator[datetime]:
    """Return the instants, in no order, at which the layer's turn may change between `since` and `until`."""
    yield from (at for at in (layer.since, layer.until) if at is not None)
    for turn in periods(layer, since, until):
        yield from (turn.since, turn.until)
    zone = ZoneInfo(layer.zone)
    day, last = since.astimezone(zone).date() - _ONE_DAY, until.astimezone(zone).date() + _ONE_DAY
    while day <= last:
        for hours in layer.hours:
            yield from _span(hours, day, zone)
        day += _ONE_DAY


def _number(layer: Layer, at: datetime) -> int:
    """Which turn it is, counted from 0; negative before the first."""
    rotation = layer.rotation
    number = (at.astimezone(ZoneInfo(layer.zone)).date() - rotation.start).days // rotation.days
    while handover(layer, number) > at:
        number -= 1
    while handover(layer, number + 1) <= at:
        number += 1
    return number


def _hours_at(layer: Layer, at: datetime) -> Span | None:
    """Return the hours of the layer that `at` lies in."""
    zone = ZoneInfo(layer.zone)
    today = at.astimezone(zone).date()
    for hours in layer.hours:
        for day in (today - _ONE_DAY, today, today + _ONE_DAY):  # tomorrow's: clocks were put back past midnight
            begin, end = _span(hours, day, zone)
            if begin <= at < end and _fall_on(hours, day):
                return begin, end
    return None


def _span(hours: Hours, day: date, zone: ZoneInfo) -> Span:
    last = day if hours.end > hours.begin else day + _ONE_DAY
    return instant_of(day, hours.begin, zone), instant_of(last, hours.end, zone)


def _fall_on(hours: Hours, day: date) -> bool:
    if hours.holidays != "ignored" and is_holiday(day):
        return hours.holidays == "included"
    return day.weekday() in hours.weekdays
