"""Gateway → backend reports and backend → gateway commands.

CPython only (msgspec); the OpenAPI document is generated from these classes. All instants are Unix seconds, UTC, of
domain time. A batch is idempotent on (gateway, journal, seq): `journal` names one life of the gateway's database, so
that a gateway that lost its disk does not have its new numbers taken for old ones. Every batch is a sign of life of
the gateway; an empty one is its heartbeat.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=1000)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Instant = Annotated[float, Meta(ge=0, le=32503680000)]  # 1970 to the year 3000: a clock that is further off is broken
Seq = Annotated[int, Meta(ge=1, le=2**53)]
Glimpse = Annotated[str, Meta(max_length=300)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Code = Annotated[str, Meta(pattern="^[A-Z0-9]{0,16}$")]
Sealed = Annotated[str, Meta(max_length=100_000)]  # base85; the backend keeps it and cannot read it

Presence = Literal["home", "away", "asleep", "unknown"]
Watching = Literal["watching", "learning", "cannot_watch", "paused", "unknown"]
NodeSource = Literal["native", "zigbee2mqtt", "tasmota", "esphome", "echonet", "homeassistant"]
AlertKind = Literal[
    "emergency",  # button or pull-cord
    "smoke",
    "inactivity",
    "bathroom",
    "night_out",  # left by the entrance at an unusual hour of the night, and not back
    "water_running",  # far longer than ever in this home
    "no_water",  # used by somebody who is at home
    "monitoring_lost",  # a unit that can no longer be watched
    "leak",
    "node_lost",
    "sensor_fault",  # stuck, chattering, cut wire
    "battery_low",
    "tamper",
    "clock",
]
Stage = Literal["asking", "open", "resumed", "answered"]


DIAL: Mapping[int, float] = MappingProxyType({months: 1 / months for months in (1, 2, 4, 8, 12)})
"""The positions of a coordinator's dial: one needless check in so many months of 30 days -> checks per 30 days."""


LONGEST_ABSENCE_S: Mapping[str, float] = MappingProxyType(
    {"away": 30 * 86400.0, "hospital": 90 * 86400.0, "visit": 4 * 3600.0}
)
"""After how many seconds an absence until further notice ends by itself: one that was forgotten blinds the watch."""


class Words(Struct, frozen=True, omit_defaults=True):
    """One sentence a worker can read aloud."""

    ja: Text
    en: Text


class SeenSign(Struct, frozen=True):
    at: Instant
    room: Name
    kind: Name


class SensorState(Struct, frozen=True, omit_defaults=True):
    node: Name
    room: Name
    state: Literal["ok", "offline", "stuck", "chattering", "battery_low", "tamper", "never_seen", "unknown"]
    last_seen: Instant | None = None
    battery_v: float | None = None
    rssi_dbm: float | None = None


class Climate(Struct, frozen=True):
    at: Instant
    temperature_c: float
    humidity_pct: float
    wbgt_c: float


class Evidence(Struct, frozen=True, omit_defaults=True):
    """What the gateway saw, so that nobody has to take its word."""

    signs: Annotated[list[SeenSign], Meta(max_length=10)] = []
    silence_s: float | None = None
    limit_s: float | None = None
    usual_max_s: float | None = None  # the longest silence at this time of day in the days learned from
    usual_days: int | None = None
    presence: Presence = "unknown"
    door: Literal["open", "closed", "unknown"] = "unknown"
    climate: Climate | None = None
    sensors: Annotated[list[SensorState], Meta(max_length=64)] = []
    presses: int = 0  # how often a button was pressed in this alert
    place: Text = ""  # which room the button hangs in, which node was lost


class Alert(Struct, frozen=True, tag="alert", omit_defaults=True):
    """An alert's beginning or a later stage of it; `alert` stays the same through all stages."""

    alert: Name
    unit: Name
    kind: AlertKind
    stage: Stage
    since: Instant
    reason: Words
    evidence: Evidence = Evidence()
    ask_until: Instant | None = None  # stage asking: until when the node asks
    open_at: Instant | None = None  # stage asking: when it opens to the workers if nobody answers


class Comparing(Struct, frozen=True, omit_defaults=True):
    """How far the weekly comparison of a unit's days has come: without it, no change said is no news at all."""

    days: int  # that count, of those it needs
    needs: int
    at: Instant | None = None  # when days were last compared
    compared: list[Name] = []  # what of them: names as in `Change.what`


