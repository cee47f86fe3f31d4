"""The node's pure parts, in the dialect both interpreters understand."""

from contract.observations import TimeSignal
from node import config, mqtt
from node.clock import Clock
from node.core import HEALTH_BATTERY_MS, HEALTH_MAINS_MS, MOTION_WINDOW_MS, Core, Debounce
from node.sensors import Sensors
from node.signals import ASK_MS, HOLD_MS, Signals


def told(notes):
    return [(note.kind, note.value, note.first, note.last) for note in notes]


def awake_core():
    """A core that has told its first health."""
    core = Core(mains=True)
    core.tick(0)
    return core


def test_a_contact_that_bounces_counts_once():
    contact = Debounce(30)
    for level, now in ((True, 0), (False, 3), (True, 5), (False, 8), (True, 10)):
        contact.change(level, now)
        assert not contact.settled(now)
    assert contact.next_deadline() == 40
    assert not contact.settled(39)
    assert contact.settled(40)
    assert contact.level is True
    assert not contact.settled(100)


def test_a_glitch_shorter_than_the_settling_time_is_nothing():
    contact = Debounce(30)
    contact.change(True, 0)
    contact.change(False, 20)
    assert contact.next_deadline() is None
    assert not contact.settled(1000)


def test_only_inputs_that_are_fitted_are_listened_to():
    sensors = Sensors(["door"])
    sensors.change("door", True, 0)
    sensors.change("motion", True, 0)
    assert sensors.settled(1000) == [("door", True)]


def test_the_first_motion_is_told_at_once_and_those_that_follow_together():
    core = awake_core()
    assert told(core.edge("motion", True, 1000)) == [("motion", {"count": 1}, 1000, 1000)]
    assert core.edge("motion", False, 1100) == []
    for now in (5000, 9000, 40000):
        assert core.edge("motion", True, now) == []
    assert core.next_deadline() == min(HEALTH_MAINS_MS, 1000 + MOTION_WINDOW_MS)
    due = [note for note in told(core.tick(1000 + MOTION_WINDOW_MS)) if note[0] == "motion"]
    assert due == [("motion", {"count": 3}, 5000, 40000)]


def test_motion_after_a_quiet_minute_is_told_at_once_again():
    core = awake_core()
    core.edge("motion", True, 0)
    assert [note for note in told(core.tick(MOTION_WINDOW_MS)) if note[0] == "motion"] == []
    assert len(core.edge("motion", True, MOTION_WINDOW_MS + 1)) == 1


def test_motion_without_end_is_told_once_a_minute():
    core = awake_core()
    motion = 0
    for now in range(0, 10 * MOTION_WINDOW_MS, 1000):
        notes = core.edge("motion", True, now) + core.tick(now)
        motion += len([note for note in notes if note.kind == "motion"])
    assert motion == 10, motion


def test_doors_and_keys_are_told_at_once():
    core = awake_core()
    for name, level, value in (
        ("door", True, "open"),
        ("door", False, "closed"),
        ("emergency", True, "pressed"),
        ("emergency", False, "released"),
        ("fine", True, "pressed"),
    ):
        assert told(core.edge(name, level, 7)) == [(name, value, 7, 7)]
    assert core.edge("fine", False, 8) == []


def test_health_comes_every_minute_from_the_mains_and_every_hour_on_battery():
    for mains, every_ms in ((True, HEALTH_MAINS_MS), (False, HEALTH_BATTERY_MS)):
        core = Core(mains)
        assert [note.kind for note in core.tick(0)] == ["health"]
        assert core.next_deadline() == every_ms
        assert core.tick(every_ms - 1) == []
        assert [note.kind for note in core.tick(every_ms)] == ["health"]


def test_the_time_comes_from_the_gateway_and_reaches_back_before_it_was_known():
    clock = Clock()
    assert not clock.known
    assert clock.domain(5000) == 5000
    clock.set(TimeSignal(1795400000000, 1), 10000)
    assert clock.known
    assert clock.unix(10000) == 1795400000000
    assert clock.unix(4000) == 1795399994000
    assert clock.domain(12000) == 12000


def test_intervals_go_on_when_the_time_is_set_or_its_rate_changes():
    clock = Clock()
    clock.set(TimeSignal(1795400000000, 60), 1000)
    assert clock.domain(1000) == 1000
    assert clock.domain(2000) == 61000
    assert clock.real_until(61000, 1000) in (1000, 1001)
    clock.set(TimeSignal(1795407200000, 1), 2000)  # two hours ahead
    assert clock.domain(2000) == 61000
    assert clock.unix(3000) == 1795407201000
    assert clock.real_until(60000, 2000) == 0


