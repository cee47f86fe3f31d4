"""The real gateway as a process of its own, between a real broker and a small real backend."""

import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
from contract import reports, topics
from contract.observations import Event, Receipt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.adapters.database import FILE
from gateway.core.inputs import Input, Observed, decode
from tests.broker import Broker
from tests.gateway.backend_server import BackendServer, wait_for

PATIENCE_S = 120.0
TELLS_AGAIN_S = 5.0
BROKER_CONFIG = "message_size_limit 0"  # a broker nobody has told otherwise: the gateway must cope by itself
BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings("101"), reports.UnitSettings("102")],
    [
        reports.NodePlace("hall-101", "101", "hall", 0.0, mains=True, kinds=["motion", "emergency"]),
        reports.NodePlace("hall-102", "102", "hall", 0.0, mains=True, kinds=["motion", "emergency"]),
    ],
)


class GatewayProcess:
    """`tomoshibi-gateway` on `home`, which holds its configuration, its data and its log."""

    def __init__(self, home: Path, broker: Broker, backend: BackendServer, extra: str = "") -> None:
        self.home = home
        self.config = home / "gateway.toml"
        self.data_dir = home / "data"
        self.log = home / "gateway.log"
        self.config.write_text(
            f'gateway = "g1"\ndata_dir = "data"\n{extra}\n[broker]\nport = {broker.port}\n'
            f'[backend]\nurl = "{backend.url}"\ncredential = "g1.secret"\n[zigbee2mqtt]\n',
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the gateway's on the same configuration."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            timeout=120,
        )

    def configure(self, building: reports.Building = BUILDING) -> None:
        path = self.home / "building.json"
        path.write_bytes(msgspec.json.encode(building))
        done = self.command("configure", str(path))
        assert done.returncode == 0, done.stderr

    def start(self, *, until_connected: bool = True, program: Sequence[str] = ("-m", "gateway")) -> None:
        with self.log.open("ab") as log:
            already = self.said("broker: connected")
            self._process = subprocess.Popen(
                [sys.executable, *program, "run", "--config", str(self.config)], stderr=log, stdout=log
            )
        if until_connected:
            wait_for(lambda: self.said("broker: connected") > already)

    def said(self, text: str) -> int:
        """How often the log says `text`."""
        return self.log.read_text(encoding="utf-8").count(text) if self.log.exists() else 0

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask it to end; returns its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(timeout=60)
        self._process = None
        return status

    def ended_with(self) -> int | None:
        """The exit status of one that has ended by itself."""
        assert self._process is not None
        return self._process.poll()

    def limit_files(self, most_bytes: int) -> int:
        """Let none of its files grow beyond `most_bytes`, as a full disk would; returns the limit before."""
        assert self._process is not None
        before, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (most_bytes, hard))
        return before

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def inputs(self) -> list[Input]:
        """All that is in its journal."""
        db = sqlite3.connect(self.data_dir / FILE)
        try:
            return [decode(body) for (body,) in db.execute("SELECT body FROM input ORDER BY position")]
        finally:
            db.close()

    def observed(self) -> list[tuple[str, int]]:
        """(boot, seq) of every observation in its journal, in order."""
        return [(one.boot, one.seq) for one in self.inputs() if isinstance(one, Observed)]

    def queued(self) -> int:
        db = sqlite3.connect(self.data_dir / FILE)
        try:
            return int(db.execute("SELECT count(*) FROM outbox").fetchone()[0])
        finally:
            db.close()


class Publisher:
    """A client that counts only what the broker has acknowledged."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._published: set[int] = set()
        self._told: dict[tuple[str, int], tuple[str, Event]] = {}
        self._sent: list[tuple[tuple[str, int], int]] = []  # at most 65,535: then the numbers begin again
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.max_inflight_messages_set(500)
        self.client.on_message = lambda _client, _data, message: self.heard.append(
            (message.topic, bytes(message.payload))
        )
        self.client.on_publish = lambda _client, _data, mid, *_: self._published.add(mid)
        self.client.on_connect = lambda client, *_: client.subscribe("tomoshibi/v1/+/receipt", 1)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def event(self, node: str, event: Event) -> None:
        self._told[event.boot, event.seq] = (node, event)
        sent = self.client.publish(topics.event(node), event.encode(), 1)
        self._sent.append(((event.boot, event.seq), sent.mid))

    def raw(self, topic: str, body: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, body, 1, retain).wait_for_publish(60)

    def tell_until_confirmed(self) -> None:
        """As our own nodes do: tell each event again until the gateway's receipt for it has come."""
        until = time.monotonic() + PATIENCE_S
        while missing := self._told.keys() - self._confirmed():
            assert time.monotonic() < until, f"never confirmed: {sorted(missing)[:5]}"
            for name in sorted(missing):
                self.event(*self._told[name])
            with suppress(AssertionError):
                wait_for(lambda: self._told.keys() <= self._confirmed(), TELLS_AGAIN_S)

    def _confirmed(self) -> set[tuple[str, int]]:
        receipts = [Receipt.decode(body) for topic, body in list(self.heard) if topic.endswith("/receipt")]
        return {(receipt.boot, receipt.seq) for receipt in receipts}

    def settle(self) -> list[tuple[str, int]]:
        """Wait until the broker has acknowledged everything; return what that is."""
        for _, mid in self._sent:
            wait_for(lambda mid=mid: mid in self._published)  # one by one: each of tens of thousands has its time
        return [name for name, _ in self._sent]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
