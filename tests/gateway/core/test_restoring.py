"""What a unit's gateway had learned before comes back: the limits are the same, and what goes on now is not touched."""

from zoneinfo import ZoneInfo

import pytest
from contract import reports

from gateway.core.building import BuildingCore
from gateway.core.inputs import Input, Observed, Restored, Ticked, Told
from gateway.core.limits import LimitSettings, LocalClock, learn
from gateway.core.watch import WatchSettings
from gateway.core.watch_state import unpack

DAY, ZONE = 86_400.0, ZoneInfo("Asia/Tokyo")
BEGAN = 1_790_000_000.0 - 1_790_000_000.0 % DAY - 9 * 3600.0  # a midnight in Japan
DAYS = 20
BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings("101")],
    [reports.NodePlace("hall", "101", "hall", 0.0, mains=True, kinds=["motion"])],
)


def configured(at: float) -> BuildingCore:
    core = BuildingCore("gw1")
    core.apply(Told(at, reports.Configure(BUILDING)))
    return core


def moves(at: float) -> Input:
    return Observed(at, at, "hall", "motion", {"count": 1, "last_at": at})


def day_of(core: BuildingCore, day: float, every_s: float = 1200.0) -> None:
    """A day with a sign every so often from 7 to 22 h."""
    at = day
    while at < day + DAY:
        hour = (at - day) / 3600
        entry: Input = moves(at) if 7 <= hour < 22 and at % every_s == 0 else Ticked(at)
        core.apply(entry)
        at += 300.0


@pytest.fixture(scope="module")
def learned() -> bytes:
    """The backup of the watch of a unit that is well known."""
    core = configured(BEGAN)
    for day in range(DAYS):
        day_of(core, BEGAN + day * DAY)
    return core.units["101"].watch.dump()


def silences(body: bytes) -> list[tuple[float, float, str]]:
    return [tuple(one) for one in unpack(body, WatchSettings().window_days)[1].silences()]  # type: ignore[misc]


def limits(body: bytes) -> object:
    past = unpack(body, WatchSettings().window_days)[1].silences()
    return learn(list(past), LocalClock(ZONE), LimitSettings(), True)


NEXT = BEGAN + (DAYS + 5) * DAY + 8 * 3600.0  # five days nobody watched


def test_a_gateway_that_knows_nothing_has_the_same_limits_after_it_was_told(learned: bytes) -> None:
    core = configured(NEXT)
    assert core.units["101"].watch.learning() == (0, 14)
    core.apply(Restored(NEXT + 1, "101", learned))
    watch = core.units["101"].watch
    assert watch.learning() == (14, 14)
    assert limits(watch.dump()) == limits(learned) and silences(watch.dump()) == silences(learned)


def test_the_days_in_which_nobody_watched_teach_nothing(learned: bytes) -> None:
    core = configured(NEXT)
    core.apply(Restored(NEXT + 1, "101", learned))
    core.apply(moves(NEXT + 2))
    assert max(end - begin for begin, end, _ in silences(core.units["101"].watch.dump())) < DAY


def test_the_silence_that_goes_on_and_what_was_learned_since_are_kept(learned: bytes) -> None:
    core = configured(NEXT)
    for minutes in range(0, 180, 20):
        core.apply(moves(NEXT + minutes * 60.0))
    before = core.units["101"].watch
    core.apply(Restored(NEXT + 4 * 3600.0, "101", learned))
    after = core.units["101"].watch
    assert (after.since(), after.believed_at()) == (before.since(), before.believed_at())
    assert after.limit_s(NEXT + 4 * 3600.0) < before.limit_s(NEXT + 4 * 3600.0) == 12 * 3600.0
    assert set(silences(before.dump())) <= set(silences(after.dump()))
    deadline = core.next_deadline()
    assert deadline is not None and after.deadline() is not None


def test_told_twice_is_told_once(learned: bytes) -> None:
    core = configured(NEXT)
    for _ in range(2):
        core.apply(Restored(NEXT + 1, "101", learned))
    assert silences(core.units["101"].watch.dump()) == silences(learned)


def test_a_gateway_that_went_on_loses_nothing_to_an_old_backup(learned: bytes) -> None:
    core = configured(BEGAN)
    for day in range(3):
        day_of(core, BEGAN + (DAYS + day) * DAY)
    before = silences(core.units["101"].watch.dump())
    core.apply(Restored(BEGAN + (DAYS + 3) * DAY, "101", learned))
    after = silences(core.units["101"].watch.dump())
    assert set(before) <= set(after) and set(silences(learned)) <= set(after)


def test_what_is_dated_later_than_now_never_was(learned: bytes) -> None:
    earlier = BEGAN + 10 * DAY
    core = configured(earlier)
    core.apply(Restored(earlier + 1, "101", learned))
    assert max(end for _, end, _ in silences(core.units["101"].watch.dump())) <= earlier + DAY
    assert core.units["101"].watch.learning()[0] <= 11


def test_it_is_the_same_after_a_restart(learned: bytes) -> None:
    core = configured(NEXT)
    core.apply(Restored(NEXT + 1, "101", learned))
    again = BuildingCore("gw1")
    again.load(core.dump())
    assert again.units["101"].watch.dump() == core.units["101"].watch.dump()


def test_bytes_that_nobody_learned_and_units_that_are_not_here_are_refused_and_change_nothing(learned: bytes) -> None:
    core = configured(NEXT)
    before = core.dump()
    for body in (b"", b"x", learned[:-1], learned + b"x", b"\x78\x9c" + b"\0" * 50):
        entry = Restored(NEXT, "101", body)
        (problem,) = core.problems_with_restored(entry)
        assert problem.startswith("learned state of unit 101 cannot be read")
        assert core.apply(entry) == []
    core.apply(Restored(NEXT, "999", learned))
    assert core.problems_with(reports.Restore("999", "x")) == ["unit 999 is not in this building"]
    assert core.dump() == before
