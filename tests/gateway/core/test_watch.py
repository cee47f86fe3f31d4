"""The inactivity watch: every trap that real recordings hold, on days made up here."""

import random
import zlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.core import rooms
from gateway.core.presence import Presence
from gateway.core.reason import in_english, in_japanese
from gateway.core.signs import ENTRANCE, Sign
from gateway.core.watch import UnitWatch, WatchSettings

TOKYO, PARIS = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")
SETTINGS = WatchSettings()
HOUR = 3600.0


def at(day: int, hour: float, zone: ZoneInfo = TOKYO) -> float:
    """Unix time of an hour on the wall clock, counted from 2025-03-01."""
    midnight = datetime(2025, 3, 1, tzinfo=zone) + timedelta(days=day)
    return (midnight + timedelta(hours=hour)).timestamp()


def motion(when: float, room: str) -> Sign:
    return Sign(when, room, "motion", "", f"pir-{room}")


def door(when: float, value: str) -> Sign:
    return Sign(when, ENTRANCE, "door", value, "door-1")


def ordinary_day(day: int, zone: ZoneInfo = TOKYO) -> list[Sign]:
    """Up at seven, out from ten to twelve, a nap after lunch, to bed at half past eleven; never twice the same."""
    rng = random.Random(day)
    signs = [motion(at(day, 7 + n / 6 + rng.random() / 10, zone), "kitchen") for n in range(17)]
    signs += [door(at(day, 10, zone), "open"), door(at(day, 10.01, zone), "closed")]
    signs += [
        door(at(day, 12, zone), "open"),
        door(at(day, 12.005, zone), "closed"),
        motion(at(day, 12.01, zone), "entrance"),
    ]
    signs += [motion(at(day, 12.1 + n / 6, zone), "kitchen") for n in range(6)]
    signs += [motion(at(day, 13.2 + rng.random() / 2, zone), "living")]
    signs += [motion(at(day, 15.5 + rng.random() / 2 + n / 5, zone), "living") for n in range(36)]
    signs += [motion(at(day, 23.2 + rng.random() / 3, zone), "bedroom")]
    return sorted(signs)


def lived(days: int, zone: ZoneInfo = TOKYO, settings: WatchSettings = SETTINGS) -> UnitWatch:
    watch = UnitWatch(zone, settings)
    for day in range(days):
        for sign in ordinary_day(day, zone):
            watch.observe(sign)
    return watch


def up(watch: UnitWatch, day: int) -> UnitWatch:
    """The same watch, once the resident is about in the morning."""
    watch.observe(motion(at(day, 7), "bedroom"))
    watch.observe(motion(at(day, 7.02), "kitchen"))
    return watch


def limit_h(watch: UnitWatch) -> float:
    return watch.limit_s(watch.since()) / HOUR


def after(watch: UnitWatch, sign: Sign) -> float:
    """The limit, in hours, once this sign has come."""
    watch.observe(sign)
    return limit_h(watch)


def due(watch: UnitWatch) -> float:
    deadline = watch.deadline()
    assert deadline is not None
    return deadline


def test_a_collapse_in_the_kitchen_in_the_morning_is_noticed_far_sooner_than_eight_hours() -> None:
    watch = up(lived(30), 30)
    assert after(watch, motion(at(30, 8), "kitchen")) < 4.5


def test_a_collapse_in_bed_is_noticed_after_a_night_and_not_in_it() -> None:
    watch = lived(30)
    assert 7.7 < limit_h(watch) < 11


def test_a_cold_start_has_a_stated_safe_default_and_shows_the_day() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    assert watch.deadline() is None
    watch.observe(motion(at(0, 8), "kitchen"))
    assert limit_h(watch) == SETTINGS.cold_start_limit_h
    assert watch.learning() == (0, 14)
    first = after(up(lived(3), 3), motion(at(3, 8), "kitchen"))
    later = after(up(lived(12), 12), motion(at(12, 8), "kitchen"))
    known = up(lived(20), 20)
    assert 12 > first > later > after(known, motion(at(20, 8), "kitchen"))
    assert known.learning() == (14, 14)


def test_a_unit_that_never_gave_a_sign_is_asked_about_after_the_default() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    watch.observed_until(at(0, 8))
    watch.observed_until(at(0, 9))
    assert watch.deadline() == at(0, 20)


