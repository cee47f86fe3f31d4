"""What has changed in a resident's days, as the page of their unit shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contract.reports import Words


@dataclass(frozen=True)
class Mark:
    """A day in the chart: a bar from the ground, or a dot; and how its number reads. Lengths: units of the drawing."""

    x: float
    y: float
    day: str
    text: str
    is_new: bool  # since the change


@dataclass(frozen=True)
class Chart:
    """The days before and since the change, with the mean of each as a line; see `views/chart.py` for the drawing."""

    marks: tuple[Mark, ...]
    bars: bool
    turn_x: float
    before_y: float
    now_y: float
    first: str
    turn: str
    last: str


@dataclass(frozen=True)
class Habit:
    """A change that was reported; `chart` is None where the report came without days."""

    what: str
    words: Words
    at: datetime
    before: str
    now: str
    chart: Chart | None
    earlier: tuple[tuple[datetime, Words], ...]  # what was said of the same before, the newest first


@dataclass(frozen=True)
class Habits:
    """The changes of the last weeks, the newest first, and what it means that there are no others.

    state: "nobody" lives there, "unknown" (nothing is heard), "learning" (`days` of `needs` are known), "stale"
    (nothing was compared since `at`) or "compared" (at `at`, as to `compared`).
    """

    state: Literal["nobody", "unknown", "learning", "stale", "compared"]
    days: int = 0
    needs: int = 0
    at: datetime | None = None
    compared: tuple[str, ...] = ()
    found: tuple[Habit, ...] = ()
