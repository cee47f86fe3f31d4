"""A running gateway with its local window, and whoever looks through it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from contract import reports
from contract.observations import Event, Status

from gateway.adapters.pin import set_pin
from tests.broker import Broker, free_port
from tests.gateway.backend_server import BackendServer, wait_for
from tests.gateway.gateway_process import GatewayProcess, Publisher

PIN = "tanuki-2719"
BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings("101"), reports.UnitSettings("102"), reports.UnitSettings("103")],
    [
        reports.NodePlace("hall-101", "101", "hall", 0.0, mains=True, kinds=["motion"]),
        reports.NodePlace("bed-101", "101", "bedroom", 0.0, mains=True, kinds=["motion", "emergency"]),
        reports.NodePlace("door-101", "101", "entrance", 0.0, source="zigbee2mqtt", kinds=["door"]),
        reports.NodePlace("air-101", "101", "living", 0.0, source="zigbee2mqtt", kinds=["climate"]),
        reports.NodePlace("hall-102", "102", "hall", 0.0, mains=True, kinds=["motion"]),
    ],
)


class Windowed:
    """A gateway process with a window at `url`, its broker, its backend, and a publisher that plays the nodes."""

    def __init__(self, home: Path, broker: Broker, backend: BackendServer, *, pin: str | None = PIN, more: str = ""):
        self.port = free_port()
        self.url = f"http{'s' if more else ''}://127.0.0.1:{self.port}"
        self.broker, self.backend = broker, backend
        self.gateway = GatewayProcess(home, broker, backend)
        with self.gateway.config.open("a", encoding="utf-8") as file:
            file.write(f"[window]\nport = {self.port}\n{more}\n")
        self.gateway.configure(BUILDING)
        if pin is not None:
            set_pin(self.gateway.data_dir, pin)
        self.gateway.start()
        wait_for(lambda: self.gateway.said("local window on"))
        self.nodes = Publisher(broker)
        self._seq = 0

    def set_pin(self, pin: str) -> None:
        done = self.gateway.command("window-pin", "--pin", pin)
        assert done.returncode == 0, done.stderr

    def sense(self, node: str, kind: str = "motion", value: object = None) -> None:
        """A node reports, and the gateway has it."""
        self._seq += 1
        event = Event("b1", self._seq, kind, {"count": 1} if value is None else value, at=time.time())
        self.nodes.event(node, event)
        wait_for(lambda: ("b1", event.seq) in self.nodes._confirmed())

    def status(self, node: str, firmware: str) -> None:
        self.nodes.raw(f"tomoshibi/v1/{node}/status", Status("online", firmware, "b1").encode(), retain=True)

    @contextmanager
    def visitor(self, pin: str | None = PIN, *, address: str = "127.0.0.1") -> Iterator[httpx.Client]:
        """Somebody with a browser at `address`; signed in where there is a `pin`."""
        way = httpx.HTTPTransport(local_address=address)
        with httpx.Client(base_url=self.url, timeout=30, transport=way) as client:
            if pin is not None:
                answer = client.post("/sign-in", data={"pin": pin})
                assert answer.status_code == 303, answer.text
            yield client

    def close(self) -> None:
        self.nodes.stop()
        self.gateway.kill()


@contextmanager
def windowed(home: Path, *, pin: str | None = PIN, more: str = "") -> Iterator[Windowed]:
    with Broker() as broker, BackendServer() as backend:
        made = Windowed(home, broker, backend, pin=pin, more=more)
        try:
            yield made
        finally:
            made.close()
