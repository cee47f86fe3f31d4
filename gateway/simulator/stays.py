"""Somebody is in a room for a while, in some manner; what the sensors there notice of it."""

from collections.abc import Iterator
from math import log
from random import Random

from msgspec import Struct
from msgspec.structs import replace

OUTDOORS = "outdoors"
HALL = "entrance"
_DOOR_OPEN_S = (6.0, 25.0)
_IN_THE_HALL_S = 45.0


class Firing(Struct, frozen=True):
    """A sensor in `room` noticed something at `at` (Unix time): "motion" or "contact" (1 or 0), "water" (l/min)."""

    at: float
    room: str
    kind: str
    value: int


class Manner(Struct, frozen=True):
    """How somebody moves: every `pace_s` on average, and after some `rests_every_s` of that not at all for a while,
    whose median is `rest_min` (log-normal with `spread`)."""

    pace_s: float
    rests_every_s: float
    rest_min: float
    spread: float

    def of(self, rest_min: float) -> "Manner":
        """The same with other rests."""
        return replace(self, rest_min=rest_min)

    def weaker(self, weakness: float) -> "Manner":
        """Slower, and with longer rests."""
        return replace(self, pace_s=self.pace_s * (1 + weakness), rest_min=self.rest_min * (1 + 0.7 * weakness))


BUSY = Manner(8, 240, 2, 1.1)
SITTING = Manner(9, 180, 13, 1.5)
LYING = Manner(15, 60, 35, 1.0)
ASLEEP = Manner(20, 80, 75, 1.0)


class Stay(Struct, frozen=True):
    """Somebody is in `room` from `start` to `end` (Unix seconds). Outdoors nothing sees them."""

    start: float
    end: float
    room: str
    manner: Manner = BUSY


def notice(stay: Stay, draw: Random, sees_s: tuple[float, float]) -> Iterator[Firing]:
    """What is noticed of a stay; a motion sensor goes on seeing somebody for `sees_s`, and does not fire meanwhile."""
    if stay.room == OUTDOORS:
        return _through_the_door(stay, draw, sees_s)
    return _movements(stay, draw, sees_s)


def _movements(stay: Stay, draw: Random, sees_s: tuple[float, float]) -> Iterator[Firing]:
    manner = stay.manner
    at = stay.start + draw.uniform(1, 8)
    while at < stay.end:
        ends = at + draw.uniform(*sees_s)
        yield Firing(at, stay.room, "motion", 1)
        yield Firing(ends, stay.room, "motion", 0)
        moves = ends + 0.5 + draw.expovariate(1 / manner.pace_s)
        rests = draw.random() < (moves - at) / manner.rests_every_s
        at = moves + (draw.lognormvariate(log(60 * manner.rest_min), manner.spread) if rests else 0.0)


def _through_the_door(stay: Stay, draw: Random, sees_s: tuple[float, float]) -> Iterator[Firing]:
    """About in the hall before leaving and after coming in."""
    for at in (stay.start, stay.end):
        yield Firing(at, HALL, "contact", 1)
        yield Firing(at + draw.uniform(*_DOOR_OPEN_S), HALL, "contact", 0)
    for start, end in ((stay.start - _IN_THE_HALL_S, stay.start), (stay.end + 2, stay.end + _IN_THE_HALL_S)):
        yield from _movements(Stay(start, end, HALL), draw, sees_s)


def in_turn(firings: list[Firing]) -> list[Firing]:
    """Several people's firings in order; a motion sensor that still sees one of them does not fire for another."""
    kept: list[Firing] = []
    seeing: set[str] = set()
    for firing in sorted(firings, key=lambda firing: firing.at):
        if firing.kind == "motion":
            if bool(firing.value) == (firing.room in seeing):
                continue
            (seeing.add if firing.value else seeing.remove)(firing.room)
        kept.append(firing)
    return kept
