"""Calendars that people upload: what they mean, what is wrong with them, and files made to do harm."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.adapters.calendars import MOST_BYTES, read_apart
from backend.adapters.calendars.reading import MOST_DATES, MOST_EVENTS, Read, read
from tests.scale import scaled

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=731)
TOKYO = ZoneInfo("Asia/Tokyo")


def calendar(*events: str, before: str = "") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//EN\n{before}{blocks}END:VCALENDAR\n".encode()


def event(*lines: str, uid: str = "u", title: str = "夏休み") -> str:
    return "\n".join([f"UID:{uid}", f"SUMMARY:{title}", *lines])


def spans(found: Read) -> list[tuple[str, str]]:
    assert found.troubles == []
    return [tuple(f"{at.astimezone(TOKYO):%m-%dT%H:%M}" for at in (e.since, e.until)) for e in found.events]  # type: ignore[misc]


def problems(found: Read) -> list[tuple[str, str]]:
    return [(trouble.label, trouble.problem) for trouble in found.troubles]


# --- what they mean ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART;VALUE=DATE:20260801"], ("08-01T00:00", "08-02T00:00")),
        (["DTSTART;VALUE=DATE:20260801", "DTEND;VALUE=DATE:20260804"], ("08-01T00:00", "08-04T00:00")),
        (["DTSTART:20260801T000000Z", "DTEND:20260801T030000Z"], ("08-01T09:00", "08-01T12:00")),
        (["DTSTART:20260801T090000", "DURATION:PT8H"], ("08-01T09:00", "08-01T17:00")),
        (["DTSTART;TZID=Europe/Berlin:20260801T020000", "DURATION:PT1H"], ("08-01T09:00", "08-01T10:00")),
        (["DTSTART;TZID=\"Tokyo Standard Time\":20260801T090000", "DURATION:PT1H"], ("08-01T09:00", "08-01T10:00")),
    ],
    ids=["a day", "days", "UTC", "no zone", "another zone", "a zone by Microsoft"],
)  # fmt: skip
def test_a_date_is_read_in_its_own_zone_or_in_ours(lines: list[str], expected: tuple[str, str]) -> None:
    assert spans(read(calendar(event(*lines)), "Asia/Tokyo", SINCE, UNTIL)) == [expected]


def test_a_repetition_comes_to_its_dates_with_those_left_out_moved_and_called_off() -> None:
    weekly = event("DTSTART:20260703T090000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260710T090000")
    moved = event("RECURRENCE-ID:20260717T090000", "DTSTART:20260718T090000", "DURATION:PT8H")
    off = event("RECURRENCE-ID:20260724T090000", "DTSTART:20260724T090000", "DURATION:PT8H", "STATUS:CANCELLED")
    found = read(calendar(weekly, moved, off), "Asia/Tokyo", SINCE, UNTIL)
    assert spans(found) == [
        ("07-03T09:00", "07-03T17:00"),
        ("07-18T09:00", "07-18T17:00"),
        ("07-31T09:00", "07-31T17:00"),
    ]


def test_only_what_touches_the_span_is_read_and_what_is_called_off_is_not() -> None:
    over, off = event("DTSTART;VALUE=DATE:20260101"), event("DTSTART;VALUE=DATE:20260801", "STATUS:CANCELLED", uid="v")
    assert spans(read(calendar(over, off), "Asia/Tokyo", SINCE, UNTIL)) == []


def test_folded_lines_alarms_and_a_byte_order_mark_are_no_hindrance() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:20200101T000000Z\nEND:VALARM"
    text = calendar(event("DTSTART;VALUE=DA\n TE:20260801", alarm, title="夏\n 休み")).replace(b"\n", b"\r\n")
    found = read(b"\xef\xbb\xbf" + text, "Asia/Tokyo", SINCE, UNTIL)
    assert spans(found) == [("08-01T00:00", "08-02T00:00")]
    assert (found.events[0].label, found.events[0].title) == ("1 夏休み", "夏休み")


# --- what is wrong ----------------------------------------------------------------------------------------------------

DAY = "DTSTART;VALUE=DATE:20260801"
WRONG = {
    "no beginning": (["DTEND:20260801T000000Z"], "does not say when it begins"),
    "two beginnings": ([DAY, DAY], "says twice when it begins"),
    "backwards": (["DTSTART:20260802T000000Z", "DTEND:20260801T000000Z"], "does not end after it begins"),
    "no length": (["DTSTART:20260802T000000Z"], "does not end after it begins"),
    "a negative length": (["DTSTART:20260802T000000Z", "DURATION:-PT1H"], "does not end after it begins"),
    "a day and a time": ([DAY, "DTEND:20260802T000000Z"], "begins on a day and ends at a time, or the other way round"),
    "no zone of this world": (["DTSTART;TZID=Mars/Base:20260801T000000"], "is in a time zone that is unknown"),
    "no such day": (["DTSTART;VALUE=DATE:20260231"], "cannot be read"),
    "no date": (["DTSTART:soon"], "cannot be read"),
    "no line": ([DAY, "what is this"], "has a line that cannot be read"),
    "every second": ([DAY, "RRULE:FREQ=SECONDLY"], "repeats more than once a day, or in no way that is known"),
    "by the hour": ([DAY, "RRULE:FREQ=DAILY;BYHOUR=1,2"], "repeats more than once a day, or in no way that is known"),
    "in no way": ([DAY, "RRULE:FREQ=NONSENSE"], "cannot be read"),
    "two rules": ([DAY, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "repeats by two rules"),
    "a rule to leave out": ([DAY, "EXRULE:FREQ=DAILY"], "leaves out dates by a rule, which nobody does any more"),
    "for ever": (["DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=DAILY"], "repeats since more than two years ago"),
    "periods": ([DAY, "RDATE;VALUE=PERIOD:20260801T000000Z/PT1H"], "repeats by periods, which cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "problem"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_of_its_event_and_the_others_are_read(lines: list[str], problem: str) -> None:
    good = event(DAY, uid="good")
    found = read(calendar(event(*lines, uid="bad", title="悪い"), good), "Asia/Tokyo", SINCE, UNTIL)
    assert problems(found) == [("1 悪い", problem)]
    assert [each.label for each in found.events] == ["2 夏休み"]


FILES = {
    "nothing": (b"", "this is no calendar"),
    "a page": (b"<!doctype html><html>", "this is no calendar"),
    "another language": ("BEGIN:VCALENDAR\nSUMMARY:夏".encode("shift-jis"), "the file is not in UTF-8"),
    "half": (calendar(event(DAY))[:-25], "the file is cut off"),
    "crossed": (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "something ends that did not begin"),
    "too much": (b"BEGIN:VCALENDAR\n" + b"X" * MOST_BYTES, f"the file is larger than {MOST_BYTES // 1024} KiB"),
    "too many": (calendar(*[event(DAY)] * (MOST_EVENTS + 1)), f"there are more than {MOST_EVENTS} events"),
    "deep": (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 20_000, "the file is cut off"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "problem"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_calendar_says_why(data: bytes, problem: str) -> None:
    assert problems(read(data, "Asia/Tokyo", SINCE, UNTIL)) == [("", problem)]


def test_dates_without_number_are_refused() -> None:
    events = [event(DAY, "RRULE:FREQ=DAILY", uid=str(n)) for n in range(5)]
    (trouble,) = read(calendar(*events), "Asia/Tokyo", SINCE, UNTIL).troubles
    assert trouble.problem == f"there are more than {MOST_DATES} dates"


def test_a_zone_of_the_files_own_is_not_believed_now_or_later() -> None:
    zone = """BEGIN:VTIMEZONE
