"""Numbers of a node, in any order, each taken once."""

import random

import pytest

from gateway.core.numbering import MOST_BOOTS, MOST_RANGES, Ranges, is_new


@pytest.mark.parametrize(
    ("numbers", "new", "ranges"),
    [
        ([1, 2, 3], [1, 1, 1], [[1, 3]]),
        ([3, 2, 1], [1, 1, 1], [[1, 3]]),
        ([1, 3, 2], [1, 1, 1], [[1, 3]]),
        ([1, 1], [1, 0], [[1, 1]]),
        ([1, 2, 3, 2], [1, 1, 1, 0], [[1, 3]]),
        ([5, 1, 9], [1, 1, 1], [[1, 1], [5, 5], [9, 9]]),
        ([5, 1, 9, 5, 1, 9], [1, 1, 1, 0, 0, 0], [[1, 1], [5, 5], [9, 9]]),
        ([5, 9, 6, 8, 7], [1, 1, 1, 1, 1], [[5, 9]]),
        ([0, 2**53], [1, 1], [[0, 0], [2**53, 2**53]]),
    ],
)
def test_a_number_is_new_once(numbers: list[int], new: list[int], ranges: Ranges) -> None:
    seen: dict[str, Ranges] = {}
    assert [int(is_new(seen, "a", number)) for number in numbers] == new
    assert seen == {"a": ranges}


def test_a_node_that_starts_again_counts_anew() -> None:
    seen: dict[str, Ranges] = {}
    assert [is_new(seen, boot, 1) for boot in "aabba"] == [True, False, True, False, False]


def test_of_too_many_starts_the_one_heard_of_longest_ago_is_forgotten() -> None:
    seen: dict[str, Ranges] = {}
    for n in range(MOST_BOOTS):
        is_new(seen, str(n), 1)
    assert not is_new(seen, "0", 1)
    is_new(seen, "another", 1)
    assert list(seen) == [*(str(n) for n in range(2, MOST_BOOTS)), "0", "another"]


def test_what_a_node_tells_again_at_every_start_is_never_new() -> None:
    seen: dict[str, Ranges] = {}
    kept = [f"b{n}" for n in range(MOST_BOOTS - 1)]
    assert all(is_new(seen, boot, 1) for boot in kept)
    for start in range(3 * MOST_BOOTS):
        assert not any(is_new(seen, boot, 1) for boot in kept)
        assert is_new(seen, f"later{start}", 1)


def test_of_too_many_gaps_the_oldest_is_forgotten_and_no_new_number_is_taken_for_a_repetition() -> None:
    seen: dict[str, Ranges] = {}
    rng, sent = random.Random(1), list(range(0, 4 * MOST_RANGES, 2))
    rng.shuffle(sent)
    assert all(is_new(seen, "a", number) for number in sent)
    assert len(seen["a"]) == MOST_RANGES
    assert seen["a"][-1][1] == max(sent)
    assert all(is_new(seen, "a", number) for number in range(1, 4 * MOST_RANGES, 2))
