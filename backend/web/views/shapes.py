"""What the pages show, as plain values: the templates reach for no database. Datetimes are aware UTC, domain time."""

from dataclasses import dataclass
from datetime import datetime

from contract.reports import Climate, Health, SeenSign, SensorState, Stranger

from backend.web.views.habit_shapes import Habits
from backend.web.views.rota_shapes import GapWarning


@dataclass(frozen=True)
class Away:
    """An announced absence that runs. `until` is None until further notice."""

    id: int
    kind: str  # away, hospital, visit
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Air:
    """The air of a unit. `aged`: its time has to be shown; not `known`: it says nothing about the present any more."""

    climate: Climate
    aged: bool
    known: bool


@dataclass(frozen=True)
class Person:
    """A resident as a worker needs to know them. `age` is None where no birth date is recorded."""

    id: int
    name: str
    kana: str
    age: int | None
    phone: str
    language: str
    told_in: str  # the language of our calls and messages: "ja" or "en"
    medical: str
    communication: str
    risks: str
    daily_call_at: str  # "09:30"; empty: no daily call


@dataclass(frozen=True)
class Place:
    """Where the unit is and how to get in."""

    unit_id: int | None
    building: str
    unit: str
    floor: int | None
    address: str
    zone: str
    key_place: str
    entry_consent: bool | None  # None: not recorded
    consent_note: str
    protocol: str


@dataclass(frozen=True)
class Reason:
    """One sentence in both languages."""

    ja: str
    en: str


@dataclass(frozen=True)
class Bar:
    """How many alerts nobody has claimed (`unclaimed` are their ids), and what keeps people from being reached.

    `put_off`: how many more are open for which nobody is called now. A storm counts as one alert.

    `failing`: the kinds of message ("sms", "voice") of which nothing arrives.
    """

    unclaimed: tuple[int, ...]
    p1: int
    others: int
    put_off: int
    worker_silent: bool
    failing: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """Why nobody is called for an open alert. `by` and `reason` are those of a snooze, else empty."""

    why: str  # core.noise.Why
    until: datetime | None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Card:
    """One alert on the triage board. `members`: what a storm is made of, as long as it lasts."""

    id: int
    priority: str
    kind: str
    state: str
    reason: Reason
    since: datetime
    due_at: datetime | None
    holder: str
    holder_id: int | None
    place: Place
    residents: tuple[Person, ...]
    outcome: str = ""
    closed_at: datetime | None = None
    contact_coming: str = ""  # the kind of contact who has said that they go and look; empty: nobody has
    visitors_coming: tuple[str, ...] = ()  # the workers, by name, who were sent and have said that they go
    held: Held | None = None
    comes_and_goes: bool = False
    incident_id: int | None = None
    members: tuple["Card", ...] = ()

    @property
    def unclaimed(self) -> bool:
        return self.state == "open"

    @property
    def put_off(self) -> bool:
        """Whether nobody is called for it now, not by an incident either."""
        return self.held is not None and self.held.why != "storm"

    @property
    def buildings(self) -> tuple[str, ...]:
        """Where the members are, each building once."""
        return tuple(dict.fromkeys(each.place.building for each in self.members))

    @property
    def name(self) -> str:
        return "・".join(person.name for person in self.residents)


@dataclass(frozen=True)
class UnitName:
    """A unit by its building and number, to be named in a line."""

    id: int
    name: str


@dataclass(frozen=True)
class BuildingName:
    """A building with its units, to be chosen."""

    id: int
    name: str
    units: tuple[UnitName, ...]


@dataclass(frozen=True)
class Work:
    """Maintenance of a building or a unit. `over` at the instant of looking, `began` likewise."""

    id: int
    place: str
    zone: str
    since: datetime
    until: datetime
    ended_at: datetime | None
    reason: str
    by: str
    ended_by: str
    began: bool
    over: bool


@dataclass(frozen=True)
class Board:
    """The triage list in the order in which things have to be done; members of a storm stand in its card alone."""

    unclaimed: tuple[Card, ...]
    held: tuple[Card, ...]
    asking: tuple[Card, ...]
    put_off: tuple[Card, ...]
    done: tuple[Card, ...]
    open_checks: tuple[UnitName, ...]
    blind_units: tuple[UnitName, ...]
    unconnected_units: tuple[UnitName, ...]  # blind as well: nothing was ever heard of them
    revoked_units: tuple[UnitName, ...]  # blind as well: their gateway is let in no more
    rota_gaps: tuple[GapWarning, ...]
    silent_gateways: tuple[str, ...]
    works: tuple[Work, ...]  # that last now
    self_test: str = ""  # services.self_tests.trouble, for those who see to it

    @property
    def calm(self) -> bool:
        return not (self.unclaimed or self.held or self.asking or self.put_off)


