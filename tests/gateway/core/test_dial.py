"""What each position of the dial costs, beside a count of every minute."""

import sqlite3
from datetime import tzinfo
from functools import cache
from pathlib import Path

import pytest
from contract.reports import DIAL, Configure, Dial, UnitSettings
from msgspec.structs import replace

from gateway.adapters.backups import Backups
from gateway.adapters.database import FILE
from gateway.adapters.durable import DurableCore
from gateway.adapters.journal import Journal, decode_report
from gateway.core import showing
from gateway.core.building import BuildingCore
from gateway.core.decisions import Account
from gateway.core.dial import costs
from gateway.core.inputs import Told
from gateway.core.limits import HOUR_S, LimitSettings, LocalClock, learn, learn_each
from gateway.core.rhythm import DAY_S, Rhythm, Silence
from gateway.core.showing import PULSE_S
from gateway.core.signs import LEFT
from gateway.core.watch import UnitWatch
from gateway.core.watches import LearnedWatches
from tests.gateway.core.house import START, House, building, place
from tests.gateway.core.test_watch import SETTINGS, TOKYO, at, lived, ordinary_day

CLOCK = LocalClock(TOKYO)
MINUTE = 60.0


def silences(days: int = 15) -> list[Silence]:
    rhythm = Rhythm()
    for day in range(days):
        for sign in ordinary_day(day):
            rhythm.mark(sign.at, sign.place)
    return list(rhythm.silences())