def test_no_deadline_comes_while_time_stands_still():
    clock = Clock()
    clock.set(TimeSignal(1795400000000, 0), 0)
    assert clock.real_until(1, 50) is None
    assert clock.unix(100000) == 1795400000000


def test_the_light_follows_a_press_on_its_way():
    signals = Signals()
    assert signals.led == "off"
    signals.pressed(0)
    assert signals.led == "sending"
    signals.sent(10)
    assert signals.led == "sent"
    for stage, led in (
        ("journalled", "received"),
        ("backend", "received"),
        ("claimed", "someone_is_coming"),
        ("coming", "someone_is_coming"),
        ("journalled", "someone_is_coming"),
    ):
        signals.receipt(stage, 20)
        assert signals.led == led, stage


def test_the_light_of_a_new_press_begins_anew_and_promises_nothing_nobody_has_heard():
    signals = Signals()
    signals.pressed(0)
    signals.receipt("claimed", 20)
    signals.pressed(30)
    assert signals.led == "sending"
    assert signals.next_deadline() == 30 + HOLD_MS
    signals.sent(40)
    assert signals.led == "sent"
    signals.receipt("journalled", 50)
    signals.receipt("claimed", 50)
    assert signals.led == "someone_is_coming"


def test_the_light_of_a_press_ends_but_not_while_the_press_is_still_on_its_way():
    signals = Signals()
    signals.pressed(0)
    signals.tick(5 * HOLD_MS, waiting=True)
    assert signals.led == "sending"
    deadline = signals.next_deadline()
    assert deadline == 6 * HOLD_MS
    signals.tick(deadline - 1, waiting=False)
    assert signals.led == "sending"
    signals.tick(deadline, waiting=False)
    assert signals.led == "off"
    assert signals.next_deadline() is None


def test_asking_ends_by_the_key_by_time_by_the_gateway_or_by_a_press():
    for ending in ("key", "time", "gateway", "press"):
        signals = Signals()
        signals.call("ask", None, 0)
        assert (signals.led, signals.buzzer) == ("asking", "asking")
        assert signals.next_deadline() == ASK_MS
        if ending == "key":
            signals.fine()
        elif ending == "time":
            signals.tick(ASK_MS, waiting=False)
        elif ending == "gateway":
            signals.call("ask", 0, 5)
            signals.tick(5, waiting=False)
        else:
            signals.pressed(5)
        assert signals.buzzer == "off", ending
        assert signals.led == ("sending" if ending == "press" else "off"), ending


def test_locate_and_buzz_show_and_end():
    signals = Signals()
    signals.call("buzz", 2, 0)
    signals.call("locate", 10, 0)
    assert (signals.led, signals.buzzer) == ("locating", "buzzing")
    signals.tick(2000, waiting=False)
    assert (signals.led, signals.buzzer) == ("locating", "locating")
    signals.tick(10000, waiting=False)
    assert (signals.led, signals.buzzer) == ("off", "off")


def test_packet_identifiers_wrap_and_are_never_zero():
    packet_id, seen = 0, set()
    for _ in range(70000):
        packet_id = mqtt.id_after(packet_id)
        seen.add(packet_id in (0, 65536))
    assert seen == {False}
    assert packet_id == 70000 - 65535


def test_packets_are_as_the_standard_has_them():
    assert mqtt.publish("a/b", b"hi", 10) == b"\x32\x09\x00\x03a/b\x00\x0ahi"
    assert mqtt.publish("a", b"x" * 200, 1, retain=True)[:7] == b"\x33\xcd\x01\x00\x01a\x00"
    assert mqtt.subscribe(("a",), 1) == b"\x82\x06\x00\x01\x00\x01a\x01"
    assert mqtt.puback(258) == b"\x40\x02\x01\x02"
    plain = mqtt.connect("n", 30, None, None, "w", b"bye")
    assert plain == b"\x10\x15\x00\x04MQTT\x04\x2c\x00\x1e\x00\x01n\x00\x01w\x00\x03bye", plain
    known = mqtt.connect("n", 30, "u", "p", "w", b"bye")
    assert known[9] == 0xEC
    assert known.endswith(b"\x00\x01u\x00\x01p")


def test_a_configuration_is_checked_whole():
    good = {"node": "n-1", "broker": {"host": "h", "port": 1883}, "inputs": ["door"], "data_dir": "d", "newer": 1}
    assert config.check(good) == []
    assert config.check([]) == ["must be an object"]
    wrong = {"node": "N", "broker": {"host": "h", "port": 0}, "inputs": ["smell"], "mains": 1}
    assert [problem.split(":")[0] for problem in config.check(wrong)] == [
        "node",
        "broker.port",
        "inputs",
        "mains",
        "data_dir",
    ]
