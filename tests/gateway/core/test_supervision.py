"""Is the silence the person's or the sensor's?"""

import pytest
from contract.reports import Absence, Closed, Configure, NodePlace, SensorState

from gateway.core import numbering
from gateway.core.inputs import Observed
from tests.gateway.core.house import HOUR, START, House, building, place

DOOR = place("door", "101", "entrance", "door", "health")
BATTERY = place("pir", "101", "bedroom", "motion", "health", mains=False)


def state_of(house: House, node: str) -> str:
    found: dict[str, SensorState] = {sensor.node: sensor for sensor in house.live().sensors}
    return found[node].state


def test_a_node_never_heard_is_unknown_and_never_ok() -> None:
    house = House()
    assert house.live().watching == "cannot_watch"
    assert [sensor.state for sensor in house.live().sensors] == ["never_seen", "never_seen"]


def test_a_unit_that_was_never_watched_becomes_an_alert_after_four_hours() -> None:
    house = House()
    house.idle(4 * HOUR - 60)
    assert house.alerts() == []
    house.idle(120)
    assert house.stages("monitoring_lost") == ["open"]
    assert house.stages("node_lost") == ["open", "open"]


def test_a_mains_node_is_lost_three_minutes_after_its_last_word_and_said_once() -> None:
    house = House()
    house.wait(600)
    house.cut = {"button"}
    house.wait(120)
    assert house.alerts() == []
    house.wait(60)
    assert house.stages("node_lost") == ["open"]
    house.wait(HOUR)
    assert state_of(house, "button") == "offline"
    assert house.stages("node_lost") == ["open"]
    assert house.live().watching == "learning", "the door can still be believed"
    house.cut = set()
    house.wait(60)
    assert house.stages("node_lost") == ["open", "resumed"]


def test_a_battery_node_may_be_silent_for_four_hours() -> None:
    house = House(BATTERY)
    house.wait(60)
    house.cut = {"pir"}
    house.idle(4 * HOUR - 60)
    assert house.alerts() == []
    assert house.live().watching == "learning"
    house.idle(120)
    assert house.live().watching == "cannot_watch"
    assert house.stages("node_lost") == ["open"]
    assert house.stages("monitoring_lost") == ["open"]


def test_a_sleeping_node_has_until_its_word_to_wake_but_no_longer_than_a_day() -> None:
    house = House(BATTERY)
    house.wait(60)
    house.cut = {"pir"}
    house.say("pir", "sleeping", house.now + 1000 * HOUR)
    house.idle(23 * HOUR)
    assert house.stages("node_lost") == []
    house.idle(2 * HOUR)
    assert house.stages("node_lost") == ["open"]


def test_a_last_will_takes_the_node_out_at_once_and_alarms_when_it_stays_away() -> None:
    house = House(DOOR)
    house.wait(600)
    house.cut = {"door"}
    house.say("door", "offline")
    assert house.live().watching == "cannot_watch"
    assert house.alerts() == []
    house.idle(180)
    assert house.stages("node_lost") == ["open"]


def test_a_unit_without_sensors_is_at_once_shown_and_after_a_quarter_of_an_hour_an_alert() -> None:
    house = House()
    house.wait(600)
    house.move()
    moved_at = house.now
    house.cut = {"button", "door"}
    house.idle(200)
    assert (house.live().watching, house.live().presence) == ("cannot_watch", "unknown")
    assert house.stages("monitoring_lost") == []
    house.idle(750)
    (lost,) = house.alerts("monitoring_lost")
    assert lost.evidence.silence_s == pytest.approx(900, abs=61), "the silence so far is carried into it"
    assert "15 min" in lost.reason.en
    assert lost.since >= moved_at
    house.cut = set()
    house.wait(60)
    assert house.stages("monitoring_lost") == ["open", "resumed"]
    assert house.live().watching == "learning"


def test_losing_the_sensors_never_cancels_a_question() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(12 * HOUR)
    house.cut = {"button", "door"}
    house.idle(HOUR)
    assert house.stages("inactivity") == ["asking", "open"]
    assert house.stages("monitoring_lost") == ["open"]


def test_a_unit_that_cannot_be_watched_is_not_called_still() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.cut = {"button", "door"}
    house.idle(30 * HOUR)
    assert house.stages("inactivity") == []
    assert house.stages("monitoring_lost") == ["open"]


def test_the_silence_before_the_sensors_were_lost_goes_on_after_they_are_back() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(11 * HOUR)
    house.cut = {"button", "door"}
    house.idle(HOUR)
    house.cut = set()
    house.wait(70 * 60)
    assert house.stages("inactivity") == ["asking", "open"]


def test_nobody_is_missed_in_the_flat_of_one_who_is_in_hospital() -> None:
    house = House()
    house.wait(600)
    house.tell(Absence("101", "hospital", house.now, house.now + 10 * HOUR))
    house.cut = {"button", "door"}
    house.idle(9 * HOUR)
    assert house.live().watching == "cannot_watch"
    assert house.stages("monitoring_lost") == []
    house.idle(2 * HOUR)
    assert house.stages("monitoring_lost") == ["open"]


