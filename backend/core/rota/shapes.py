"""A rota as plain values: rules and exceptions, never shifts. Instants are aware UTC datetimes.

A *person* is named as the outbox names them: "worker:3", or "partner:2" for another organisation's number.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

Holidays = Literal["ignored", "excluded", "included"]
EVERY_DAY = frozenset(range(7))
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # before everything


@dataclass(frozen=True)
class Hours:
    """Times of day on some days of the week (0 is Monday), local time.

    The day is the one on which they begin. An `end` that is not after `begin` is on the next day, so equal ones are a
    whole day. `holidays`: whether Japan's make no difference, are left out, or count whatever their weekday.
    """

    weekdays: frozenset[int]
    begin: time
    end: time
    holidays: Holidays = "ignored"


@dataclass(frozen=True)
class Rotation:
    """The first turn begins on `start` at `handover`, local time; each one lasts `days`."""

    days: int
    start: date
    handover: time


@dataclass(frozen=True)
class Layer:
    """Turns that follow each other without end, in `hours` (none: at all times).

    A turn is one person, or several who are called together. The layer holds from `since` until `until`.
    """

    ref: str
    zone: str
    rotation: Rotation
    turns: tuple[tuple[str, ...], ...]
    hours: tuple[Hours, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Override:
    """`people` are on call from `since` until `until`, whatever the layers say.

    With `instead_of` they only stand in for that person, wherever that person would have been on call.
    """

    ref: str
    since: datetime
    until: datetime
    people: tuple[str, ...]
    instead_of: str | None = None


@dataclass(frozen=True)
class Leave:
    """A person is never on call from `since` until `until` (None: until further notice)."""

    person: str
    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Rota:
    """`layers` from the lowest to the highest, `overrides` from the oldest to the newest."""

    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
