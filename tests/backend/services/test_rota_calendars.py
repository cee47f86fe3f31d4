"""Rotas leave as calendars and come in as calendars; what comes in is all of it or nothing."""

from datetime import UTC, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from backend.adapters.calendars.reading import Read, read
from backend.adapters.store.schema import RotaOverride, Worker, WorkerLeave
from backend.core import rota as rules
from backend.errors import ManyInvalid, NotFound
from backend.services import calendar_import, feeds, rota_checks, rota_layers, rotas
from backend.services.calendar_import import Problem, Target
from tests.backend.services.roster import AOKI, ITO, NIGHT, UEDA, Roster, tokyo
from tests.backend.town import Town

URL = "https://watch.example"


@pytest.fixture
def roster(town: Town) -> Roster:
    return Roster(town)


def feed(roster: Roster, **of: int) -> bytes:
    """The calendar behind a new address."""
    with roster.session() as session:
        token = feeds.renew(session, roster.actor, now=roster.town.now, **of)
    with roster.town.store.system_reading() as system:
        found = feeds.of_token(system, token)
    assert found is not None
    with roster.session() as session:
        return feeds.calendar(session, found, now=roster.town.now, url=URL)


def events(data: bytes) -> list[tuple[str, str, str, str]]:
    """Whose, from when until when, and by which name, as a calendar program reads it."""
    found = Calendar.from_ical(data).walk("VEVENT")
    return [
        (
            str(each["SUMMARY"]),
            f"{each['DTSTART'].dt:%m-%dT%H:%M}",
            f"{each['DTEND'].dt:%m-%dT%H:%M}",
            str(each["UID"]),
        )
        for each in found
    ]


# --- out --------------------------------------------------------------------------------------------------------------


def test_the_calendar_of_a_rota_names_whoever_is_on_call(roster: Roster) -> None:
    roster.override("24T12:00", "24T13:00", UEDA, AOKI)
    found = events(feed(roster, rota_id=roster.id))
    assert [each[:3] for each in found[:6]] == [
        ("青木 恵", "11-23T11:13", "11-23T17:00"),
        ("夜間見守りセンター", "11-23T17:00", "11-24T09:00"),
        ("伊藤 大輔", "11-24T09:00", "11-24T12:00"),
        ("上田 千夏・青木 恵", "11-24T12:00", "11-24T13:00"),
        ("伊藤 大輔", "11-24T13:00", "11-24T17:00"),
        ("夜間見守りセンター", "11-24T17:00", "11-25T09:00"),
    ]
    assert len({each[3] for each in found}) == len(found), "each event has a name of its own"


def test_an_event_keeps_its_name_as_long_as_its_shift_begins_as_it_did(roster: Roster) -> None:
    before = {each[:3]: each[3] for each in events(feed(roster, rota_id=roster.id))}
    roster.town.clock.advance(hours=80)
    roster.override("28T09:00", "28T10:00", UEDA)
    roster.leave(ITO, "30T00:00", None)
    after = {each[:3]: each[3] for each in events(feed(roster, rota_id=roster.id))}
    kept = before.keys() & after.keys()
    assert len(kept) > 10
    assert all(before[each] == after[each] for each in kept)


def test_a_worker_has_the_shifts_of_every_rota_in_one_calendar(roster: Roster) -> None:
    with roster.session() as session:
        rota_layers.always(session, roster.actor, [AOKI, UEDA], name="みどり荘 当番", now=roster.town.now)
    found = events(feed(roster, worker_id=1))
    assert {each[0] for each in found} == {"ひかり荘 当番", "みどり荘 当番", "当番"}
    assert ("ひかり荘 当番", "11-25T09:00", "11-25T17:00") in [each[:3] for each in found]
    assert ("ひかり荘 当番", "11-24T09:00", "11-24T17:00") not in [each[:3] for each in found]


