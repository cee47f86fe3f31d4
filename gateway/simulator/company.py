"""Who else moves in a flat: visitors, whose signs are not the resident's, and animals."""

from collections.abc import Iterator
from datetime import date
from random import Random

from gateway.simulator.habits import Habits
from gateway.simulator.life import Span
from gateway.simulator.stays import BUSY, Firing, Stay, notice

_PET_ROOMS = ("living", "kitchen", "bedroom", "entrance")


def plan(habits: Habits, midnight: float, day: date, seed: str) -> Span | None:
    """The visit of a day, if somebody comes on it."""
    draw = Random(f"{seed}|{day.isoformat()}|visit")
    if day.weekday() not in habits.visit_days or draw.random() > 0.9:
        return None
    start = midnight + 3600 * (habits.visit_h + draw.gauss(0, 0.15))
    return Span(start, start + 60 * habits.visit_min * draw.uniform(0.8, 1.2))


def visit(span: Span, draw: Random, sees_s: tuple[float, float]) -> Iterator[Firing]:
    """Comes in by the door, is about in kitchen and living room, and goes."""
    for at in (span.start, span.end):
        yield Firing(at, "entrance", "contact", 1)
        yield Firing(at + draw.uniform(5, 20), "entrance", "contact", 0)
    now = span.start + 10
    while now < span.end - 30:
        then = min(span.end - 30, now + draw.uniform(300, 1200))
        yield from notice(Stay(now, then, draw.choice(("living", "kitchen")), BUSY), draw, sees_s)
        now = then


def pet(habits: Habits, start: float, end: float, draw: Random, sees_s: tuple[float, float]) -> Iterator[Firing]:
    """Trips of motion sensors at any hour, whoever is at home."""
    if habits.pet_trips <= 0:
        return
    at = start + draw.expovariate(habits.pet_trips / 86400)
    while at < end:
        room = draw.choice(_PET_ROOMS)
        yield Firing(at, room, "motion", 1)
        yield Firing(at + draw.uniform(*sees_s), room, "motion", 0)
        at += draw.expovariate(habits.pet_trips / 86400)
