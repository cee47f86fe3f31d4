"""What is remembered of one resident's days: when signs came, and from where, thinned to one mark in five minutes.

The marks are a function of the set of signs, not of the order in which they arrived, and small enough for a thousand
residents on a Raspberry Pi. Everything the watch learns is computed from them (`limits.py`).
"""

import bisect
from array import array
from collections import deque
from collections.abc import Collection, Iterator
from typing import NamedTuple

DAY_S = 86_400
MARK_S = 300
"""One mark per five minutes: silences shorter than that never matter to a limit counted in hours."""
MOST_PLACES = 250
MOST_SPANS = 500


class Silence(NamedTuple):
    """A stretch without marks, from a mark at `place` to the next mark; Unix seconds."""

    start: float
    end: float
    place: str

    @property
    def length_s(self) -> float:
        return self.end - self.start


class Span(NamedTuple):
    """A stretch of time that must not teach, and why; Unix seconds."""

    start: float
    end: float
    why: str


class Rhythm:
    """The marks of the last `window_days` recorded days, and the spans that must not teach.

    Recorded days are counted, not calendar days: after an outage of two months the days before it still teach.
    """

    def __init__(self, window_days: int = 60) -> None:
        self.window_days = window_days
        self.places: list[str] = []
        self.days: dict[int, array[int]] = {}
        """Per day since 1970 (UTC): sorted (second of the day << 8 | index of the place)."""
        self.untaught: list[Span] = []

    def mark(self, at: float, place: str) -> bool:
        """Remember a sign; false where it adds nothing. Within five minutes the latest sign stands for all."""
        day, second = divmod(int(at), DAY_S)
        marks = self.days.get(day)
        if marks is None and (marks := self._open_day(day)) is None:
            return False
        i = bisect.bisect_left(marks, second // MARK_S * MARK_S << 8)
        taken = i < len(marks) and (marks[i] >> 8) // MARK_S == second // MARK_S
        if taken and (marks[i] >> 8, self.places[marks[i] & 255]) >= (second, place):
            return False
        packed = second << 8 | self._index(place)
        if taken:
            marks[i] = packed
        else:
            marks.insert(i, packed)
        return True

    def _open_day(self, day: int) -> "array[int] | None":
        if len(self.days) > self.window_days:  # the window, and the day that is not over yet
            oldest = min(self.days)
            if day < oldest:
                return None
            del self.days[oldest]
            horizon_s = min(self.days, default=day) * DAY_S
            self.untaught = [span for span in self.untaught if span.end > horizon_s]
        self.days[day] = array("I")
        return self.days[day]

    def _index(self, place: str) -> int:
        if place in self.places:
            return self.places.index(place)
        if len(self.places) < MOST_PLACES:
            self.places.append(place)
        return len(self.places) - 1

    def leave_out(self, start: float, end: float, why: str) -> bool:
        """Let nothing between `start` and `end` teach: an outage, an absence, a visit, a real emergency."""
        span = Span(start, end, why)
        if span in self.untaught:
            return False
        bisect.insort(self.untaught, span)
        del self.untaught[:-MOST_SPANS]
        return True

    def let_in(self, start: float, why: str) -> bool:
        """Let teach again what was left out from `start` on for that reason."""
        kept = [span for span in self.untaught if (span.start, span.why) != (start, why)]
        changed = len(kept) < len(self.untaught)
        self.untaught = kept
        return changed

    def go_on_with(self, later: "Rhythm", now: float, blind: Collection[str]) -> None:
        """Remember as well what was remembered after this; the time in between teaches nothing.

        What is dated later than `now` never was: the clock of whoever wrote it was ahead. Where the later one saw
        nothing, for one of the reasons `blind`, this one may have been there.
        """
        self.days = {day: marks for day, marks in self.days.items() if day * DAY_S <= now}
        last = max((at for at, _ in self._marks(now)), default=None)
        newer = list(later._marks(float("inf")))
        first = newer[0][0] if newer else now
        for at, place in newer:
            self.mark(at, place)
        for start, end, why in later.untaught:
            begin = max(start, last or start) if why in blind else start
            if begin < end:
                self.leave_out(begin, end, why)
        if last is not None and last < first:
            self.leave_out(last, first, "outage")

    def silences(self, before: float = float("inf")) -> Iterator[Silence]:
        """The silences that may teach and ended before `before`, oldest first."""
        last: tuple[float, str] | None = None
        untaught = deque(self.untaught)
        for at, place in self._marks(before):
            if last is not None and not _overlaps(untaught, last[0], at):
                yield Silence(last[0], at, last[1])
            last = at, place

    def _marks(self, before: float) -> Iterator[tuple[float, str]]:
        for day in sorted(self.days):
            for packed in self.days[day]:
                at = float(day * DAY_S + (packed >> 8))
                if at >= before:
                    return
                yield at, self.places[packed & 255]

    def recorded_days(self, start: float = 0.0, end: float = float("inf")) -> int:
        """Days with at least one sign that began between two Unix times."""
        return sum(1 for day in self.days if start <= day * DAY_S < end)


def _overlaps(spans: deque[Span], start: float, end: float) -> bool:
    """Whether a span covers anything between two times that only go on; spans that are over by then are dropped."""
    while spans and spans[0].end <= start:
        spans.popleft()
    return bool(spans) and spans[0].start < end and any(span.start < end and span.end > start for span in spans)
