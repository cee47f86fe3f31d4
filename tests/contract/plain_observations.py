"""The contract's tests, in the dialect both interpreters understand."""

from contract import topics
from contract.observations import KINDS, STAGES, Ack, Command, ContractError, Event, Receipt, Status, TimeSignal

MOTION = (
    b'{"v":1,"boot":"9f3c21aa","seq":1042,"at":1795400000.25,"kind":"motion",'
    b'"value":{"count":7,"last_at":1795400041.5}}'
)
DOOR = b'{"v":1,"boot":"9f3c21aa","seq":1043,"age_ms":5200,"kind":"door","value":"open"}'
CLIMATE = (
    b'{"v":1,"boot":"9f3c21aa","seq":1044,"at":1795400100.0,"kind":"climate",'
    b'"value":{"temperature_c":29.4,"humidity_pct":71},"historical":true}'
)

# One value of each kind as it may be, and some as they may not.
GOOD = {
    "motion": [{"count": 1}, {"count": 7, "last_at": 1795400041.5}],
    "door": ["open", "closed"],
    "emergency": ["pressed", "released"],
    "fine": ["pressed"],
    "away": ["out", "back"],
    "presence": [True, False],
    "climate": [{"temperature_c": 29.4, "humidity_pct": 71}, {"temperature_c": -3}],
    "light": [{"lux": 0.5}],
    "power": [{"w": -20.5}],
    "water": [{"l_per_min": 0}],
    "smoke": [True],
    "leak": [False],
    "tamper": [True],
    "health": [
        {"uptime_s": 3},
        {"battery_v": 3.1, "rssi_dbm": -60, "free_heap_b": 40000, "uptime_s": 3.5, "reset_cause": "power"},
        {"battery_v": None, "uptime_s": 3},
    ],
}
BAD = {
    "motion": [
        None,
        1,
        True,
        {},
        {"count": 0},
        {"count": 1.5},
        {"count": True},
        {"count": "1"},
        {"count": 1, "last_at": 7},
    ],
    "door": ["ajar", "OPEN", "", True, None, 0, ["open"]],
    "emergency": ["press", 1, {}],
    "fine": ["released", True],
    "away": ["in", False],
    "presence": [0, 1, "true", None, {}],
    "climate": [{}, {"humidity_pct": 50}, {"temperature_c": 120}, {"temperature_c": 20, "humidity_pct": 101}],
    "light": [{"lux": -1}, 5],
    "power": [{"w": "5"}],
    "water": [{"l_per_min": -0.1}],
    "smoke": ["true"],
    "leak": [None],
    "tamper": [1.0],
    "health": [{}, {"uptime_s": -1}, {"uptime_s": 1, "reset_cause": "x" * 25}, {"uptime_s": 1, "reset_cause": "\n"}],
}


def code_of(action, *arguments):
    """The code of the ContractError that `action` raises; None when it raises none."""
    try:
        action(*arguments)
    except ContractError as error:
        assert 0 < len(str(error)) < 240, str(error)
        assert "\n" not in str(error), str(error)
        return error.code
    return None


def event_with(kind, value):
    return Event("9f3c21aa", 1, kind, value, at=1795400000)


def come_and_go(kind, value):
    return Event.decode(event_with(kind, value).encode())


def raises_value_error(action, *arguments):
    try:
        action(*arguments)
    except ValueError:
        return True
    return False


def test_the_examples_of_the_contract_are_read_and_written_back():
    event = Event.decode(MOTION)
    assert (event.boot, event.seq, event.at, event.age_ms) == ("9f3c21aa", 1042, 1795400000.25, None)
    assert (event.kind, event.value, event.historical) == ("motion", {"count": 7, "last_at": 1795400041.5}, False)
    door = Event.decode(DOOR)
    assert (door.at, door.age_ms, door.value) == (None, 5200, "open")
    assert Event.decode(CLIMATE).historical is True
    for body in (MOTION, DOOR, CLIMATE):
        again = Event.decode(Event.decode(body).encode())
        assert vars_of(again) == vars_of(Event.decode(body))


