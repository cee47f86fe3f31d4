"""One recorded home, as a watch is judged on it."""

import bisect
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.errors import RecordingError
from gateway.recordings import DAY_S, UNREADABLE, Outages, find_outings, find_zone, opened, parse

LEARNED_DAYS = 14  # before a home is judged: the watch's own cold start


class Span(NamedTuple):
    """Unix seconds, both ends within."""

    start: float
    end: float


class Home(NamedTuple):
    """What is known of it beyond the rows: `signs` of life and when nobody recorded, in order (Unix seconds).

    `outings` is None where nobody wrote down when the resident was out.
    """

    log: Path
    zone: ZoneInfo
    signs: list[float]
    down: list[Span]
    outings: list[Span] | None
    judged_from: float

    @property
    def name(self) -> str:
        return self.log.name.partition(".")[0]

    @property
    def judged_until(self) -> float:
        return self.signs[-1]

    @property
    def judged_days(self) -> float:
        lost_s = sum(max(0.0, min(end, self.judged_until) - max(start, self.judged_from)) for start, end in self.down)
        return (self.judged_until - self.judged_from - lost_s) / DAY_S

    def is_down(self, at: float) -> bool:
        return within(at, self.down)

    def is_out(self, at: float) -> bool:
        return self.outings is not None and within(at, self.outings)


def within(at: float, spans: list[Span]) -> bool:
    """Whether one of the spans, which are in order and apart, covers the instant."""
    i = bisect.bisect_right(spans, at, key=lambda span: span.start)
    return i > 0 and at <= spans[i - 1].end


def read(
    log: Path,
    zone: ZoneInfo | None = None,
    judged_from: float | None = None,
    entrance: Collection[str] = (),
) -> Home:
    """Read a recording and, where they lie beside it as NAME.outings.csv, its outings (left,returned).

    judged_from: Unix seconds; by default after `LEARNED_DAYS` days with a sign of life. Raises RecordingError.
    """
    signs: list[float] = []
    changes: list[tuple[float, bool]] = []
    outages = Outages()
    with opened(log, zone, entrance) as (lines, _):
        for line in lines:
            try:
                row = parse(line)
            except UNREADABLE:
                continue
            zone = zone or ZoneInfo(find_zone([row]))
            changes += outages.before(row)
            if row.kind == "contact" or (row.kind == "motion" and row.value == "1"):
                signs.append(row.at)
    signs.sort()
    if not signs or zone is None:
        raise RecordingError(f"{log}: holds no sign of life")
    judged_from = judged_from or _after_learning(log, signs)
    if judged_from >= signs[-1]:
        raise RecordingError(f"{log}: ends before the day from which it is to be judged; say an earlier one by --from")
    outings = find_outings(log)
    out = None if outings is None else [Span(*outing) for outing in outings]
    return Home(log, zone, signs, _spans(changes, signs[-1]), out, judged_from)


def _after_learning(log: Path, signs: list[float]) -> float:
    days = sorted({at // DAY_S for at in signs})
    if len(days) <= LEARNED_DAYS:
        raise RecordingError(f"{log}: has no more than {LEARNED_DAYS} days to learn from; say by --from where to begin")
    return days[LEARNED_DAYS] * DAY_S


def _spans(changes: list[tuple[float, bool]], end: float) -> list[Span]:
    spans, since = [], None
    for at, up in [*changes, (end, True)]:
        if not up:
            since = at
        elif since is not None:
            spans.append(Span(since, at))
            since = None
    return spans