class UnitLive(Struct, frozen=True, tag="unit_live", omit_defaults=True):
    unit: Name
    watching: Watching
    presence: Presence = "unknown"
    last_sign: SeenSign | None = None
    learning_day: int | None = None
    learning_days: int | None = None
    deadline: Instant | None = None
    climate: Climate | None = None
    sensors: Annotated[list[SensorState], Meta(max_length=64)] = []
    comparing: Comparing | None = None


class UnitHour(Struct, frozen=True, tag="unit_hour", omit_defaults=True):
    unit: Name
    hour: Instant  # its beginning
    counts: dict[Name, int]  # signs by room
    observed_min: float
    presence: dict[str, float] = {}  # minutes at home, away, asleep, unknown
    temperature_c: float | None = None
    humidity_pct: float | None = None
    usual_low: float | None = None  # the learned range of signs in this hour
    usual_high: float | None = None


class DayValue(Struct, frozen=True):
    day: Day
    value: float


class Change(Struct, frozen=True, tag="change", omit_defaults=True):
    """A habit has moved to another level: `before` and `now` are means of daily values.

    what: night_rising, toilet_night, toilet_day, bathroom_night, bathroom_day, outings (times a day), rising, bedtime
    (hours after the midnight with which the day begins, also above 24), active_day (hours). A day's numbers are those
    from its noon to the next. Days that do not count, as those of an absence, are left out of `days`.
    """

    unit: Name
    what: Name
    since: Instant  # about: the noon of the first day of the new level
    before: float
    now: float
    words: Words
    days: Annotated[list[DayValue], Meta(max_length=84)] = []  # oldest first


class Cost(Struct, frozen=True):
    """How long after a collapse at home the watch would have begun to ask, with one needless check in `months`.

    Hours, from the resident's own past days: half of the instants stay below the median, nine in ten below the other;
    at any hour, and from 7 to 22 h. None where the resident was never at home then.
    """

    months: Annotated[int, Meta(ge=1, le=120)]
    median_h: float | None
    nine_in_ten_h: float | None
    day_median_h: float | None
    day_nine_in_ten_h: float | None


class Dial(Struct, frozen=True, tag="dial", omit_defaults=True):
    """What each position of the dial costs in this unit. No costs: the home is still being learned."""

    unit: Name
    days: int  # recorded ones that it rests on
    outings_known: bool  # else hours out count as hours at home
    costs: Annotated[list[Cost], Meta(max_length=20)] = []


class Stranger(Struct, frozen=True, omit_defaults=True):
    """A node that hangs in no unit: what it reports, and its last messages, for whoever has to give it a place."""

    node: Name
    last_at: Instant
    kinds: Annotated[list[Name], Meta(max_length=20)] = []
    messages: Annotated[list[Glimpse], Meta(max_length=3)] = []  # topic and beginning of the body, the latest first


class Health(Struct, frozen=True, tag="health", omit_defaults=True):
    version: Name
    uptime_s: float
    broker: Literal["ok", "down", "unknown"]
    disk_free_mb: float | None = None
    queued: int = 0
    journal_rows: int = 0
    refused: dict[str, int] = {}  # messages nobody could read, by reason
    unassigned: Annotated[list[Name], Meta(max_length=100)] = []  # nodes heard that hang in no unit
    strangers: Annotated[list[Stranger], Meta(max_length=20)] = []  # of these, what is known of those heard last


class RhythmBackup(Struct, frozen=True, tag="rhythm_backup"):
    """What was learned of a unit. `key` names the recovery key that opens it, and says nothing of it."""

    unit: Name
    key: Name
    sealed: Sealed


class SelfTest(Struct, frozen=True, tag="self_test"):
    """The backend's own test of the way that alerts go: it reports this to itself, and no gateway does."""

    run: Seq


Report = Alert | UnitLive | UnitHour | Change | Dial | Health | RhythmBackup | SelfTest


class Numbered(Struct, frozen=True):
    seq: Seq
    at: Instant
    report: Report


class Batch(Struct, frozen=True, omit_defaults=True):
    """The body of ``POST /api/v1/gateway/reports``."""

    journal: Name
    sent_at: Instant
    reports: Annotated[list[Numbered], Meta(max_length=500)] = []
    queued: int = 0


