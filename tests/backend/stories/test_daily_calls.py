"""The daily automatic call: at her hour, once, in words that say so; without an answer a P2."""

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import Absence, Alert, Building, Resident, SafetyCheck, Tenancy, Unit
from backend.core.daily_call import ref
from backend.services import absences, checks, daily_calls
from backend.services.actors import SYSTEM
from tests.phone_company.town import HANA
from tests.phone_company.world import World, now_of

TOKYO = ZoneInfo("Asia/Tokyo")


def at(world: World, clock: str, zone: ZoneInfo = TOKYO, day: date | None = None) -> None:
    """Move the clock to the next time it is `clock` there, or on `day`."""
    now = now_of(world.clock)
    there = now.astimezone(zone)
    wanted = datetime.fromisoformat(f"{day or there.date()}T{clock}").replace(tzinfo=zone)
    if wanted <= there and day is None:
        wanted = (wanted + timedelta(days=1)).replace(fold=0)
    world.advance(seconds=(wanted.astimezone(UTC) - now).total_seconds())


def called_daily_at(world: World, clock: str) -> None:
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        for resident in session.scalars(select(Resident)):
            resident.daily_call_at, resident.daily_call_from = clock, now_of(world.clock).astimezone(TOKYO).date()


def calls(world: World) -> list[Alert]:
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        return list(session.scalars(select(Alert).where(Alert.kind == "daily_call").order_by(Alert.id)))


def check_of(world: World, day: date) -> tuple[str, str]:
    with world.store.session(world.town.organisation_id) as session:
        found = session.scalars(select(SafetyCheck).where(SafetyCheck.day == day)).one()
        return found.state, found.method


def home(world: World) -> int:
    with world.store.session(world.town.organisation_id) as session:
        return session.scalars(select(Unit.id).where(Unit.ref == "203")).one()


def test_she_is_called_at_her_hour_each_day_and_1_is_the_days_check(either_world: World) -> None:
    world = either_world
    at(world, "09:29")
    called_daily_at(world, "09:30")
    world.settle()
    assert world.hana.rang == 0
    at(world, "09:30")
    world.hana.expect_call("まいにちの", "あんぴかくにん", "山田花さん").press(1).expect("ありがとう")
    world.settle()
    (first,) = calls(world)
    assert (first.state, first.outcome, first.priority) == ("closed", "answered", "P2")
    today = now_of(world.clock).astimezone(TOKYO).date()
    assert check_of(world, today) == ("done", "call")
    world.advance(hours=3)
    assert world.hana.rang == 1
    at(world, "09:30")
    world.hana.expect_call("まいにちの").press(1)
    world.settle()
    assert [one.ref for one in calls(world)] == [
        ref(first.resident_id or 0, day) for day in (today, today + timedelta(days=1))
    ]


def test_without_an_answer_she_is_called_once_more_and_then_the_workers(either_world: World) -> None:
    world = either_world
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.hana.does_not_answer(calls=2)
    at(world, "09:30")
    assert world.hana.rang == 1
    sms = world.hana.expect_sms("まいにちの でんわに でませんでした", "050-1111-9999")
    assert len(sms.text) <= 70
    world.advance(minutes=2)
    assert world.hana.rang == 2
    world.aoi.expect_nothing()
    world.advance(minutes=2)
    world.aoi.expect_sms("203", "安否確認に応答なし")
    world.aoi.expect_call("毎日の安否確認の電話に、応答がありません").press(1)
    (alert,) = calls(world)
    assert world.holder(alert.id) == "aoi"
    assert "安否確認コール" in world.screen("aoi").get("/")


def test_who_missed_it_phones_back_and_1_is_the_answer_as_in_our_own_call(either_world: World) -> None:
    world = either_world
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.hana.does_not_answer()
    at(world, "09:30")
    world.hana.expect_sms("でんわを して ください", "050-1111-9999")
    world.hana.calls_in().expect("だいじょうぶなら、1を").press(1).expect("ありがとう")
    world.settle()
    assert [one.outcome for one in calls(world)] == ["answered"]
    assert check_of(world, now_of(world.clock).astimezone(TOKYO).date()) == ("done", "call")
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        assert session.scalars(select(Absence)).all() == []
    world.advance(hours=2)
    assert (world.hana.rang, world.aoi.rang) == (1, 0)


