"""Homes that nobody watches over: each day of it waits for a person."""

from datetime import date, timedelta

from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store.schema import Building, Gateway, Resident, SafetyCheck, Tenancy, Unit
from backend.services import checks, directory, unwatched
from tests.backend.town import Town

DAY_S = 86400.0
TODAY = date(2026, 11, 23)  # in Tokyo at the town's beginning, a quarter past eleven


def silent(town: Town, seconds: float) -> None:
    town.advance(seconds, heard=False)


def opened(town: Town, unit: str = "203") -> list[tuple[int, str]]:
    """A unit's open checks: days after the first of the town, and why."""
    with town.session() as session:
        rows = select(SafetyCheck).where(SafetyCheck.unit_id == town.seeded.units[unit], SafetyCheck.state == "open")
        return [((row.day - TODAY).days, row.why_open) for row in session.scalars(rows.order_by(SafetyCheck.day))]


def units_with_a_check(town: Town, days_later: int) -> set[int]:
    with town.session() as session:
        rows = select(SafetyCheck.unit_id).where(SafetyCheck.day == TODAY + timedelta(days=days_later))
        return set(session.scalars(rows))


def revoke(town: Town) -> None:
    with town.session() as session:
        directory.revoke(session, session.get_one(Gateway, town.seeded.gateway_id), town.now)


def without_gateway(town: Town, *units: str) -> None:
    with town.session() as session:
        for unit in units:
            session.get_one(Unit, town.seeded.units[unit]).gateway_id = None


def called_daily(town: Town, unit: str, days_later: int = 0) -> None:
    """Let the unit's resident be called each day from that day on."""
    with town.session() as session:
        lives = select(Resident).join(Tenancy, Tenancy.resident_id == Resident.id)
        resident = session.scalars(lives.where(Tenancy.unit_id == town.seeded.units[unit])).one()
        resident.daily_call_at, resident.daily_call_from = "09:30", TODAY + timedelta(days=days_later)


def test_a_silence_that_lasts_opens_a_check_for_every_home_each_day(town: Town) -> None:
    town.advance(0)
    silent(town, 7199)
    assert opened(town) == []
    silent(town, 11)
    assert opened(town) == [(0, "gateway_silent")]
    for day in (1, 2, 3):
        silent(town, DAY_S)
        assert opened(town)[-1] == (day, "gateway_silent")
        assert units_with_a_check(town, day) == set(town.seeded.units.values())
    town.advance(0)
    town.advance(DAY_S)
    assert len(opened(town)) == 4, "heard again: the next day is the gateway's"


def test_a_home_without_gateway_and_without_a_daily_call_has_a_check_each_day(town: Town) -> None:
    without_gateway(town, "203")
    for day in range(3):
        town.advance(DAY_S if day else 0)
        assert opened(town) == [(each, "no_gateway") for each in range(day + 1)]
        assert units_with_a_check(town, day) == {town.seeded.units["203"]}, "the others' gateway is heard"


def test_who_is_called_each_day_needs_no_check_from_the_first_such_day_on(town: Town) -> None:
    without_gateway(town, "203", "202")
    called_daily(town, "203", days_later=1)
    town.advance(0)
    assert opened(town) == [(0, "no_gateway")]
    town.advance(13 * 3600)  # past midnight in Tokyo
    assert opened(town) == [(0, "no_gateway")]
    assert opened(town, "202") == [(0, "no_gateway"), (1, "no_gateway")]


def test_an_empty_home_without_gateway_needs_no_check_and_one_just_moved_into_does(town: Town) -> None:
    without_gateway(town, "203", "202")
    town.everybody_moves_out()
    town.advance(1)
    assert opened(town) == []
    town.moves_in("203")
    town.advance(10)
    assert opened(town) == [(0, "no_gateway")]
    assert opened(town, "202") == []


def test_days_of_a_home_without_gateway_that_no_worker_saw_are_opened_afterwards(town: Town) -> None:
    without_gateway(town, "203")
    town.advance(0)
    without_gateway(town, "202")  # it was watched until now, and nobody knows how long this lasts
    for _ in range(2):
        town.clock.advance(seconds=3 * DAY_S)
        town.real.advance(seconds=3 * DAY_S)
        for process in (town.process, town.start_process()):
            process.tick()
    assert [day for day, _why in opened(town)] == list(range(7))
    assert [day for day, _why in opened(town, "202")] == [3, 4, 5, 6]
    town.advance(400 * DAY_S)
    assert [day for day, _why in opened(town)][7:] == list(range(375, 407)), "a month at most"


