"""When a day's call is due."""

from datetime import UTC, date, datetime

import pytest

from backend.core.daily_call import local, time_of_day
from backend.errors import Invalid


@pytest.mark.parametrize(("text", "kept"), [("", ""), ("  ", ""), (" 06:00", "06:00"), ("21:00:00", "21:00")])
def test_a_time_is_kept_so_that_it_sorts(text: str, kept: str) -> None:
    assert time_of_day(text) == kept


@pytest.mark.parametrize("text", ["05:59", "9:30", "21:01", "00:00", "24:00", "09:30:30+09:00", "朝"])
def test_what_is_no_time_or_of_the_night_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        time_of_day(text)


@pytest.mark.parametrize(
    ("utc", "there"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), (date(2027, 3, 28), "01:59")),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), (date(2027, 3, 28), "03:00")),
        (datetime(2027, 10, 31, 0, 59, tzinfo=UTC), (date(2027, 10, 31), "02:59")),
        (datetime(2027, 10, 31, 1, 0, tzinfo=UTC), (date(2027, 10, 31), "02:00")),
        (datetime(2027, 10, 31, 23, 0, tzinfo=UTC), (date(2027, 11, 1), "00:00")),
    ],
)
def test_the_time_of_day_is_the_zones_own(utc: datetime, there: tuple[date, str]) -> None:
    assert local(utc, "Europe/Paris") == there
