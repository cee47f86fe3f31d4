"""When a worker is left to sleep, and by which kinds of message."""

from datetime import UTC, datetime, time
from itertools import product

import pytest

from backend.core.alerts import Priority
from backend.core.kinds import KINDS, next_kind
from backend.core.quiet import QuietHours, holds_back

NIGHT = QuietHours(time(22), time(7), "Asia/Tokyo")
NOON = QuietHours(time(12), time(13, 30), "Asia/Tokyo")


def at(hour: int, minute: int = 0) -> datetime:
    """A time of day in Tokyo, as the clock of the product has it."""
    return datetime(2026, 11, 23, (hour - 9) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "hour", "minute", "quiet"),
    [
        (NIGHT, 21, 59, False),
        (NIGHT, 22, 0, True),
        (NIGHT, 0, 0, True),
        (NIGHT, 6, 59, True),
        (NIGHT, 7, 0, False),
        (NOON, 11, 59, False),
        (NOON, 12, 0, True),
        (NOON, 13, 29, True),
        (NOON, 13, 30, False),
        (QuietHours(time(8), time(8), "Asia/Tokyo"), 8, 0, False),
    ],
)
def test_they_begin_with_their_first_minute_and_end_before_their_last(
    hours: QuietHours, hour: int, minute: int, quiet: bool
) -> None:
    assert hours.hold(at(hour, minute)) == quiet


def test_they_are_local_times_also_where_clocks_are_changed() -> None:
    berlin = QuietHours(time(22), time(6), "Europe/Berlin")
    assert berlin.hold(datetime(2026, 7, 1, 3, 59, tzinfo=UTC))  # 05:59 in summer
    assert not berlin.hold(datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
    assert berlin.hold(datetime(2026, 12, 1, 4, 59, tzinfo=UTC))  # 05:59 in winter
    assert not berlin.hold(datetime(2026, 12, 1, 5, 0, tzinfo=UTC))


def test_only_what_may_wake_somebody_and_is_no_emergency_is_held_back() -> None:
    held = {(kind, level) for kind, level in product(KINDS, Priority) if holds_back(NIGHT, kind, level, at(3))}
    assert held == set(product(("voice", "sms", "line"), ("P2", "P3", "T")))
    assert not any(holds_back(NIGHT, kind, level, at(12)) for kind, level in product(KINDS, Priority))
    assert not any(holds_back(None, kind, level, at(3)) for kind, level in product(KINDS, Priority))


def test_the_call_comes_first_of_what_was_not_tried() -> None:
    able = ("email", "voice", "line")
    assert next_kind([], able) == "voice"
    assert next_kind(["voice"], able) == "line"
    assert next_kind(["voice", "line"], able) == "email"
    assert next_kind(["voice", "line", "email"], able) is None
    assert next_kind([], ()) is None
