"""Emergencies, time, repetitions and configuration: what a whole building does with what it is told."""

from typing import Any

import msgspec
import pytest
from contract.reports import (
    Absence,
    AbsenceEnded,
    Building,
    Closed,
    Command,
    Configure,
    Receipt,
    UnitHour,
    UnitSettings,
)

from gateway.core import diary
from gateway.core.building import BuildingCore, check
from gateway.core.decisions import Backup, Send
from gateway.core.inputs import Observed, Ticked, decode, encode
from tests.gateway.core.house import HOUR, START, House, building, place


def test_a_press_is_an_open_alert_and_a_receipt_in_the_same_breath() -> None:
    house = House()
    house.wait(60)
    house.move()
    alert, receipt = house.press()
    assert isinstance(alert, Send)
    assert alert.lane == "alert"
    assert house.stages("emergency") == ["open"]
    assert receipt == house.told("button")[0]
    assert receipt.body == {"boot": "b1", "seq": house.seq, "stage": "journalled"}
    assert "living" in house.alerts()[0].reason.en
    assert "居間" in house.alerts()[0].reason.ja


def test_presses_join_the_alert_until_it_is_closed() -> None:
    house = House(place("button"), place("cord", "101", "toilet", "emergency"))
    house.press()
    house.wait(5)
    house.press("cord")
    first, second = house.alerts("emergency")
    assert first.alert == second.alert
    assert (second.evidence.presses, second.evidence.place) == (2, "toilet")
    house.tell(Closed(first.alert, house.now, "false"))
    house.wait(5)
    house.press()
    assert house.alerts("emergency")[-1].alert != first.alert
    assert house.alerts("emergency")[-1].evidence.presses == 1


def test_how_far_an_alert_has_come_reaches_every_node_that_pressed() -> None:
    house = House(place("button"), place("cord", "101", "toilet", "emergency"))
    house.press()
    house.press("cord")
    for stage in ("backend", "claimed", "coming"):
        house.tell(Receipt(house.alerts()[0].alert, stage))
    for node in ("button", "cord"):
        assert [told.body["stage"] for told in house.told(node)] == ["journalled", "backend", "claimed", "coming"]


def test_a_press_that_joins_an_alert_is_told_how_far_that_has_come() -> None:
    house = House()
    house.press()
    house.tell(Receipt(house.alerts()[0].alert, "claimed"))
    _, *receipts = house.press()
    assert receipts == house.told("button")[-2:]
    assert [(told.body["seq"], told.body["stage"]) for told in house.told("button")[-2:]] == [
        (house.seq, "journalled"),
        (house.seq, "claimed"),
    ]


def test_a_repeated_press_is_confirmed_again_and_raises_nothing() -> None:
    house = House()
    house.press()
    house.tell(Receipt(house.alerts()[0].alert, "claimed"))
    seen = house.journal[-2]
    house.take(seen)
    assert house.stages("emergency") == ["open"]
    assert [told.body["stage"] for told in house.told("button")[-2:]] == ["journalled", "claimed"]


def test_a_closed_press_that_a_node_tells_again_at_every_start_raises_nothing() -> None:
    house = House()
    house.press()
    seen = house.journal[-1]
    house.tell(Closed(house.alerts()[0].alert, house.now, "real"))
    for start in range(100):
        house.take(seen)
        house.sense("button", "health", {"uptime_s": 1}, boot=f"later{start}")
    assert house.stages("emergency") == ["open"]
    assert [told.body["stage"] for told in house.told("button")] == ["journalled"] * 101


def test_a_repeated_word_of_smoke_is_confirmed_again_and_raises_nothing() -> None:
    house = House(place("detector", "101", "kitchen", "smoke", "health"))
    house.sense("detector", "smoke", True)
    house.take(house.journal[-1])
    assert house.stages("smoke") == ["open"]
    assert [told.body["stage"] for told in house.told("detector")] == ["journalled", "journalled"]