def test_a_new_address_ends_the_one_before_and_can_be_revoked(roster: Roster) -> None:
    with roster.session() as session:
        tokens = [feeds.renew(session, roster.actor, rota_id=roster.id, now=roster.town.now) for _ in range(2)]
        mine = feeds.renew(session, roster.actor, worker_id=1, now=roster.town.now)
    with roster.town.store.system_reading() as system:
        found = [feeds.of_token(system, token) for token in (*tokens, mine, "", "made up")]
    assert [each is not None for each in found] == [False, True, True, False, False]
    with roster.session() as session:
        feeds.end(session, rota_id=roster.id, now=roster.town.now)
    with roster.town.store.system_reading() as system:
        assert [feeds.of_token(system, token) is None for token in (tokens[1], mine)] == [True, False]


def test_an_address_is_of_a_rota_or_a_worker_that_there_is(roster: Roster) -> None:
    with roster.session() as session:
        for of in ({}, {"rota_id": 1, "worker_id": 1}):
            with pytest.raises(ManyInvalid):
                feeds.renew(session, roster.actor, now=roster.town.now, **of)
        for of in ({"rota_id": 99}, {"worker_id": 99}):
            with pytest.raises(NotFound):
                feeds.renew(session, roster.actor, now=roster.town.now, **of)


# --- there and back ---------------------------------------------------------------------------------------------------


def test_what_leaves_as_a_calendar_and_comes_in_again_is_the_same_rota(roster: Roster) -> None:
    roster.override("24T12:00", "24T13:00", UEDA, AOKI)
    roster.leave(ITO, "26T10:00", "26T15:00")
    now, week = roster.town.now, timedelta(days=7)
    found = read(feed(roster, rota_id=roster.id), "Asia/Tokyo", now, now + week)
    with roster.session() as session:
        copy = rota_layers.create(session, name="写し", now=now).id
        made = calendar_import.bring_in(session, found, Target("override", copy), roster.actor, now=now)
        assert made.problems == []
        here, there = (rotas.load(session, each, since=now, now=now) for each in (roster.id, copy))
    mine, theirs = (
        [(s.since, s.until, s.people) for s in rules.shifts(each, now, now + week)] for each in (here, there)
    )
    assert mine == theirs
    assert len(mine) > 14


# --- in ---------------------------------------------------------------------------------------------------------------


def calendar(*events: str) -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{blocks}END:VCALENDAR\n".encode()


def day(title: str, date: int, last: int | None = None) -> str:
    end = f"\nDTEND;VALUE=DATE:202611{last}" if last else ""
    return f"SUMMARY:{title}\nDTSTART;VALUE=DATE:202611{date}{end}"


def read_in(roster: Roster, *of: str) -> Read:
    now = roster.town.now
    return read(calendar(*of), "Asia/Tokyo", now, now + timedelta(days=365))


def plan(roster: Roster, found: Read, target: Target) -> calendar_import.Plan:
    with roster.session() as session:
        return calendar_import.plan(session, found, target, now=roster.town.now)


def bring_in(roster: Roster, found: Read, target: Target) -> calendar_import.Plan:
    with roster.session() as session:
        return calendar_import.bring_in(session, found, target, roster.actor, now=roster.town.now)


def test_a_calendar_of_leave_is_one_persons_or_names_whose_each_is(roster: Roster) -> None:
    bring_in(roster, read_in(roster, day("夏休み", 24), day("通院", 26)), Target("leave", roster.id, ITO))
    bring_in(roster, read_in(roster, day("青木恵", 25), day("青木 恵、上田 千夏", 27, 29)), Target("leave", roster.id))
    with roster.session() as session:
        rows = session.scalars(select(WorkerLeave).order_by(WorkerLeave.since, WorkerLeave.worker_id)).all()
        assert [(row.worker_id, row.since, row.note) for row in rows] == [
            (2, tokyo("24T00:00"), "夏休み"),
            (1, tokyo("25T00:00"), ""),
            (2, tokyo("26T00:00"), "通院"),
            (1, tokyo("27T00:00"), ""),
            (3, tokyo("27T00:00"), ""),
        ]
        assert rows[-1].until == tokyo("29T00:00")