def vars_of(event):
    return (event.boot, event.seq, event.at, event.age_ms, event.kind, event.value, event.historical)


def test_an_event_without_a_clock_is_dated_by_its_age():
    assert Event.decode(DOOR).sensed_at(1795400010.2) == 1795400005.0
    assert Event.decode(MOTION).sensed_at(5) == 1795400000.25


def test_every_kind_takes_its_good_values_and_refuses_its_bad_ones():
    assert set(GOOD) == set(BAD) == set(KINDS)
    for kind in KINDS:
        for value in GOOD[kind]:
            assert code_of(come_and_go, kind, value) is None, (kind, value)
        for value in BAD[kind]:
            assert code_of(event_with, kind, value) in ("type", "range"), (kind, value)


def test_every_kind_can_be_described():
    for kind in KINDS:
        assert len(KINDS[kind].describe()) > 5, kind


def test_fields_that_are_not_known_are_left_out():
    event = Event.decode(
        b'{"v":1,"boot":"a","seq":0,"age_ms":0,"kind":"light","value":{"lux":3,"colour":"red"},"mood":[]}'
    )
    assert event.value == {"lux": 3}


def test_each_fault_has_its_code():
    def body(**changes):
        fields = {"v": "1", "boot": '"a1"', "seq": "1", "age_ms": "0", "kind": '"door"', "value": '"open"'}
        fields.update(changes)
        return ("{" + ",".join([f'"{key}":{text}' for key, text in fields.items() if text]) + "}").encode()

    assert code_of(Event.decode, body()) is None
    # Where two codes stand, the interpreters' readers of JSON differ in what they let through to the checks.
    table = (
        ("version", body(v="2")),
        ("version", body(v="true")),
        ("version", body(v="1.0")),
        ("version", body(v='"1"')),
        ("version", body(v="")),
        ("version", b"{}"),
        ("kind", body(kind='"brainwave"')),
        ("kind", body(kind="null")),
        ("kind", body(kind="[]")),
        ("kind", body(kind="{}")),
        ("type", body(boot="1")),
        ("type", body(boot="")),
        ("range", body(boot='""')),
        ("range", body(boot='"ZZ"')),
        ("range", body(boot='"\\ud800"')),
        ("range", body(boot='"' + "a" * 17 + '"')),
        ("type", body(seq="1.0")),
        ("type", body(seq="true")),
        ("type", body(seq='"1"')),
        ("type", body(seq="null")),
        ("range", body(seq="-1")),
        ("range", body(seq="9" * 300)),
        ("type", body(age_ms="")),
        ("range", body(age_ms="-1")),
        ("type", body(age_ms="1.5")),
        ("range", body(at="0")),
        ("range", body(at="-1795400000")),
        ("range", body(at="1e999")),
        ("range", body(at="-1e999")),
        ("range", body(at="17954000000")),
        ("type", body(at='"now"')),
        ("type", body(at="true")),
        ("json range", body(at="NaN")),
        ("json range", body(at="Infinity")),
        ("type", body(historical="1")),
        ("type", body(value="")),
        ("type", b"[]"),
        ("type", b"null"),
        ("type", b"1"),
        ("type", b'"text"'),
        ("type", b"[" * 30 + b"]" * 30),
        ("json", b""),
        ("json", b"{"),
        ("json type", b"[" * 1000),
        ("json", b'{"v":' * 200),
        ("json", b"\x00"),
        ("json", b"\xff\xfe{}"),
        ("json", body(boot='"\xc3').replace(b"\xc3\x83", b"\xc3")),
        ("json", body() + b"x"),
        ("json", body()[:-1]),
        ("size", b" " * 1025),
        ("size", b"\xff" * 100000),
    )
    for code, nasty in table:
        found = code_of(Event.decode, nasty) or "none"
        assert found in code.split(), (code, found, nasty[:80])


def test_whatever_follows_the_limit_of_size_is_not_even_parsed():
    assert code_of(Event.decode, DOOR + b" " * (1024 - len(DOOR))) is None
    assert code_of(Event.decode, DOOR + b" " * (1025 - len(DOOR))) == "size"


