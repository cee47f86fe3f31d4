"""Leaving the flat at an unusual hour of the night, and not coming back."""

from datetime import UTC

import msgspec
import pytest
from contract.reports import Absence, Answered, Closed, Configure, Receipt

from gateway.core import outings
from gateway.core.building import BuildingCore
from gateway.core.signs import Sign
from tests.gateway.core.house import HOUR, START, House, building, place
from tests.gateway.core.test_late_signs import REST

DAY, MINUTE = 24 * HOUR, 60.0
FLAT = (place("button"), place("door", "101", "entrance", "door", "health", mains=False))


def pass_through_the_door(house: House) -> None:
    house.sense("door", "door", "open")
    house.sense("door", "door", "closed")


@pytest.fixture
def strange() -> House:
    """At 2:00 of a night, the resident asleep, in a home that nobody knows yet."""
    found = House(*FLAT, configured=building(*FLAT))
    found.cut = {"door"}
    for hours in (3, 6, 9, 12, 14 - 1 / 60):
        found.idle(START + hours * HOUR - found.now)
        found.sense("door", "health", {"uptime_s": 1})
        found.sense("door", "door", "closed")
        found.move()
    found.wait(MINUTE)
    found.decided.clear()
    return found


@pytest.fixture
def house(strange: House) -> House:
    """The same in a home that is known."""
    strange.core.units["101"].state.outings.recorded_days = outings.LEARNING_DAYS + 1
    return strange


@pytest.fixture
def gone(house: House) -> House:
    """Out since 2:00, and asked about."""
    pass_through_the_door(house)
    house.wait(outings.BACK_WITHIN_S)
    return house


def test_the_resident_is_asked_first_and_workers_are_told_when_nobody_answers(house: House) -> None:
    pass_through_the_door(house)
    house.wait(outings.BACK_WITHIN_S - 1)
    assert house.alerts() == []
    house.wait(1)
    assert house.stages("night_out") == ["asking"]
    house.wait(360)
    assert house.stages("night_out") == ["asking", "open"]
    house.wait(8 * HOUR)
    assert house.stages("night_out") == ["asking", "open"], "once in a night"


def test_it_says_why_in_both_languages(gone: House) -> None:
    reason = gone.alerts("night_out")[-1].reason
    assert reason.ja.startswith("11-24 02:00に玄関ドアが動いたあと、30分のあいだ室内で動きがありません。")
    assert reason.en.startswith("Since the entrance door moved at 11-24 02:00 there was no sign inside for 30 min;")
    assert "All 2 sensors are working." in reason.en


def test_a_visit_to_the_toilet_or_the_door_alone_alarms_nobody(house: House) -> None:
    house.move()
    house.wait(HOUR)
    pass_through_the_door(house)
    house.wait(5 * MINUTE)
    house.move()
    house.wait(3 * HOUR)
    assert house.alerts("night_out") == []


def test_coming_back_ends_it(gone: House) -> None:
    gone.wait(HOUR)
    gone.sense("door", "door", "open")
    assert gone.stages("night_out") == ["asking", "open", "resumed"]


def test_who_says_that_all_is_well_is_asked_no_more_in_this_outing(gone: House) -> None:
    gone.tell(Answered(gone.alerts("night_out")[-1].alert, gone.now))
    gone.wait(5 * HOUR)
    assert gone.stages("night_out") == ["asking", "answered"]


def test_a_return_that_is_told_late_ends_it_and_one_from_before_does_not(gone: House) -> None:
    gone.sense("button", "motion", {"count": 1}, at=gone.now - HOUR, historical=True)
    assert gone.stages("night_out") == ["asking"]
    gone.sense("button", "motion", {"count": 1}, at=gone.now - 10 * MINUTE, historical=True)
    assert gone.stages("night_out") == ["asking", "resumed"]


def test_after_a_claim_the_return_is_shown_and_decides_nothing(gone: House) -> None:
    gone.wait(360)
    gone.tell(Receipt(gone.alerts("night_out")[-1].alert, "claimed"))
    gone.sense("door", "door", "open")
    gone.move()
    assert gone.stages("night_out") == ["asking", "open"]


@pytest.mark.parametrize("kind", ["away", "hospital", "visit"])
def test_announced_absences_and_visits_are_not_asked_about(house: House, kind: str) -> None:
    house.tell(Absence("101", kind, house.now, house.now + 6 * HOUR))  # type: ignore[arg-type]  # parametrized
    pass_through_the_door(house)
    house.wait(7 * HOUR)
    assert house.alerts("night_out") == []


