"""Calendars that others subscribe to: what a program that knows nothing but RFC 5545 makes of them."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from backend.adapters.calendars import Entry, write
from backend.adapters.calendars.reading import read

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Australia/Sydney")


def entry(number: int, zone: str = "Asia/Tokyo", **more: str) -> Entry:
    since = NOW + timedelta(hours=12 * number)
    return Entry(f"{number}@watch", since, since + timedelta(hours=12), zone, "青木 恵", "worker:1", **more)


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_in_the_file_says_what_the_clocks_do(zone: str) -> None:
    found = Calendar.from_ical(write("当番", [entry(0, zone), entry(800, zone)], now=NOW))
    (part,) = found.timezones
    text = part.to_ical().decode()
    assert f"TZID:{zone}" in text
    theirs = tzical(io.StringIO(text.replace("\r\n", "\n"))).get()
    ours = ZoneInfo(zone)
    for half_hours in range(-3_000, 18_000):
        at = NOW + half_hours * timedelta(minutes=30)
        assert at.astimezone(theirs).utcoffset() == at.astimezone(ours).utcoffset(), at


def test_a_zone_is_in_the_file_once_and_only_where_it_is_used() -> None:
    entries = [entry(n, zone) for n, zone in enumerate(ZONES[:2] * 3)]
    found = Calendar.from_ical(write("当番", entries, now=NOW))
    assert sorted(str(zone["TZID"]) for zone in found.timezones) == ["Asia/Tokyo", "Europe/Berlin"]


def test_what_is_written_is_read_as_it_was() -> None:
    entries = [entry(n, ZONES[n % 5], category="日中", note="a, b; c\nd") for n in range(50)]
    found = read(write("当番", entries, now=NOW), "Asia/Tokyo", NOW, NOW + timedelta(days=60))
    assert found.troubles == []
    assert [(e.since, e.until, e.title, e.who) for e in found.events] == [
        (e.since, e.until, e.title, e.who) for e in entries
    ]


def test_long_lines_are_folded_and_an_empty_calendar_is_one() -> None:
    data = write("あ" * 100, [], now=NOW)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert Calendar.from_ical(data).walk("VEVENT") == []