def test_nobody_is_missed_in_the_flat_of_one_who_said_until_when_they_are_away() -> None:
    house = House()
    house.wait(600)
    house.tell(Absence("101", "away", house.now, house.now + 10 * HOUR))
    house.cut = {"button", "door"}
    house.idle(9 * HOUR)
    assert house.stages("monitoring_lost") == []


def test_a_hospital_stay_without_an_end_misses_nobody_either() -> None:
    house = House()
    house.wait(600)
    house.tell(Absence("101", "hospital", house.now))
    house.cut = {"button", "door"}
    house.idle(9 * HOUR)
    assert house.stages("monitoring_lost") == []


@pytest.mark.parametrize("by_key", [True, False])
def test_sensors_lost_while_somebody_is_out_until_further_notice_are_missed(by_key: bool) -> None:
    """Nobody would notice the return."""
    house = House()
    house.wait(600)
    if by_key:
        house.sense("button", "away", "out")
    else:
        house.tell(Absence("101", "away", house.now))
    house.wait(HOUR)
    assert house.alerts() == []
    house.cut = {"button", "door"}
    house.idle(14 * 60)
    assert house.stages("monitoring_lost") == []
    house.idle(5 * 60)
    assert house.stages("monitoring_lost") == ["open"]
    house.cut = set()
    house.wait(60)
    assert house.stages("monitoring_lost") == ["open", "resumed"]


def test_the_first_value_ever_heard_is_no_change() -> None:
    house = House(DOOR)
    house.sense("door", "door", "open")
    house.wait(600)
    assert house.live().last_sign is None
    house.sense("door", "door", "closed")
    house.wait(600)
    assert house.live().last_sign is not None


def test_what_a_broker_kept_does_not_bring_a_dead_node_back() -> None:
    house = House(DOOR)
    house.wait(600)
    house.cut = {"door"}
    house.idle(HOUR)
    house.take(Observed(house.now, house.now, "door", "door", "open", historical=True))
    assert house.stages("node_lost") == ["open"]
    assert house.live().watching == "cannot_watch"


def test_a_closed_alert_that_nobody_watches_comes_again_each_day_until_somebody_does() -> None:
    house = House()
    house.wait(600)
    house.cut = {"button", "door"}
    house.idle(HOUR)
    house.tell(Closed(house.alerts("monitoring_lost")[-1].alert, house.now, "real"))
    house.idle(24 * HOUR - 60)
    assert house.stages("monitoring_lost") == ["open"]
    house.idle(120)
    assert house.stages("monitoring_lost") == ["open", "open"]
    first, second = house.alerts("monitoring_lost")
    assert first.alert != second.alert
    house.idle(48 * HOUR)
    assert house.stages("monitoring_lost") == ["open", "open"], "the second stands"
    house.tell(Closed(second.alert, house.now, "real"))
    house.tell(Absence("101", "hospital", house.now, house.now + 30 * HOUR))
    house.idle(29 * HOUR)
    assert house.stages("monitoring_lost") == ["open", "open"], "nobody is missed"
    house.idle(2 * HOUR)
    assert house.stages("monitoring_lost") == ["open", "open", "open"]
    house.cut = set()
    house.wait(60)
    assert house.stages("monitoring_lost") == ["open", "open", "open", "resumed"]
    house.cut = {"button", "door"}
    house.tell(Closed(house.alerts("monitoring_lost")[-1].alert, house.now, "real"))
    house.idle(HOUR)
    assert house.stages("monitoring_lost")[4:] == ["open"], "a new loss does not wait for a day"


def test_a_status_at_second_hand_does_not_bring_a_dead_node_back_nor_keep_it_alive() -> None:
    house = House(BATTERY)
    house.say("pir", "online", hearsay=True)
    assert state_of(house, "pir") == "never_seen"
    house.wait(60)
    house.cut = {"pir"}
    for _ in range(5):
        house.idle(HOUR)
        house.say("pir", "online", hearsay=True)
    house.idle(20 * 24 * HOUR)
    house.say("pir", "online", hearsay=True)
    assert house.stages("node_lost") == ["open"]
    assert house.stages("monitoring_lost") == ["open"]
    assert (state_of(house, "pir"), house.live().watching) == ("offline", "cannot_watch")
    house.say("pir", "online")
    assert house.stages("node_lost") == ["open", "resumed"]


def test_devices_whose_bridge_was_away_are_believed_again_until_their_own_time_is_over() -> None:
    house = House(BATTERY)
    house.wait(60)
    house.cut = {"pir"}
    house.say("pir", "offline", hearsay=True)
    assert house.live().watching == "cannot_watch"
    house.idle(60)
    house.say("pir", "online", hearsay=True)
    assert house.live().watching == "learning"
    house.idle(4 * HOUR - 180)
    assert house.alerts() == []
    house.idle(120)
    assert house.stages("node_lost") == ["open"]


