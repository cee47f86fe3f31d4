"""All that was learned of a unit: in its backup, in what is kept of one that was left out, and back again."""

import base64
import random
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec
import pytest
from contract.reports import Alert, Building, Change, Configure, UnitSettings

from gateway.core import daybook, learned, outings, stays
from gateway.core.building import BuildingCore
from gateway.core.daybook import Daybook, Said
from gateway.core.decisions import Account, Decision, Send
from gateway.core.inputs import Observed, Restored, Ticked, Told
from gateway.core.learned import Learned
from gateway.core.outings import Outings
from gateway.core.signs import Sign
from gateway.core.stays import Visit
from gateway.core.watch import UnitWatch, WatchSettings
from tests.gateway.core.house import HOUR, START, building, place

DAY = 24 * HOUR
TOKYO = ZoneInfo("Asia/Tokyo")
PLACES = (
    place("bed", "101", "bedroom", "motion", "health", mains=False),
    place("wc", "101", "toilet", "motion", "health", mains=False),
    place("sofa", "101", "living", "motion", "health", mains=False),
    place("door", "101", "entrance", "door", "health", mains=False),
    place("tap", "101", "kitchen", "water", "health", mains=False),
)
HERE = building(*PLACES)
AT = START + 35 * DAY + 23.5 * HOUR + 60  # a minute after the last sign: a quarter of an hour would cost the day
ELSEWHERE = Building("Asia/Tokyo", [UnitSettings("102")], [])


def lived(days: range, ups: int) -> Iterator[Observed]:
    """From noon to noon: about in the living room, to bed at half past ten, so often up; each day by the dustbin at
    half past eleven at night, for three quarters of an hour."""
    for day in days:
        noon = START + day * DAY
        found = [(n / 2, "sofa", "motion") for n in range(21)] + [(10.5, "bed", "motion")]
        found += [(11.4, "sofa", "motion"), (11.5, "door", "open"), (11.51, "door", "closed"), (12.25, "bed", "motion")]
        found += [(13.0 + n, "wc", "motion") for n in range(ups)] + [(13.1 + n, "bed", "motion") for n in range(ups)]
        found += [(n / 2, "sofa", "motion") for n in range(38, 48)] + [(23.2, "wc", "motion"), (23.3, "sofa", "motion")]
        found += [(6.0, "tap", "runs"), (6.2, "tap", "still")]
        found += [(2.0 * n, node.node, "health") for n in range(12) for node in PLACES]
        for hours, node, kind in sorted(found):
            at = noon + hours * HOUR + 1
            told = {"motion": ("motion", {"count": 1}), "health": ("health", {"uptime_s": 1})}
            told |= {"runs": ("water", {"l_per_min": 6.0}), "still": ("water", {"l_per_min": 0.0})}
            yield Observed(at, at, node, *told.get(kind, ("door", kind)))


def hear(core: BuildingCore, *entries: Observed) -> list[Decision]:
    """What is decided while these come, each at its time."""
    found: list[Decision] = []
    for entry in entries:
        while (due := core.next_deadline()) is not None and due <= entry.received_at:
            found += core.apply(Ticked(due))
        found += core.apply(entry)
    return found


def told(core: BuildingCore, at: float, here: Building) -> BuildingCore:
    core.apply(Told(at, Configure(here)))
    return core


def seen(decided: list[Decision]) -> list[object]:
    """What workers are told of the resident."""
    sent = [decision.report for decision in decided if isinstance(decision, Send)]
    alerts = [(one.kind, one.stage, one.since, one.reason) for one in sent if isinstance(one, Alert)]
    return [*alerts, *(one for one in sent if isinstance(one, Change))]


@pytest.fixture(scope="module")
def known() -> bytes:
    """A core that knows its resident for five weeks, and the day that has just begun."""
    core = told(BuildingCore("gw1"), START, HERE)
    hear(core, *lived(range(36), 0))
    return core.dump()


def loaded(known: bytes) -> BuildingCore:
    core = BuildingCore("gw1")
    core.load(known)
    return core


def restored(known: bytes) -> BuildingCore:
    """A gateway with a new disk, given the backup of the old one."""
    unit, core = loaded(known).units["101"], told(BuildingCore("gw1"), AT, ELSEWHERE)
    backup = learned.pack(learned.of(unit, AT))
    core._roster.moved_out["101"] = learned.unpack(backup)
    return told(core, AT, HERE)


