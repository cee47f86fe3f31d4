"""A goal is missed by whatever does not keep to it, and at its very limit only where that was not wanted."""

import pytest

from tests.bench.goals import Comparison, Goal


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [("<", True, False, False), ("≤", True, True, False), ("≥", False, True, True)],
)
def test_a_goal_is_reached_on_its_side_of_the_limit(comparison: Comparison, below: bool, at: bool, above: bool) -> None:
    goal = Goal("a delay", comparison, 200, "ms")
    assert [goal.judge(measured).reached for measured in (199.9, 200, 200.1)] == [below, at, above]


def test_it_says_what_was_wanted_and_what_was_measured() -> None:
    goal = Goal("a delay", "<", 200, "ms")
    assert goal.judge(143.216).text == "goal reached: a delay: wanted < 200 ms, measured 143.22"
    assert goal.judge(1234.5).text == "goal MISSED: a delay: wanted < 200 ms, measured 1,234.50"