@pytest.mark.parametrize("at", [0.0, 1.5, 4e9, float("nan"), float("inf")])
def test_a_press_from_a_node_with_an_impossible_clock_raises_at_once_and_moves_no_clock(at: float) -> None:
    house = House()
    house.wait(600)
    house.press(at=at)
    assert house.alerts("emergency")[0].since == house.now
    assert house.stages("clock") == ["open"]
    house.wait(600)
    assert house.stages("clock") == ["open", "resumed"]


def test_a_press_that_comes_hours_late_raises_and_says_when_it_was() -> None:
    house = House()
    house.wait(6 * HOUR)
    house.sense("button", "emergency", "pressed", at=START + HOUR, historical=True)
    (alert,) = house.alerts("emergency")
    assert alert.since == START + HOUR
    assert "13:00" in alert.reason.en


def test_a_node_whose_clock_stands_still_can_call_for_help_again() -> None:
    house = House()
    house.press(at=START)
    house.tell(Closed(house.alerts()[0].alert, house.now, "false"))
    house.wait(600)
    house.press(at=START)
    assert len({alert.alert for alert in house.alerts("emergency")}) == 2


def test_smoke_is_raised_once_for_as_long_as_it_smokes() -> None:
    house = House(place("smoke", "101", "kitchen", "smoke", "health"))
    house.sense("smoke", "smoke", True, boot="")
    house.sense("smoke", "smoke", True, boot="")
    house.sense("smoke", "smoke", False, boot="")
    assert house.stages("smoke") == ["open"], "only a person ends it"


@pytest.mark.parametrize(("kind", "every_s"), [("smoke", 300.0), ("leak", HOUR), ("tamper", HOUR)])
def test_what_a_detector_repeats_after_a_worker_closed_it_is_raised_anew_only_after_a_pause(
    kind: str, every_s: float
) -> None:
    house = House(place("zb", "101", "kitchen", "smoke", "health"))
    house.sense("zb", kind, True, boot="")
    house.tell(Closed(house.alerts(kind)[0].alert, house.now, "real"))
    for _ in range(20):
        house.wait(every_s)
        house.sense("zb", kind, True, boot="")
    assert house.stages(kind) == ["open"]
    house.wait(20 * 60 if kind == "smoke" else 5 * HOUR)
    house.sense("zb", kind, True, boot="", historical=True)
    assert house.stages(kind) == ["open"], "nobody knows how old it is"
    house.sense("zb", kind, True, boot="")
    assert house.stages(kind) == ["open", "open"], "that it had stopped was lost"
    assert len({alert.alert for alert in house.alerts(kind)}) == 2


def test_each_smoke_that_a_node_of_ours_numbers_anew_is_a_call() -> None:
    house = House(place("smoke", "101", "kitchen", "smoke", "health"))
    house.sense("smoke", "smoke", True)
    house.sense("smoke", "smoke", True)
    assert [alert.evidence.presses for alert in house.alerts("smoke")] == [1, 2], "it joins the one that stands"
    house.tell(Closed(house.alerts("smoke")[0].alert, house.now, "real"))
    house.sense("smoke", "smoke", True)
    assert len({alert.alert for alert in house.alerts("smoke")}) == 2


@pytest.mark.parametrize("kind", ["leak", "tamper"])
def test_a_leak_and_a_tampered_sensor_are_alerts_for_as_long_as_they_last(kind: str) -> None:
    house = House()
    house.sense("button", kind, False)
    house.sense("button", kind, True)
    house.sense("button", kind, True)
    assert house.stages(kind) == ["open"]
    house.sense("button", kind, False)
    assert house.stages(kind) == ["open", "resumed"]


def test_a_node_in_no_unit_is_shown_and_its_signs_are_nobodys() -> None:
    house = House()
    house.sense("stranger", "motion", {"count": 1})
    assert house.core.unassigned() == ["stranger"]
    house.tell(Configure(building(*house.places, place("stranger"))))
    assert house.core.unassigned() == []


