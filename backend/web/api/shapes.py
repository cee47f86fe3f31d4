"""What the API answers, beside the contract's shapes. Instants are Unix seconds, UTC, of domain time."""

from typing import Annotated, Literal

from contract.reports import Cost, Evidence, Instant, SeenSign, SensorState, Words
from msgspec import Meta, Struct

from backend.core.noise import LONGEST_SNOOZE_S, SnoozeReason, Why
from backend.web.numbers import RowId


class AlertsQuery(Struct, frozen=True):
    """`state` "live": not closed yet."""

    state: Literal["live", "closed"] = "live"
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class CommandsQuery(Struct, frozen=True):
    """`wait_s`: how long to hold the answer back while there is nothing to say."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    wait_s: Annotated[float, Meta(ge=0, le=60)] = 0.0


class Held(Struct, frozen=True):
    """Why nobody is called for an open alert. `by` and `reason` are those of a snooze, else empty."""

    why: Why
    until: Instant | None  # None: as long as its incident is open
    by: str
    reason: str


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
    held: Held | None
    comes_and_goes: bool
    incident: int | None  # the alert of kind "storm" that this one is a part of


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


class PutOff(Struct, frozen=True, forbid_unknown_fields=True):
    """`for_s`: at most 8 hours."""

    for_s: Annotated[float, Meta(gt=0, le=LONGEST_SNOOZE_S)]
    reason: SnoozeReason


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """Work on the equipment of a building, or of one of its units; at most 24 hours of it."""

    building: RowId
    since: Instant
    until: Instant
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    unit: RowId | None = None


class Work(Struct, frozen=True):
    id: int
    place: str
    since: Instant
    until: Instant
    ended_at: Instant | None  # before its time
    reason: str
    by: str
    state: Literal["planned", "running", "over"]


class Works(Struct, frozen=True):
    """What lasts or is planned, the next first; then what is over, the last first."""

    works: list[Work]


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


class TurnDial(Struct, frozen=True, forbid_unknown_fields=True):
    """`months`: of one of the positions."""

    months: Annotated[int, Meta(ge=1, le=120)]


class DialPosition(Struct, frozen=True):
    """One needless check in so many months of 30 days. `cost` is null where nobody knows it for this home."""

    months: int
    checks_per_30_days: float
    in_force: bool
    cost: Cost | None


class DialTurned(Struct, frozen=True):
    """Needless checks per 30 days, before and after."""

    at: Instant
    by: str
    before: float
    after: float


class DialState(Struct, frozen=True):
    """The dial of a unit. `months` is null where what is in force is none of the positions.

    `days`: recorded ones that the costs rest on; without `outings_known` they count hours out as hours at home.
    `turned`: the last turn first; `gateway` says whether it has been taken over there.
    """

    unit: int
    months: int | None
    checks_per_30_days: float
    positions: list[DialPosition]
    reckoned_at: Instant | None
    days: int
    outings_known: bool
    turned: list[DialTurned]
    gateway: Literal["not_turned", "no_gateway", "under_way", "taken_over"]
    taken_over_at: Instant | None
