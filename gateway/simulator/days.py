"""One day of a resident as stays in rooms: from getting up to getting up on the next."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import cos, pi
from random import Random
from zoneinfo import ZoneInfo

from gateway.simulator.habits import Habits
from gateway.simulator.life import Life, Span
from gateway.simulator.stays import ASLEEP, BUSY, HALL, LYING, OUTDOORS, SITTING, Manner, Stay

_SUNDAY = 6
_PASSES_S = 20.0  # through the hall
_EVENING = 2.5  # so much longer are rests after supper, when many doze
_COLDEST_DAY = 25  # of the year; half a year later it is hottest


class Days:
    """The days of one resident. Each is drawn from the seed and the date alone."""

    def __init__(self, habits: Habits, life: Life, seed: str, zone: ZoneInfo) -> None:
        self._habits = habits
        self._life = life
        self._seed = seed
        self._zone = zone

    def instant(self, day: date, hours: float) -> float:
        return datetime.combine(day, time(), self._zone).timestamp() + hours * 3600

    def wakes(self, day: date) -> float:
        draw = Random(f"{self._seed}|{day.isoformat()}|wakes")
        habits, midnight = self._habits, self.instant(day, 0)
        later = habits.winter_later_h * (1 + winter(day)) / 2 + self._life.weakness(midnight)
        later += habits.sunday_lie_in_h if day.weekday() == _SUNDAY else 0.0
        later += 1.0 if self._life.is_ill(midnight) else 0.0
        return self.instant(day, habits.wake_h + later + draw.gauss(0, 0.25))

    def stays(self, day: date, draw: Random) -> list[Stay]:
        """In order; what lies in a longer absence, or after a collapse, is left out of them."""
        found = list(self._at_home(day, draw))
        for span in self._life.away:
            found = _without(found, span)
        collapse = self._life.collapse
        if collapse is not None and found and found[0].start < collapse.at:
            found = _until(found, collapse.at, collapse.room)
        elif collapse is not None:
            found = []
        return found

    def _at_home(self, day: date, draw: Random) -> Iterator[Stay]:
        now = self.wakes(day)
        weakness = self._life.weakness(now)
        ill = self._life.is_ill(now)
        room = "bedroom"
        for stay in self._appointments(day, now, weakness, ill, draw):
            yield from self._at_leisure(day, now, stay.start, weakness, ill, draw)
            start = max(now, stay.start)
            now = start + stay.end - stay.start
            if stay.room not in (OUTDOORS, room):
                yield Stay(start, start + _PASSES_S, HALL)
                start += _PASSES_S
            yield Stay(start, now, stay.room, stay.manner.weaker(weakness))
            room = stay.room
        bed = max(now, self.instant(day, self._habits.bed_h + draw.gauss(0, 0.3)))
        yield from self._at_leisure(day, now, bed, weakness, ill, draw)
        yield from self._in_bed(bed, self.wakes(day + timedelta(days=1)), weakness, ill, draw)

    def _appointments(self, day: date, wakes: float, weakness: float, ill: bool, draw: Random) -> list[Stay]:
        """What has its time: washing, meals, the bath; in bed when ill, else a nap and what leads out."""

        def at(hours: float, minutes: float, room: str, manner: Manner = BUSY, spread: float = 0.3) -> Stay:
            start = self.instant(day, hours + draw.gauss(0, spread))
            return Stay(start, start + 60 * minutes * draw.lognormvariate(0, spread), room, manner)

        habits = self._habits
        first = wakes + draw.uniform(60, 400)
        stays = [
            Stay(wakes, first, "bedroom"),
            Stay(first, first + 300, "toilet"),
            Stay(first + 300, first + 1800, "kitchen"),
            at(habits.lunch_h, 30, "kitchen"),
            at(habits.supper_h, 40, "kitchen"),
            at(habits.bath_h, 25, "bath"),
        ]
        if ill:
            stays += [at(9.5, 130, "bedroom", LYING), at(13.5, 220, "bedroom", LYING)]
        else:
            stays += self._chores(first + 1800, weakness, draw)
            stays += [
                at(hours, minutes, OUTDOORS, spread=spread)
                for hours, minutes, spread in self._outings(day, weakness, draw)
            ]
            if draw.random() < habits.nap + habits.summer_nap * max(0.0, -winter(day)):
                stays.append(at(habits.lunch_h + 1.2, habits.nap_min, "bedroom", LYING))
        return sorted(stays, key=lambda stay: stay.start)

    def _chores(self, start: float, weakness: float, draw: Random) -> Iterator[Stay]:
        """Cleaning and washing of a morning."""
        for room in ("kitchen", "bedroom", "bath"):
            end = start + 60 * self._habits.chores_min / 3 * draw.uniform(0.5, 1.5) * (1 - weakness)
            yield Stay(start, end, room)
            start = end

    def _outings(self, day: date, weakness: float, draw: Random) -> Iterator[tuple[float, float, float]]:
        """Hour, minutes, and how much both spread. Fewer the weaker somebody is, and in the cold and the heat."""
        habits, cold = self._habits, winter(day)
        willing = (1 - weakness) * (1 - 0.3 * cold * cold)
        if draw.random() < habits.day_out * willing:
            yield 10.0, 300, 0.3
            return
        if day.weekday() in habits.shopping_days and draw.random() < 0.9 * willing:
            yield habits.shopping_h, 80, 0.7
        if draw.random() < habits.walk * willing:
            yield (17.2 if cold < -0.5 else 15.2), 60, 0.7  # in summer when it is cooler
        if draw.random() < habits.letterbox * (1 - weakness):
            yield 11.0, 4, 0.6

    def _at_leisure(
        self, day: date, start: float, end: float, weakness: float, ill: bool, draw: Random
    ) -> Iterator[Stay]:
        """The time in between: the living room, and from there to the toilet and about the flat."""
        now = start
        rest_min = self._habits.still_min * (_EVENING if start > self.instant(day, self._habits.supper_h) else 1.0)
        sitting = SITTING.of(rest_min).weaker(weakness)
        pause_s = self._habits.toilet_every_h * 3600 * (0.5 if ill else 1.0)
        while now < end:
            sits = min(end, now + pause_s * draw.lognormvariate(0, 0.4))
            yield Stay(now, sits, "living", sitting)
            now = min(end, sits + draw.uniform(120, 600) * (1 + weakness))
            if now > sits:
                yield Stay(sits, sits + _PASSES_S, HALL)
                yield Stay(sits + _PASSES_S, now, draw.choice(("toilet", "toilet", "kitchen", "kitchen", "bedroom")))
                yield Stay(now, now + _PASSES_S, HALL)
                now += _PASSES_S

    def _in_bed(self, start: float, end: float, weakness: float, ill: bool, draw: Random) -> Iterator[Stay]:
        asleep = ASLEEP.of(self._habits.sleep_min)
        ups = self._habits.nights_up * (1 + 2 * weakness) * (3 if ill else 1)
        now = min(end, start + draw.uniform(200, 900))
        yield Stay(start, now, "bedroom")
        count = sum(draw.random() < ups / 8 for _ in range(8))
        for up in sorted(draw.uniform(start + 3600, end - 1800) for _ in range(count)):
            if up < now:
                continue
            yield Stay(now, up, "bedroom", asleep)
            now = min(end, up + 60 + draw.uniform(120, 420))
            yield Stay(up, up + 60, "bedroom")
            yield Stay(up + 60, now, "toilet")
            if draw.random() < 0.08 + 0.4 * weakness:
                awake = min(end, now + draw.uniform(600, 3600))
                yield Stay(now, awake, "living", SITTING)
                now = awake
        yield Stay(now, end, "bedroom", asleep)


def winter(day: date) -> float:
    """1 in midwinter, -1 in midsummer."""
    return cos(2 * pi * (day.timetuple().tm_yday - _COLDEST_DAY) / 365.25)


def _without(stays: list[Stay], span: Span) -> list[Stay]:
    """Out from the start of the span to its end."""
    kept: list[Stay] = []
    for stay in stays:
        parts = ((stay.start, min(stay.end, span.start)), (max(stay.start, span.end), stay.end))
        kept += [Stay(start, end, stay.room, stay.manner) for start, end in parts if start < end]
    if stays and span.start < stays[-1].end and stays[0].start < span.end:
        kept.append(Stay(span.start, span.end, OUTDOORS))
    return sorted(kept, key=lambda stay: stay.start)


def _until(stays: list[Stay], at: float, room: str) -> list[Stay]:
    """Ended at an instant: a minute before it the resident goes to `room`, from wherever they are."""
    if not stays or stays[-1].end <= at:
        return stays
    goes = at - 60 if room else at
    kept = [Stay(stay.start, min(stay.end, goes), stay.room, stay.manner) for stay in stays if stay.start < goes]
    return [*kept, Stay(goes, at, room)] if room else kept