def test_a_press_on_a_node_in_no_unit_counts_once_it_hangs_somewhere() -> None:
    house = House()
    assert house.press("new") == [], "the node is not told that it was received, and goes on trying"
    house.tell(Configure(building(*house.places, place("new"))))
    house.take(house.journal[-2])
    assert house.stages("emergency") == ["open"]


def test_a_flood_of_strangers_takes_no_memory() -> None:
    house = House()
    for n in range(500):
        house.sense(f"n{n}", "motion", {"count": 1})
    assert len(house.core.unassigned()) == 100


def test_a_moved_node_speaks_for_the_unit_it_hung_in_when_it_sensed() -> None:
    moved = [
        msgspec.structs.replace(place("pir", "101", "living", "motion"), until=START + HOUR),
        msgspec.structs.replace(place("pir", "102", "kitchen", "motion"), since=START + HOUR),
    ]
    house = House(*moved)
    house.places = (place("pir"),)
    house.wait(2 * HOUR)
    house.move("pir")
    house.sense("pir", "motion", {"count": 1}, at=START + 600, historical=True)
    house.wait(600)
    assert house.live("102").last_sign.room == "kitchen"  # type: ignore[union-attr]
    assert house.live("101").last_sign.at == START + 600  # type: ignore[union-attr]


def test_signs_count_once_whatever_the_order_they_arrive_in() -> None:
    house = House()
    house.wait(600)
    entries = [
        Observed(START + n, house.now, "button", "motion", {"count": 1}, True, "old", n) for n in (5, 3, 4, 3, 5)
    ]
    for entry in entries:
        house.take(entry)
    house.wait(3600)
    assert sum(report.counts.get("living", 0) for report in house.sent(UnitHour)) == 3


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"zone": "Asia/Nowhere"}, "zone: Asia/Nowhere is no IANA time zone"),
        ({"ask_node_s": 600.0}, "ask_node_s: must not be longer than ask_total_s"),
        ({"units": []}, "node button: hangs in unit 101, which is not listed"),
        ({"units": [UnitSettings("101"), UnitSettings("101")]}, "unit 101: named more than once"),
        ({"nodes": [place("Über")]}, "node Über: a native node's name is 1 to 32 of a-z, 0-9 and -"),
        ({"nodes": [place("a", "101", "x", "smell")]}, "node a: unknown kind smell"),
        ({"nodes": [place("a"), place("a")]}, "node a: hangs in two places at once (101 and 101)"),
        ({"ask_node_s": -1.0}, "Expected `float` >= 0.0"),
    ],
)
def test_a_wrong_configuration_is_named_and_changes_nothing(change: dict[str, object], problem: str) -> None:
    wrong = msgspec.structs.replace(building(place("button")), **change)
    assert any(problem in found for found in check(wrong)), check(wrong)
    house = House()
    assert house.tell(Configure(wrong)) == []
    assert house.press() != []


def test_all_problems_of_a_configuration_are_said_at_once() -> None:
    wrong = Building("Nowhere", [], [place("a", "101", "x", "smell")], 600.0, 1.0)
    assert len(check(wrong)) == 4


def test_a_unit_taken_from_the_gateway_while_asking_is_handed_to_a_worker() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(12 * HOUR)
    house.tell(Configure(Building("Asia/Tokyo", [UnitSettings("102")], [])))
    assert house.stages("inactivity") == ["asking", "open"]


def test_the_gateways_own_outage_is_nobodys_silence() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(11 * HOUR)
    house.now += 5 * HOUR
    house.wait(600)
    assert house.alerts() == [], "neither a silence nor a lost node"
    house.wait(HOUR)
    assert house.stages("inactivity") == ["asking", "open"], "the eleven hours before the outage still count"


