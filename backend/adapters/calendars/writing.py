"""Shifts as a calendar that any program subscribes to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, TimezoneDaylight, TimezoneStandard
from msgspec import Struct

from backend.adapters.calendars.reading import WHO

PRODUCER = "-//Tomoshibi//rota//JA"
REFRESHED = timedelta(hours=1)


class Entry(Struct, frozen=True):
    """One event. `uid` stays the same as long as it begins at the same time for the same reason; `who`: see reading."""

    uid: str
    since: datetime
    until: datetime
    zone: str
    title: str
    who: str
    category: str = ""
    note: str = ""


def write(name: str, entries: Sequence[Entry], *, now: datetime) -> bytes:
    """Return a calendar called `name`, with the time zones that its entries are in."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, now))
    if entries:
        year_s = timedelta(days=366)
        first, last = min(each.since for each in entries) - year_s, max(each.until for each in entries) + year_s
        calendar.add_missing_timezones(first.date(), last.date())
        _mend(calendar)
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime) -> Event:
    zone = ZoneInfo(entry.zone)
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.since.astimezone(zone))
    event.add("dtend", entry.until.astimezone(zone))
    event.add("summary", entry.title)
    event.add(WHO, entry.who)
    if entry.category:
        event.add("categories", [entry.category])
    if entry.note:
        event.add("description", entry.note)
    return event


def _mend(calendar: Calendar) -> None:
    """Let the clocks go forward when they do.

    An onset is a local time of before the change (RFC 5545, 3.6.5); the library gives the one of after it.
    """
    for zone in calendar.timezones:
        for part in zone.subcomponents:
            assert isinstance(part, TimezoneStandard | TimezoneDaylight)
            ahead = max(part.TZOFFSETTO - part.TZOFFSETFROM, timedelta())
            onsets = [part.DTSTART - ahead, *(at - ahead for at, _end in part.rdates)]
            part.DTSTART = onsets[0]
            part.pop("RDATE", None)
            if onsets[1:]:
                part.add("RDATE", onsets[1:])
