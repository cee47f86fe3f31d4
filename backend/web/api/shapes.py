"""What the API answers, beside the contract's shapes. Instants are Unix seconds, UTC, of domain time."""

from typing import Annotated, Literal

from contract.reports import Evidence, Instant, SeenSign, SensorState, Words
from msgspec import Meta, Struct


class AlertsQuery(Struct, frozen=True):
    """`state` "live": not closed yet."""

    state: Literal["live", "closed"] = "live"
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class CommandsQuery(Struct, frozen=True):
    """`wait_s`: how long to hold the answer back while there is nothing to say."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    wait_s: Annotated[float, Meta(ge=0, le=60)] = 0.0


class AlertSummary(Struct, frozen=True):
    id: int
    building: str
    unit: str | None
    kind: str
    priority: str
    state: str
    since: Instant
    reason: Words
    due_at: Instant | None  # asking: when it opens; open: until when it should be claimed
    claimed_by: str | None
    outcome: str | None


class AlertDetail(Struct, frozen=True):
    alert: AlertSummary
    evidence: Evidence
    opened_at: Instant | None
    claimed_at: Instant | None
    arrived_at: Instant | None
    resumed_at: Instant | None
    closed_at: Instant | None


class Alerts(Struct, frozen=True):
    alerts: list[AlertSummary]


class Close(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Annotated[str, Meta(min_length=1, max_length=40)]
    note: Annotated[str, Meta(max_length=2000)] = ""


class UnitState(Struct, frozen=True):
    id: int
    building: str
    name: str
    watching: str
    presence: str
    heard_at: Instant | None
    last_sign: SeenSign | None
    learning_day: int | None
    learning_days: int | None
    gateway_silent: bool  # or not connected yet, or revoked: the rest may long have changed
    cannot_be_watched: bool
    because: str  # not_connected, revoked, silent, not_heard or cannot_watch; "" where it can be watched
    absence: str
    sensors: list[SensorState]


class Units(Struct, frozen=True):
    units: list[UnitState]
