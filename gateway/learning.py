"""Teach a unit's watches from a past recording, so that a new gateway does not begin as a stranger."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from contract.reports import SeenSign

from gateway.core import edges, flow, outings, stays, supervision
from gateway.core.building import OUTAGE_S
from gateway.core.flow import Water
from gateway.core.inputs import Observed
from gateway.core.outings import Outings
from gateway.core.signs import Sign
from gateway.core.stays import Stays
from gateway.core.supervision import NodeState
from gateway.core.unit import MOST_SIGNS, Unit
from gateway.core.watch import UnitWatch
from gateway.core.watches import LearnedWatches
from gateway.errors import GatewayError
from gateway.formats import COLUMNS
from gateway.recordings import UNREADABLE, Hanging, Outages, Row, observed, opened, parse

_TOLD_EVERY = 5000


@dataclass(frozen=True, slots=True)
class Learned:
    """What a recording held: rows in all, rows with a time or kind that cannot be, and signs of life."""

    rows: int
    unread: int
    signs: int


def teach(unit: Unit, log: Path, now: float, progress: Callable[[int], None] = lambda bytes_read: None) -> Learned:
    """Give `unit` the watch that the recording `log` teaches, and its last signs, as of `now` (Unix seconds).

    Only for a unit that has learned nothing yet. `progress` is told how many bytes of the file have been read. Raises
    GatewayError where the unit knows something already, and where the file is no recording.
    """
    day, _ = unit.watch.learning()
    if day:
        raise GatewayError(f"unit {unit.name} has learned from {day} days already; a recording is for a new unit")
    settings = next(settings for settings in unit.house.building.units if settings.unit == unit.name)
    lesson = _Lesson(LearnedWatches().new(settings, unit.house.zone), unit.name, unit.house.zone)
    learned = _read(log, unit.house.zone, lesson, now, progress)
    if not learned.signs:
        raise GatewayError(f"{log}: holds no sign of life from before now; a recording has {','.join(COLUMNS)}")
    lesson.end(now)
    if unit.state.paused is not None:
        lesson.watch.pause(now, unit.state.paused)
    unit.watch, unit.state.stays, unit.state.outings = lesson.watch, lesson.stays, outings.learned(lesson.outings)
    if lesson.water.days:
        unit.state.water = flow.learned(lesson.water)
    unit.state.signs = sorted([*lesson.signs, *unit.state.signs], key=lambda sign: sign.at)[-MOST_SIGNS:]
    return learned


def _read(log: Path, zone: tzinfo, lesson: "_Lesson", until: float, progress: Callable[[int], None]) -> Learned:
    rows = unread = signs = 0
    with opened(log, zone) as (table, position):
        for rows, line in enumerate(table, start=1):  # counted beyond the loop
            try:
                row = parse(line)
                if row.at < until:
                    signs += lesson.row(row)
            except UNREADABLE:
                unread += 1
            if rows % _TOLD_EVERY == 0:
                progress(position())
    return Learned(rows, unread, signs)


class _Lesson:
    def __init__(self, watch: UnitWatch, unit: str, zone: tzinfo) -> None:
        self.watch = watch
        self.stays, self.outings, self.water = Stays(), Outings(), Water()
        self._zone = zone
        self.signs: deque[SeenSign] = deque(maxlen=MOST_SIGNS)
        self._hanging = Hanging(unit)
        self._nodes: dict[str, NodeState] = {}
        self._outages = Outages()
        self._down_since: float | None = None

    def row(self, row: Row) -> int:
        """Take in one report, at its place in time; how many signs of life it was."""
        self._pass(self._outages.before(row))
        place, _ = self._hanging.find(row)
        seen = None if place is None else observed(row, place.node, row.at)
        if place is None or not isinstance(seen, Observed):
            return 0
        node = self._nodes.setdefault(place.node, NodeState())
        signs = [sign for sign in edges.signs_from(seen, row.at, place, node) if supervision.believes(node, sign)]
        for sign in signs:
            self._saw(sign)
        if seen.kind == "water":
            flow.told(self.water, place.node, row.at, edges.level_of(seen) is True, self._zone, True)
        return len(signs)

    def end(self, now: float) -> None:
        """The recording ends. What is short of a day until `now` is silence: to ask too early does no harm."""
        self._pass(self._outages.end(now))
        self.stays.current, self.stays.watched_from = None, now  # where the resident is now nobody has recorded

    def _pass(self, changes: list[tuple[float, bool]]) -> None:
        """As the core does it: a quarter of an hour in which nobody recorded is nobody's silence."""
        for at, up in changes:
            if not up:
                self._down_since = at
            elif self._down_since is not None:
                if at - self._down_since > OUTAGE_S:
                    self.watch.pause(self._down_since, "outage")
                    self.watch.resume(at)
                    self.stays.watched_from = self.outings.teaches_from = at
                    flow.resumed(self.water, at)
                self._down_since = None

    def _saw(self, sign: Sign) -> None:
        self.watch.observe(sign)
        stays.saw(self.stays, sign.at, sign.room, self._zone)
        flow.saw(self.water, sign, outings.out_since(self.outings), sign.at)
        outings.saw(self.outings, sign, self._zone)
        self.signs.append(SeenSign(sign.at, sign.room, sign.kind))