def test_late_signs_teach_and_never_restart_the_clock_backwards() -> None:
    watch = lived(20)
    before = due(watch)
    watch.observe(motion(at(19, 9.9), "toilet"))
    watch.observe(motion(at(10, 3), "toilet"))
    assert watch.since() == max(sign.at for sign in ordinary_day(19))
    assert due(watch) == pytest.approx(before, abs=HOUR)


def test_yesterday_signs_that_come_today_are_learned_when_it_is_told_to() -> None:
    late = [sign for sign in ordinary_day(19) if at(19, 8) < sign.at < at(19, 20)]
    watch = lived(19)
    for sign in ordinary_day(19):
        if sign not in late:
            watch.observe(sign)
    before = after(up(watch, 20), motion(at(20, 8), "kitchen"))
    for sign in late:
        watch.observe(sign)
    assert watch.is_stale
    assert limit_h(watch) == before
    watch.learn_anew()
    assert not watch.is_stale
    assert limit_h(watch) < before
    assert limit_h(watch) == after(up(lived(20), 20), motion(at(20, 8), "kitchen"))


def test_the_limit_is_the_same_whatever_the_order_of_arrival() -> None:
    signs = [sign for day in range(20) for sign in ordinary_day(day)]
    in_order, mixed = UnitWatch(TOKYO, SETTINGS), UnitWatch(TOKYO, SETTINGS)
    for sign in signs:
        in_order.observe(sign)
    rng = random.Random(7)
    while signs:
        mixed.observe(signs.pop(rng.randrange(min(6, len(signs)))))
    assert due(mixed) == due(in_order)
    assert mixed.reason(at(20, 5)) == in_order.reason(at(20, 5))
    assert after(mixed, motion(at(20, 7), "kitchen")) == after(in_order, motion(at(20, 7), "kitchen"))


def test_one_ghost_firing_behind_the_closed_door_does_not_restart_the_clock() -> None:
    watch = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed")):
        watch.observe(sign)
    before = due(watch)
    watch.observe(motion(at(20, 18), "living"))
    assert due(watch) == before
    watch.observe(motion(at(20, 21), "living"))
    assert due(watch) == before, "two ghosts hours apart are two ghosts"


def test_ghost_trips_in_an_absence_are_not_learned_as_silences_at_home() -> None:
    watch = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed"), motion(at(20, 20), "living")):
        watch.observe(sign)
    watch.observe(door(at(22, 16), "open"))
    watch.observe(motion(at(22, 16.1), "living"))
    twin = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed"), door(at(22, 16), "open")):
        twin.observe(sign)
    twin.observe(motion(at(22, 16.1), "living"))
    assert after(up(watch, 23), motion(at(23, 8), "kitchen")) == after(up(twin, 23), motion(at(23, 8), "kitchen"))


def test_a_return_is_noticed_by_the_door_or_by_a_second_sign() -> None:
    watch = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed"), door(at(20, 18), "open")):
        watch.observe(sign)
    assert watch.since() == at(20, 18)
    watch = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed"), motion(at(20, 18), "living")):
        watch.observe(sign)
    watch.observe(motion(at(20, 18.1), "kitchen"))
    assert watch.since() == at(20, 18.1)


def test_past_its_deadline_a_single_firing_ends_nothing() -> None:
    watch = lived(20)
    watch.observe(motion(at(20, 8), "kitchen"))
    overdue = due(watch)
    watch.observe(motion(overdue + HOUR, "living"))
    assert due(watch) == overdue
    watch.observe(motion(overdue + HOUR + 60, "kitchen"))
    assert due(watch) > overdue + HOUR


def test_an_outage_is_not_taken_for_inactivity_and_the_silence_is_carried_on() -> None:
    watch = lived(20)
    watch.observe(motion(at(20, 8), "kitchen"))
    before = due(watch)
    watch.pause(at(20, 9), "outage")
    assert watch.deadline() is None
    watch.resume(at(20, 11))
    assert due(watch) == before + 2 * HOUR
    assert watch.silence_s(at(20, 11.5)) == 1.5 * HOUR


def test_an_outage_of_two_months_neither_alarms_nor_teaches_nor_empties_what_was_learned() -> None:
    watch = lived(20)
    watch.pause(at(20, 0), "outage")
    watch.resume(at(80, 12))
    assert watch.presence(at(80, 13)) is Presence.UNKNOWN
    assert due(watch) > at(80, 12 + 11), "nobody knows where the resident was: the safe default holds"
    assert watch.learning() == (14, 14)
    twin = up(lived(20), 20)
    assert after(up(watch, 81), motion(at(81, 8), "kitchen")) == after(twin, motion(at(20, 8), "kitchen"))


