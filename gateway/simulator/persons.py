"""A resident and who comes to see them, as their sensors notice them. Pure, and the same for ever from the same seed.

Each day is drawn from the seed and the date alone, so any span can be asked for without living through what came
before. Rooms are "bedroom", "living", "kitchen", "toilet", "bath" and "entrance" (the door).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from gateway.simulator import company, taps
from gateway.simulator.days import Days
from gateway.simulator.habits import Habits
from gateway.simulator.life import Life, Span
from gateway.simulator.stays import OUTDOORS, Firing, in_turn, notice

SEES_S = (55.0, 75.0)
"""How long a motion sensor on a battery usually goes on seeing somebody."""


class Person:
    """One resident of one unit. `seed` names the person; `zone` is the building's; `sees_s` its motion sensors'.

    metered: a meter tells of their water as well, which changes nothing else of what they do.
    """

    def __init__(
        self,
        habits: Habits,
        seed: str,
        zone: str,
        life: Life | None = None,
        sees_s: tuple[float, float] = SEES_S,
        metered: bool = False,
    ) -> None:
        self.habits = habits
        self.life = life or Life()
        self._seed = seed
        self._zone = ZoneInfo(zone)
        self._sees_s = sees_s
        self._metered = metered
        self._days = Days(habits, self.life, seed, self._zone)

    def between(self, start: float, end: float) -> Iterator[Firing]:
        """What their sensors notice in [start, end), in order."""
        for day in self._dates(start, end):
            yield from (firing for firing in self.day(day) if start <= firing.at < end)

    def day(self, day: date) -> list[Firing]:
        """Everything from getting up on `day` to getting up on the next, in order."""
        draw = Random(f"{self._seed}|{day.isoformat()}")
        begin, end = self._days.wakes(day), self._days.wakes(day + timedelta(days=1))
        stays = self._days.stays(day, draw)
        firings = [firing for stay in stays for firing in notice(stay, draw, self._sees_s)]
        if self._metered:
            drops = Random(f"{self._seed}|{day.isoformat()}|water")
            firings += [firing for stay in stays for firing in taps.runs(stay, end, drops)]
        collapse = self.life.collapse
        if collapse is not None:
            firings = [firing for firing in firings if firing.at < collapse.at]
        others = Random(f"{self._seed}|{day.isoformat()}|others")
        firings += company.pet(self.habits, begin, end, others, self._sees_s)
        for visit in self.visits(begin, end):
            firings += company.visit(visit, others, self._sees_s)
        return in_turn([firing for firing in firings if begin <= firing.at < end])

    def visits(self, start: float, end: float) -> Iterator[Span]:
        """When somebody is there to see them, of what begins in [start, end). To one who is away or lies still nobody
        comes: whoever did would end that."""
        for day in self._dates(start, end):
            visit = company.plan(self.habits, self._days.instant(day, 0), day, self._seed)
            if visit is not None and start <= visit.start < end and not self._is_gone(visit):
                yield visit

    def outings(self, start: float, end: float) -> list[Span]:
        """When they are out, of what begins in [start, end)."""
        found = {
            Span(stay.start, stay.end)
            for day in self._dates(start, end)
            for stay in self._days.stays(day, Random(f"{self._seed}|{day.isoformat()}"))
            if stay.room == OUTDOORS and start <= stay.start < end
        }
        return sorted(found)

    def _dates(self, start: float, end: float) -> Iterator[date]:
        day = datetime.fromtimestamp(start, self._zone).date() - timedelta(days=1)
        while self._days.instant(day, 0) < end:
            yield day
            day += timedelta(days=1)

    def _is_gone(self, visit: Span) -> bool:
        collapse = self.life.collapse
        if collapse is not None and visit.end > collapse.at:
            return True
        return any(span.start < visit.end and visit.start < span.end for span in self.life.away)
