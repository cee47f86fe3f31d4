"""What the pages of a rota show, as plain values. Datetimes are aware UTC of domain time, texts in the rota's zone."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Choice:
    """Something to be chosen in a form."""

    value: str
    label: str


@dataclass(frozen=True)
class Bar:
    """A shift, or a gap, within one day: from `x` on so wide, both in % of the day. `colour` is -1 for a gap."""

    x: float
    width: float
    begin: str
    end: str
    label: str
    colour: int


@dataclass(frozen=True)
class Row:
    """One day of the week's picture. `now_x`: where now is, in %, where that is this day."""

    day: date
    rest: bool  # a weekend or a holiday
    bars: tuple[Bar, ...]
    ticks: tuple[float, ...]  # where 6, 12 and 18 o'clock are
    now_x: float | None


@dataclass(frozen=True)
class Duty:
    """Who is on call, by which layer (or by an override), and until when."""

    people: str
    why: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class GapLine:
    """Nobody is on call. `since` None: already now. `until` None: beyond what was looked at."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class GapWarning:
    """A building for which nobody will be called. `gap` None: it follows no rota at all."""

    building: str
    rota_id: int | None
    zone: str
    gap: GapLine | None


@dataclass(frozen=True)
class ExceptionLine:
    """An override, one half of a swap, or a leave. `until` None: until further notice."""

    key: str  # override-5, leave-3
    kind: str  # override, instead, swap, leave
    people: str
    instead_of: str
    since: datetime
    until: datetime | None
    note: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class LayerLine:
    """A layer in words, the highest first. `begins`, `ends`: where it does so later than now."""

    ref: str
    name: str
    zone: str
    days: int
    handover: str
    turns: tuple[str, ...]
    hours: tuple["HoursLine", ...]
    begins: datetime | None
    ends: datetime | None


@dataclass(frozen=True)
class HoursLine:
    weekdays: tuple[int, ...]
    begin: str
    end: str
    holidays: str


@dataclass(frozen=True)
class RotaPage:
    """A rota at a glance: now, next, what is missing, and one week of it (Monday first)."""

    id: int
    name: str
    zone: str
    buildings: tuple[str, ...]
    now: Duty | None
    next: Duty | None
    gaps: tuple[GapLine, ...]
    week: date
    rows: tuple[Row, ...]
    people: tuple[tuple[int, str], ...]  # who is in the picture: colour and name
    exceptions: tuple[ExceptionLine, ...]
    layers: tuple[LayerLine, ...]


@dataclass(frozen=True)
class RotaForms:
    """What there is to choose from in the forms of a rota."""

    people: tuple[Choice, ...]  # everybody who can be on call
    workers: tuple[Choice, ...]
    parts: tuple[Choice, ...]  # what can be swapped: person|since|until
    since: str  # the next full hour, as a form writes it
    until: str
    feed_made_at: datetime | None
    own_feed_made_at: datetime | None
