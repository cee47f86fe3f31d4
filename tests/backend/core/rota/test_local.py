"""Local times on the days on which the clocks are changed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.rota import is_holiday
from backend.core.rota.local import instant_of
from tests.backend.core.rota.calendar import HOLIDAYS, YEARS

TIMES = st.times().map(lambda each: each.replace(second=0, microsecond=0))
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu")


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Asia/Tokyo", "2026-07-06", "09:00", "2026-07-06T00:00"),
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00"),  # the first minute that is left out
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29", "03:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # the first of the two
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00"),
        ("Australia/Sydney", "2026-10-04", "02:15", "2026-10-03T16:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),  # half an hour is left out
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),  # half an hour comes twice
        ("America/St_Johns", "2006-10-29", "00:00", "2006-10-29T02:30"),  # and then it was 23:01 once more
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T10:00"),  # a day that never was
    ],
)
def test_a_local_time_is_when_the_clocks_first_reach_it(zone: str, day: str, at: str, expected: str) -> None:
    found = instant_of(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found == datetime.fromisoformat(f"{expected}:00+00:00")
    assert found.tzinfo == UTC


@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2037, 1, 1)), TIMES, TIMES)
def test_a_later_local_time_is_never_an_earlier_instant(zone: str, day: date, one: time, other: time) -> None:
    first, second = sorted((one, other))
    assert instant_of(day, first, ZoneInfo(zone)) <= instant_of(day, second, ZoneInfo(zone))


def test_the_holidays_are_those_that_the_cabinet_office_names() -> None:
    days = (date.fromordinal(n) for n in range(date(YEARS[0], 1, 1).toordinal(), date(YEARS[-1] + 1, 1, 1).toordinal()))
    assert {day for day in days if is_holiday(day)} == HOLIDAYS