def test_a_calendar_of_overrides_puts_people_on_call(roster: Roster) -> None:
    bring_in(
        roster, read_in(roster, day("上田 千夏", 24), day("夜間見守りセンター", 25)), Target("override", roster.id)
    )
    assert [roster.at(f"{date}T12:00") for date in (24, 25, 26)] == [(UEDA,), (NIGHT,), (ITO,)]


def test_every_problem_is_named_with_its_event_and_nothing_is_brought_in(roster: Roster) -> None:
    roster.leave(UEDA, "25T00:00", "26T00:00")
    found = read_in(
        roster,
        day("青木 恵", 24),
        day("誰か", 24),
        day("上田 千夏", 25),
        "SUMMARY:伊藤 大輔\nDTSTART:x",
        day("伊藤 大輔", 24) + "\nRRULE:FREQ=SECONDLY",
    )
    target = Target("override", roster.id)
    made = plan(roster, found, target)
    assert [(each.label, each.problem) for each in made.problems] == [
        ("4 伊藤 大輔", "cannot be read"),
        ("5 伊藤 大輔", "repeats more than once a day, or in no way that is known"),
        ("2 誰か", calendar_import.NOBODY_KNOWN),
        ("3 上田 千夏", rota_checks.ON_LEAVE),
    ]
    assert [each.label for each in made.adds] == ["1 青木 恵"]
    with pytest.raises(ManyInvalid) as error:
        bring_in(roster, found, target)
    assert len(error.value.problems) == 4
    with roster.session() as session:
        assert session.scalar(select(func.count(RotaOverride.id))) == 0


def test_planning_changes_nothing_and_bringing_in_twice_is_once(roster: Roster) -> None:
    found, target = read_in(roster, day("夏休み", 24), day("冬休み", 26)), Target("leave", roster.id, ITO)
    assert len(plan(roster, found, target).adds) == 2
    with roster.session() as session:
        assert session.scalar(select(func.count(WorkerLeave.id))) == 0
    bring_in(roster, found, target)
    again = bring_in(roster, found, target)
    assert (again.adds, again.known) == ([], ["1 夏休み", "2 冬休み"])
    with roster.session() as session:
        assert session.scalar(select(func.count(WorkerLeave.id))) == 2


def test_a_name_that_two_people_have_is_nobodys(roster: Roster) -> None:
    with roster.session() as session:
        rows = rotas.names(session)
        assert rows[AOKI] == "青木 恵"
        session.get_one(Worker, 2).name = "青木　恵"
    made = plan(roster, read_in(roster, day("青木恵", 24)), Target("leave", roster.id))
    assert made.problems == [Problem("1 青木恵", calendar_import.NOBODY_KNOWN, "青木恵")]


def test_a_mark_of_another_installation_names_nobody_here(roster: Roster) -> None:
    event = day("佐々木 隆", 24) + "\nX-TOMOSHIBI-WHO:worker:1"
    made = plan(roster, read_in(roster, event), Target("override", roster.id))
    assert [each.problem for each in made.problems] == [calendar_import.NOBODY_KNOWN]


def test_a_file_without_anything_to_come_says_so(roster: Roster) -> None:
    made = plan(roster, read_in(roster, day("夏休み", 20)), Target("leave", roster.id, ITO))
    assert made.problems == [Problem("", calendar_import.NOTHING_TO_COME)]


def test_a_real_file_is_read_apart_and_brought_in(roster: Roster) -> None:
    now = roster.town.now
    found = calendar_import.read(calendar(day("夏休み", 24)), "Asia/Tokyo", now)
    bring_in(roster, found, Target("leave", roster.id, ITO))
    assert roster.at("24T12:00") == (NIGHT,)
    assert now.tzinfo == UTC
