"""The small chart of a change: daily numbers as bars, times of day and lengths as dots, and two lines for the levels.

The drawing is `WIDTH` by `HEIGHT` units; numbers grow upwards from `GROUND` to `TOP`, days run from `LEFT` to `RIGHT`.
"""

from datetime import date, datetime
from math import floor
from zoneinfo import ZoneInfo

from contract.reports import Change

from backend.web.formats import short
from backend.web.translate import _
from backend.web.views.habit_shapes import Chart, Mark

WIDTH, HEIGHT = 360, 130
LEFT, RIGHT, TOP, GROUND = 6, 354, 26, 104
AIR_H = 0.5  # above and below the dots
MOST_DAYS = 84  # a gap of months would leave no room for the days

TIMES = ("rising", "bedtime")
LENGTHS = ("active_day",)
WEEKLY = ("night_rising", "toilet_night", "bathroom_night", "outings")


def level(what: str, value: float) -> str:
    """A level as the sentences have it: 週3回, 1日8回, 6:40."""
    if what in TIMES or what in LENGTHS:
        return daily(what, value)
    if what in WEEKLY:
        return _("週%(n)d回", n=floor(value * 7 + 0.5))
    return _("1日%(n)d回", n=floor(value + 0.5))


def daily(what: str, value: float) -> str:
    """The number of one day: 3回, 6:40, 4時間10分."""
    hours, minutes = divmod(floor(value * 12 + 0.5) * 5, 60)
    if what in TIMES:
        return f"{hours % 24}:{minutes:02}"
    if what in LENGTHS:
        return _("%(h)d時間%(m)d分", h=hours, m=minutes)
    return _("%(n)d回", n=floor(value + 0.5))


def draw(report: Change, zone: str) -> Chart:
    """The chart of a report that has days."""
    last = date.fromisoformat(report.days[-1].day)
    days = [
        (day, each.value) for each in report.days if (last - (day := date.fromisoformat(each.day))).days < MOST_DAYS
    ]
    first, turn = days[0][0], datetime.fromtimestamp(report.since, ZoneInfo(zone)).date()
    bars = report.what not in TIMES and report.what not in LENGTHS
    values = [value for _day, value in days]
    low, high = (0.0, max(values)) if bars else (min(values) - AIR_H, max(values) + AIR_H)
    span_days, span = max(1, (last - first).days), (high - low) or 1.0

    def x(day: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (day - first).days / span_days, 1)

    def y(value: float) -> float:
        return round(GROUND - (GROUND - TOP) * (value - low) / span, 1)

    return Chart(
        marks=tuple(Mark(x(day), y(value), short(day), daily(report.what, value), day >= turn) for day, value in days),
        bars=bars,
        turn_x=round(x(turn) - (RIGHT - LEFT) / span_days / 2, 1),
        before_y=y(report.before),
        now_y=y(report.now),
        first=short(first),
        turn=short(turn),
        last=short(last),
    )
