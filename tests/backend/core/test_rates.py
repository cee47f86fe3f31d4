"""How many sends a provider takes."""

from datetime import UTC, datetime, timedelta

from backend.core.rates import Tokens, refilled

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_what_was_spent_comes_back_at_the_providers_rate_and_no_more_than_a_second_of_it() -> None:
    spent = Tokens(0.0, AT)
    assert refilled(spent, 2.0, after(0.4)).left == 0.8
    assert refilled(spent, 2.0, after(0.5)).left == 1.0
    assert refilled(spent, 2.0, after(3600)).left == 2.0


def test_a_provider_slower_than_one_a_second_still_sends_one_after_a_rest() -> None:
    assert refilled(Tokens(0.0, AT), 0.1, after(5)).left == 0.5
    assert refilled(Tokens(0.0, AT), 0.1, after(60)).left == 1.0


def test_a_machine_whose_clock_is_behind_gains_nothing_and_lets_no_time_count_twice() -> None:
    ahead = refilled(Tokens(0.0, AT), 1.0, after(0.5))
    behind = refilled(ahead, 1.0, after(0.2))
    assert behind == ahead
    assert refilled(behind, 1.0, after(1.0)).left == 1.0


def test_a_clock_that_was_set_back_by_hours_lets_the_sends_come_back_from_then_on() -> None:
    set_back = refilled(Tokens(0.25, after(9 * 3600)), 1.0, AT)
    assert set_back == Tokens(0.25, AT)  # no more than was left
    assert refilled(set_back, 1.0, after(1)).left == 1.0