def test_a_home_that_lost_its_gateway_again_is_checked_on_from_the_day_it_was_last_watched(town: Town) -> None:
    without_gateway(town, "203")
    town.advance(0)
    with town.session() as session:
        session.get_one(Unit, town.seeded.units["203"]).gateway_id = town.seeded.gateway_id
    for _ in range(4):
        town.advance(DAY_S)
    assert town.report(contract.UnitLive("u203", "watching")) == ["stored"]
    without_gateway(town, "203")
    town.advance(10)
    assert [day for day, _why in opened(town)] == [0, 4]


def test_a_home_without_gateway_in_a_broken_zone_keeps_no_other_from_its_check(town: Town) -> None:
    other = town.another_organisation()
    town.hear(other)
    with town.store.session(other.organisation_id) as session:
        session.scalars(select(Building)).one().zone = "Nowhere/At_All"
        for unit in session.scalars(select(Unit)):
            unit.gateway_id = None
    without_gateway(town, "203")
    town.advance(0)
    assert opened(town) == [(0, "no_gateway")]


def test_the_day_is_the_buildings(town: Town) -> None:
    town.advance(0)
    silent(town, 7200)
    silent(town, 10.6 * 3600)
    assert len(opened(town)) == 1, "ten to twelve at night in Tokyo"
    silent(town, 900)
    assert len(opened(town)) == 2, "past midnight in Tokyo, in the afternoon of the day before in UTC"


def test_a_gateway_that_never_came_leaves_a_check_open_each_day(town: Town) -> None:
    silent(town, 0)
    silent(town, 7200)
    silent(town, DAY_S)
    assert opened(town) == [(0, "gateway_not_connected"), (1, "gateway_not_connected")]


def test_a_revoked_gateway_leaves_a_check_open_each_day(town: Town) -> None:
    town.advance(0)
    revoke(town)
    silent(town, 7199)
    assert opened(town) == []
    silent(town, 1)
    silent(town, DAY_S)
    assert opened(town) == [(0, "gateway_revoked"), (1, "gateway_revoked")]


def test_homes_that_were_given_another_gateway_are_watched_again(town: Town) -> None:
    town.advance(0)
    revoke(town)
    with town.session() as session:
        old = session.get_one(Gateway, town.seeded.gateway_id)
        new, _credential = directory.add_gateway(
            session, building_id=old.building_id, ref="new", now=town.now, real_now=town.real_now
        )
        for unit in session.scalars(select(Unit)):
            unit.gateway_id = new.id
    silent(town, 7199)
    assert opened(town) == []


def test_a_check_that_is_done_stays_done(town: Town) -> None:
    town.advance(0)
    silent(town, 7200)
    with town.session() as session:
        checks.done(session, session.get_one(Unit, town.seeded.units["203"]), "visit", town.now)
    silent(town, 60)
    assert opened(town) == []
    assert len(opened(town, "101")) == 1


def test_days_that_no_worker_saw_are_opened_when_one_runs_again(town: Town) -> None:
    town.advance(0)
    silent(town, 7200)
    town.clock.advance(seconds=3 * DAY_S)
    town.real.advance(seconds=3 * DAY_S)
    town.process = town.start_process()
    town.process.tick()
    assert [day for day, _why in opened(town)] == [0, 1, 2, 3]


def test_a_day_more_than_a_month_ago_is_not_opened(town: Town) -> None:
    town.advance(0)
    silent(town, 400 * DAY_S)
    assert [day for day, _why in opened(town)] == list(range(369, 401))


def test_however_many_processes_run_a_check_is_opened_once(town: Town) -> None:
    town.advance(0)
    others = [town.start_process() for _ in range(2)]
    for other in others:
        other.tick()
    silent(town, 7200)
    town.clock.advance(seconds=DAY_S)
    town.real.advance(seconds=DAY_S)
    for process in (*others, town.process):
        process.tick()
    assert [day for day, _why in opened(town)] == [0, 1]


def test_an_empty_home_needs_no_check_and_one_just_moved_into_does(town: Town) -> None:
    town.advance(0)
    town.everybody_moves_out()
    silent(town, 7200)
    silent(town, DAY_S)
    assert opened(town) == []
    town.moves_in("203")
    silent(town, 10)
    assert opened(town) == [(1, "gateway_silent")]
    assert opened(town, "101") == []


def test_a_zone_that_does_not_exist_keeps_no_other_building_from_its_checks(town: Town) -> None:
    other = town.another_organisation()
    town.advance(0)
    town.hear(other)
    with town.store.session(other.organisation_id) as session:
        session.scalars(select(Building)).one().zone = "Nowhere/At_All"
    silent(town, 7200)
    assert len(opened(town)) == 1
    assert unwatched.open_checks(town.store, now=town.now, limits=town.config.limits) == 1  # and somebody hears of it