def test_who_said_by_key_that_she_is_away_and_no_more_is_called_again(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.hana.calls_in().press(2)
    at(world, "09:30")
    at(world, "09:30")
    assert world.hana.rang == 0
    at(world, "09:30")
    world.hana.expect_call("まいにちの").press(1)


def test_a_resident_without_a_number_is_a_gap_and_a_case_at_once(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        session.scalars(select(Resident)).one().phone = ""
    at(world, "09:30")
    world.aoi.expect_sms("203")
    world.aoi.expect_call("安否確認").press(1)
    assert calls(world)[0].gaps == ["resident"]


@pytest.mark.parametrize("kind", ["away", "hospital", "visit"])
def test_nobody_is_called_who_is_away_in_hospital_or_visited(world: World, kind: str) -> None:
    at(world, "09:00")
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id, viewer="system:test") as session:
        absences.begin(session, home(world), kind, SYSTEM, since=now_of(world.clock), now=now_of(world.clock))
    at(world, "23:30")
    assert calls(world) == []


def test_who_comes_back_after_her_hour_is_called_then(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.hana.calls_in().press(2)
    at(world, "13:00")
    assert world.hana.rang == 0
    world.hana.calls_in().press(3)
    world.hana.expect_call("まいにちの").press(1)


def test_who_comes_back_late_in_the_evening_is_not_rung_but_checked_on_by_a_person(either_world: World) -> None:
    world = either_world
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.hana.calls_in().press(2)
    at(world, "23:20")
    world.hana.calls_in().press(3)
    world.advance(seconds=10)
    assert calls(world) == []
    assert check_of(world, now_of(world.clock).astimezone(TOKYO).date()) == ("open", "")


def test_nobody_is_called_who_was_checked_on_today(world: World) -> None:
    at(world, "09:00")
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id) as session:
        checks.done(session, session.get_one(Unit, home(world)), "visit", now_of(world.clock))
    at(world, "23:30")
    assert calls(world) == []


def test_a_check_that_is_open_for_a_person_does_not_keep_her_from_being_called(world: World) -> None:
    at(world, "09:00")
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id) as session:
        checks.leave_open(session, session.get_one(Unit, home(world)), "gateway_silent", now_of(world.clock))
    at(world, "09:30")
    world.hana.expect_call("まいにちの").press(1)
    world.settle()
    assert check_of(world, now_of(world.clock).astimezone(TOKYO).date()) == ("done", "call")


