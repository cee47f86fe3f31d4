"""What the API says and takes about rotas. People are named "worker:3" or "partner:2"; instants are Unix seconds."""

from typing import Annotated, Literal

from contract.reports import Instant
from msgspec import Meta, Struct

from backend.web.numbers import RowId

Person = Annotated[str, Meta(min_length=1, max_length=40)]
Note = Annotated[str, Meta(max_length=200)]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Moment = Annotated[float, Meta(ge=0, le=7_258_118_400)]  # until the year 2200


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent: a field that is misspelt is refused and not overlooked."""


class SpanQuery(Struct, frozen=True):
    """`since` None: now. `until` None: 14 days after it; at most 100 days."""

    since: Moment | None = None
    until: Moment | None = None


class MomentQuery(Struct, frozen=True):
    """`at` None: now."""

    at: Moment | None = None


class NamedPerson(Struct, frozen=True):
    person: str
    name: str


class RotaSummary(Struct, frozen=True):
    id: int
    name: str
    zone: str
    buildings: list[int]


class Rotas(Struct, frozen=True):
    rotas: list[RotaSummary]
    people: list[NamedPerson]


class Shift(Struct, frozen=True):
    """`by` says why: the layer or override `ref`. `changed_by`: overrides by which somebody stands in."""

    since: Instant
    until: Instant
    people: list[str]
    by: Literal["layer", "override"]
    ref: str
    changed_by: list[str]


class Gap(Struct, frozen=True):
    since: Instant
    until: Instant


class OnCallAt(Struct, frozen=True):
    """`shift` None: nobody is on call."""

    at: Instant
    shift: Shift | None


class Coverage(Struct, frozen=True):
    """Who is on call from `since` until `until`, and when nobody is."""

    since: Instant
    until: Instant
    shifts: list[Shift]
    gaps: list[Gap]


class HoursOfLayer(Strict, frozen=True):
    """`weekdays`: 0 is Monday. An `end` that is not after `begin` is on the next day."""

    weekdays: list[Annotated[int, Meta(ge=0, le=6)]]
    begin: TimeOfDay
    end: TimeOfDay
    holidays: Literal["ignored", "excluded", "included"] = "ignored"


class LayerBody(Strict, frozen=True):
    """`ref`: the layer whose place it takes; without, it is a new one on top. `since`: when; without, now."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    days: Annotated[int, Meta(ge=1, le=91)]
    start: Day
    handover: TimeOfDay
    turns: Annotated[list[list[Person]], Meta(min_length=1, max_length=60)]
    hours: Annotated[list[HoursOfLayer], Meta(max_length=14)] = []
    zone: Annotated[str, Meta(max_length=40)] = "Asia/Tokyo"
    ref: str | None = None
    since: Moment | None = None


class LayerState(Struct, frozen=True):
    ref: str
    name: str
    zone: str
    days: int
    start: str
    handover: str
    turns: list[list[str]]
    hours: list[HoursOfLayer]
    since: Instant
    until: Instant | None


class OverrideState(Struct, frozen=True):
    id: int
    since: Instant
    until: Instant
    people: list[str]
    instead_of: str | None
    swap: str | None
    note: str


class LeaveState(Struct, frozen=True):
    id: int
    person: str
    since: Instant
    until: Instant | None
    note: str


class RotaDetail(Struct, frozen=True):
    """The rules that hold now or are to hold later, the lowest layer and the oldest override first."""

    rota: RotaSummary
    layers: list[LayerState]
    overrides: list[OverrideState]
    leaves: list[LeaveState]


class NewRota(Strict, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    zone: Annotated[str, Meta(max_length=40)] = "Asia/Tokyo"


class Buildings(Strict, frozen=True):
    buildings: Annotated[list[RowId], Meta(max_length=1000)]


class Order(Strict, frozen=True):
    """The refs of all layers, the lowest first."""

    layers: Annotated[list[str], Meta(max_length=100)]


class End(Strict, frozen=True):
    """`at` None: now."""

    at: Moment | None = None


class OverrideBody(Strict, frozen=True):
    since: Moment
    until: Moment
    people: Annotated[list[Person], Meta(min_length=1, max_length=10)]
    instead_of: Person | None = None
    note: Note = ""


class PartBody(Strict, frozen=True):
    person: Person
    since: Moment
    until: Moment


class SwapBody(Strict, frozen=True):
    one: PartBody
    other: PartBody
    note: Note = ""


class LeaveBody(Strict, frozen=True):
    """`until` None: until further notice."""

    person: Person
    since: Moment
    until: Moment | None = None
    note: Note = ""


class PartnerState(Struct, frozen=True):
    id: int
    name: str
    phone: str
    language: str


class Partners(Struct, frozen=True):
    partners: list[PartnerState]


class PartnerBody(Strict, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    phone: Annotated[str, Meta(min_length=1, max_length=40)]
    language: Literal["ja", "en"] = "ja"
