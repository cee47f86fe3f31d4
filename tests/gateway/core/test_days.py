"""A day in numbers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core import days
from gateway.core.days import BEDROOM, DOOR, ELSEWHERE, TOILET


def slot(clock: str) -> int:
    """The slot of a time of day, in a day that begins at noon."""
    hour, minute = clock.split(":")
    return (int(hour) * 12 + int(minute) // 5 - 144) % 288


def evening_and_morning() -> dict[int, int]:
    """Up until 22:30, up from 6:30."""
    slots = dict.fromkeys((*range(slot("12:00"), slot("22:25"), 2), *range(slot("6:30"), 288, 2)), ELSEWHERE)
    return slots | {slot("22:25"): BEDROOM}


def test_a_quiet_night_has_its_bedtime_and_its_rising() -> None:
    found = days.numbers(evening_and_morning())
    assert found is not None
    assert (found["bedtime"], found["rising"], found["night_rising"]) == (slot("22:30"), slot("6:30"), 0)


def test_who_goes_to_the_toilet_at_night_was_up_each_time_and_who_turns_over_was_not() -> None:
    slots = evening_and_morning()
    slots |= {slot("1:00"): TOILET | BEDROOM, slot("1:05"): TOILET, slot("3:10"): TOILET, slot("3:15"): BEDROOM}
    slots |= {slot("4:30"): BEDROOM, slot("14:00"): TOILET, slot("14:05"): TOILET, slot("9:00"): TOILET}
    found = days.numbers(slots)
    assert found is not None
    assert (found["night_rising"], found["toilet_night"], found["toilet_day"]) == (2, 2, 2)


def test_an_evening_in_front_of_the_television_is_no_sleep() -> None:
    slots = {at: room for at, room in evening_and_morning().items() if not slot("19:00") <= at < slot("22:25")}
    found = days.numbers(slots)
    assert found is not None
    assert found["bedtime"] == slot("22:30")


def test_an_outing_lies_between_two_movements_of_the_door() -> None:
    slots = {at: room for at, room in evening_and_morning().items() if not slot("14:00") < at < slot("15:30")}
    slots |= {slot("14:00"): DOOR | ELSEWHERE, slot("15:30"): ELSEWHERE, slot("15:35"): DOOR | ELSEWHERE}
    slots |= {slot("17:00"): DOOR | ELSEWHERE}  # the post
    found = days.numbers(slots)
    assert found is not None
    assert found["outings"] == 1


def test_a_day_on_which_nobody_is_there_for_long_is_no_day() -> None:
    assert days.numbers({}) is None
    slots = {at: room for at, room in evening_and_morning().items() if at < slot("17:00") or at > slot("8:00")}
    assert days.numbers(slots) is None


def test_a_night_out_has_no_bedtime() -> None:
    slots = {at: ELSEWHERE for at in range(288) if not slot("19:00") < at < slot("8:00")}
    slots |= {slot("19:00"): DOOR | ELSEWHERE, slot("8:00"): DOOR | ELSEWHERE}
    assert days.numbers(slots) == {"outings": 1}


@settings(max_examples=50)
@given(st.dictionaries(st.integers(0, 287), st.integers(1, 31)))
def test_whatever_was_sensed_the_numbers_are_of_a_day(slots: dict[int, int]) -> None:
    found = days.numbers(slots)
    if found is not None and "rising" in found:
        assert 60 <= found["bedtime"] < found["rising"] <= 288
        assert all(0 <= number <= 288 for number in found.values())