def test_who_has_moved_out_is_called_no_more(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        session.scalars(select(Tenancy)).one().until = now_of(world.clock)
    at(world, "09:30")
    assert calls(world) == []


def test_a_worker_process_that_was_down_at_the_time_calls_late_the_same_day_and_once(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    world.clock.advance(hours=5)  # nobody works meanwhile
    world.start_another_worker()
    world.hana.expect_call("まいにちの").press(1)
    world.advance(hours=4)
    assert world.hana.rang == 1


def test_a_day_that_no_worker_process_saw_is_left_open_for_a_person_and_is_not_called_afterwards(
    either_world: World,
) -> None:
    world = either_world
    at(world, "09:00")
    called_daily_at(world, "09:30")
    missed = now_of(world.clock).astimezone(TOKYO).date()
    world.clock.advance(hours=23)  # 08:00 of the next day
    world.start_another_worker()
    world.settle()
    assert calls(world) == []
    assert check_of(world, missed) == ("open", "")
    with world.store.session(world.town.organisation_id) as session:
        assert [one.why_open for one in session.scalars(select(SafetyCheck))] == ["daily_call_missed"]


def test_each_day_of_a_longer_outage_is_left_open(world: World) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    first = now_of(world.clock).astimezone(TOKYO).date()
    world.clock.advance(hours=3 * 24 - 1)
    world.start_another_worker()
    for _ in range(daily_calls.LONGEST_MISSED_DAYS):
        world.advance(seconds=1)
    with world.store.session(world.town.organisation_id) as session:
        open_days = session.scalars(select(SafetyCheck.day).order_by(SafetyCheck.day)).all()
    assert open_days == [first + timedelta(days=n) for n in range(3)]


@pytest.mark.parametrize("why", ["called", "checked", "away", "not yet"])
def test_a_day_on_which_nobody_had_to_be_called_is_not_left_open(world: World, why: str) -> None:
    at(world, "09:00")
    called_daily_at(world, "09:30")
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        now, unit = now_of(world.clock), session.get_one(Unit, home(world))
        if why == "checked":
            checks.done(session, unit, "visit", now)
        elif why == "away":
            absences.begin(session, unit.id, "away", SYSTEM, since=now, until=now + timedelta(hours=3), now=now)
        elif why == "not yet":
            session.scalars(select(Resident)).one().daily_call_from = now.astimezone(TOKYO).date() + timedelta(days=1)
    if why == "called":
        world.hana.does_not_answer().takes_any_sms()
        at(world, "09:30")
        aoi, alert = world.screen("aoi"), calls(world)[0].id
        aoi.press(alert, "claim")
        aoi.press(alert, "close", outcome="safe_home")
    world.clock.advance(hours=23)
    world.start_another_worker()
    world.settle()
    with world.store.session(world.town.organisation_id) as session:
        left = session.scalars(select(SafetyCheck).where(SafetyCheck.state == "open")).all()
        assert [(one.day, one.why_open) for one in left] == []


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_that_begin_at_once_make_one_call(either_world: World, processes: int) -> None:
    world = either_world
    at(world, "09:00")
    called_daily_at(world, "09:00")
    start = threading.Barrier(processes)

    def begin() -> None:
        start.wait(timeout=60)
        daily_calls.begin_due(world.store, now=now_of(world.clock))

    threads = [threading.Thread(target=begin) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(calls(world)) == 1
    world.hana.expect_call("まいにちの").press(1)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2027, 3, 27), "08:30"),  # winter time
        (date(2027, 3, 28), "07:30"),  # clocks go forward at 02:00
        (date(2027, 10, 30), "07:30"),
        (date(2027, 10, 31), "08:30"),  # and back at 03:00
    ],
)
def test_the_hour_is_the_buildings_own_whatever_its_clocks_do(world: World, day: date, utc: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    with world.store.session(world.town.organisation_id) as session:
        session.scalars(select(Building)).one().zone = "Europe/Paris"
    at(world, "09:29", paris, day)
    called_daily_at(world, "09:30")
    world.settle()
    assert calls(world) == []
    world.advance(minutes=1)
    world.hana.expect_call("まいにちの").press(1)
    assert f"{now_of(world.clock):%H:%M}" == utc
    world.advance(hours=14)
    assert world.hana.rang == 1


@pytest.mark.parametrize(("day", "clock"), [(date(2027, 3, 28), "02:30"), (date(2027, 10, 31), "02:30")])
def test_an_hour_that_the_day_lacks_or_has_twice_is_called_once(world: World, day: date, clock: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    with world.store.session(world.town.organisation_id) as session:
        session.scalars(select(Building)).one().zone = "Europe/Paris"
    at(world, "01:59", paris, day)
    called_daily_at(world, clock)
    for _ in range(8):
        world.advance(minutes=15)
        for call in [call for call in world.hana.calls if not call.seen]:
            world.hana.expect_call("まいにちの").press(1)
            assert call.over
    world.advance(hours=5)
    assert [one.ref.endswith(day.isoformat()) for one in calls(world)] == [True]
    assert world.hana.rang == 1


def test_a_morning_of_many_calls_is_made_bit_by_bit_and_waits_for_an_emergency(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_calls, "MOST_WAITING", 1)
    neighbour = world.phone("Taro", "+819011110204")
    at(world, "09:00")
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        unit = session.scalars(select(Unit).where(Unit.ref == "204")).one()
        taro = Resident(name="太郎", phone=neighbour.number, language="en")
        session.add(taro)
        session.flush()
        session.add(Tenancy(unit_id=unit.id, resident_id=taro.id, since=now_of(world.clock)))
    called_daily_at(world, "09:00")
    daily_calls.begin_due(world.store, now=now_of(world.clock))
    assert len(calls(world)) == 1
    world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    world.pause(1)
    world.pause(1)
    world.hana.expect_call("まいにちの").press(1)
    neighbour.expect_call("daily call").press(1)


def test_who_is_given_an_hour_that_is_over_is_called_from_tomorrow_on(world: World) -> None:
    at(world, "14:00")
    address, form = f"/units/{home(world)}/daily-call", {"resident": str(resident_id(world))}
    for clock in ("09:30", "10:00"):
        world.screen("chika").sends(address, **form, daily_call_at=clock)
        world.advance(minutes=1)
        assert calls(world) == []
    at(world, "10:00")
    world.hana.expect_call("まいにちの").press(1)


# --- the page -------------------------------------------------------------------------------------------------------


def resident_id(world: World) -> int:
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        return session.scalars(select(Resident).where(Resident.phone == HANA)).one().id


def hour(world: World) -> str:
    with world.store.session(world.town.organisation_id, viewer="system:test", purpose="test") as session:
        return session.scalars(select(Resident).where(Resident.phone == HANA)).one().daily_call_at


def test_a_coordinator_sets_the_hour_on_the_units_page_and_a_worker_only_reads_it(world: World) -> None:
    unit, resident = home(world), resident_id(world)
    chika, aoi = world.screen("chika"), world.screen("aoi")
    address, form = f"/units/{unit}/daily-call", {"resident": str(resident)}
    assert chika.sends(address, **form, daily_call_at="09:30") == 302
    assert hour(world) == "09:30"
    assert "毎日 09:30" in chika.get(f"/units/{unit}")
    page = aoi.get(f"/units/{unit}")
    assert "毎日 09:30" in page
    assert "daily_call_at" not in page
    assert aoi.sends(address, **form, daily_call_at="") == 403
    assert chika.sends(f"/units/{unit + 1}/daily-call", **form, daily_call_at="") == 404
    assert hour(world) == "09:30"
    assert chika.sends(address, **form, daily_call_at="") == 302
    assert hour(world) == ""


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ("25:00", "時刻として読めません"),
        ("soon", "時刻として読めません"),
        ("09:30+02:00", "時刻として読めません"),
        ("05:59", "6時から21時まで"),
        ("21:01", "6時から21時まで"),
    ],
)
def test_an_hour_that_cannot_be_is_refused_and_says_why(world: World, entered: str, said: str) -> None:
    unit, chika = home(world), world.screen("chika")
    chika.sends(f"/units/{unit}/daily-call", resident=str(resident_id(world)), daily_call_at=entered)
    assert said in chika.get(f"/units/{unit}")
    assert hour(world) == ""