class Outcome(Struct, frozen=True, omit_defaults=True):
    seq: int
    result: Literal["stored", "duplicate", "refused"]
    problem: str = ""


class BatchReply(Struct, frozen=True):
    """Sent only after the commit; the gateway forgets what is listed here, and counts what was refused."""

    results: list[Outcome]


# --- commands -------------------------------------------------------------------------------------------------------


class NodePlace(Struct, frozen=True, omit_defaults=True):
    """Which node hangs where, and from when until when: a node can move without being touched."""

    node: Name
    unit: Name
    room: Name
    since: Instant
    until: Instant | None = None
    source: NodeSource = "native"
    mains: bool = False
    kinds: list[Name] = []  # what it reports; decides whether a unit can still be watched


class UnitSettings(Struct, frozen=True, omit_defaults=True):
    unit: Name
    false_alarms_per_30_days: Annotated[float, Meta(gt=0, le=10)] = 0.25


class Building(Struct, frozen=True, omit_defaults=True):
    """All that a gateway must know about its building; always sent whole."""

    zone: Name  # IANA
    units: list[UnitSettings]
    nodes: list[NodePlace]
    ask_node_s: Annotated[float, Meta(ge=0, le=3600)] = 120.0
    ask_total_s: Annotated[float, Meta(ge=0, le=7200)] = 360.0


class Configure(Struct, frozen=True, tag="configure"):
    building: Building


class Absence(Struct, frozen=True, tag="absence", omit_defaults=True):
    """Announced: away, in hospital, or a worker's visit in progress.

    `until` None means until further notice, and no longer than `LONGEST_ABSENCE_S` of its kind.
    """

    unit: Name
    kind: Literal["away", "hospital", "visit"]
    since: Instant
    until: Instant | None = None


class AbsenceEnded(Struct, frozen=True, tag="absence_ended"):
    unit: Name
    kind: Literal["away", "hospital", "visit"]
    at: Instant


class Receipt(Struct, frozen=True, tag="receipt"):
    """How far an alert has come; passed on to the node that raised it."""

    alert: Name
    stage: Literal["backend", "claimed", "coming"]


class Answered(Struct, frozen=True, tag="answered"):
    """The resident answered the automatic call."""

    alert: Name
    at: Instant


class Closed(Struct, frozen=True, tag="closed"):
    """How an alert ended, so that the rhythm learns from a false one and not from a real one."""

    alert: Name
    at: Instant
    verdict: Literal["false", "real", "unknown"]


class Restore(Struct, frozen=True, tag="restore"):
    """What a unit's gateway before this one had learned, as it came in a `RhythmBackup`."""

    unit: Name
    sealed: Sealed


Command = Configure | Absence | AbsenceEnded | Receipt | Answered | Closed | Restore


class NumberedCommand(Struct, frozen=True):
    n: Seq
    command: Command


class Commands(Struct, frozen=True):
    """The answer of ``GET /api/v1/gateway/commands?after=N&wait_s=S``."""

    commands: list[NumberedCommand]


# --- how a gateway comes in -----------------------------------------------------------------------------------------


class Enrol(Struct, frozen=True):
    """The body of ``POST /api/v1/gateway/enrolments``: the SHA-256 of the secret that the gateway has made, in hex."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Enrolling(Struct, frozen=True):
    """Its answer. `code` is for a coordinator to type; asked for again, it is another one. Empty: it was used."""

    enrolment: Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,64}$")]
    code: Code
    expires_in_s: Annotated[float, Meta(ge=0, le=86_400)]


class Enrolment(Struct, frozen=True, omit_defaults=True):
    """The answer of ``GET /api/v1/gateway/enrolments/<id>``, asked with the secret as a bearer token.

    Paired, the gateway is called `gateway` from now on, and its credential is ``<gateway>.<secret>``.
    """

    state: Literal["waiting", "expired", "paired"]
    gateway: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{0,40}$")] = ""


class WantRestores(Struct, frozen=True):
    """The body of ``POST /api/v1/gateway/restores``: the recovery key that the gateway has now, as in RhythmBackup."""

    key: Name


class Restores(Struct, frozen=True):
    """Its answer: of how many units a `Restore` is on its way, and how many of them that key opens."""

    units: int
    opened_by_key: int