def test_a_restart_of_the_gateway_in_every_night_does_not_keep_the_nights_from_teaching() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    for day in range(20):
        for sign in ordinary_day(day):
            watch.observe(sign)
        watch.pause(at(day + 1, 3), "outage")
        watch.resume(at(day + 1, 3) + 40)
    assert watch.learning() == (14, 14)
    for sign in ordinary_day(20):
        watch.observe(sign)
    assert 7.5 < limit_h(watch) < 11


@pytest.mark.parametrize("why", ["away", "hospital", "visit"])
def test_an_announced_absence_or_visit_is_not_judged_and_the_silence_begins_anew(why: str) -> None:
    watch = lived(20)
    watch.pause(at(20, 8), why)
    assert watch.deadline() is None
    watch.resume(at(24, 8))
    assert watch.since() == at(24, 8)
    assert due(watch) == at(24, 20)


def test_a_dead_door_contact_no_longer_tells_an_outing_and_the_other_rooms_learn_so() -> None:
    watch = up(lived(20), 20)
    alive = after(watch, motion(at(20, 9.5), "kitchen"))
    for day in range(20, 26):
        for sign in ordinary_day(day):
            if sign.kind != "door" and sign.at > at(20, 9.5):
                watch.observe(sign)
    assert after(up(watch, 26), motion(at(26, 9.5), "kitchen")) > alive
    assert watch.reason(at(26, 11)).door == "", "a dead contact says nothing about the door"


def test_a_collapse_at_the_exit_is_not_given_a_free_pass() -> None:
    watch = lived(20)
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed")):
        watch.observe(sign)
    assert 12 <= limit_h(watch) <= 24
    assert after(watch, motion(at(20, 10.02), "entrance")) < 12


def test_a_silence_that_ended_in_a_real_alarm_does_not_teach_and_a_false_one_does() -> None:
    def after_emergency(teaches: bool | None) -> float:
        watch = up(lived(20), 20)
        watch.observe(motion(at(20, 8), "kitchen"))
        since = watch.since()
        for sign in ordinary_day(20):
            if sign.at > at(20, 16):
                watch.observe(sign)
        if teaches is not None:
            watch.outcome(since, teaches)
        return after(up(watch, 21), motion(at(21, 8), "kitchen"))

    unharmed = after(up(lived(20), 20), motion(at(20, 8), "kitchen"))
    assert after_emergency(teaches=False) == pytest.approx(unharmed, abs=0.3)
    assert after_emergency(teaches=True) > unharmed + 0.5
    assert after_emergency(teaches=True) == after_emergency(teaches=None)


@pytest.mark.parametrize(("first", "shift_h"), [("2025-03-30", 1), ("2025-10-26", -1)])
def test_the_change_to_and_from_summer_time_moves_the_habits_with_the_wall_clock(first: str, shift_h: int) -> None:
    start = (date.fromisoformat(first) - date(2025, 3, 1)).days
    watch = UnitWatch(PARIS, SETTINGS)
    for day in range(start - 20, start):
        for sign in ordinary_day(day, PARIS):
            watch.observe(sign)
    before = after(watch, motion(at(start - 1, 23.9, PARIS), "bedroom"))
    for day in (start, start + 1):
        for sign in ordinary_day(day, PARIS):
            watch.observe(sign)
            assert due(watch) > sign.at
    assert after(watch, motion(at(start + 1, 23.9, PARIS), "bedroom")) == pytest.approx(before, abs=0.5)
    assert at(start + 1, 12, PARIS) - at(start - 1, 12, PARIS) == (48 - shift_h) * HOUR


def test_a_deadline_lies_in_the_past_only_while_the_silence_it_ended_goes_on() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    overdue = 0
    for day in range(25):
        for sign in ordinary_day(day):
            expected = watch.deadline()
            watch.observe(sign)
            if due(watch) <= sign.at:
                overdue += 1
                assert due(watch) == expected
            else:
                assert due(watch) - sign.at <= 24 * HOUR
    assert overdue == 0, "an ordinary life has no alarm"


