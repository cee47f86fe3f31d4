"""What is done every so often, by clocks that may be set back."""

from backend.core.clocks import Every


def test_it_is_due_at_first_and_then_after_each_wait() -> None:
    every = Every(10.0)
    assert [every.is_due(at) for at in (100.0, 109.9, 110.0, 119.9, 121.0, 130.9, 131.0)] == [
        True, False, True, False, True, False, True,
    ]  # fmt: skip


def test_either_of_two_clocks_makes_it_due() -> None:
    every = Every(10.0)
    assert every.is_due(0.0, 0.0)
    assert not every.is_due(9.0, 9.0)
    assert every.is_due(600.0, 9.5), "domain time runs at 60×"
    assert every.is_due(600.0, 19.5), "domain time stands still"


def test_a_clock_that_was_set_back_makes_it_due() -> None:
    every = Every(10.0)
    assert every.is_due(1000.0)
    assert every.is_due(400.0)
    assert not every.is_due(409.0)
