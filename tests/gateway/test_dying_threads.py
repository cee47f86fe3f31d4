"""A gateway of which one part has died must not look alive: it ends and says of what, so that it is started again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker
from tests.gateway.adapters.test_mosquitto import subscribed
from tests.gateway.backend_server import BackendServer, wait_for
from tests.gateway.faulty import FAULTS
from tests.gateway.gateway_process import BROKER_CONFIG, GatewayProcess, Publisher
from tests.gateway.test_runtime import motion


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with Broker(BROKER_CONFIG) as started:
        subscribed(started.port, "tomoshibi-gateway-g1", "tomoshibi/v1/+/event")
        yield started


@pytest.fixture
def node(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(broker)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def backend() -> Iterator[BackendServer]:
    with BackendServer() as server:
        yield server


@pytest.fixture
def gateway(tmp_path: Path, broker: Broker, backend: BackendServer) -> Iterator[GatewayProcess]:
    made = GatewayProcess(tmp_path, broker, backend)
    made.configure()
    yield made
    made.kill()


SAYS = {
    "raises": ["a fault put in", "Traceback"],
    "returns": ["has ended", "service manager"],
    "hangs": ["File "],  # where each thread stood
    "damaged": ["is damaged", "move it away"],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_part_that_dies_ends_the_gateway_with_what_it_died_of(
    fault: str, gateway: GatewayProcess, node: Publisher
) -> None:
    gateway.start(until_connected=False, program=["-m", "tests.gateway.faulty", fault])
    node.event("hall-101", motion(1))
    wait_for(lambda: not gateway.is_running)
    assert gateway.ended_with() == 1
    for text in SAYS[fault.split()[-1]]:
        assert gateway.said(text), gateway.log.read_text(encoding="utf-8")


def test_a_report_over_which_the_gateway_died_is_not_lost(gateway: GatewayProcess, node: Publisher) -> None:
    gateway.start(until_connected=False, program=["-m", "tests.gateway.faulty", "the loop raises"])
    node.event("hall-101", motion(1))
    wait_for(lambda: not gateway.is_running)
    node.settle()
    gateway.start()
    wait_for(lambda: ("b1", 1) in gateway.observed())
