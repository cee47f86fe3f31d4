"""Other makers' devices at a real gateway and a real broker: found by announcement, limited, and told of outwards."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from contract import reports
from contract.observations import Event
from paho.mqtt.enums import CallbackAPIVersion

from gateway.core.inputs import Flooded, Observed
from tests.broker import Broker
from tests.gateway.backend_server import BackendServer, wait_for
from tests.gateway.gateway_process import BROKER_CONFIG, BUILDING, GatewayProcess, Publisher

CONFIG = "homeassistant/binary_sensor/esp-7/motion/config"
ANNOUNCEMENT = {
    "dev_cla": "motion",
    "stat_t": "esp-7/binary_sensor/motion/state",
    "avty_t": "esp-7/status",
    "dev": {"ids": ["esp-7"]},
}
UNIT = "tomoshibi/v1/gateway/g1/unit-101/state"
NODE = "homeassistant/device/tomoshibi-g1-node-hall-101/config"
STATE = "tomoshibi/v1/gateway/g1/node-hall-101/state"
AVAILABILITY = "tomoshibi/v1/gateway/g1/availability"


class Listener:
    """What a reader of the broker sees, retained messages included."""

    def __init__(self, broker: Broker, *filters: str) -> None:
        self.seen: dict[str, bytes] = {}
        self.count = 0
        there = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._note
        self._client.on_subscribe = lambda *_: there.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._client.subscribe([(filter_, 1) for filter_ in filters])
        assert there.wait(30)

    def _note(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.seen[message.topic] = bytes(message.payload)
        self.count += 1

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker(BROKER_CONFIG) as started:
        yield started


@pytest.fixture
def backend() -> Iterator[BackendServer]:
    with BackendServer() as server:
        yield server


@pytest.fixture
def device(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(broker)
    yield made
    made.stop()


@pytest.fixture
def gateway(tmp_path: Path, broker: Broker, backend: BackendServer) -> Iterator[GatewayProcess]:
    extra = '[homeassistant]\nannounce = true\n[tasmota.inputs]\n"loud/Switch1" = "presence"\n'
    made = GatewayProcess(tmp_path, broker, backend, extra)
    loud = reports.NodePlace("tasmota/loud", "102", "hall", 0.0, source="tasmota", kinds=["presence"])
    made.configure(reports.Building(BUILDING.zone, BUILDING.units, [*BUILDING.nodes, loud]))
    yield made
    made.kill()


def heard_of(gateway: GatewayProcess, node: str) -> list[tuple[str, object]]:
    found = [one for one in gateway.inputs() if isinstance(one, Observed) and one.node == node]
    return [(one.kind, one.value) for one in found if one.kind != "health"]


def test_a_device_that_announces_itself_is_read_shown_as_unassigned_and_left_when_it_takes_that_back(
    gateway: GatewayProcess, backend: BackendServer, device: Publisher
) -> None:
    device.raw("esp-7/binary_sensor/motion/state", b"OFF", retain=True)
    gateway.start()
    device.raw(CONFIG, json.dumps(ANNOUNCEMENT).encode(), retain=True)
    wait_for(lambda: heard_of(gateway, "ha/esp-7") == [("presence", False)])
    device.raw("esp-7/binary_sensor/motion/state", b"ON")
    wait_for(lambda: heard_of(gateway, "ha/esp-7")[-1] == ("presence", True))

    def shown() -> list[reports.Stranger]:
        found = [one for one in backend.received() if isinstance(one, reports.Health)]
        return [one for health in found for one in health.strangers if one.node == "ha/esp-7"]

    wait_for(shown)
    wait_for(lambda: "presence" in shown()[-1].kinds)
    assert any("esp-7/binary_sensor/motion/state" in said for said in shown()[-1].messages)
    device.raw(CONFIG, b"", retain=True)
    before = len(heard_of(gateway, "ha/esp-7"))
    device.event("hall-101", Event("b1", 1, "door", "open", at=time.time()))
    wait_for(lambda: gateway.observed().count(("b1", 1)))
    device.raw("esp-7/binary_sensor/motion/state", b"OFF")
    device.event("hall-101", Event("b1", 2, "door", "closed", at=time.time()))
    wait_for(lambda: gateway.observed().count(("b1", 2)))
    assert len(heard_of(gateway, "ha/esp-7")) == before


def test_home_assistant_is_told_of_units_and_nodes_again_when_it_starts_and_when_the_gateway_goes(
    gateway: GatewayProcess, broker: Broker, device: Publisher
) -> None:
    gateway.start()
    reader = Listener(broker, "homeassistant/device/#", "tomoshibi/v1/gateway/#")
    try:
        wait_for(lambda: {UNIT, NODE, AVAILABILITY} <= reader.seen.keys())
        assert json.loads(reader.seen[UNIT]) == {"watching": "cannot_watch"}
        config = json.loads(reader.seen[NODE])
        assert config["cmps"]["state"]["stat_t"] == STATE
        wait_for(lambda: reader.seen.get(STATE) == b'{"state":"never_seen"}')
        device.event("hall-101", Event("b1", 1, "motion", {"count": 1}, at=time.time()))
        wait_for(lambda: json.loads(reader.seen[UNIT]) == {"watching": "learning"})
        told = reader.count
        device.raw("homeassistant/status", b"online")
        wait_for(lambda: reader.count >= told + len(reader.seen))
        assert reader.seen[AVAILABILITY] == b"online"
        late = Listener(broker, "homeassistant/device/#")
        wait_for(lambda: NODE in late.seen)
        late.stop()
        assert not any(word in b"".join(reader.seen.values()) for word in (b"motion", b"last", b"home", b"away"))
        gateway.stop()
        wait_for(lambda: reader.seen[AVAILABILITY] == b"offline")
        gateway.start()
        wait_for(lambda: reader.seen[AVAILABILITY] == b"online")
        gateway.kill()
        wait_for(lambda: reader.seen[AVAILABILITY] == b"offline")
    finally:
        reader.stop()


def test_a_node_that_floods_harms_no_neighbour(
    gateway: GatewayProcess, backend: BackendServer, broker: Broker, device: Publisher
) -> None:
    gateway.start()
    loud = paho.Client(CallbackAPIVersion.VERSION2)
    loud.max_queued_messages_set(0)
    loud.connect(broker.host, broker.port)
    loud.loop_start()
    flooding = threading.Event()

    def flood() -> None:
        n = 0
        while not flooding.is_set():
            n += 1
            setting = "ON" if n % 2 else "OFF"
            loud.publish("tele/loud/SENSOR", f'{{"Time":"x","Switch1":"{setting}"}}')
            time.sleep(0.0005)

    flow = threading.Thread(target=flood)
    flow.start()
    try:
        wait_for(lambda: gateway.said("'tasmota/loud' floods, and is limited"))
        device.event("hall-101", Event("b1", 1, "emergency", "pressed", at=time.time()))
        wait_for(
            lambda: [one for one in backend.received() if isinstance(one, reports.Alert) and one.kind == "emergency"]
        )
        wait_for(lambda: gateway.observed().count(("b1", 1)))
    finally:
        flooding.set()
        flow.join()
        loud.disconnect()
        loud.loop_stop()
    faults = [one for one in backend.received() if isinstance(one, reports.Alert) and one.kind == "sensor_fault"]
    assert [(one.unit, one.evidence.sensors[-1].state) for one in faults] == [("102", "chattering")]
    assert sum(isinstance(one, Flooded) for one in gateway.inputs()) == 1
