"""A resident as habits: when they sleep, eat, wash, go out. Pure, and the same for ever from the same seed.

Each day is drawn from the seed and the date alone, so any span can be asked for without living through what came
before. Rooms are "bedroom", "living", "kitchen", "toilet", "bath" and "entrance" (the door).
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct

_SEEN_FOR_S = (8.0, 40.0)  # how long a motion sensor goes on seeing somebody
_DOOR_OPEN_S = (6.0, 25.0)
_SUNDAY = 6


class Habits(Struct, frozen=True, omit_defaults=True):
    """What one resident does. Hours are of the local day and may pass 24; days of the week count from Monday = 0."""

    wake_h: float = 6.5
    bed_h: float = 22.0
    sunday_lie_in_h: float = 0.5
    toilet_every_h: float = 2.5
    nights_up: float = 1.0  # visits to the toilet in an average night
    quiet_min: float = 5.0  # mean time between two movements in front of the television
    nap: float = 0.3  # chance of one after lunch
    walk: float = 0.4  # chance of one in the afternoon
    shopping_days: tuple[int, ...] = (1, 4)
    shopping_h: float = 10.0


class Firing(Struct, frozen=True):
    """A sensor in `room` noticed something at `at` (Unix seconds): kind "motion" or "contact", value 1 or 0."""

    at: float
    room: str
    kind: str
    value: int


class _Stay(Struct, frozen=True):
    """Somebody is in `room` from `start` to `end`, moving every `pace_s` on average. Outdoors nothing sees them."""

    start: float
    end: float
    room: str
    pace_s: float


class Person:
    """One resident of one unit. `seed` names the person; `zone` is the building's."""

    def __init__(self, habits: Habits, seed: str, zone: str) -> None:
        self.habits = habits
        self._seed = seed
        self._zone = ZoneInfo(zone)

    def between(self, start: float, end: float, *, collapsed_at: float | None = None) -> Iterator[Firing]:
        """What their sensors notice in [start, end), in order; nothing any more from `collapsed_at` on."""
        if collapsed_at is not None:
            end = min(end, collapsed_at)
        day = datetime.fromtimestamp(start, self._zone).date() - timedelta(days=1)
        while self._instant(day, 0) < end:
            yield from (firing for firing in self.day(day) if start <= firing.at < end)
            day += timedelta(days=1)

    def day(self, day: date) -> list[Firing]:
        """Everything from getting up on `day` to getting up on the next, in order."""
        draw = Random(f"{self._seed}|{day.isoformat()}")
        firings: list[Firing] = []
        for stay in self._stays(day, draw):
            if stay.room == "outdoors":
                firings += _through_the_door(stay, draw)
            else:
                firings += _movements(stay, draw)
        until = self._wakes(day + timedelta(days=1))
        return sorted((firing for firing in firings if firing.at < until), key=lambda firing: firing.at)

    def _instant(self, day: date, hours: float) -> float:
        return datetime.combine(day, time(), self._zone).timestamp() + hours * 3600

    def _wakes(self, day: date) -> float:
        draw = Random(f"{self._seed}|{day.isoformat()}|wakes")
        lie_in = self.habits.sunday_lie_in_h if day.weekday() == _SUNDAY else 0.0
        return self._instant(day, self.habits.wake_h + lie_in + draw.gauss(0, 0.25))

    def _stays(self, day: date, draw: Random) -> Iterator[_Stay]:
        now = self._wakes(day)
        for stay in self._appointments(day, now, draw):
            yield from self._at_leisure(now, stay.start, draw)
            start = max(now, stay.start)
            now = start + stay.end - stay.start
            yield _Stay(start, now, stay.room, stay.pace_s)
        bed = max(now, self._instant(day, self.habits.bed_h + draw.gauss(0, 0.3)))
        yield from self._at_leisure(now, bed, draw)
        yield from self._in_bed(bed, self._wakes(day + timedelta(days=1)), draw)

    def _appointments(self, day: date, wakes: float, draw: Random) -> list[_Stay]:
        """What has its time: washing, meals, shopping, a nap, a walk, the bath."""
        habits = self.habits

        def at(hours: float, minutes: float, room: str, pace_s: float, spread_h: float = 0.25) -> _Stay:
            start = self._instant(day, hours + draw.gauss(0, spread_h))
            return _Stay(start, start + 60 * minutes * draw.uniform(0.7, 1.3), room, pace_s)

        first = wakes + draw.uniform(60, 400)
        stays = [
            _Stay(wakes, first, "bedroom", 40),
            _Stay(first, first + 300, "toilet", 60),
            _Stay(first + 300, first + 2400, "kitchen", 110),
            at(12.2, 35, "kitchen", 120),
            at(18.2, 50, "kitchen", 120),
            at(20.3, 25, "bath", 240),
        ]
        if day.weekday() in habits.shopping_days and draw.random() < 0.9:
            stays.append(at(habits.shopping_h, 70, "outdoors", 0, 0.4))
        if draw.random() < habits.nap:
            stays.append(at(13.4, 45, "bedroom", 2400))
        if draw.random() < habits.walk:
            stays.append(at(15.2, 50, "outdoors", 0, 0.5))
        return sorted(stays, key=lambda stay: stay.start)

    def _at_leisure(self, start: float, end: float, draw: Random) -> Iterator[_Stay]:
        """The time in between: the living room, and from there to the toilet and for a cup of tea."""
        now = start
        while now < end:
            sits = min(end, now + draw.uniform(0.5, 1.5) * self.habits.toilet_every_h * 3600 / 2)
            yield _Stay(now, sits, "living", self.habits.quiet_min * 60)
            now = min(end, sits + draw.uniform(120, 420))
            if now > sits:
                yield _Stay(sits, now, draw.choice(("toilet", "toilet", "kitchen")), 90)

    def _in_bed(self, start: float, end: float, draw: Random) -> Iterator[_Stay]:
        yield _Stay(start, min(end, start + 600), "bedroom", 150)
        yield _Stay(start + 600, end, "bedroom", 5400)  # turning over
        ups = sum(draw.random() < self.habits.nights_up / 3 for _ in range(3))
        for up in sorted(draw.uniform(start + 3600, end - 1800) for _ in range(ups)):
            yield _Stay(up, up + 60, "bedroom", 30)
            yield _Stay(up + 60, up + draw.uniform(200, 420), "toilet", 90)


def _movements(stay: _Stay, draw: Random) -> Iterator[Firing]:
    """Once on coming in, then at random; a sensor that still sees somebody does not fire again."""
    at = stay.start + draw.uniform(1, 8)
    while at < stay.end:
        ends = at + draw.uniform(*_SEEN_FOR_S)
        yield Firing(at, stay.room, "motion", 1)
        yield Firing(ends, stay.room, "motion", 0)
        at = ends + 1 + draw.expovariate(1 / stay.pace_s)


def _through_the_door(stay: _Stay, draw: Random) -> Iterator[Firing]:
    for at in (stay.start, stay.end):
        yield Firing(at, "entrance", "contact", 1)
        yield Firing(at + draw.uniform(*_DOOR_OPEN_S), "entrance", "contact", 0)
    # Seen in the hall before leaving and after coming in.
    yield Firing(stay.start - 4, "entrance", "motion", 1)
    yield Firing(stay.end + 3, "entrance", "motion", 1)
