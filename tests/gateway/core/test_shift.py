"""Whether a series has moved to another level."""

from random import Random

import pytest

from gateway.core import shift


def noise(seed: int, days: int = 84) -> list[float]:
    draw = Random(seed)
    return [float(sum(draw.random() < 0.3 for _ in range(4))) for _ in range(days)]


def test_the_same_habit_for_forty_years_is_said_to_have_changed_once_at_most() -> None:
    looks = [shift.find(noise(seed), 21) for seed in range(200)]  # spans of 12 weeks
    assert sum(found is not None for found in looks) <= 1


def test_nights_that_become_worse_are_noticed_with_the_day_on_which_it_began() -> None:
    values = noise(3, 60) + [value + 2 for value in noise(53, 14)]
    found = shift.find(values, 21)
    assert found is not None
    assert found.at == pytest.approx(60, abs=2)
    assert found.now - found.before == pytest.approx(2, abs=0.5)


def test_a_wild_week_is_a_change_and_two_wild_days_are_none() -> None:
    assert shift.find(noise(3, 60) + [9.0] * 7, 21) is not None
    assert shift.find([*noise(3, 66), 1000.0, 1000.0], 21) is None


def test_weeks_that_always_differed_make_the_same_difference_say_less() -> None:
    steady = [1.0, 2.0] * 21 + [3.0, 4.0] * 6
    restless = ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0] + [2.0] * 7) * 3 + [3.0, 4.0] * 6
    assert shift.find(steady, 21) is not None
    assert shift.find(restless, 21) is None


def test_days_that_are_all_alike_and_days_too_few_say_nothing() -> None:
    assert shift.find([2.0] * 60, 21) is None
    assert shift.find([1.0] * 20 + [5.0] * 7, 21) is None