def test_what_would_be_too_long_is_not_sent():
    command = Command("1", "config", settings={"text": "x" * 1024})
    assert code_of(command.encode) == "size"


def test_the_other_messages_come_back_as_they_were():
    status = Status.decode(Status("sleeping", "1.4.0", "9f3c21aa", wake_by=1795403600).encode())
    assert (status.state, status.firmware, status.boot, status.wake_by) == ("sleeping", "1.4.0", "9f3c21aa", 1795403600)
    assert Status.decode(Status("online", "1.4.0", "9f3c21aa").encode()).wake_by is None
    for stage in STAGES:
        receipt = Receipt.decode(Receipt("9f3c21aa", 1042, stage).encode())
        assert (receipt.boot, receipt.seq, receipt.stage) == ("9f3c21aa", 1042, stage)
    command = Command.decode(Command("c-1", "ask", for_s=120, expires_at=1795400000).encode())
    assert (command.id, command.do, command.for_s, command.expires_at) == ("c-1", "ask", 120, 1795400000)
    command = Command.decode(Command("c-2", "config", settings={"deep": {"er": [1]}}).encode())
    assert (command.for_s, command.settings) == (None, {"deep": {"er": [1]}})
    ack = Ack.decode(Ack("c-1", False, "expired").encode())
    assert (ack.id, ack.ok, ack.detail) == ("c-1", False, "expired")
    signal = TimeSignal.decode(TimeSignal(1795400000250, 60).encode())
    assert (signal.now_ms, signal.now, signal.rate) == (1795400000250, 1795400000.25, 60)


def test_the_other_messages_refuse_what_is_not_theirs():
    for make in (
        lambda: Status("dead", "1", "a"),
        lambda: Status("online", "", "a"),
        lambda: Status("online", "1", "a", wake_by="soon"),
        lambda: Receipt("a", 1, "eaten"),
        lambda: Receipt("a", None, "coming"),
        lambda: Command("1", "explode"),
        lambda: Command("1", "ask", for_s=-1),
        lambda: Command("1", "ask", for_s="long"),
        lambda: Command("1", "config", settings=[1]),
        lambda: Ack("1", 1),
        lambda: Ack("1", True, "\n"),
        lambda: TimeSignal(1795400000.25),
        lambda: TimeSignal(0),
        lambda: TimeSignal(1795400000250, -1),
    ):
        assert code_of(make) in ("type", "range")
    for decode in (Status.decode, Receipt.decode, Command.decode, Ack.decode, TimeSignal.decode):
        for nasty in (b"", b"{}", b"[]", b"\xff", b'{"v":1}', b'{"v":2}', b"[" * 1000, b" " * 2000):
            assert code_of(decode, nasty) is not None, nasty


def test_topics_are_built_and_split():
    assert topics.event("n-101-hall") == "tomoshibi/v1/n-101-hall/event"
    for build, leaf in (
        (topics.event, "event"),
        (topics.status, "status"),
        (topics.ack, "ack"),
        (topics.receipt, "receipt"),
        (topics.command, "cmd"),
        (topics.time, "time"),
    ):
        assert topics.split(build("n-1")) == ("n-1", leaf)


def test_topics_that_are_not_ours_are_told_apart():
    for topic in (
        "",
        "tomoshibi/v1",
        "tomoshibi/v1/n-1",
        "tomoshibi/v1/n-1/event/more",
        "tomoshibi/v1/n-1/unknown",
        "tomoshibi/v2/n-1/event",
        "tomoshibi/v1//event",
        "tomoshibi/v1/N1/event",
        "/tomoshibi/v1/n-1/event",
        "zigbee2mqtt/kitchen/event/x",
    ):
        assert topics.split(topic) is None, topic


def test_a_name_that_could_reach_into_another_topic_is_refused():
    for name in ("", "-a", "a/b", "a+", "#", "A", "é", "a" * 33, "a b", None, 7, b"a"):
        assert not topics.valid_node(name), name
        assert raises_value_error(topics.event, name), name
    for name in ("a", "0", "n-101-hall", "a" * 32):
        assert topics.valid_node(name), name