def test_a_restart_within_minutes_blames_no_node_and_is_silence_like_any_other() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(12 * HOUR - 600)
    house.now += 600
    house.wait(60)
    assert house.stages("node_lost") == []
    assert house.stages("inactivity") == ["asking"]


def test_a_clock_that_was_ahead_and_is_set_back_does_not_blind_the_watch() -> None:
    house = House()
    house.wait(600)
    house.now += 400 * 24 * HOUR
    house.wait(600)
    house.move()
    house.now -= 400 * 24 * HOUR
    house.wait(600)
    assert house.live().watching == "learning"
    assert house.stages("node_lost") == []
    house.wait(13 * HOUR)
    assert house.stages("inactivity") == ["asking", "open"]


def test_a_tick_before_its_time_is_not_worth_a_line_in_the_journal() -> None:
    house = House()
    before = house.core.dump()
    due = house.core.next_deadline()
    assert due is not None
    assert not house.core.is_due(due - 1)
    assert house.core.apply(Ticked(due - 1)) == []
    assert house.core.dump() == before
    assert house.core.is_due(due)


def test_the_core_never_asks_to_be_woken_in_the_past() -> None:
    house = House()
    for _ in range(200):
        house.wait(700)
        due = house.core.next_deadline()
        assert due is not None
        assert house.now < due <= house.now + 300


def test_the_hour_is_reported_when_it_is_over() -> None:
    house = House()
    house.wait(1800)
    house.move()
    house.move()
    house.wait(1800)
    (hour,) = house.sent(UnitHour)
    assert (hour.hour, hour.counts) == (START, {"living": 2})
    assert 58 <= hour.observed_min <= 60
    assert sum(hour.presence.values()) == pytest.approx(60, abs=0.1)


def test_an_hour_says_how_warm_and_damp_it_was_on_average() -> None:
    house = House()
    house.sense("button", "climate", {"temperature_c": 20.0, "humidity_pct": 40.0})
    house.wait(1200)
    house.sense("button", "climate", {"temperature_c": 23.0, "humidity_pct": 50.0})
    house.wait(1200)
    house.sense("button", "climate", {"temperature_c": 21.5}, historical=True, at=house.now - 60)
    house.sense("button", "climate", {"temperature_c": -10.0}, historical=True, at=house.now - 2 * HOUR)
    house.wait(1200 + HOUR)
    first, second = house.sent(UnitHour)
    assert (first.temperature_c, first.humidity_pct) == (21.5, 45.0)
    assert (second.temperature_c, second.humidity_pct) == (None, None)


def test_a_sensor_of_temperature_alone_is_in_the_hours() -> None:
    house = House()
    house.sense("button", "climate", {"temperature_c": 20.25})
    house.wait(HOUR)
    (hour,) = house.sent(UnitHour)
    assert (hour.temperature_c, hour.humidity_pct) == (20.2, None)
    assert house.live().climate is None, "without the humidity nobody knows the WBGT"


def test_the_learned_state_is_backed_up_daily() -> None:
    house = House()
    house.wait(49 * HOUR)
    backups = [decision for decision in house.decided if isinstance(decision, Backup)]
    assert [backup.unit for backup in backups] == ["101", "101"]


def test_a_unit_in_which_nothing_changes_is_shown_once_an_hour() -> None:
    house = House()
    house.wait(3 * HOUR)
    before = len(house.decided)
    house.wait(2 * HOUR)
    live = [d for d in house.decided[before:] if isinstance(d, Send) and type(d.report).__name__ == "UnitLive"]
    assert len(live) == 2


def test_a_restarted_core_goes_on_exactly_where_it_stood() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.press()
    house.tell(Absence("101", "visit", house.now + HOUR, house.now + 2 * HOUR))
    house.wait(1000)
    again, start = BuildingCore("another"), len(house.journal)
    again.load(house.core.dump())
    house.wait(14 * HOUR)
    decided = [d for entry in house.journal[start:] for d in again.apply(decode(encode(entry)))]
    assert [type(d) for d in decided].count(Send) > 20
    assert decided == house.decided[-len(decided) :]
    assert again.next_deadline() == house.core.next_deadline()