def put_back(known: bytes) -> BuildingCore:
    """The same gateway, after a slip of the pen in its building."""
    return told(told(loaded(known), AT, ELSEWHERE), AT, HERE)


@pytest.mark.parametrize("again", [restored, put_back])
def test_what_comes_back_is_what_was_known(known: bytes, again: object) -> None:
    before = learned.of(loaded(known).units["101"], 0.0)
    assert callable(again)
    after = learned.of(again(known).units["101"], 0.0)
    assert len(before.daybook.days) == 34
    assert before.outings.past
    assert len(before.days) > 30
    assert before.hours
    assert before.water is not None and len(before.water.days) > 30
    for name in ("days", "outings", "daybook", "hours", "water"):
        assert getattr(after, name) == getattr(before, name), name


@pytest.mark.parametrize("again", [restored, put_back])
def test_who_was_given_back_what_was_known_decides_the_same(known: bytes, again: object) -> None:
    assert callable(again)
    core, twin = loaded(known), again(known)
    weeks = [Observed(AT + 1, AT + 1, "bed", "health", {"uptime_s": 1}), *lived(range(36, 57), 4)]
    long_stay = START + 36 * DAY + HOUR
    weeks = [one for one in weeks if one.kind != "motion" or not long_stay < one.at < long_stay + 2 * HOUR]
    weeks.append(Observed(long_stay + 2, long_stay + 2, "wc", "motion", {"count": 1}))
    weeks.sort(key=lambda one: one.at)
    was, now = seen(hear(core, *weeks)), seen(hear(twin, *weeks))
    assert now == was
    assert {type(one) for one in was} >= {Change}
    assert "bathroom" in {one[0] for one in was if isinstance(one, tuple)}
    assert "night_out" not in {one[0] for one in was if isinstance(one, tuple)}, "going out then is a habit"


@pytest.mark.parametrize("times", [1, 2])
def test_what_another_gateway_knew_joins_what_goes_on_here(known: bytes, times: int) -> None:
    before = learned.of(loaded(known).units["101"], 0.0)
    here = told(BuildingCore("gw2"), AT, HERE)
    for n in range(times):
        here.apply(Restored(AT + 1 + n, "101", learned.pack(before)))
    after = learned.of(here.units["101"], 0.0)
    assert after.days == before.days
    assert (after.outings.past, after.outings.recorded_days) == (before.outings.past, before.outings.recorded_days)
    assert (after.daybook.days, after.daybook.values) == (before.daybook.days, before.daybook.values)
    assert after.hours == before.hours
    assert after.water is not None and before.water is not None and after.water.days == before.water.days


def test_days_that_other_sensors_saw_are_not_compared_with_those_here(known: bytes) -> None:
    here = told(BuildingCore("gw2"), AT, building(*PLACES[1:]))
    here.apply(Restored(AT + 1, "101", learned.pack(learned.of(loaded(known).units["101"], 0.0))))
    assert here.units["101"].state.daybook.days == []


def test_what_was_learned_here_goes_before_what_another_gateway_knew(known: bytes) -> None:
    here = loaded(known)
    own = learned.of(here.units["101"], 0.0)
    other = learned.of(loaded(known).units["101"], 0.0)
    last = max(own.days)
    other.days = {last: stays.Day([9] * stays.PARTS), last - 200: stays.Day([8] * stays.PARTS)}
    other.daybook = Daybook(days=[last - 200], sensors=own.daybook.sensors, values={})
    here.apply(Restored(AT + 1, "101", learned.pack(other)))
    after = learned.of(here.units["101"], 0.0)
    assert after.days[last] == own.days[last] and after.days[last - 200] == other.days[last - 200]
    assert after.daybook.days == own.daybook.days


def test_the_daily_backup_holds_all_that_was_learned(known: bytes) -> None:
    core = loaded(known)
    (due,) = [one for one in hear(core, *lived(range(36, 37), 0)) if isinstance(one, Account)]
    found = learned.unpack(learned.pack(learned.of(core.units[due.unit], AT + DAY)))
    assert len(found.daybook.days) >= 34
    assert found.outings.recorded_days > 30
    assert found.outings.door_at is None, "where the resident is now is not learned"


