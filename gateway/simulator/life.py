"""What befalls a resident beyond their habits: illness, absence, decline, collapse."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct

DAY_S = 86400.0
_MONTH_S = 30 * DAY_S
_ILL_A_MONTH, _AWAY_A_MONTH, _HOSPITAL_A_MONTH = 0.12, 0.1, 0.03
_WEAKEST = 0.9


class Span(Struct, frozen=True, order=True):
    """From `start` to `end`, Unix seconds."""

    start: float
    end: float

    def holds(self, at: float) -> bool:
        return self.start <= at < self.end


class Collapse(Struct, frozen=True, omit_defaults=True):
    """The resident lies still from `at` (Unix seconds) on, in `room`; in "" wherever they are then."""

    at: float
    room: str = ""


class Decline(Struct, frozen=True):
    """From `since` (Unix seconds) on a share of the resident's strength goes each month: 0.1 is a tenth."""

    since: float
    a_month: float


class Life(Struct, frozen=True, omit_defaults=True):
    """Away is away for days, on a journey or in hospital."""

    ill: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()
    decline: Decline | None = None
    collapse: Collapse | None = None

    def is_ill(self, at: float) -> bool:
        return any(span.holds(at) for span in self.ill)

    def weakness(self, at: float) -> float:
        """0 is as ever; never 1."""
        if self.decline is None:
            return 0.0
        return min(_WEAKEST, max(0.0, (at - self.decline.since) / _MONTH_S * self.decline.a_month))


def draw_life(seed: str, start: float, end: float, zone: ZoneInfo) -> Life:
    """Now and then some days of illness or away; the longer span begins with what befell in the shorter one."""
    ill: list[Span] = []
    away: list[Span] = []
    for month in _months(start, end, zone):
        draw = Random(f"{seed}|life|{month:%Y-%m}")
        first = month.timestamp() + draw.randrange(28) * DAY_S
        if draw.random() < _ILL_A_MONTH:
            ill.append(Span(first, first + draw.randint(2, 6) * DAY_S))
        if draw.random() < _AWAY_A_MONTH:
            away.append(_absence(first, draw.randint(2, 12), draw))
        if draw.random() < _HOSPITAL_A_MONTH:
            away.append(_absence(first, draw.randint(5, 25), draw))
    return Life(ill=tuple(ill), away=apart(away))


def _months(start: float, end: float, zone: ZoneInfo) -> Iterator[datetime]:
    month = datetime.fromtimestamp(start, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month.timestamp() < end:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def _absence(first: float, days: int, draw: Random) -> Span:
    leaves_h, returns_h = draw.uniform(8.5, 12), draw.uniform(13, 18)
    return Span(first + leaves_h * 3600, first + days * DAY_S + returns_h * 3600)


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Of two that overlap, the one that begins first."""
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or span.start > kept[-1].end + DAY_S:
            kept.append(span)
    return tuple(kept)
