"""What an uploaded calendar says, date by date, and everything in it that cannot be read.

The file may be hostile. Only events are looked at, and of them only the lines that say when, how often and who; the
file's own time zones are thrown away, since the library would keep them for the whole process. What a rule of
repetition comes to cannot be bounded by looking at it: see apart.py.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar import Event as Component
from icalendar.timezone import tzp
from msgspec import Struct

from backend.core.rota.local import instant_of

MOST_BYTES = 512 * 1024
MOST_EVENTS = 500
MOST_DATES = 1000
LONGEST_LABEL = 60
LONGEST_TITLE = 200
OLDEST = timedelta(days=731)  # a repetition that began before would have to be counted from its beginning
TIMES = ("DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID")
WHO = "X-TOMOSHIBI-WHO"

TOO_LARGE = f"the file is larger than {MOST_BYTES // 1024} KiB"
NOT_UTF8 = "the file is not in UTF-8"
NO_CALENDAR = "this is no calendar"
CROSSED = "something ends that did not begin"
CUT_OFF = "the file is cut off"
TOO_MANY_EVENTS = f"there are more than {MOST_EVENTS} events"
TOO_MANY_DATES = f"there are more than {MOST_DATES} dates"
UNREADABLE = "cannot be read"
BAD_LINE = "has a line that cannot be read"
BY_EXRULE = "leaves out dates by a rule, which nobody does any more"
BY_PERIODS = "repeats by periods, which cannot be read"
NO_SUCH_ZONE = "is in a time zone that is unknown"
NO_BEGINNING = "does not say when it begins"
TWO_BEGINNINGS = "says twice when it begins"
DAY_AND_TIME = "begins on a day and ends at a time, or the other way round"
NOT_AFTER = "does not end after it begins"
TWO_RULES = "repeats by two rules"
TOO_OLD = "repeats since more than two years ago"
TOO_OFTEN = "repeats more than once a day, or in no way that is known"
ENDLESS = "its repetition cannot be worked out"

KEPT = {*TIMES, "UID", "SUMMARY", "DURATION", "RRULE", "STATUS", "SEQUENCE", WHO}
SLOW_ENOUGH = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
# What the library makes of a rule without sense; InvalidCalendar is its own word for it.
UNWORKABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, recurring_ical_events.InvalidCalendar)
LINE = re.compile(r"([A-Za-z0-9-]{1,40})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.DOTALL)
ZONE = re.compile(r";TZID=\"?([^\";:]*)\"?", re.IGNORECASE)


class Event(Struct, frozen=True):
    """One date of an event. `who` is what our own calendars say about whose shift it is, else empty."""

    label: str
    title: str
    who: str
    since: datetime
    until: datetime


class Trouble(Struct, frozen=True):
    """What cannot be read, in the event `label` (number and title; empty: the file as a whole)."""

    label: str
    problem: str
    detail: str = ""


class Read(Struct, frozen=True):
    """The dates in order, and all that is wrong."""

    events: list[Event] = []
    troubles: list[Trouble] = []


class Unreadable(Exception):  # noqa: N818  (says what is wrong with one event)
    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem, self.detail = problem, detail[:LONGEST_LABEL]


def read(data: bytes, zone: str, since: datetime, until: datetime) -> Read:
    """Return what a calendar says between two instants; a time without a zone is one of `zone`. Never raises."""
    try:
        blocks = _blocks(data)
    except Unreadable as error:
        return Read(troubles=[Trouble("", error.problem, error.detail)])
    series: dict[str, list[tuple[str, Component]]] = {}
    troubles = []
    for number, lines in enumerate(blocks, start=1):
        label = _label(number, lines)
        try:
            event = _event(lines, zone)
            if str(event.get("STATUS", "")).upper() != "CANCELLED" or "RECURRENCE-ID" in event:
                _check(event, since)
                series.setdefault(str(event.get("UID", number)), []).append((label, event))
        except Unreadable as error:
            troubles.append(Trouble(label, error.problem, error.detail))
    events = []
    for members in series.values():
        label = members[0][0]
        try:
            events += list(_dates(label, [event for _, event in members], zone, since, until))
        except Unreadable as error:
            troubles.append(Trouble(label, error.problem, error.detail))
        if len(events) > MOST_DATES:
            return Read(troubles=[*troubles, Trouble(label, TOO_MANY_DATES)])
    return Read(sorted(events, key=lambda each: (each.since, each.until, each.label)), troubles)


# --- from the file to its events -----------------------------------------------------------------------------------


def _blocks(data: bytes) -> list[list[str]]:
    """Return the lines of each event, unfolded, without what is nested in it."""
    if len(data) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(NOT_UTF8, str(error)) from error
    lines = re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n").split("\n")
    if not any(line.strip().upper() == "BEGIN:VCALENDAR" for line in lines[:5]):
        raise Unreadable(NO_CALENDAR)
    blocks: list[list[str]] = []
    inside: list[str] = []  # the components that are open
    for line in lines:
        word, _, name = line.strip().upper().partition(":")
        if word == "BEGIN":
            inside.append(name)
            if inside[1:] == ["VEVENT"]:
                blocks.append([])
        elif word == "END":
            if not inside or inside.pop() != name:
                raise Unreadable(CROSSED, line.strip())
        elif inside[1:] == ["VEVENT"]:
            blocks[-1].append(line)
    if inside:
        raise Unreadable(CUT_OFF, inside[-1])
    if len(blocks) > MOST_EVENTS:
        raise Unreadable(TOO_MANY_EVENTS)
    return blocks


def _label(number: int, lines: list[str]) -> str:
    title = next((line.split(":", 1)[1] for line in lines if line.upper().startswith("SUMMARY") and ":" in line), "")
    return f"{number} {_plain(title)}".strip()[:LONGEST_LABEL]


def _plain(text: object) -> str:
    """One line without anything that is not to be seen: no database keeps a NUL, and no page shows one."""
    return "".join(letter for letter in str(text)[:LONGEST_TITLE] if letter.isprintable()).strip()


def _event(lines: list[str], zone: str) -> Component:
    kept = [line for line in (_line(line, zone) for line in lines) if line]
    try:
        found = Component.from_ical("\r\n".join(["BEGIN:VEVENT", *kept, "END:VEVENT", ""]))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise Unreadable(UNREADABLE, str(error)) from error
    assert isinstance(found, Component)
    if found.errors:
        raise Unreadable(UNREADABLE, "; ".join(f"{name}: {problem}" for name, problem in found.errors))
    return found


def _line(line: str, zone: str) -> str:
    """Return a line that matters with its zone named, and nothing for any other."""
    if not line.strip():
        return ""
    parsed = LINE.fullmatch(line)
    if parsed is None:
        raise Unreadable(BAD_LINE, line.strip())
    name, parameters, value = parsed[1].upper(), parsed[2], parsed[3]
    if name == "EXRULE":
        raise Unreadable(BY_EXRULE, value)
    if name not in KEPT:
        return ""
    if name not in TIMES:
        return f"{name}:{value}"
    if "PERIOD" in parameters.upper():
        raise Unreadable(BY_PERIODS, value)
    named = ZONE.search(parameters)
    if named and tzp.timezone(named[1]) is None:
        raise Unreadable(NO_SUCH_ZONE, named[1])
    is_floating = "T" in value.upper() and not value.upper().endswith("Z") and not named
    return f"{name}{parameters};TZID={zone}:{value}" if is_floating else line


# --- from an event to its dates ------------------------------------------------------------------------------------


def _check(event: Component, since: datetime) -> None:
    """Refuse what says nothing, or so much that counting it would never end."""
    start = event.get("DTSTART")
    if start is None or isinstance(start, list):
        raise Unreadable(NO_BEGINNING if start is None else TWO_BEGINNINGS)
    end = event.get("DTEND")
    if end is not None and type(end.dt) is not type(start.dt):
        raise Unreadable(DAY_AND_TIME)
    length = event.get("DURATION")
    if (end is not None and end.dt <= start.dt) or (length is not None and length.td <= timedelta()):
        raise Unreadable(NOT_AFTER)
    rule = event.get("RRULE")
    if isinstance(rule, list):
        raise Unreadable(TWO_RULES)
    if rule is not None:
        _check_rule(rule)
        if _day(start.dt) < (since - OLDEST).date():
            raise Unreadable(TOO_OLD, str(_day(start.dt)))


def _check_rule(rule: Mapping[str, object]) -> None:
    frequency = rule.get("FREQ") or [""]
    named = str(frequency[0] if isinstance(frequency, list) else frequency).upper()
    if named not in SLOW_ENOUGH:
        raise Unreadable(TOO_OFTEN, named)
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        if part in rule:
            raise Unreadable(TOO_OFTEN, part)


def _dates(label: str, members: list[Component], zone: str, since: datetime, until: datetime) -> Iterator[Event]:
    calendar = Calendar()
    for event in members:
        calendar.add_component(event)
    try:
        found = recurring_ical_events.of(calendar).between(since, until)
    except UNWORKABLE as error:
        raise Unreadable(ENDLESS, str(error)) from error
    for date_ in found:
        if str(date_.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begin, end = (_instant(date_[name].dt, zone) for name in ("DTSTART", "DTEND"))
        if end <= begin:
            raise Unreadable(NOT_AFTER)
        yield Event(label, _plain(date_.get("SUMMARY", "")), _plain(date_.get(WHO, "")), begin, end)


def _instant(at: date | datetime, zone: str) -> datetime:
    if isinstance(at, datetime):
        return at.astimezone(ZoneInfo("UTC"))
    return instant_of(at, time(), ZoneInfo(zone))


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at
