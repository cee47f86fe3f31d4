"""The gateway as a process: what the broker gave it is in the journal once, whatever is killed, full or away."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from contract import reports
from contract.clock import write_anchor
from contract.observations import Event, Receipt, Status, TimeSignal
from contract.shapes import MAX_BYTES

from gateway.core.inputs import Observed
from tests.broker import Broker
from tests.firmware.node_process import INTERPRETERS, NodeProcess, until
from tests.gateway.backend_server import BackendServer, wait_for
from tests.gateway.gateway_process import BROKER_CONFIG, GatewayProcess, Publisher
from tests.nasty import NASTY
from tests.scale import scaled


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker(BROKER_CONFIG) as started:
        yield started


@pytest.fixture
def backend() -> Iterator[BackendServer]:
    with BackendServer() as server:
        yield server


@pytest.fixture
def gateway(tmp_path: Path, broker: Broker, backend: BackendServer) -> Iterator[GatewayProcess]:
    made = GatewayProcess(tmp_path, broker, backend)
    made.configure()
    yield made
    made.kill()


@pytest.fixture
def node(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(broker)
    yield made
    made.stop()


def motion(seq: int, boot: str = "b1") -> Event:
    return Event(boot, seq, "motion", {"count": 1}, at=time.time())


def press(seq: int, boot: str = "b1") -> Event:
    return Event(boot, seq, "emergency", "pressed", at=time.time())


def alerts(backend: BackendServer, stage: str = "open") -> list[reports.Alert]:
    return [one for one in backend.received() if isinstance(one, reports.Alert) and one.stage == stage]


def receipts(node: Publisher) -> list[tuple[int, str]]:
    found = [Receipt.decode(body) for topic, body in list(node.heard) if topic.endswith("/receipt")]
    return [(receipt.seq, receipt.stage) for receipt in found]


@pytest.mark.alone
def test_a_press_reaches_the_backend_at_once_and_its_node_hears_of_it(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    pressed_at = time.time()
    node.event("hall-101", press(1))
    wait_for(lambda: alerts(backend) and (1, "journalled") in receipts(node))
    assert alerts(backend)[0].unit == "101"
    sent = zip(backend.stored, backend.stored_at, strict=True)
    (at,) = [at for (_, numbered), at in sent if isinstance(numbered.report, reports.Alert)]
    assert at - pressed_at < 1.0


def test_a_claim_in_the_backend_reaches_the_node(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    node.event("hall-101", press(1))
    wait_for(lambda: alerts(backend))
    backend.command(reports.Receipt(alerts(backend)[0].alert, "claimed"))
    wait_for(lambda: (1, "claimed") in receipts(node))


def test_every_report_is_confirmed_to_its_node_when_it_is_on_the_disk_and_when_it_is_repeated(
    gateway: GatewayProcess, node: Publisher
) -> None:
    gateway.start()
    released = Event("b1", 3, "emergency", "released", at=time.time())
    reports_ = [motion(1), Event("b1", 2, "health", {"uptime_s": 1}, age_ms=0), released]
    for times in (1, 2):
        for event in reports_:
            node.event("hall-101", event)
        wait_for(lambda times=times: Counter(receipts(node)) == {(seq, "journalled"): times for seq in (1, 2, 3)})
    assert gateway.observed() == [("b1", 1), ("b1", 2), ("b1", 3)]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_what_a_broker_acknowledged_and_lost_comes_from_the_node_again(
    interpreter: str, gateway: GatewayProcess, broker: Broker, tmp_path: Path
) -> None:
    """The broker dies before it has saved, while no gateway runs."""
    gateway.start()
    with NodeProcess(interpreter, tmp_path, broker.port, node="hall-101") as hall:
        hall.shows(up=True, unconfirmed=0)
        gateway.kill()
        with broker.without_saving():
            for command in ("door open", "door closed", "motion"):
                hall.does(command)
            hall.shows(unsent=0, unconfirmed=3)
            broker.kill()
        broker.start()
        gateway.start()
        hall.does("door open")
        hall.shows(unconfirmed=0, lost=0)
    told = [one for one in gateway.inputs() if isinstance(one, Observed) and one.kind != "health"]
    assert [one.value for one in sorted(told, key=lambda one: one.seq) if one.kind == "door"] == [
        "open",
        "closed",
        "open",
    ]
    assert len(told) == len({one.seq for one in told}) == 4


def test_what_was_said_while_the_gateway_was_away_is_heard_later(gateway: GatewayProcess, node: Publisher) -> None:
    gateway.start()
    gateway.stop()
    for seq in range(1, 2001):
        node.event("hall-101", motion(seq))
    node.settle()
    gateway.start()
    wait_for(lambda: len(gateway.observed()) == 2000)
    assert gateway.observed() == [("b1", seq) for seq in range(1, 2001)]


def test_the_same_report_twice_is_journalled_once_and_a_call_for_help_is_confirmed_again(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    for _ in range(3):
        node.event("hall-101", motion(1))
    smoke = Event("b1", 3, "smoke", True, at=time.time())
    for n, call in ((2, press(2)), (3, smoke)):
        node.event("hall-101", call)
        wait_for(lambda n=n: receipts(node).count((n, "journalled")) == 1)
        node.event("hall-101", call)
        wait_for(lambda n=n: receipts(node).count((n, "journalled")) == 2)
    assert Counter(gateway.observed()) == {("b1", 1): 1, ("b1", 2): 2, ("b1", 3): 2}
    wait_for(lambda: gateway.queued() == 0)
    assert [(alert.kind, alert.evidence.presses) for alert in alerts(backend)] == [("emergency", 1), ("smoke", 1)]


def test_no_acknowledged_event_is_lost_or_doubled_when_the_gateway_is_killed(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    """SIGKILL at random instants while events flow; presses among them, each of which is one alert."""
    dice = random.Random(20261123)
    kills, publishing = scaled(50, least=4), threading.Event()
    publishing.set()
    presses: list[int] = []

    def publish() -> None:
        seq = 0
        while publishing.is_set():
            seq += 1
            node.event(dice.choice(["hall-101", "hall-102"]), motion(seq))
            time.sleep(0.002)

    gateway.start()
    flow = threading.Thread(target=publish)
    flow.start()
    for n in range(kills):
        presses.append(n)
        node.event("hall-101", press(n, boot="press"))
        time.sleep(dice.uniform(0.0, 0.7))
        gateway.kill()
        gateway.start(until_connected=dice.random() < 0.5)
    publishing.clear()
    flow.join()
    acknowledged = node.settle()
    wait_for(lambda: set(acknowledged) <= set(gateway.observed()))
    counted = Counter(gateway.observed())
    assert set(counted) == set(acknowledged)
    assert [name for name, count in counted.items() if count > 1 and name[0] != "press"] == []
    wait_for(lambda: gateway.queued() == 0)
    seqs = [numbered.seq for _, numbered in backend.stored]
    assert len(seqs) == len(set(seqs))
    assert len({journal for journal, _ in backend.stored}) == 1
    assert sum(alert.evidence.presses == len(presses) for alert in alerts(backend)) == 1
    assert len({alert.alert for alert in alerts(backend)}) == 1


def test_a_command_is_taken_once_though_the_gateway_is_killed(gateway: GatewayProcess, backend: BackendServer) -> None:
    dice = random.Random(7)
    for n in range(scaled(50, least=4)):
        backend.command(reports.Absence("101", "away", 1795400000.0 + n, 1795400001.0 + n))
        gateway.start(until_connected=False)
        time.sleep(dice.uniform(0.5, 1.2))
        gateway.kill()
    gateway.start()
    wait_for(lambda: backend.asked_after and backend.asked_after[-1] == len(backend.commands))
    told = [one.command for one in gateway.inputs() if hasattr(one, "command")]
    absences = [one.since for one in told if isinstance(one, reports.Absence)]
    assert absences == [1795400000.0 + n for n in range(len(backend.commands))]


def test_a_killed_broker_costs_nothing(gateway: GatewayProcess, broker: Broker, node: Publisher) -> None:
    gateway.start()
    for round_ in range(3):
        wait_for(lambda deaths=round_: gateway.said("broker: connected") > deaths)
        for seq in range(200):
            node.event("hall-101", motion(seq, boot=f"r{round_}"))
        time.sleep(0.05 * round_)
        broker.kill()
        broker.start()
    told = node.settle()
    node.tell_until_confirmed()  # a broker may forget in the moment of its death what it has just acknowledged: 0034
    assert set(told) == set(gateway.observed())
    assert max(Counter(gateway.observed()).values()) == 1


def test_nothing_that_nodes_noticed_is_lost_however_often_the_broker_dies(
    gateway: GatewayProcess, broker: Broker, tmp_path: Path
) -> None:
    """It is killed when it has just acknowledged, so that most often it has not saved; the gateway is there or not."""
    dice = random.Random(34)
    names = dict(zip(("hall-101", "hall-102"), INTERPRETERS, strict=True))
    with ExitStack() as stack:
        nodes = []
        for name, interpreter in names.items():
            (tmp_path / name).mkdir()
            node = NodeProcess(interpreter, tmp_path / name, broker.port, node=name, keep_alive_s=1)
            nodes.append(stack.enter_context(node))
        kills = scaled(60, least=6)
        for _ in range(kills):
            if dice.random() < 0.5:
                gateway.start(until_connected=dice.random() < 0.5)
            for node in nodes:
                until(lambda node=node: node.state()["up"], timeout_s=60)
                time.sleep(dice.uniform(0, 0.7))
                for command in ("door open", "door closed"):
                    node.does(command)
            for node in nodes:
                node.shows(unsent=0)
            broker.kill()
            gateway.kill()
            broker.start()
        gateway.start()
        for node in nodes:
            node.does("fine")
            until(lambda node=node: node.state()["unconfirmed"] == 0, timeout_s=60)
    doors = [one for one in gateway.inputs() if isinstance(one, Observed) and one.kind == "door"]
    told = Counter((one.node, one.seq) for one in doors)
    assert set(told.values()) == {1}
    assert Counter(one.node for one in doors) == dict.fromkeys(names, 2 * kills)


def test_a_backend_away_for_long_gets_everything_in_order(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    backend.stop()
    for seq in range(scaled(2000, least=50)):
        node.event("hall-101", motion(seq))
    node.event("hall-102", press(1))
    wait_for(lambda: gateway.queued() > 0)
    gateway.kill()
    gateway.start()
    backend.start()
    wait_for(lambda: alerts(backend) and gateway.queued() == 0)
    lanes = [isinstance(numbered.report, reports.Alert) for _, numbered in backend.stored]
    seqs = [numbered.seq for _, numbered in backend.stored]
    routine = [seq for seq, is_alert in zip(seqs, lanes, strict=True) if not is_alert]
    assert routine == sorted(routine)
    assert len(seqs) == len(set(seqs))


def test_bytes_that_nobody_can_read_are_counted_and_stop_nothing(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    for body in NASTY.values():
        node.raw("tomoshibi/v1/hall-101/event", body)
    node.event("hall-101", motion(1))
    wait_for(lambda: ("b1", 1) in gateway.observed())

    def counted() -> list[dict[str, int]]:
        healths = [one.refused for one in backend.received() if isinstance(one, reports.Health)]
        return [refused for refused in healths if sum(refused.values()) == len(NASTY)]

    wait_for(lambda: bool(counted()))
    assert counted()[-1]["size"] == sum(len(body) > MAX_BYTES for body in NASTY.values())
    assert gateway.said("is put aside") == 1


def test_a_node_is_told_the_time_when_it_connects(gateway: GatewayProcess, node: Publisher) -> None:
    gateway.start()
    node.client.subscribe("tomoshibi/v1/+/time")
    node.raw("tomoshibi/v1/hall-101/status", Status("online", "1.0", "b1").encode(), retain=True)
    wait_for(lambda: any(topic == "tomoshibi/v1/hall-101/time" for topic, _ in node.heard))
    (body,) = [body for topic, body in node.heard if topic.endswith("/time")]
    signal = TimeSignal.decode(body)
    assert abs(signal.now - time.time()) < 60
    assert signal.rate == 1


def test_nodes_are_told_when_time_changes_its_pace(
    tmp_path: Path, broker: Broker, backend: BackendServer, node: Publisher
) -> None:
    clock = tmp_path / "clock.json"
    write_anchor(str(clock), time.time(), 1.0)
    gateway = GatewayProcess(tmp_path, broker, backend, 'clock = "clock.json"')
    gateway.configure()
    gateway.start()
    try:
        node.client.subscribe("tomoshibi/v1/+/time")
        node.raw("tomoshibi/v1/hall-101/status", Status("online", "1.0", "b1").encode(), retain=True)
        wait_for(lambda: any(topic.endswith("/time") for topic, _ in node.heard))
        write_anchor(str(clock), time.time() + 5, 600.0)
        wait_for(lambda: TimeSignal.decode(node.heard[-1][1]).rate == 600)
    finally:
        gateway.kill()


def test_at_a_great_pace_no_silence_is_taken_for_an_outage(
    tmp_path: Path, broker: Broker, backend: BackendServer, node: Publisher
) -> None:
    """An hour passes in a second; after the twelve hours of a home that nobody knows yet, the resident is asked."""
    clock = tmp_path / "clock.json"
    start = 1795400000.0
    write_anchor(str(clock), start, 0.0)
    gateway = GatewayProcess(tmp_path, broker, backend, 'clock = "clock.json"')
    gateway.configure()
    gateway.start()
    try:
        seen = Event("b1", 1, "motion", {"count": 1}, at=start)
        node.event("hall-101", seen)
        wait_for(lambda: gateway.observed())
        write_anchor(str(clock), start, 3600.0)
        seq = 1

        def beaten() -> bool:
            nonlocal seq
            seq += 1
            node.event("hall-101", Event("b1", seq, "health", {"uptime_s": seq}, age_ms=0))
            time.sleep(0.02)
            return any(alert.kind == "inactivity" for alert in alerts(backend, "asking") + alerts(backend))

        wait_for(beaten)
    finally:
        gateway.kill()


def test_a_full_disk_is_said_and_nothing_is_acknowledged_until_there_is_room(
    gateway: GatewayProcess, backend: BackendServer, node: Publisher
) -> None:
    gateway.start()
    node.event("hall-101", motion(1))
    wait_for(lambda: gateway.observed())
    before = gateway.limit_files(8192)  # the log has room, the journal has not
    for seq in range(2, 500):
        node.event("hall-101", motion(seq))
    node.event("hall-102", press(1))
    node.settle()
    wait_for(lambda: gateway.said("check the disk") or gateway.said("make room"))
    assert gateway.is_running
    assert len(gateway.observed()) == 1
    assert receipts(node) == [(1, "journalled")]
    assert not alerts(backend)
    gateway.limit_files(before)
    wait_for(lambda: alerts(backend) and len(gateway.observed()) == 500)
    wait_for(lambda: "refused: journal" in gateway.command("status").stdout)


def test_it_ends_in_order_and_goes_on_where_it_stopped(gateway: GatewayProcess, node: Publisher) -> None:
    gateway.start()
    node.event("hall-101", motion(1))
    wait_for(lambda: gateway.observed())
    assert gateway.stop() == 0
    gateway.start()
    node.event("hall-101", motion(2))
    wait_for(lambda: gateway.observed() == [("b1", 1), ("b1", 2)])


def test_a_second_gateway_on_the_same_data_is_refused(gateway: GatewayProcess) -> None:
    gateway.start()
    done = gateway.command("run")
    assert done.returncode == 1
    assert "stop that one first" in done.stderr
    assert gateway.is_running


def test_a_building_that_cannot_be_is_skipped_with_every_reason_where_a_person_looks(
    gateway: GatewayProcess, backend: BackendServer
) -> None:
    gateway.start()
    place = reports.NodePlace("hall-9", "9", "hall", 0.0, kinds=["motion", "thought"])
    backend.command(reports.Configure(reports.Building("Asia/Nowhere", [], [place])))
    wait_for(lambda: gateway.said("command 1 is skipped"))
    (line,) = [line for line in gateway.log.read_text(encoding="utf-8").splitlines() if "is skipped" in line]
    wait_for(lambda: "command 1 is skipped" in gateway.command("status").stdout)
    for shown in (line, gateway.command("status").stdout):
        for reason in ("Asia/Nowhere", "unit 9", "thought"):
            assert reason in shown
    assert "unit 101" in gateway.command("status").stdout, "what was configured before stays"


def test_an_absence_of_a_unit_that_is_not_here_is_counted_and_named(
    gateway: GatewayProcess, backend: BackendServer
) -> None:
    gateway.start()
    backend.command(reports.Absence("999", "away", 1795400000.0))
    wait_for(lambda: gateway.said("command 1 is skipped: unit 999 is not in this building"))
    wait_for(lambda: "unit 999" in gateway.command("status").stdout)
    wait_for(
        lambda: any(isinstance(one, reports.Health) and one.refused == {"command": 1} for one in backend.received()),
    )