TZID:{}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE
"""
    lie = event("DTSTART;TZID=Asia/Tokyo:20260801T090000", "DURATION:PT1H")
    found = read(calendar(lie, before=zone.format("Asia/Tokyo")), "Asia/Tokyo", SINCE, UNTIL)
    assert spans(found) == [("08-01T09:00", "08-01T10:00")]
    mine = event("DTSTART;TZID=My/Zone:20260801T090000", "DURATION:PT1H")
    for before in (zone.format("My/Zone"), ""):
        found = read(calendar(mine, before=before), "Asia/Tokyo", SINCE, UNTIL)
        assert problems(found) == [("1 夏休み", "is in a time zone that is unknown")]


def test_what_is_not_to_be_seen_does_not_get_in() -> None:
    found = read(calendar(event(DAY, title="夏\x00休\x1bみ" + "x" * 10_000)), "Asia/Tokyo", SINCE, UNTIL)
    assert found.events[0].title.startswith("夏休みxx")
    assert len(found.events[0].title) <= 200


def test_a_calendar_is_read_in_a_process_of_its_own_as_in_this_one() -> None:
    data = calendar(event(DAY, "RRULE:FREQ=WEEKLY;COUNT=3"), event("DTSTART:x", uid="bad"))
    apart = read_apart(data, "Asia/Tokyo", SINCE, UNTIL)
    assert apart == read(data, "Asia/Tokyo", SINCE, UNTIL)
    assert (len(apart.events), len(apart.troubles)) == (3, 1)


def test_a_rule_that_never_comes_true_ends_that_process_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.adapters.calendars.apart.PATIENCE_S", 3.0)
    never = [event(DAY, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(n)) for n in range(MOST_EVENTS)]
    found = read_apart(calendar(*never), "Asia/Tokyo", SINCE, UNTIL)
    assert problems(found) == [("", "the file is too much work to read")]


# --- anything at all --------------------------------------------------------------------------------------------------

PARTS = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "UID:1",
        "UID:2", "SUMMARY:夏", DAY, "DTSTART:20260801T090000", "DTSTART;TZID=Asia/Tokyo:20260801T090000",
        "DTEND:20260801T100000", "DTEND;VALUE=DATE:20260803", "DURATION:P1D", "DURATION:-P1D", "DURATION:P99999D",
        "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=DAILY;UNTIL=20260810", "RRULE:FREQ=MONTHLY;BYDAY=9XX", "RRULE:",
        "RRULE:FREQ=WEEKLY;INTERVAL=0", "RRULE:FREQ=DAILY;COUNT=-1", "RRULE:FREQ=YEARLY;BYSETPOS=0;UNTIL=1",
        "RDATE:20260901T090000", "RDATE;VALUE=DATE:20260901,20260902", "EXDATE:20260801T090000", "EXDATE:x",
        "RECURRENCE-ID:20260801T090000", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260801", "STATUS:CANCELLED",
        "SEQUENCE:many", "X-TOMOSHIBI-WHO:worker:1", " folded", "\t", "", ":", ";", "DTSTART;TZID=:1", "\x00",
    ]
)  # fmt: skip


@settings(max_examples=scaled(3000, least=300), deadline=None)
@given(st.lists(PARTS | st.text(max_size=20), max_size=25), st.booleans())
def test_no_file_is_more_than_trouble(lines: list[str], is_wrapped: bool) -> None:
    text = "\n".join(lines)
    data = calendar(text) if is_wrapped else text.encode("utf-8", "surrogatepass")
    found = read(data, "Asia/Tokyo", SINCE, UNTIL)
    assert all(each.since < each.until for each in found.events)