def test_by_day_going_out_is_nobodys_business(house: House) -> None:
    house.wait(4 * HOUR)
    pass_through_the_door(house)
    house.wait(3 * HOUR)
    assert house.alerts("night_out") == []


def test_while_the_home_is_still_being_learned_nothing_is_raised(strange: House) -> None:
    pass_through_the_door(strange)
    strange.wait(3 * HOUR)
    assert strange.alerts("night_out") == []
    strange.move()
    known = strange.core.units["101"].state.outings
    assert (len(known.past), known.recorded_days) == (1, 2), "but learned"


def test_a_gateway_that_knew_of_no_outings_learns_for_two_weeks_however_well_it_knows_the_rest(gone: House) -> None:
    old = msgspec.msgpack.decode(gone.core.dump())
    for state, _ in old["units"].values():
        del state["outings"]
    core = BuildingCore("gw1")
    core.load(msgspec.msgpack.encode(old))
    assert core.units["101"].state.outings == outings.Outings()


def test_what_a_unit_that_is_left_out_was_asking_workers_find_out(gone: House) -> None:
    gone.tell(Configure(REST))
    assert gone.stages("night_out") == ["asking", "open"]


def test_a_unit_left_out_and_put_back_knows_its_habits(gone: House) -> None:
    gone.move()
    known = gone.core.units["101"].state.outings.past
    gone.tell(Configure(REST))
    gone.tell(Configure(building(*FLAT)))
    assert gone.core.units["101"].state.outings.past == known != []


@pytest.mark.parametrize(("nights", "apart_s", "asked"), [(1, 0.0, True), (2, 50 * MINUTE, False), (2, 2 * HOUR, True)])
def test_going_out_at_about_this_hour_in_two_nights_is_a_habit(
    house: House, nights: int, apart_s: float, *, asked: bool
) -> None:
    house.core.units["101"].state.outings.past = [house.now - apart_s - n * DAY for n in range(nights, 0, -1)]
    pass_through_the_door(house)
    house.wait(HOUR)
    assert bool(house.alerts("night_out")) == asked


@pytest.mark.parametrize(("verdict", "habit"), [("real", 0), ("unknown", 0), ("false", 1)])
def test_an_outing_that_ended_in_a_real_alarm_makes_no_habit(gone: House, verdict: str, habit: int) -> None:
    gone.wait(360)
    alert = gone.alerts("night_out")[-1].alert
    gone.tell(Closed(alert, gone.now, verdict))  # type: ignore[arg-type]  # parametrized
    gone.wait(HOUR)
    pass_through_the_door(gone)
    gone.move()
    assert len(gone.core.units["101"].state.outings.past) == habit
    assert gone.stages("night_out") == ["asking", "open"]


def test_an_outage_of_the_gateway_asks_nothing_about_what_it_did_not_see(house: House) -> None:
    pass_through_the_door(house)
    house.now += 2 * HOUR
    house.sense("button", "health", {"uptime_s": 1})
    house.wait(2 * HOUR)
    assert house.alerts("night_out") == []


def test_what_is_kept_is_bounded() -> None:
    kept = outings.Outings(door_at=START - START % DAY + 23 * HOUR)
    kept.past = [START - DAY + n for n in range(500)]
    outings.saw(kept, Sign(START - START % DAY + DAY, "living", "motion"), UTC)
    assert len(kept.past) == outings.MOST_PAST


def test_a_restart_in_the_midst_of_it_changes_nothing(gone: House) -> None:
    again, start = BuildingCore("gw1"), len(gone.journal)
    again.load(gone.core.dump())
    gone.decided.clear()
    gone.wait(HOUR)
    gone.move()
    assert [decision for entry in gone.journal[start:] for decision in again.apply(entry)] == gone.decided
    assert gone.stages("night_out") == ["open", "resumed"]


def test_a_clock_that_was_set_back_leaves_no_outing_of_the_future(gone: House) -> None:
    gone.now -= 5 * DAY
    gone.sense("button", "health", {"uptime_s": 1})
    kept = gone.core.units["101"].state.outings
    assert (kept.door_at, kept.inside_at) == (None, None)
    gone.wait(400)
    assert gone.stages("night_out") == ["asking", "open"], "what was asked does not wait for days"