@dataclass(frozen=True)
class Reached:
    """How a message or a call to somebody went."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Reachable:
    """Somebody to call: the resident, a family member, a neighbour."""

    key: str  # resident:5, contact:3
    name: str
    kind: str
    phone: str
    disclosure: str = ""
    tried: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class Visitor:
    """A worker who was asked to go and look (`tried`: what came of it), or can be asked now (`able`)."""

    id: int
    name: str
    on_call: bool
    able: bool
    tried: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class Happening:
    """One line of an alert's timeline. `gap` marks what did not happen or is not known."""

    at: datetime
    who: str
    what: str
    detail: str = ""
    gap: bool = False


@dataclass(frozen=True)
class Unwatched:
    """A unit that a silent gateway leaves unwatched, and the last sign of life from before."""

    id: int
    name: str
    residents: tuple[str, ...]
    last_sign_at: datetime | None


@dataclass(frozen=True)
class CalledIn:
    """A call ("voice") or a text ("sms") from outside. `names`: everybody with that number; `number` "": withheld."""

    kind: str
    names: tuple[str, ...]
    number: str
    text: str
    at: datetime


@dataclass(frozen=True)
class AlertPage:
    """Everything of the first ten seconds."""

    card: Card
    opened_at: datetime | None
    held_since: datetime | None
    mine: bool
    free_to_take: bool  # whoever claimed it has no login: anybody may go on with it
    repeated: int
    presses: int
    resumed_at: datetime | None
    note: str
    spot: str
    signs: tuple[SeenSign, ...]
    silent_since: datetime | None
    limit_s: float | None
    usual_max_s: float | None
    usual_days: int | None
    presence: str
    door: str
    absences: tuple[Away, ...]
    air: Air | None
    sensors: tuple[SensorState, ...]
    unheard: str  # why nobody knows how the unit is now (views.present.Blind); "" where it is known
    reachable: tuple[Reachable, ...]
    other_open: tuple[Card, ...]
    last_visit: datetime | None
    check: str
    timeline: tuple[Happening, ...]
    contacts_can_be_called: bool
    visitors: tuple[Visitor, ...] = ()
    visiting: bool = False  # whether the viewer was sent, and has said that they go
    unwatched: tuple[Unwatched, ...] = ()
    works: tuple[Work, ...] = ()
    called_in: CalledIn | None = None
    photos: tuple[int, ...] = ()  # the residents of whom there is one
    can_act: bool = True
    can_snooze: bool = False


@dataclass(frozen=True)
class UnitTile:
    """One unit in the list: last sign of life, whether it can be watched, how its sensors are."""

    place: Place
    residents: tuple[Person, ...]
    watching: str
    presence: str
    last_sign: SeenSign | None
    learning_day: int | None
    learning_days: int | None
    air: Air | None
    sensors: tuple[SensorState, ...]
    heard_at: datetime | None
    absences: tuple[Away, ...]
    open_alerts: tuple[Card, ...]
    unheard: str  # why its gateway is not heard (views.present.Blind); "" where it is
    blind: str  # why it cannot be watched; "" where it can
    check_open: bool


@dataclass(frozen=True)
class UnitPage:
    """One unit: as in the list, how to get in, its past alerts, and what has changed in the resident's days."""

    tile: UnitTile
    place: Place
    past: tuple[Card, ...]
    photos: tuple[int, ...]  # the residents of whom there is one
    habits: Habits


@dataclass(frozen=True)
class Refusal:
    """A gateway's report that was not taken, without what it says of a person. `type`, `kind`: as in the contract."""

    at: datetime
    problem: str
    type: str
    kind: str
    unit: str


@dataclass(frozen=True)
class GatewayTile:
    """One gateway: when it was last heard, what it says about itself, and its last reports that were not taken.

    `heard`: none can take its place before it is revoked.
    """

    id: int
    building_id: int
    name: str
    building: str
    zone: str
    last_seen_at: datetime | None
    silent: bool
    heard: bool
    revoked_at: datetime | None
    queued: int
    health: Health | None
    refused: tuple[Refusal, ...] = ()
    strangers: tuple[tuple[datetime, Stranger], ...] = ()
    """Devices that hang nowhere, each with when it was heard last."""