def test_a_snapshot_of_a_watch_told_much_since_the_last_is_the_same_watch() -> None:
    house = House()
    house.wait(600)
    house.core.dump()
    for _ in range(diary.MOST_ENTRIES + 50):
        house.now += 301.0
        house.move()
    again = BuildingCore("gw1")
    again.load(house.core.dump())
    start = len(house.journal)
    house.wait(14 * HOUR)
    decided = [d for entry in house.journal[start:] for d in again.apply(entry)]
    assert decided == house.decided[-len(decided) :]
    assert house.alerts("inactivity") != []


def test_what_is_no_dump_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected"):
        BuildingCore("gw1").load(b"\x93junk")


@pytest.mark.parametrize(("kind", "value"), [("emergency", "pressed"), ("smoke", True)])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_call_for_help_of_a_node_that_hung_nowhere_is_raised_when_its_place_becomes_known(
    kind: str, value: str | bool, restarted: bool
) -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", kind, value))
    house.wait(1200)
    if restarted:
        house.core, before = BuildingCore("another"), house.core
        house.core.load(before.dump())
    house.tell(Configure(building(*house.places, place("zb", "102", "toilet", kind))))
    (alert,) = house.alerts(kind)
    assert (alert.unit, alert.stage, alert.since) == ("102", "open", START)
    assert "12:00" in alert.reason.en, "it says when"
    house.tell(Configure(building(*house.places, place("zb", "102", "toilet", kind))))
    assert len(house.alerts(kind)) == 1


def test_smoke_that_went_on_and_off_before_its_place_was_known_can_be_raised_again() -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", "smoke", True))
    house.take(Observed(house.now, house.now, "zb", "smoke", False))
    house.tell(Configure(building(*house.places, place("zb", "101", "kitchen", "smoke"))))
    house.tell(Closed(house.alerts("smoke")[0].alert, house.now, "false"))
    house.wait(60)
    house.take(Observed(house.now, house.now, "zb", "smoke", True))
    assert len({alert.alert for alert in house.alerts("smoke")}) == 2


def test_a_kept_press_that_its_node_repeats_is_one_alert() -> None:
    house = House()
    house.press("new")
    seen = house.journal[-1]
    house.tell(Configure(building(*house.places, place("new"))))
    assert [told.body["stage"] for told in house.told("new")] == ["journalled"]
    house.tell(Closed(house.alerts("emergency")[0].alert, house.now, "false"))
    house.take(seen)
    assert house.stages("emergency") == ["open"]


def test_a_press_from_before_a_node_was_hung_up_is_nobodys() -> None:
    house = House()
    house.take(Observed(house.now, house.now, "zb", "emergency", "pressed"))
    house.wait(600)
    later = msgspec.structs.replace(place("zb"), since=house.now)
    house.tell(Configure(building(*house.places, later)))
    assert house.alerts("emergency") == []
    house.tell(Configure(building(*house.places, place("zb"))))
    assert house.stages("emergency") == ["open"], "but somebody corrected since when it hangs there"


def test_a_flood_of_presses_of_strangers_takes_no_memory_and_loses_the_oldest() -> None:
    house = House()
    for n in range(300):
        house.press(f"n{n}")
    house.tell(Configure(building(*house.places, *(place(f"n{n}", "101") for n in range(300)))))
    assert house.alerts("emergency")[-1].evidence.presses == 100


def test_a_node_taken_out_of_the_configuration_and_put_back_is_not_heard_twice() -> None:
    house = House()
    house.press()
    seen = house.journal[-1]
    house.tell(Closed(house.alerts()[0].alert, house.now, "false"))
    house.wait(60)
    everything = building(*house.places)
    house.tell(Configure(building(house.places[1])))
    again = BuildingCore("another")
    again.load(house.core.dump())
    house.core = again
    house.tell(Configure(everything))
    house.take(seen)
    assert house.stages("emergency") == ["open"]
    house.press()
    assert len({alert.alert for alert in house.alerts("emergency")}) == 2, "and nothing new is lost"


