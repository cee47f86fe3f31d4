"""The watches that are compared: this one at several dials, limits of so many hours, and Cuddihy's.

Each says of a home, as of each sign of life and knowing only what came before, when it would raise the alarm.
"""

import bisect
import csv
import math
import tempfile
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from contract.reports import Building, UnitSettings

from gateway.evaluation.home import Home
from gateway.evaluation.score import Said
from gateway.playback import UNIT
from gateway.recordings import DAY_S
from gateway.replay import replay

DIALS = (0.1, 0.25, 0.5, 1.0, 2.0)  # needless checks at home in 30 days
HOURS = (4.0, 6.0, 8.0, 10.0, 12.0)
BUFFERS = (0.5, 1.0, 1.5, 2.0)  # times those published

_BIN_S = 1800.0
_BINS = 48
_WINDOW_DAYS = 60
_PERCENTILE = 0.97
_BUFFER, _SMOOTH_BUFFER = 0.3, 0.4
_WEIGHTS = (1, 2, 3, 2, 1)
_LONGEST_S = 2 * DAY_S


class Watch(NamedTuple):
    """`family`: those that differ by one dial alone, and are one line in the picture; it ends in the dial's unit."""

    family: str
    dial: str
    says: Callable[[Home], list[Said]]

    @property
    def name(self) -> str:
        return f"{self.family} {self.dial}"


def compared(entrance: Collection[str] = ()) -> list[Watch]:
    """All watches, each family by its dial."""
    ours = partial(tomoshibi, entrance=tuple(entrance))
    return [
        *(Watch("Tomoshibi, needless checks", f"{dial:g}", partial(ours, dial=dial)) for dial in DIALS),
        *(Watch("fixed limit, hours", f"{hours:g}", partial(fixed, hours=hours)) for hours in HOURS),
        *(Watch("Cuddihy 2007, buffers ×", f"{times:g}", partial(cuddihy, times=times)) for times in BUFFERS),
    ]


def tomoshibi(home: Home, dial: float, entrance: Collection[str] = ()) -> list[Said]:
    """What runs in the building, by the replay that plays a recording through it."""
    building = Building(home.zone.key, [UnitSettings(UNIT, dial)], [])
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "deadlines.csv"
        replay(home.log, table, None, home.zone, building, entrance=entrance)
        with table.open(encoding="utf-8", newline="") as file:
            return [(_unix(row["time"]), _unix(row["deadline"])) for row in csv.DictReader(file)]


def _unix(written: str) -> float:
    return datetime.fromisoformat(written).timestamp() if written else math.inf


def fixed(home: Home, hours: float) -> list[Said]:
    """An alarm after so many hours without a sign, at any time and place."""
    return [(at, at + hours * 3600) for at in home.signs]


def cuddihy(home: Home, times: float, floor_h: float = 0.0) -> list[Said]:
    """Cuddihy and others (HealthNet 2007), as far as `detection` describes them: see docs/evaluation.md.

    times: the buffers, times those published. A line holds for the day on which the silence began.
    """
    history: list[list[float | None]] = []
    said: list[Said] = []
    day, line = None, None
    for i, at in enumerate(home.signs):
        local = datetime.fromtimestamp(at, home.zone)
        if local.date() != day:
            if day is not None:
                history.append(_longest(home, _midnight(local) - timedelta(days=1), i))
            day = local.date()
            line = alert_line(history[-_WINDOW_DAYS:], times, floor_h)
        said.append((at, math.inf if line is None else _reaches(line, at, _second(local))))
    return said


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _second(local: datetime) -> float:
    return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6


def _longest(home: Home, midnight: datetime, until: int) -> list[float | None]:
    """The longest silence that had gone by in each half hour of a day, in seconds; None where nobody recorded."""
    begin = midnight.timestamp()
    found: list[float | None] = []
    signs = home.signs
    for number in range(_BINS):
        start, end = begin + number * _BIN_S, begin + (number + 1) * _BIN_S
        first, last = bisect.bisect_left(signs, start, 0, until), bisect.bisect_left(signs, end, 0, until)
        if first == 0 or home.is_down(start) or home.is_down(end):
            found.append(None)
            continue
        ends = [*signs[first:last], end]
        begins = signs[first - 1 : last]
        found.append(max(b - a for a, b in zip(begins, ends, strict=True)))
    return found


def alert_line(history: Sequence[Sequence[float | None]], times: float, floor_h: float) -> list[float] | None:
    """The silence, in seconds, beyond which each half hour of the day raises an alarm; None while nothing is known."""
    usual = []
    for number in range(_BINS):
        known = sorted(day[number] for day in history if day[number] is not None)  # type: ignore[type-var]
        if not known:
            return None
        usual.append(float(known[min(len(known) - 1, int(_PERCENTILE * len(known)))]))  # type: ignore[arg-type]
    near = [max(_around(usual, number)) for number in range(_BINS)]
    smooth = [
        sum(weight * value for weight, value in zip(_WEIGHTS, _around(near, number), strict=True)) / sum(_WEIGHTS)
        for number in range(_BINS)
    ]
    return [
        max(floor_h * 3600, value + times * (_BUFFER * value + _SMOOTH_BUFFER * even))
        for value, even in zip(near, smooth, strict=True)
    ]


def _around(values: Sequence[float], number: int) -> list[float]:
    """The half hour with the two before it and the two after it."""
    return [values[(number + off) % _BINS] for off in (-2, -1, 0, 1, 2)]


def _reaches(line: Sequence[float], at: float, second: float) -> float:
    """When a silence that began at that second of the day is longer than the line; `inf` where not within two days."""
    number, left_s = int(second // _BIN_S), _BIN_S - second % _BIN_S
    start = at
    while start < at + _LONGEST_S:
        due = max(start, at + line[number % _BINS])
        if due < start + left_s:
            return due
        start, left_s, number = start + left_s, _BIN_S, number + 1
    return math.inf