def test_a_backup_of_the_watch_alone_is_taken_back(known: bytes) -> None:
    old = loaded(known).units["101"].watch
    core = told(BuildingCore("gw1"), AT, ELSEWHERE)
    core._roster.moved_out["101"] = learned.unpack(old.dump())
    unit = told(core, AT, HERE).units["101"]
    assert unit.watch.recorded_days() == old.recorded_days() > 30
    assert (unit.state.daybook, unit.state.outings.past) == (Daybook(), [])


def test_what_an_older_snapshot_kept_of_a_unit_is_read() -> None:
    kept = msgspec.msgpack.encode({"since": 5.0, "watch": b"w", "days": {}, "outings": Outings(past=[3.0])})
    assert msgspec.msgpack.decode(kept, type=Learned) == Learned(5.0, b"w", outings=Outings(past=[3.0]))


def test_a_sensor_that_was_lost_when_the_unit_was_left_out_still_costs_the_day(known: bytes) -> None:
    core = loaded(known)
    without = [one for one in lived(range(36, 37), 0) if one.node != "wc"]
    hear(core, *without)
    twin = told(told(loaded(core.dump()), START + 37 * DAY, ELSEWHERE), START + 37 * DAY, HERE)
    for each in (core, twin):
        hear(each, *lived(range(37, 39), 0))
        day = daybook.day_and_second(START + 36 * DAY, TOKYO)[0]
        assert day not in each.units["101"].state.daybook.days
        assert day - 2 in each.units["101"].state.daybook.days


def test_what_a_clock_ahead_dated_never_was(known: bytes) -> None:
    found = learned.of(loaded(known).units["101"], START + 36 * DAY)
    core = told(BuildingCore("gw1"), START + 10 * DAY, ELSEWHERE)
    core._roster.moved_out["101"] = found
    book = told(core, START + 10 * DAY, HERE).units["101"].state.daybook
    assert max(book.days) < daybook.day_and_second(START + 10 * DAY, TOKYO)[0]
    assert book.closed < daybook.day_and_second(START + 10 * DAY, TOKYO)[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93junk",
        msgspec.msgpack.encode({"since": 1.0}),
        msgspec.msgpack.encode(Learned(1.0, b"w", days={1: stays.Day([0])})),
        msgspec.msgpack.encode(Learned(1.0, b"w", daybook=Daybook(days=[1], values={"rising": []}))),
    ],
)
def test_what_is_no_backup_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        learned.unpack(body)


def test_the_backup_of_the_busiest_home_fits_into_a_report() -> None:
    dice, names = random.Random(1), [f"zigbee-node-{n:02}" for n in range(64)]
    watch = UnitWatch(TOKYO, WatchSettings())
    for slot in range(61 * 288):
        name = dice.choice(names)
        watch.observe(Sign(START + slot * 300 + dice.random() * 299, name, "motion", "", name))
    visits = [[Visit(int(START), dice.randrange(9000), part) for part in range(6)] for _ in range(61)]
    book = Daybook(
        begun_at=START,
        sensors=names,
        open={700_000 + day: {slot: dice.randrange(32) for slot in range(288)} for day in range(3)},
        days=[700_000 + day for day in range(daybook.MOST_DAYS)],
        values={f"measure_{n:08}": [dice.randrange(288) for _ in range(daybook.MOST_DAYS)] for n in range(10)},
        doubts=[(START + n, START + 2 * n, names[n]) for n in range(daybook.MOST_DOUBTS)],
        said={f"measure_{n:08}": Said(700_000, 1.5) for n in range(10)},
    )
    found = Learned(
        START,
        watch.dump(),
        {700_000 + n: stays.Day([10] * stays.PARTS, day) for n, day in enumerate(visits)},
        Outings(past=[START + dice.random() for _ in range(outings.MOST_PAST)]),
        book,
        {hour: [dice.randrange(300) for _ in range(14)] for hour in range(24)},
    )
    assert 60_000 < len(learned.pack(found)) < 70_000
    assert len(base64.b64encode(learned.pack(found))) < 95_000, "what seals it may add a little"
    assert learned.unpack(learned.pack(found)) == found