def test_nodes_that_come_and_go_take_no_memory() -> None:
    house = House()
    for n in range(1100):
        nodes = (place(f"n{n}"),)
        house.tell(Configure(building(*nodes)))
        house.press(f"n{n}")
    assert len(house.core.dump()) < 200_000


@pytest.mark.parametrize("ahead_s", [0.5, 60, 119, 121, 3600, 1e9, float("inf"), float("nan")])
def test_no_clock_of_a_node_dates_a_sign_later_than_it_came(ahead_s: float) -> None:
    house = House(
        place("button"), place("door", "101", "entrance", "door"), place("mm", "101", "living", "presence", "water")
    )
    house.wait(600)
    at = house.now + ahead_s
    said: list[tuple[str, str, Any]] = [
        ("button", "motion", {"count": 2, "last_at": at + 1000}),
        ("button", "fine", "pressed"),
        ("button", "away", "back"),
        ("mm", "presence", False),
        ("mm", "presence", True),
        ("mm", "water", {"l_per_min": 0.0}),
        ("mm", "water", {"l_per_min": 5.0}),
        ("door", "door", "open"),
        ("door", "door", "closed"),
        ("button", "motion", {"count": 2, "last_at": at}),
    ]
    for node, kind, value in said:
        house.sense(node, kind, value, at=at)
        house.sense(node, kind, value, at=START, historical=True)
    watch = house.core.units["101"].watch
    assert START <= watch.since() <= house.now
    due = watch.deadline()
    assert due is not None
    assert due <= house.now + 12 * HOUR
    assert all(sign.at <= house.now for sign in house.core.units["101"].state.signs)
    house.wait(13 * HOUR)
    assert "asking" in house.stages("inactivity")


def test_an_hour_is_reported_beside_what_is_usual_at_that_time_of_day() -> None:
    house = House()
    house.wait(1800)
    for day in range(9):
        for _ in range(3 if day else 90):
            house.move()
        house.wait(24 * HOUR)
    noons = [hour for hour in house.sent(UnitHour) if (hour.hour - START) % (24 * HOUR) == 0]
    assert [(hour.usual_low, hour.usual_high) for hour in noons[:7]] == [(None, None)] * 7
    assert [sum(hour.counts.values()) for hour in noons[:3]] == [90, 3, 3]
    assert (noons[8].usual_low, noons[8].usual_high) == (3.0, 90.0)
    nights = [hour for hour in house.sent(UnitHour) if (hour.hour - START) % (24 * HOUR) == 12 * HOUR]
    assert (nights[8].usual_low, nights[8].usual_high) == (0.0, 0.0)


def test_an_absence_announced_by_a_clock_that_was_ahead_goes_on_when_it_is_set_back() -> None:
    house = House()
    house.wait(600)
    house.now += 24 * HOUR
    house.tell(Absence("101", "hospital", house.now))
    house.now -= 24 * HOUR
    house.wait(60)
    assert (house.live().watching, house.live().presence) == ("paused", "away")
    assert house.alerts() == []


@pytest.mark.parametrize(
    ("command", "problems"),
    [
        (Absence("101", "away", START), []),
        (AbsenceEnded("101", "away", START), []),
        (Absence("999", "away", START), ["unit 999 is not in this building"]),
        (AbsenceEnded("999", "away", START), ["unit 999 is not in this building"]),
        (Closed("an alert forgotten long ago", START, "false"), []),
    ],
)
def test_a_command_that_cannot_be_done_is_named(command: Command, problems: list[str]) -> None:
    house = House()
    assert house.core.problems_with(command) == problems
    house.tell(command)
    assert house.press() != []
