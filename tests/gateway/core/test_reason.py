"""Lengths of time in the sentence that says why the watch acts."""

import pytest

from gateway.core.reason import Reason, in_english, in_japanese


@pytest.mark.parametrize(
    "seconds, japanese, english",
    [
        (20.0, "0分", "0 min"),
        (1829.0, "30分", "30 min"),
        (1831.0, "31分", "31 min"),
        (3599.0, "1時間", "1 h"),
        (10_800.0, "3時間", "3 h"),
        (24_000.0, "6時間40分", "6 h 40 min"),
        (100_800.0, "28時間", "28 h"),
    ],
)
def test_a_length_is_said_to_the_nearest_minute_and_without_parts_that_are_nothing(
    seconds: float, japanese: str, english: str
) -> None:
    reason = Reason(seconds, 0.0, seconds, 60, "living", None, 0.0, "unknown", "home", 14, 14)
    assert in_japanese(reason).startswith(f"{japanese}のあいだ、")
    assert f"最長{japanese}でした" in in_japanese(reason)
    assert in_english(reason).startswith(f"No sign of life for {english};")
    assert in_english(reason).endswith(f"was {english}.")
