"""What a bench calls a percentile is one."""

import pytest

from tests.bench.delays import figures, p99


def test_the_p99_of_enough_samples_is_not_their_maximum() -> None:
    assert figures([float(number) for number in range(1, 201)]) == "median 100 ms, p99 of 200: 198 ms, max 200 ms"
    assert p99([float(number) for number in range(1, 201)]) == 198.0


def test_of_too_few_samples_the_longest_is_called_what_it_is() -> None:
    assert figures([3.0, 1.0, 2.0]) == "median 2 ms, max of 3: 3 ms"
    with pytest.raises(AssertionError):
        p99([3.0, 1.0, 2.0])
