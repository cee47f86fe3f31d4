"""Retrying as arithmetic."""

import pytest

from gateway.core.delivery import wait_s


def test_the_wait_doubles_from_a_second_to_a_minute() -> None:
    assert [wait_s(n, 1.0) for n in (1, 2, 3, 7, 50, 10_000)] == [1, 2, 4, 60, 60, 60]


@pytest.mark.parametrize("jitter", [0.0, 0.3, 0.999])
def test_no_retry_comes_at_once_and_none_later_than_a_minute(jitter: float) -> None:
    assert all(0.5 <= wait_s(failures, jitter) <= 60 for failures in range(1, 40))
