"""The real node program, on both interpreters, against a real broker."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from contract import topics
from contract.observations import Ack, Command, Receipt, Status, TimeSignal

from tests.broker import Broker
from tests.firmware.node_process import INTERPRETERS, NODE, Ear, NodeProcess, until

NOW_MS = 1795400000000


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker("message_size_limit 0") as running:  # the node must cope by itself
        yield running


@pytest.fixture
def ear(broker: Broker) -> Iterator[Ear]:
    found = Ear(broker)
    yield found
    found.close()


@pytest.fixture(params=INTERPRETERS)
def node(request: pytest.FixtureRequest, broker: Broker, ear: Ear, tmp_path: Path) -> Iterator[NodeProcess]:
    with NodeProcess(request.param, tmp_path, broker.port) as running:
        running.shows(up=True, unsent=0)
        yield running


@pytest.fixture(params=INTERPRETERS)
def hasty(request: pytest.FixtureRequest, broker: Broker, ear: Ear, tmp_path: Path) -> Iterator[NodeProcess]:
    """A node that waits two seconds for an answer, and asks for one as often."""
    with NodeProcess(request.param, tmp_path, broker.port, answer_s=2, keep_alive_s=4) as running:
        running.shows(up=True, unsent=0)
        yield running


def tell_time(ear: Ear, now_ms: int = NOW_MS, rate: float = 1) -> None:
    ear.say(topics.time(NODE), TimeSignal(now_ms, rate).encode())


def test_what_happens_in_the_room_arrives_with_the_right_bodies(node: NodeProcess, ear: Ear) -> None:
    tell_time(ear)
    node.shows(clock=True)
    for command in ("motion", "door open", "door closed", "emergency press", "emergency release", "fine"):
        assert node.does(command) == {"ok": True}
    events = until(lambda: [event for event in ear.events() if event.kind != "health"][5:] and ear.events())
    told = [(event.kind, event.value) for event in events if event.kind not in ("health", "motion")]
    assert told == [
        ("door", "open"),
        ("door", "closed"),
        ("emergency", "pressed"),
        ("emergency", "released"),
        ("fine", "pressed"),
    ]
    motion = ear.events("motion")[0]
    assert motion.value["count"] == 1
    assert motion.value["last_at"] == motion.at
    assert motion.at is not None
    assert NOW_MS / 1000 <= motion.at < NOW_MS / 1000 + 60
    assert ear.events("health")[0].value["uptime_s"] >= 0
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert len({event.boot for event in events}) == 1
    assert not any(event.historical for event in events)


def test_the_broker_is_told_who_is_there_and_who_has_gone(node: NodeProcess, ear: Ear) -> None:
    until(lambda: ear.said("status"))
    assert Status.decode(ear.said("status")[-1]).state == "online"
    node.kill()
    until(lambda: Status.decode(ear.said("status")[-1]).state == "offline")


def test_without_the_time_an_event_says_its_age_and_with_it_its_instant(node: NodeProcess, ear: Ear) -> None:
    node.does("cut")
    node.does("door open")
    time.sleep(1)
    node.does("mend")
    door = until(lambda: ear.events("door"))[0]
    assert door.at is None
    assert door.age_ms is not None
    assert 1000 <= door.age_ms < 60_000
    tell_time(ear)
    node.shows(clock=True)
    node.does("door closed")
    closed = until(lambda: ear.events("door")[1:])[0]
    assert closed.age_ms is None
    assert closed.at is not None
    assert abs(closed.at - NOW_MS / 1000) < 60


def test_nothing_is_lost_while_the_broker_is_dead(node: NodeProcess, broker: Broker, ear: Ear) -> None:
    node.does("door open")
    node.shows(unsent=0)
    broker.kill()
    for _ in range(3):
        node.does("door closed")
        node.does("door open")
    node.shows(unsent=6)
    broker.start()
    until(lambda: len({event.seq for event in ear.events("door")}) == 7)
    node.shows(unsent=0, lost=0)


def test_what_a_broker_had_acknowledged_and_lost_is_told_again(node: NodeProcess, broker: Broker, ear: Ear) -> None:
    node.shows(unconfirmed=0)
    with ear.away():
        with broker.without_saving():
            node.does("door open")
            node.shows(unsent=0, unconfirmed=1)
            broker.kill()
        broker.start()
    node.shows(up=True)
    node.does("door closed")
    until(lambda: {event.value for event in ear.events("door")} == {"open", "closed"}, timeout_s=20)
    node.shows(unconfirmed=0, lost=0)


def test_nothing_is_told_twice_while_no_gateway_confirms_it(node: NodeProcess, broker: Broker, ear: Ear) -> None:
    node.shows(unconfirmed=0)
    ear.confirms = False
    for told in (2, 4, 6):
        node.does("door open")
        node.does("door closed")
        node.shows(unsent=0, unconfirmed=told)
        broker.kill()
        broker.start()
        node.shows(up=True)
    node.shows(unsent=0, unconfirmed=6)
    ear.confirms = True
    node.does("door open")
    until(lambda: node.state()["unconfirmed"] == 0, timeout_s=20)
    told = [event.seq for event in ear.events("door")]
    assert sorted(set(told)) == list(range(2, 9))
    assert told[:7] == sorted(told[:7]), (
        "once each, and again only when a receipt showed that the first had come to nothing"
    )


def test_a_press_is_repeated_until_the_gateway_has_it_on_disk_and_the_light_follows(
    node: NodeProcess, ear: Ear
) -> None:
    assert node.state()["led"] == "off"
    node.does("emergency press")
    node.shows(led="sent")
    until(lambda: ear.events("emergency")[1:])
    first, again = ear.events("emergency")[:2]
    assert (first.boot, first.seq) == (again.boot, again.seq)
    for stage, led in (
        ("journalled", "received"),
        ("backend", "received"),
        ("claimed", "someone_is_coming"),
        ("coming", "someone_is_coming"),
    ):
        ear.say(topics.receipt(NODE), Receipt(first.boot, first.seq, stage).encode())
        node.shows(led=led)
    heard = len(ear.events("emergency"))
    time.sleep(6)
    assert len(ear.events("emergency")) == heard
    assert node.state()["unsent"] == 0


def test_a_second_press_is_not_lit_by_receipts_for_the_first(node: NodeProcess, ear: Ear) -> None:
    node.does("emergency press")
    first = until(lambda: ear.events("emergency"))[0]
    ear.say(topics.receipt(NODE), Receipt(first.boot, first.seq, "claimed").encode())
    node.shows(led="someone_is_coming")
    node.does("emergency release")
    node.does("emergency press")
    node.shows(led="sent")
    ear.say(topics.receipt(NODE), Receipt(first.boot, first.seq, "coming").encode())
    second = until(lambda: [event for event in ear.events("emergency") if event.value == "pressed"][-1:])[0]
    assert second.seq > first.seq
    ear.say(topics.receipt(NODE), Receipt(second.boot, second.seq, "journalled").encode())
    node.shows(led="received", unsent=0)
    ear.say(topics.receipt(NODE), Receipt(first.boot, first.seq, "coming").encode())
    node.shows(led="someone_is_coming")


def test_a_press_while_nobody_listens_says_so_and_is_told_later(node: NodeProcess, ear: Ear) -> None:
    node.does("cut")
    node.does("emergency press")
    assert node.state()["led"] == "sending"
    node.does("mend")
    node.shows(led="sent")
    assert not until(lambda: ear.events("emergency"))[0].historical


def test_a_receipt_for_something_else_lights_nothing(node: NodeProcess, ear: Ear) -> None:
    ear.say(topics.receipt(NODE), Receipt("someone1", 1, "claimed").encode())
    ear.say(topics.receipt(NODE), Receipt(node.state()["boot"], 1, "journalled").encode())
    ear.say(topics.command(NODE), Command("c-1", "locate", for_s=60).encode())
    node.shows(led="locating")


def test_the_resident_is_asked_and_answers_with_the_key(node: NodeProcess, ear: Ear) -> None:
    ear.say(topics.command(NODE), Command("c-1", "ask", for_s=120).encode())
    node.shows(led="asking", buzzer="asking")
    acks = until(lambda: ear.said("ack"))
    assert (Ack.decode(acks[0]).id, Ack.decode(acks[0]).ok) == ("c-1", True)
    node.does("fine")
    node.shows(led="off", buzzer="off")
    assert until(lambda: ear.events("fine"))[0].value == "pressed"
    # The same command once more, as a broker may deliver it, must not ask again.
    ear.say(topics.command(NODE), Command("c-1", "ask", for_s=120).encode())
    until(lambda: ear.said("ack")[1:])
    assert node.state()["led"] == "off"


def test_commands_that_came_too_late_or_are_not_known_are_refused_and_said_so(node: NodeProcess, ear: Ear) -> None:
    tell_time(ear)
    node.shows(clock=True)
    ear.say(topics.command(NODE), Command("c-1", "ask", expires_at=NOW_MS / 1000 - 1).encode())
    ear.say(topics.command(NODE), Command("c-2", "update").encode())
    acks = [Ack.decode(body) for body in until(lambda: ear.said("ack")[1:] and ear.said("ack"))]
    assert [(ack.id, ack.ok, ack.detail) for ack in acks] == [
        ("c-1", False, "expired"),
        ("c-2", False, "update: not known to firmware 0.1.0"),
    ]
    assert node.state()["led"] == "off"


def test_nasty_messages_are_counted_and_stop_nothing(node: NodeProcess, ear: Ear) -> None:
    nasty = [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[" * 2000,
        b'{"v":1}',
        b'{"v":2,"id":"x","do":"ask"}',
        b'{"v":1,"id":"x","do":"ask","for_s":1e999}',
        b'{"v":1,"now_ms":0,"rate":1}',
        b'{"v":1,"now_ms":1e300,"rate":NaN}',
        b"x" * 10_000_000,
    ]
    for leaf in (topics.command(NODE), topics.receipt(NODE), topics.time(NODE)):
        for body in nasty if leaf == topics.command(NODE) else nasty[:-1]:
            ear.say(leaf, body)
    node.shows(refused=28)
    node.does("door open")
    until(lambda: ear.events("door"))
    assert node.state()["connections"] == 1


def test_a_broker_that_stops_answering_is_noticed_and_nothing_is_lost(
    hasty: NodeProcess, broker: Broker, ear: Ear
) -> None:
    broker.pause()
    hasty.does("door open")
    hasty.shows(up=False)
    assert hasty.state()["unsent"] == 1
    broker.resume()
    hasty.shows(up=True, unsent=0)
    until(lambda: ear.events("door"))


def test_a_line_that_is_quiet_and_dead_is_noticed_too(hasty: NodeProcess, broker: Broker) -> None:
    broker.pause()
    hasty.shows(up=False)
    broker.resume()
    hasty.shows(up=True, connections=2)


def test_a_power_cut_keeps_what_was_not_sent(node: NodeProcess, ear: Ear) -> None:
    tell_time(ear)
    node.shows(clock=True)
    node.does("cut")
    node.does("door open")
    node.does("emergency press")
    before = node.state()["boot"]
    node.kill()
    node.start()
    assert node.state()["boot"] != before
    door = until(lambda: ear.events("door"))[0]
    assert (door.boot, door.historical) == (before, True)
    assert door.at is not None
    assert abs(door.at - NOW_MS / 1000) < 60
    press = until(lambda: ear.events("emergency"))[0]
    assert (press.boot, press.historical) == (before, False)
    node.shows(led="sent")
    ear.say(topics.receipt(NODE), Receipt(press.boot, press.seq, "journalled").encode())
    node.shows(led="received", unsent=0)


def test_domain_time_runs_the_node_faster_but_not_its_link(node: NodeProcess, ear: Ear) -> None:
    tell_time(ear, rate=600)
    until(lambda: ear.events("health")[4:])  # five minutes, were it not faster
    dated = [event.at for event in ear.events("health") if event.at is not None]
    apart = [later - earlier for earlier, later in pairwise(dated)]
    assert 55 <= min(apart) < 240, apart  # a machine that is busy may delay one, not hasten it
    assert node.state()["connections"] == 1


def test_motion_is_coalesced_in_domain_time(node: NodeProcess, ear: Ear) -> None:
    tell_time(ear, rate=20)
    node.shows(clock=True)
    for _ in range(4):
        node.does("motion")
    until(lambda: sum(event.value["count"] for event in ear.events("motion")) == 4)
    assert len(ear.events("motion")) < 4
    for event in ear.events("motion"):
        assert event.at is not None
        assert event.value["last_at"] >= event.at
