"""What the marks of past days hold, and the limits learned from them."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.core.limits import HOUR_S, LimitSettings, LocalClock, learn
from gateway.core.rhythm import DAY_S, Rhythm, Silence
from gateway.core.signs import LEFT

PARIS = ZoneInfo("Europe/Paris")
T0 = 1_750_000_000 // DAY_S * DAY_S


def content(rhythm: Rhythm) -> list[Silence]:
    return list(rhythm.silences())


def test_the_marks_do_not_depend_on_the_order_in_which_signs_arrive() -> None:
    signs = [(T0 + n * 97.3, room) for n, room in zip(range(2000), ["kitchen", "living", "toilet"] * 700, strict=False)]
    in_order, shuffled = Rhythm(), Rhythm()
    for at, room in signs:
        in_order.mark(at, room)
    random.Random(1).shuffle(signs)
    for at, room in signs:
        shuffled.mark(at, room)
    assert content(in_order) == content(shuffled)
    assert len(content(in_order)) > 300


def test_a_sign_that_comes_late_divides_the_silence_it_fell_into() -> None:
    rhythm = Rhythm()
    rhythm.mark(T0, "living")
    rhythm.mark(T0 + 8 * 3600, "kitchen")
    assert rhythm.mark(T0 + 3 * 3600, "bedroom")
    assert [(s.place, s.length_s) for s in content(rhythm)] == [("living", 3 * 3600), ("bedroom", 5 * 3600)]


def test_a_silence_that_touches_an_outage_does_not_teach() -> None:
    rhythm = Rhythm()
    for hours in (0, 1, 30, 31):
        rhythm.mark(T0 + hours * 3600, "living")
    rhythm.leave_out(T0 + 5 * 3600, T0 + 29 * 3600, "outage")
    assert [s.length_s for s in content(rhythm)] == [3600, 3600]


def test_recorded_days_are_counted_and_not_calendar_days() -> None:
    rhythm = Rhythm(window_days=10)
    for day in (*range(8), 70, 71):
        rhythm.mark(T0 + day * DAY_S, "living")
    assert rhythm.recorded_days() == 10
    assert min(rhythm.days) == T0 // DAY_S


def test_only_the_window_is_kept_and_an_older_sign_is_not_let_in_again() -> None:
    rhythm = Rhythm(window_days=10)
    for day in range(30):
        rhythm.mark(T0 + day * DAY_S, "living")
    assert rhythm.recorded_days() == 11, "the window, and the day that is not over"
    assert not rhythm.mark(T0, "living")


def test_more_rooms_than_a_flat_can_have_stop_nothing() -> None:
    rhythm = Rhythm()
    for n in range(1000):
        rhythm.mark(T0 + n * 400, f"room {n}")
    assert len(rhythm.places) <= 250


@pytest.mark.parametrize("day", ["2025-03-29", "2025-03-30", "2025-03-31", "2025-10-26"])
def test_noon_is_noon_on_the_wall_clock_before_and_after_a_change_of_time(day: str) -> None:
    clock = LocalClock(PARIS)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=PARIS)
    assert clock.second(noon.timestamp()) == 12 * 3600
    midnight = noon.replace(hour=0)
    assert clock.midnight(clock.day(noon.timestamp())) == midnight.timestamp()


def days_of(silences: list[tuple[float, float, str]], days: int = 40) -> list[Silence]:
    """Silences (hour they begin at, hours, place) of every day."""
    return [
        Silence(T0 + (day * 24 + hour) * 3600, T0 + (day * 24 + hour + length) * 3600, place)
        for day in range(days)
        for hour, length, place in silences
    ]


USUAL = [
    (0.0, 6.5, "bedroom"),
    *((7 + n / 2, 0.5, "kitchen") for n in range(12)),
    (13.0, 2.5, "living"),
    *((16 + n / 2, 0.5, "living") for n in range(14)),
]


def test_a_night_is_given_longer_than_a_morning_in_the_kitchen() -> None:
    limits = learn(days_of(USUAL), LocalClock(UTC), LimitSettings(), door_works=True)
    assert limits.limit_s("bedroom", 0.25 * 3600) > 6.5 * HOUR_S
    assert limits.limit_s("kitchen", 8 * 3600) < 4 * HOUR_S


def test_a_larger_budget_never_lengthens_a_limit() -> None:
    tables = [
        learn(days_of(USUAL), LocalClock(UTC), LimitSettings(false_alarms_per_30_days=budget), door_works=True).by_place
        for budget in (0.1, 0.25, 1.0, 4.0)
    ]
    for strict, loose in pairwise(tables):
        assert all(a >= b for room in strict for a, b in zip(strict[room], loose[room], strict=True))
    assert tables[0] != tables[-1]


def test_where_day_and_night_are_alike_the_day_is_given_the_shorter_limit() -> None:
    alike = [
        Silence(T0 + day * DAY_S + hour * 3600, T0 + day * DAY_S + (hour + 3 + day % 9 / 4) * 3600, "living")
        for day in range(40)
        for hour in (1, 13)
    ]
    even = learn(alike, LocalClock(UTC), LimitSettings(day_weight=1.0), door_works=True)
    assert even.limit_s("living", 13 * 3600) == even.limit_s("living", 1 * 3600)
    limits = learn(alike, LocalClock(UTC), LimitSettings(), door_works=True)
    assert limits.limit_s("living", 13 * 3600) < limits.limit_s("living", 1 * 3600)


def test_one_absence_of_weeks_does_not_lengthen_every_other_limit() -> None:
    usual = days_of(USUAL)
    gone = [*usual, Silence(usual[-1].end, usual[-1].end + 14 * DAY_S, "living")]
    before = learn(usual, LocalClock(UTC), LimitSettings(), door_works=True)
    after = learn(gone, LocalClock(UTC), LimitSettings(), door_works=True)
    assert after.limit_s("kitchen", 9 * 3600) - before.limit_s("kitchen", 9 * 3600) <= 0.25 * HOUR_S
    assert after.limit_s("bedroom", 0) - before.limit_s("bedroom", 0) <= 0.5 * HOUR_S


def test_without_a_door_that_works_outings_speak_for_every_room() -> None:
    past = days_of([*USUAL, (10.0, 7.0, LEFT)])
    alive = learn(past, LocalClock(UTC), LimitSettings(), door_works=True)
    dead = learn(past, LocalClock(UTC), LimitSettings(), door_works=False)
    assert alive.limit_s("kitchen", 10 * 3600) < 5 * HOUR_S
    assert dead.limit_s("kitchen", 10 * 3600) > 7 * HOUR_S


def test_a_silence_behind_the_closed_door_has_a_limit_of_its_own_and_no_free_pass() -> None:
    limits = learn(days_of([*USUAL, (10.0, 7.0, LEFT)]), LocalClock(UTC), LimitSettings(), door_works=True)
    assert 12 * HOUR_S <= limits.limit_s(LEFT, 10 * 3600) <= 24 * HOUR_S


def test_a_room_never_seen_is_given_the_longest_limit_of_the_others() -> None:
    limits = learn(days_of(USUAL), LocalClock(UTC), LimitSettings(), door_works=True)
    assert limits.limit_s("attic", 0) == max(limits.limit_s(room, 0) for room in ("bedroom", "kitchen", "living"))
