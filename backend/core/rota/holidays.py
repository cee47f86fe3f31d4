"""Japan's national holidays, with the days between them and the Mondays that stand in for Sundays."""

from datetime import date

from holidays.countries.japan import Japan

_JAPAN = Japan()


def is_holiday(day: date) -> bool:
    return day in _JAPAN
