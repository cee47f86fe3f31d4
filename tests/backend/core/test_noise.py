"""What may hold pages back, and what never."""

from datetime import UTC, datetime, timedelta

from backend.core.alerts import PRIORITY, Priority
from backend.core.noise import OF_EQUIPMENT, Hold, comes_and_goes, lasting, longest, may_be_held

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def until(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def test_an_emergency_and_nothing_else_is_held_back_by_nothing() -> None:
    assert [level for level in Priority if not may_be_held(level)] == [Priority.P1]


def test_of_several_the_one_that_ends_last_holds_and_none_once_all_are_over() -> None:
    holds = [Hold("snooze", until(15)), Hold("maintenance", until(60)), Hold("flapping", until(10))]
    assert longest(holds, AT) == holds[1]
    assert longest(holds, until(59)) == holds[1]
    assert longest(holds, until(60)) is None
    assert longest([], AT) is None


def test_what_comes_a_fourth_time_has_to_last_ten_minutes() -> None:
    assert [comes_and_goes(times) for times in (2, 3, 4)] == [False, True, True]
    assert lasting(AT) == Hold("flapping", until(10))


def test_maintenance_explains_faults_of_the_equipment_and_never_a_persons_need() -> None:
    need = {"emergency", "smoke", "inactivity", "bathroom", "night_out", "water_running", "no_water", "leak"}
    need |= {"storm", "call_in", "daily_call"}
    # No work in a building explains these.
    of_the_installation = {"self_test", "self_test_failed", "provider_down", "report_stuck"}
    assert set(PRIORITY) - OF_EQUIPMENT == need | of_the_installation


def test_in_a_storm_the_claim_clock_runs_on() -> None:
    assert Hold("storm", None).keeps_clock
    assert not any(Hold(why, until(1)).keeps_clock for why in ("snooze", "maintenance", "flapping"))  # type: ignore[arg-type]