def test_a_zigbee_sensor_on_the_mains_need_not_speak_every_minute() -> None:
    plug = NodePlace("0x01", "101", "living", 0.0, source="zigbee2mqtt", mains=True, kinds=["presence"])
    house = House(plug)
    house.wait(60)
    house.cut = {"0x01"}
    house.idle(HOUR)
    assert house.stages("node_lost") == []
    house.idle(HOUR)
    assert house.stages("node_lost") == ["open"]


def test_a_late_report_is_dated_when_it_was_sensed() -> None:
    house = House()
    house.wait(2 * HOUR)
    house.sense("button", "motion", {"count": 3, "last_at": START + 700}, at=START + 600, historical=True)
    house.wait(600)
    last = house.live().last_sign
    assert last is not None
    assert last.at == START + 700


def test_a_sensor_that_says_somebody_is_there_for_a_day_is_a_fault() -> None:
    house = House(place("mm", "101", "living", "presence", "health"))
    house.wait(600)
    house.sense("mm", "presence", False)
    house.sense("mm", "presence", True)
    house.wait(24 * HOUR - 60)
    assert house.stages("sensor_fault") == []
    house.wait(120)
    assert house.stages("sensor_fault") == ["open"]
    assert (state_of(house, "mm"), house.live().watching) == ("stuck", "cannot_watch")
    house.sense("mm", "presence", False)
    assert house.stages("sensor_fault") == ["open", "resumed"]
    assert house.live().watching == "learning"


def test_a_sensor_that_never_pauses_for_a_day_is_no_longer_believed() -> None:
    house = House(place("pir", "101", "living", "motion", "health"))
    for _ in range(24 * 4 + 2):
        house.wait(900)
        house.move("pir")
    assert house.stages("sensor_fault") == ["open"]
    assert house.live().watching == "cannot_watch"
    believed = house.live().last_sign
    house.wait(3600)
    house.move("pir")
    assert house.stages("sensor_fault") == ["open", "resumed"], "it has paused"
    assert believed is not None


@pytest.mark.parametrize(
    ("low", "between", "good"),
    [
        ({"battery_v": 2.3}, {"battery_v": 2.5}, {"battery_v": 2.7}),
        ({"battery_pct": 10}, {"battery_pct": 20}, {"battery_pct": 90}),
        ({"battery_low": True}, {"battery_low": True}, {"battery_low": False}),
        ({"battery_pct": 10, "battery_v": 3.0}, {"rssi_dbm": -50}, {"battery_pct": 90}),
        ({"battery_pct": 10}, {"battery_pct": "?"}, {"battery_pct": 90}),
    ],
)
def test_a_low_battery_is_said_once_until_it_is_changed(
    low: dict[str, float], between: dict[str, float], good: dict[str, float]
) -> None:
    house = House()
    for health in (low, between, low):
        house.sense("door", "health", health)
    assert house.stages("battery_low") == ["open"]
    house.sense("door", "health", good)
    assert house.stages("battery_low") == ["open", "resumed"]


def test_two_nodes_lost_at_once_are_two_alerts() -> None:
    house = House()
    house.wait(600)
    house.cut = {"button", "door"}
    house.idle(600)
    assert len({alert.alert for alert in house.alerts("node_lost")}) == 2


def test_numbers_seen_are_kept_in_bounded_memory_and_never_invented() -> None:
    seen: dict[str, numbering.Ranges] = {}
    assert [numbering.is_new(seen, "a", n) for n in (1, 2, 5, 3, 4, 4, 1, 0, 0)] == [
        True, True, True, True, True, False, False, True, False,
    ]  # fmt: skip
    assert seen == {"a": [[0, 5]]}
    for n in range(1000):
        assert numbering.is_new(seen, "b", 2 * n)
    assert len(seen["b"]) == numbering.MOST_RANGES
    for boot in range(2 * numbering.MOST_BOOTS):
        numbering.is_new(seen, str(boot), 1)
    assert len(seen) == numbering.MOST_BOOTS


def test_a_restart_of_the_gateway_does_not_bring_a_dead_node_back() -> None:
    house = House(BATTERY)
    house.wait(60)
    house.cut = {"pir"}
    house.idle(5 * HOUR)
    assert house.stages("monitoring_lost") == ["open"]
    for _ in range(3):
        house.now += HOUR
        house.idle(600)
        assert house.live().watching == "cannot_watch"
    assert house.stages("monitoring_lost") == ["open"]
    assert house.stages("node_lost") == ["open"]


def test_a_dead_node_that_takes_the_place_of_a_living_one_excuses_no_silence_before() -> None:
    house = House(place("old", "101", "living", "motion", "health"), place("dead", "102", "living", "motion", "health"))
    house.wait(600)
    house.move("old")
    house.cut = {"dead"}
    house.wait(11 * HOUR)
    house.places = (place("dead", "101", "living", "motion", "health"),)
    house.tell(Configure(building(*house.places)))
    assert house.live().watching == "cannot_watch"
    house.cut = set()
    house.wait(70 * 60)
    assert house.stages("inactivity") == ["asking", "open"], "eleven hours were watched, and count"