def counted(past: list[Silence], months: int, hours: range, door_works: bool) -> tuple[float, float]:
    """The median and the 90 %, minute by minute: the deadline as it stood, less the minute."""
    settings = LimitSettings(DIAL[months])
    limits = learn(past, CLOCK, settings, door_works)
    delays = []
    for silence in past:
        if silence.place == LEFT and silence.length_s > 600:
            continue
        deadline = silence.start + limits.limit_s(silence.place, CLOCK.second(silence.start))
        minute = silence.start // MINUTE * MINUTE + MINUTE / 2
        while minute < silence.end:
            if minute >= silence.start and int(CLOCK.second(minute) // HOUR_S) in hours:
                delays.append(max(0.0, deadline - minute) / HOUR_S)
            minute += MINUTE
    delays.sort()
    return delays[len(delays) // 2], delays[len(delays) * 9 // 10]


@pytest.mark.parametrize("door_works", [True, False], ids=["door", "no door"])
def test_the_delays_are_those_that_counting_every_minute_finds(door_works: bool) -> None:
    past = silences()
    for cost in costs(past, CLOCK, LimitSettings(), door_works):
        found = (cost.median_h, cost.nine_in_ten_h, cost.day_median_h, cost.day_nine_in_ten_h)
        expected = (
            *counted(past, cost.months, range(24), door_works),
            *counted(past, cost.months, range(7, 22), door_works),
        )
        assert found == pytest.approx(expected, abs=0.03), cost


def test_a_silence_that_had_become_too_long_costs_nothing_more() -> None:
    past = [*silences(), Silence(at(15, 8), at(17, 8), "living")]
    cost = costs(past, CLOCK, LimitSettings(), True)[0]
    assert cost.median_h is not None
    assert cost.median_h == pytest.approx(counted(past, 1, range(24), True)[0], abs=0.03)


def test_each_position_is_judged_by_the_very_limits_that_the_watch_would_have_there() -> None:
    past, dials = silences(), list(DIAL.values())
    for dial, limits in zip(dials, learn_each(past, CLOCK, LimitSettings(), True, dials), strict=True):
        assert limits == learn(past, CLOCK, LimitSettings(dial), True)


def test_fewer_needless_checks_are_paid_for_with_later_help() -> None:
    found = costs(silences(), CLOCK, LimitSettings(), True)
    assert [cost.months for cost in found] == [1, 2, 4, 8, 12]
    for name in ("median_h", "nine_in_ten_h"):
        delays = [getattr(cost, name) for cost in found]
        assert delays == sorted(delays)
        assert delays[0] < delays[-1]


def test_hours_behind_the_closed_door_are_no_hours_at_home() -> None:
    past = [silence for silence in silences() if silence.place != LEFT]
    away = [*past, *(Silence(at(day, 10), at(day, 20), LEFT) for day in range(20, 40))]
    one, other = (costs(days, CLOCK, LimitSettings(), True)[-1] for days in (past, away))
    assert one.nine_in_ten_h is not None
    assert other.nine_in_ten_h == pytest.approx(one.nine_in_ten_h, abs=1)
    assert not costs([Silence(at(0, 10), at(0, 20), LEFT)], CLOCK, LimitSettings(), True)


def test_who_is_never_at_home_by_day_has_no_delay_by_day() -> None:
    nights = [Silence(at(day, 23), at(day + 1, 6), "bedroom") for day in range(20)]
    for cost in costs(nights, CLOCK, LimitSettings(), True):
        assert (cost.day_median_h, cost.day_nine_in_ten_h) == (None, None)
        assert cost.median_h


@cache
def taught() -> bytes:
    return lived(20).dump()


def known(dial: float = DIAL[4]) -> UnitWatch:
    return LearnedWatches().load(taught(), UnitSettings("101", dial), TOKYO)


def test_a_home_that_is_still_being_learned_costs_nobody_knows_what() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    for sign in ordinary_day(0):
        watch.observe(sign)
    assert watch.costs() == []
    assert [cost.months for cost in known().costs()] == list(DIAL)
    assert known().tells_outings()
    assert not UnitWatch(TOKYO, SETTINGS).tells_outings()


def test_what_the_dial_costs_does_not_depend_on_where_it_stands() -> None:
    assert known(DIAL[12]).costs() == known().costs()


def test_to_ask_what_the_dial_costs_changes_nothing() -> None:
    watch = known()
    watch.costs()
    assert watch.dump() == known().dump()


class Taught(LearnedWatches):
    """Every unit comes with twenty days that it knows."""

    def new(self, unit: UnitSettings, zone: tzinfo) -> UnitWatch:
        return self.load(taught(), unit, zone)


def dials(house: House) -> list[Dial]:
    """As the shell asks for them where it is time."""
    due = [decision.unit for decision in house.decided if isinstance(decision, Account)]
    return [showing.dial(house.core.units[unit]) for unit in due]


def test_the_shell_sends_what_the_dial_costs_when_it_is_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    durable = DurableCore("gw1", journal, Backups("gw1", tmp_path))
    durable.take(Told(START, Configure(building(place("one")))))
    durable.walk(START + DAY_S + PULSE_S)
    durable.commit(durable.now)
    reports = [decode_report(row[0]) for row in sqlite3.connect(tmp_path / FILE).execute("SELECT body FROM outbox")]
    assert [report.unit for report in reports if isinstance(report, Dial)] == ["101"]
    journal.close()


def test_the_backend_hears_once_a_day_what_the_dial_costs_each_unit_at_its_own_time() -> None:
    places = (place("one"), place("two", "102"))
    house = House(*places, configured=building(*places), core=BuildingCore("gw1", Taught()))
    house.idle(DAY_S + PULSE_S)
    first, second = dials(house)
    assert {first.unit, second.unit} == {"101", "102"}
    assert [cost.months for cost in first.costs] == list(DIAL)
    assert first.days >= 20


def test_the_backend_hears_that_nobody_knows_yet_what_the_dial_costs() -> None:
    house = House()
    house.idle(DAY_S + PULSE_S)
    (report,) = dials(house)
    assert (report.costs, report.days, report.outings_known) == ([], 0, False)


def test_a_dial_that_was_turned_holds_at_once() -> None:
    house = House(core=BuildingCore("gw1", Taught()))
    unit = house.core.units["101"]
    before = unit.watch.limit_s(house.now)
    turned = replace(building(*house.places), units=[UnitSettings("101", DIAL[1])])
    house.tell(Configure(turned))
    past = [silence for silence in silences(20) if silence.end < at(19, 0)]
    (limits,) = learn_each(past, CLOCK, LimitSettings(), True, [DIAL[1]])
    bed = ordinary_day(19)[-1]
    assert unit.watch.limit_s(house.now) == limits.limit_s("bedroom", CLOCK.second(bed.at)) < before