def test_what_is_loaded_goes_on_exactly_where_the_dumped_watch_stood() -> None:
    signs = [sign for day in range(18) for sign in ordinary_day(day)]
    whole, broken = UnitWatch(TOKYO, SETTINGS), UnitWatch(TOKYO, SETTINGS)
    for n, sign in enumerate(signs):
        for watch in (whole, broken):
            watch.observe(sign)
        if n % 37 == 0:
            broken = UnitWatch.load(broken.dump(), TOKYO, SETTINGS)
        assert broken.deadline() == whole.deadline()
    assert broken.dump() == whole.dump()
    assert len(whole.dump()) < 32 * 1024


def test_a_busy_life_of_two_months_is_small() -> None:
    rng, watch, when = random.Random(1), UnitWatch(TOKYO, SETTINGS), at(0, 0)
    for _ in range(61 * 200):
        when += rng.expovariate(200 / 86400)
        watch.observe(motion(when, rng.choice(["kitchen", "living", "bedroom", "toilet", "entrance"])))
    watch.deadline()
    assert len(watch.dump()) <= 32 * 1024


def test_a_home_without_any_past_is_written_down_as_it_will_be_after_a_restart() -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    watch.observe(motion(at(0, 8), "kitchen"))
    assert UnitWatch.load(watch.dump(), TOKYO, SETTINGS).dump() == watch.dump()


@pytest.mark.parametrize("room", ["dining", "washroom", "hall", "balcony"])
def test_a_reason_names_rooms_as_every_other_sentence_does(room: str) -> None:
    watch = UnitWatch(TOKYO, SETTINGS)
    watch.observe(motion(at(0, 8), room))
    assert rooms.in_japanese(room) in in_japanese(watch.reason(at(0, 21)))
    assert room not in in_japanese(watch.reason(at(0, 21)))


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", zlib.compress(b""), zlib.compress(b"\x96\x01"), zlib.compress(b"\0" * 50_000_000), b"x" * 100],
    ids=["nothing", "nonsense", "empty", "cut off", "a bomb", "letters"],
)
def test_bytes_that_are_no_dump_are_named_so(body: bytes) -> None:
    with pytest.raises(ValueError, match="state of a watch"):
        UnitWatch.load(body, TOKYO, SETTINGS)


def test_a_damaged_dump_is_refused_or_is_a_dump_and_nothing_else() -> None:
    body = lived(3).dump()
    rng = random.Random(3)
    refused = 0
    for _ in range(200):
        damaged = bytearray(body)
        damaged[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        try:
            UnitWatch.load(bytes(damaged), TOKYO, SETTINGS).deadline()
        except ValueError:
            refused += 1
    assert refused == 200, "the checksum sees one flipped bit"


@pytest.mark.parametrize("when", [float("nan"), float("inf"), -1.0, 2.0**40])
def test_a_sign_of_no_time_is_refused_and_changes_nothing(when: float) -> None:
    watch = lived(3)
    before = watch.dump()
    with pytest.raises(ValueError, match="not of this age"):
        watch.observe(motion(when, "kitchen"))
    assert watch.dump() == before


def test_the_reason_is_one_that_a_worker_can_read_aloud() -> None:
    watch = lived(20)
    watch.observe(motion(at(20, 8.5), "kitchen"))
    reason = watch.reason(at(20, 12.75))
    assert (reason.silence_s, reason.last_room) == (4.25 * HOUR, "kitchen")
    english, japanese = in_english(reason), in_japanese(reason)
    assert english.startswith("No sign of life for 4 h 15 min; at this time of day the longest in the last 21 recorded")
    assert english.endswith("Last: kitchen, 08:30. Door closed.")
    assert japanese.startswith("4時間15分のあいだ、生活の動きがありません。")
    assert japanese.endswith("最後の動きは台所、08:30です。玄関ドアは閉まっています。")
    learning = in_english(replace(reason, learning_day=3))
    assert "still learning this home, day 3 of 14" in learning


def test_away_and_asleep_are_told_from_where_the_silence_began() -> None:
    watch = lived(20)
    assert watch.presence(at(20, 3)) is Presence.ASLEEP
    for sign in (door(at(20, 10), "open"), door(at(20, 10.01), "closed")):
        watch.observe(sign)
    assert watch.presence(at(20, 11)) is Presence.AWAY
    watch.pause(at(20, 11), "lost")
    assert watch.presence(at(20, 12)) is Presence.UNKNOWN
