"""Water that runs far longer than it ever does here, and somebody at home who uses none."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from contract.reports import Absence, AbsenceEnded, Alert, Answered, Closed, Configure, NodePlace, Receipt
from msgspec.structs import replace

from gateway.core import flow, no_water
from gateway.core.building import BuildingCore
from gateway.core.decisions import Send
from gateway.core.flow import Span, Water
from tests.gateway.core.house import HOUR, START, House, building, place
from tests.gateway.core.test_late_signs import REST

DAY, MINUTE = 24 * HOUR, 60.0
MORNING = START - 4 * HOUR  # 2026-11-23 08:00 in Tokyo
TOKYO = ZoneInfo("Asia/Tokyo")
FLAT = (
    place("button"),
    place("meter", "101", "kitchen", "water", "health"),
    place("door", "101", "entrance", "door", mains=False),
)
DROP = {"l_per_min": 0.0}
FLOW = {"l_per_min": 6.0}


def tap(house: House, on: bool, node: str = "meter") -> None:
    house.sense(node, "water", FLOW if on else DROP)


def run(house: House, minutes: float) -> None:
    tap(house, on=True)
    house.wait(minutes * MINUTE)
    tap(house, on=False)


def water(house: House) -> Water:
    found = house.core.units["101"].state.water
    assert found is not None
    return found


def latest(house: House, kind: str) -> Alert:
    return house.alerts(kind)[-1]


def lived(days: int = 16, minutes: float = 10.0) -> House:
    """A home whose resident uses water at 8:00, 13:00 and 20:00, each time for so long."""
    house = House(*FLAT, configured=building(*(replace(found, mains=False) for found in FLAT)))
    house.cut = {"door"}
    for day in range(1, days + 1):
        for hours in (0, 5, 12):
            while house.now < MORNING + day * DAY + hours * HOUR:
                house.idle(min(HOUR, MORNING + day * DAY + hours * HOUR - house.now))
                for found in FLAT:
                    house.sense(found.node, "health", {"uptime_s": 1})
                if 7 <= (house.now - MORNING) % DAY / HOUR + 8 <= 22:
                    house.move()
            tap(house, on=True)
            house.idle(minutes * MINUTE)
            house.move()
            tap(house, on=False)
    house.sense("button", "health", {"uptime_s": 1})
    house.tell(Configure(building(*FLAT)))
    house.decided.clear()
    return house


@pytest.fixture(scope="module")
def taught() -> bytes:
    return lived().core.dump()


@pytest.fixture
def house(taught: bytes) -> House:
    """At 20:10 of the 17th day; the tap has just been closed."""
    found = House(*FLAT)
    found.core.load(taught)
    found.seq, found.now = 100_000, MORNING + 16 * DAY + 12 * HOUR + 10 * MINUTE
    found.decided.clear()
    found.journal.clear()
    return found


@pytest.fixture
def running(house: House) -> House:
    """Water has run for as long as the limit, and the resident is being asked."""
    tap(house, on=True)
    house.wait(flow.RUN.floor_s + 1)
    return house


def about(house: House, hours: float) -> None:
    """The resident is about in the living room for so long, and uses no water."""
    until = house.now + hours * HOUR
    while house.now < until:
        house.wait(min(35 * MINUTE, until - house.now))
        house.move()


@pytest.fixture
def dry(house: House) -> House:
    """Up all night and all morning without a drop for as long as the limit, and being asked."""
    about(house, 16.2)
    return house


# --- water that runs ---


def test_water_that_runs_beyond_the_limit_asks_first_and_then_opens(house: House) -> None:
    tap(house, on=True)
    house.wait(flow.RUN.floor_s - 1)
    assert house.alerts() == []
    house.wait(2)
    assert house.stages("water_running") == ["asking"]
    assert [told.body["do"] for told in house.told("button")] == ["ask"]
    house.wait(360)
    assert house.stages("water_running") == ["asking", "open"]
    house.wait(5 * HOUR)
    assert house.stages("water_running") == ["asking", "open"], "once"


def test_it_says_why_in_both_languages_with_the_evidence(running: House) -> None:
    alert = latest(running, "water_running")
    assert alert.reason.ja == (
        "台所で12-09 20:10から30分のあいだ、水が流れ続けています。記録のある直近16日間では最長10分でした。"
        "センサー3個はすべて正常です。"
    )
    assert alert.reason.en == (
        "Water has been running in the kitchen for 30 min without a pause, since 12-09 20:10; the longest in the last "
        "16 recorded days was 10 min. All 3 sensors are working."
    )
    found = alert.evidence
    assert (found.silence_s, found.limit_s) == (flow.RUN.floor_s, flow.RUN.floor_s)
    assert (found.usual_max_s, found.usual_days, found.place) == (10 * MINUTE, 16, "kitchen")


@pytest.mark.parametrize(("wait_s", "before"), [(0, ["asking"]), (400, ["asking", "open"])])
def test_it_ends_when_the_water_stops(running: House, wait_s: float, before: list[str]) -> None:
    running.wait(wait_s)
    running.move()
    assert running.stages("water_running") == before, "who moves has not turned it off"
    tap(running, on=False)
    assert running.stages("water_running") == [*before, "resumed"]
    assert latest(running, "water_running").reason.en == "The water has stopped."
    if wait_s == 0:
        assert [told.body["for_s"] for told in running.told("button")] == [120.0, 0.0], "the node is quiet"


def test_a_pause_between_two_runs_begins_the_limit_anew(house: House) -> None:
    for _ in range(4):
        run(house, 20)
        house.wait(MINUTE)
    assert house.alerts("water_running") == []


def test_the_residents_word_ends_it_and_the_limit_runs_anew(running: House) -> None:
    running.sense("button", "fine", "pressed")
    assert running.stages("water_running") == ["asking", "answered"]
    running.wait(flow.RUN.floor_s - 60)
    assert running.stages("water_running") == ["asking", "answered"]
    running.wait(120)
    assert running.stages("water_running") == ["asking", "answered", "asking"]
    running.tell(Answered(latest(running, "water_running").alert, running.now))
    assert running.stages("water_running")[-1] == "answered"


def test_after_a_claim_the_end_is_shown_and_the_next_run_is_an_alert_of_its_own(running: House) -> None:
    running.tell(Receipt(latest(running, "water_running").alert, "claimed"))
    tap(running, on=False)
    assert running.stages("water_running") == ["asking"]
    tap(running, on=True)
    running.wait(flow.RUN.floor_s + 400)
    assert running.stages("water_running") == ["asking", "asking", "open"]
    assert len({alert.alert for alert in running.alerts("water_running")}) == 2


def test_one_that_a_worker_closed_is_raised_again_after_another_whole_limit(running: House) -> None:
    running.wait(400)
    running.tell(Closed(latest(running, "water_running").alert, running.now, "false"))
    running.wait(flow.RUN.floor_s - 60)
    assert running.stages("water_running") == ["asking", "open"]
    running.wait(120)
    assert running.stages("water_running") == ["asking", "open", "asking"]


@pytest.mark.parametrize("silent", [0.0, 10.0, 29.0])
def test_a_meter_that_falls_silent_while_water_runs_is_a_lost_sensor_and_no_run(house: House, silent: float) -> None:
    tap(house, on=True)
    house.wait(silent * MINUTE)
    house.cut.add("meter")
    house.wait(6 * HOUR)
    assert house.alerts("water_running") == []
    assert house.stages("node_lost") == ["open"]


def test_a_lost_meter_that_is_heard_again_begins_anew_with_what_it_says(house: House) -> None:
    tap(house, on=True)
    house.cut.add("meter")
    house.wait(3 * HOUR)
    house.cut.remove("meter")
    house.sense("meter", "health", {"uptime_s": 1})
    house.wait(HOUR)
    assert house.alerts("water_running") == []
    tap(house, on=True)
    house.wait(flow.RUN.floor_s - 60)
    assert house.alerts("water_running") == []
    house.wait(120)
    assert house.stages("water_running") == ["asking"]


def test_a_battery_meter_alarms_by_its_next_word(taught: bytes) -> None:
    slow = (FLAT[0], place("meter", "101", "kitchen", "water", "health", mains=False))
    house = House(*slow, configured=building(*slow))
    house.cut = {"meter"}
    house.move()
    run(house, 5)
    tap(house, on=True)
    house.wait(2 * HOUR)
    assert house.alerts("water_running") == []
    house.sense("meter", "health", {"uptime_s": 1})
    house.wait(MINUTE)
    assert house.stages("water_running") == ["asking"]
    assert house.alerts("node_lost") == []


def test_a_meter_that_says_for_a_day_that_water_runs_is_a_faulty_sensor(running: House) -> None:
    running.wait(400)
    running.tell(Closed(latest(running, "water_running").alert, running.now, "unknown"))
    for _ in range(24):
        for alert in [alert for alert in running.alerts("water_running") if alert.stage == "open"][-1:]:
            running.tell(Closed(alert.alert, running.now, "unknown"))
        about(running, 1)
        tap(running, on=True)
    assert running.stages("sensor_fault") == ["open"]
    before = len(running.alerts("water_running"))
    for _ in range(30):
        about(running, 1)
        tap(running, on=True)
    assert len(running.alerts("water_running")) == before, "it is not believed any more"
    assert running.alerts("no_water") == []
    tap(running, on=False)
    running.wait(2 * MINUTE)
    assert running.stages("sensor_fault") == ["open", "resumed"]
    tap(running, on=True)
    running.wait(flow.RUN.floor_s + 60)
    assert len(running.alerts("water_running")) == before + 1


def test_two_meters_tell_of_one_home(house: House) -> None:
    house.places = (*FLAT, place("bath", "101", "bathroom", "water", "health"))
    house.tell(Configure(building(*house.places)))
    tap(house, on=True)
    house.wait(20 * MINUTE)
    tap(house, on=True, node="bath")
    tap(house, on=False)
    house.wait(15 * MINUTE)
    assert house.stages("water_running") == ["asking"]
    assert latest(house, "water_running").since == house.now - 35 * MINUTE
    tap(house, on=False, node="bath")
    assert house.stages("water_running") == ["asking", "resumed"]


def test_a_stop_that_is_told_late_parts_two_runs() -> None:
    kept = Water()
    flow.told(kept, "a", 100.0, True, TOKYO, True)
    flow.told(kept, "b", 400.0, True, TOKYO, True)
    flow.told(kept, "a", 300.0, False, TOKYO, True)
    assert kept.run is not None
    assert kept.run.since == 400.0
    assert flow.longest_run_s(kept) == 200.0
    flow.told(kept, "b", 350.0, False, TOKYO, True)
    assert kept.run is not None, "older than what it has said since"


@pytest.mark.parametrize("kind", ["away", "hospital"])
def test_in_an_empty_flat_nobody_is_asked_and_workers_are_told_at_once(house: House, kind: str) -> None:
    house.tell(Absence("101", kind, house.now, house.now + 5 * DAY))  # type: ignore[arg-type]  # parametrized
    tap(house, on=True)
    house.wait(flow.RUN.floor_s + 60)
    assert house.stages("water_running") == ["asking", "open"]


def test_during_a_visit_it_is_the_visitors_business_and_afterwards_the_limit_runs_anew(house: House) -> None:
    house.tell(Absence("101", "visit", house.now, house.now + 2 * HOUR))
    tap(house, on=True)
    house.wait(2 * HOUR)
    assert house.alerts("water_running") == []
    house.wait(flow.RUN.floor_s - 60)
    assert house.alerts("water_running") == []
    house.wait(120)
    assert house.stages("water_running") == ["asking"]


def test_an_outage_of_the_gateway_raises_nothing_about_what_it_did_not_see(house: House) -> None:
    tap(house, on=True)
    house.now += 2 * HOUR
    house.sense("button", "health", {"uptime_s": 1})
    house.sense("meter", "water", DROP, at=house.now - HOUR, historical=True)
    house.wait(HOUR)
    assert house.alerts("water_running") == []
    assert flow.longest_run_s(water(house)) == 10 * MINUTE, "and teaches nothing"


# --- what is learned of runs ---


def test_before_the_home_is_known_the_limit_is_a_stated_one() -> None:
    house = House(*FLAT, configured=building(*FLAT))
    house.move()
    tap(house, on=True)
    house.wait(flow.RUN.default_s - 60)
    assert house.alerts() == []
    house.wait(120)
    assert house.stages("water_running") == ["asking"]
    assert "what is usual is not known yet" in latest(house, "water_running").reason.en
    assert "ふだんの長さはまだ分かりません" in latest(house, "water_running").reason.ja


def test_a_home_in_which_it_usually_runs_for_long_is_left_alone_for_longer() -> None:
    house = lived(14, minutes=40)
    tap(house, on=True)
    house.wait(60 * MINUTE - 60)
    assert house.alerts("water_running") == []
    house.wait(120)
    assert house.stages("water_running") == ["asking"]


@pytest.mark.parametrize(("past_min", "limit_s"), [(1, 30 * 60), (40, 3600), (110, 7200), (300, 30 * 60)])
def test_the_limit_of_a_run_has_a_floor_and_a_ceiling(past_min: int, limit_s: float) -> None:
    spans = [Span(0, past_min * 60), Span(0, past_min * 60)]
    assert flow.run_limit_s(Water(days={n: flow.Day(runs=spans) for n in range(20)})) == limit_s


def test_one_long_run_alone_does_not_make_the_limit_long(house: House) -> None:
    run(house, 29)
    assert flow.longest_run_s(water(house)) == 29 * MINUTE
    assert flow.run_limit_s(water(house)) == flow.RUN.floor_s


@pytest.mark.parametrize(("verdict", "teaches"), [("real", False), ("unknown", False), ("false", True)])
def test_a_run_that_ended_in_a_real_alarm_does_not_teach(running: House, verdict: str, teaches: bool) -> None:
    running.wait(400)
    running.tell(Closed(latest(running, "water_running").alert, running.now, verdict))  # type: ignore[arg-type]
    tap(running, on=False)
    assert (flow.longest_run_s(water(running)) > 30 * MINUTE) == teaches


def test_a_run_in_which_help_was_called_does_not_teach_although_the_alert_is_closed_later(house: House) -> None:
    tap(house, on=True)
    house.wait(10 * MINUTE)
    house.press()
    house.wait(15 * MINUTE)
    tap(house, on=False)
    assert flow.longest_run_s(water(house)) == 25 * MINUTE
    house.tell(Closed(house.alerts("emergency")[-1].alert, house.now, "real"))
    assert flow.longest_run_s(water(house)) == 10 * MINUTE


@pytest.mark.parametrize("kind", ["away", "hospital", "visit"])
def test_what_runs_in_an_absence_or_a_visit_does_not_teach(house: House, kind: str) -> None:
    house.tell(Absence("101", kind, house.now, house.now + 2 * HOUR))  # type: ignore[arg-type]  # parametrized
    run(house, 25)
    tap(house, on=True)
    house.tell(AbsenceEnded("101", kind, house.now))  # type: ignore[arg-type]  # parametrized
    house.wait(25 * MINUTE)
    tap(house, on=False)
    assert flow.longest_run_s(water(house)) == 10 * MINUTE


def test_what_is_kept_is_bounded() -> None:
    kept = Water()
    for n in range(70 * 48):
        flow.told(kept, "meter", START + n * HOUR / 2, n % 2 == 0, TOKYO, True)
    assert len(kept.days) <= flow.WINDOW_DAYS + 1
    assert len(msgspec.msgpack.encode(kept)) < 6000


# --- no water ---


def test_who_is_about_and_uses_no_water_is_asked_and_then_workers_are_told(house: House) -> None:
    limit_s = flow.dry_limit_s(water(house))
    assert limit_s == pytest.approx(1.25 * (12 * HOUR - 10 * MINUTE)), "eight in the evening to eight in the morning"
    about(house, 14.5)
    assert house.alerts() == []
    about(house, 0.35)
    assert house.stages("no_water") == ["asking"]
    assert [told.body["do"] for told in house.told("button")] == ["ask"]
    about(house, 0.4)
    assert house.stages("no_water") == ["asking", "open"]
    about(house, 30)
    assert house.stages("no_water") == ["asking", "open"], "once, until water runs"


def test_it_says_why_and_when_in_both_languages_with_the_evidence(dry: House) -> None:
    alert = dry.alerts("no_water")[0]
    assert alert.reason.ja.startswith(
        "12-09 20:10から、在宅のまま14時間48分のあいだ水の使用がありません。"
        "記録のある直近16日間では最長11時間50分でした。最後の動きは居間、12-10 10:45です。"
    )
    assert alert.reason.en.startswith(
        "At home and no water used for 14 h 48 min, counted from 12-09 20:10; the longest in the last 16 recorded days "
        "was 11 h 50 min. Last: living, 12-10 10:45."
    )
    assert alert.evidence.limit_s == pytest.approx(1.25 * (12 * HOUR - 10 * MINUTE))
    assert alert.evidence.silence_s == pytest.approx(alert.evidence.limit_s, abs=60)
    assert (alert.evidence.usual_max_s, alert.evidence.usual_days) == (12 * HOUR - 10 * MINUTE, 16)


def test_the_first_drop_ends_it(dry: House) -> None:
    tap(dry, on=True)
    assert dry.stages("no_water") == ["asking", "open", "resumed"]
    assert latest(dry, "no_water").reason.ja == "水の使用がありました。"


@pytest.mark.parametrize("by", ["key", "telephone", "worker"])
def test_once_all_is_said_to_be_well_the_meter_is_in_doubt_until_water_runs(dry: House, by: str) -> None:
    alert = latest(dry, "no_water").alert
    if by == "key":
        dry.sense("button", "fine", "pressed")
    else:
        dry.tell(Answered(alert, dry.now) if by == "telephone" else Closed(alert, dry.now, "unknown"))
    before = len(dry.alerts("no_water"))
    about(dry, 40)
    assert len(dry.alerts("no_water")) == before
    run(dry, 1)
    about(dry, 30)
    assert len(dry.alerts("no_water")) > before


def test_a_claimed_one_is_not_ended_by_water(dry: House) -> None:
    dry.tell(Receipt(latest(dry, "no_water").alert, "claimed"))
    run(dry, 1)
    assert dry.stages("no_water") == ["asking", "open"]


@pytest.mark.parametrize("kind", ["away", "hospital", "visit"])
def test_time_away_and_the_time_before_it_do_not_count(house: House, kind: str) -> None:
    about(house, 8)
    house.tell(Absence("101", kind, house.now, house.now + 3 * HOUR))  # type: ignore[arg-type]  # parametrized
    house.wait(3 * HOUR)
    about(house, 14)
    assert house.alerts("no_water") == []
    about(house, 1.5)
    assert house.stages("no_water")[0] == "asking"


def go_out(house: House, hours: float) -> None:
    house.wait(MINUTE)
    house.sense("door", "door", "open")
    house.sense("door", "door", "closed")
    house.wait(hours * HOUR)
    house.sense("door", "door", "open")
    house.sense("door", "door", "closed")
    house.wait(MINUTE)
    house.move()


def test_an_outing_by_the_entrance_does_not_count(house: House) -> None:
    house.sense("door", "door", "closed")
    about(house, 12)
    go_out(house, 4)
    about(house, 2.5)
    assert house.alerts("no_water") == []
    about(house, 0.5)
    assert house.stages("no_water")[0] == "asking"


def test_nobody_is_asked_while_out(house: House) -> None:
    house.sense("door", "door", "closed")
    about(house, 14.7)
    house.wait(MINUTE)
    house.sense("door", "door", "open")
    house.sense("door", "door", "closed")
    house.wait(5 * HOUR)
    assert house.alerts("no_water") == []


def test_where_nobody_has_been_seen_for_hours_it_is_the_inactivity_watch_that_asks(house: House) -> None:
    about(house, 6)
    house.wait(16 * HOUR)
    assert house.alerts("no_water") == []
    assert house.alerts("inactivity") != []


def test_who_has_slept_long_has_an_hour_to_reach_the_tap(house: House) -> None:
    about(house, 1)
    house.wait(14 * HOUR)
    house.move()
    house.wait(20 * MINUTE)
    house.move()
    house.wait(30 * MINUTE)
    run(house, 1)
    assert house.alerts("no_water") == []


def test_who_lies_ill_and_moves_seldom_is_asked_about(house: House) -> None:
    for _ in range(14):
        house.wait(80 * MINUTE)
        house.move()
    assert house.stages("no_water") == ["asking", "open"]


@pytest.mark.parametrize("how", ["lost", "silent for a while"])
def test_a_lost_meter_is_not_taken_for_a_thirsty_resident(house: House, how: str) -> None:
    about(house, 4)
    house.cut.add("meter")
    about(house, 5 if how == "silent for a while" else 30)
    house.cut -= {"meter"} if how == "silent for a while" else set()
    about(house, 10)
    assert house.stages("node_lost")[0] == "open"
    assert house.alerts("no_water") == [], "nobody knows what ran meanwhile"


def test_a_battery_meter_is_waited_for_until_it_has_spoken() -> None:
    kept = lived()
    kept.cut = {"door", "meter"}
    kept.places = (FLAT[0], place("meter", "101", "kitchen", "water", "health", mains=False), FLAT[2])
    kept.tell(Configure(building(*kept.places)))
    for _ in range(14):
        about(kept, 1)
        kept.sense("meter", "health", {"uptime_s": 1})
    about(kept, 3.5)
    assert kept.alerts("no_water") == [], "its last word is older than the limit"
    kept.sense("meter", "health", {"uptime_s": 1})
    kept.wait(60)
    assert kept.stages("no_water") == ["asking"]


@pytest.mark.parametrize("places", [FLAT, FLAT[:1]])
def test_a_home_whose_meter_has_never_seen_water_or_that_has_none_is_not_watched(places: tuple[NodePlace, ...]) -> None:
    house = House(*places, configured=building(*places))
    house.cut = {"door"}
    if places is FLAT:
        tap(house, on=False)
    for _ in range(90):
        house.wait(20 * MINUTE)
        house.move()
    assert house.alerts("no_water") == []
    assert (house.core.units["101"].state.water is None) == (places is not FLAT)


def test_a_second_meter_that_was_never_heard_may_have_seen_it(house: House) -> None:
    house.places = (*FLAT, place("bath", "101", "bathroom", "water", "health"))
    house.tell(Configure(building(*house.places)))
    house.cut.add("bath")
    about(house, 20)
    assert house.alerts("no_water") == []


def test_before_the_home_is_known_a_whole_day_has_to_pass() -> None:
    house = House(*FLAT, configured=building(*FLAT))
    house.cut = {"door"}
    house.move()
    run(house, 5)
    about(house, 22)
    assert house.alerts("no_water") == []
    about(house, 2)
    assert house.stages("no_water")[0] == "asking"


H = int(HOUR)


@pytest.mark.parametrize(
    ("past_h", "limit_h"), [((2, 2), 12.0), ((11, 11), 13.75), ((23, 23), 24.0), ((30, 11, 11), 13.75)]
)
def test_the_limit_of_the_time_without_water_has_a_floor_and_a_ceiling(past_h: tuple[int, ...], limit_h: float) -> None:
    kept = Water(days={n: flow.Day() for n in range(20)})
    kept.days[3].dry = [Span(0, hours * H) for hours in past_h]
    assert flow.dry_limit_s(kept) == limit_h * HOUR


def test_a_meter_that_often_sees_nothing_for_days_says_nothing() -> None:
    kept = Water(days={n: flow.Day(dry=[Span(0, 30 * H)]) for n in range(20)})
    assert flow.dry_limit_s(kept) is None


@pytest.mark.parametrize(("verdict", "teaches"), [("real", False), ("unknown", False), ("false", True)])
def test_a_time_without_water_that_ended_in_a_real_alarm_does_not_teach(
    dry: House, verdict: str, teaches: bool
) -> None:
    dry.tell(Closed(latest(dry, "no_water").alert, dry.now, verdict))  # type: ignore[arg-type]  # parametrized
    tap(dry, on=True)
    assert (flow.longest_dry_s(water(dry)) > 14 * HOUR) == teaches


def test_it_is_judged_by_the_residents_presence_of_two_hours_and_no_more() -> None:
    assert no_water.JUST_UP_S < no_water.PRESENT_S, "else who moves seldom is never asked about"


# --- what outlives a restart ---


def test_a_restart_anywhere_changes_nothing(house: House, taught: bytes) -> None:
    tap(house, on=True)
    house.wait(40 * MINUTE)
    tap(house, on=False)
    for _ in range(24):
        house.wait(40 * MINUTE)
        house.move()
    tap(house, on=True)
    for cut in range(0, len(house.journal), 97):
        core = BuildingCore("gw1")
        core.load(taught)
        decided = [decision for entry in house.journal[:cut] for decision in core.apply(entry)]
        body, core = core.dump(), BuildingCore("gw1")
        core.load(body)
        decided += [decision for entry in house.journal[cut:] for decision in core.apply(entry)]
        assert decided == house.decided
    kinds = {d.report.kind for d in house.decided if isinstance(d, Send) and isinstance(d.report, Alert)}
    assert {"water_running", "no_water"} <= kinds


def test_a_snapshot_of_a_gateway_that_knew_of_no_water_is_read(taught: bytes) -> None:
    old = msgspec.msgpack.decode(taught)
    for state, _ in old["units"].values():
        del state["water"]
    core = BuildingCore("gw1")
    core.load(msgspec.msgpack.encode(old))
    assert core.units["101"].state.water is None


@pytest.mark.parametrize(("fixture", "kind"), [("running", "water_running"), ("dry", "no_water")])
def test_a_unit_left_out_opens_what_it_was_asking_and_put_back_knows_its_days(
    fixture: str, kind: str, request: pytest.FixtureRequest
) -> None:
    house: House = request.getfixturevalue(fixture)
    days = water(house).days
    house.tell(Configure(REST))
    assert house.stages(kind) == ["asking", "open"]
    house.tell(Configure(building(*FLAT)))
    assert water(house) == Water(days=days)


def test_a_meter_that_was_taken_down_is_no_meter_any_more(house: House) -> None:
    tap(house, on=True)
    house.tell(Configure(building(*FLAT[:1])))
    house.wait(3 * HOUR)
    assert house.alerts("water_running") == []
    assert water(house).meters == {}


def test_a_clock_that_was_set_back_leaves_no_water_of_the_future(running: House) -> None:
    running.now -= 30 * DAY
    running.sense("button", "health", {"uptime_s": 1})
    kept = water(running)
    assert (kept.run, kept.days, kept.seen) == (None, {}, None)
    running.wait(400)
    assert running.stages("water_running") == ["asking", "open"], "what was asked does not wait for a month"
