"""A node as a real process, the resident at its bench, and a gateway's ear at the broker."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import paho.mqtt.client as paho
from contract import topics
from contract.observations import Event, Receipt
from paho.mqtt.enums import CallbackAPIVersion

from tests.broker import Broker
from tests.tools import micropython
from tests.tools.plain import ROOT, micropython_environment

NODE = "n-101-hall"
INTERPRETERS = ("cpython", "micropython")
T = TypeVar("T")


def until(look: Callable[[], T], timeout_s: float = 60) -> T:
    """Wait until `look` finds something, and return it. Raises AssertionError when it never does."""
    end = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


class NodeProcess:
    """firmware/main.py on one of INTERPRETERS, with a bench to work its pins."""

    def __init__(self, interpreter: str, folder: Path, port: int, node: str = NODE, **broker: object) -> None:
        self._folder = folder
        self._command = [sys.executable] if interpreter == "cpython" else micropython.ensure()
        self._config = folder / "node.json"
        self._config.write_text(
            json.dumps(
                {
                    "node": node,
                    "broker": {"host": "127.0.0.1", "port": port, **broker},
                    "inputs": ["motion", "door", "emergency", "fine"],
                    "data_dir": str(folder),
                    "bench_port": 0,
                }
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port_file = self._folder / "bench.port"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [*self._command, str(ROOT / "firmware" / "main.py"), str(self._config)], env=micropython_environment()
        )
        until(port_file.exists)
        self._bench = socket.create_connection(("127.0.0.1", int(port_file.read_text())), timeout=60)
        self._lines = self._bench.makefile("rw")

    def does(self, command: str) -> dict[str, Any]:
        """One line at the bench, and the answer."""
        self._lines.write(command + "\n")
        self._lines.flush()
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def state(self) -> dict[str, Any]:
        return self.does("state")

    def shows(self, **expected: object) -> None:
        """Wait until the node's state has these values."""
        until(lambda: expected.items() <= self.state().items())

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Cut its power."""
        if self._process is None:
            return
        self._bench.close()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)
        self._process = None

    def __enter__(self) -> "NodeProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


@dataclass(frozen=True)
class Heard:
    leaf: str
    body: bytes
    retained: bool


class Ear:
    """A gateway's place at the broker: hears all a node says, and speaks to it.

    `confirms`: it says of every event that it is journalled, but of a press, which is for the test to say.
    """

    def __init__(self, broker: Broker) -> None:
        self.heard: list[Heard] = []
        self.confirms = True
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "gateway", clean_session=False)
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe("tomoshibi/v1/+/+", 1)
        self._client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]  # it takes fractions
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert subscribed.wait(60)

    def _take(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        found = topics.split(message.topic)
        if found and found[0] == NODE:
            self.heard.append(Heard(found[1], bytes(message.payload), message.retain))
            if found[1] == "event" and self.confirms:
                self._confirm(Event.decode(message.payload))

    def _confirm(self, event: Event) -> None:
        if event.value != "pressed" or event.kind == "fine":
            self._client.publish(topics.receipt(NODE), Receipt(event.boot, event.seq, "journalled").encode())

    def events(self, kind: str = "") -> list[Event]:
        """What has been heard so far, in order; decoding it is a test in itself."""
        events = [Event.decode(heard.body) for heard in self.heard if heard.leaf == "event"]
        return [event for event in events if kind in ("", event.kind)]

    def said(self, leaf: str) -> list[bytes]:
        return [heard.body for heard in self.heard if heard.leaf == leaf]

    @contextmanager
    def away(self) -> Iterator[None]:
        """Meanwhile the gateway does not run; the broker keeps what comes for it."""
        self._client.disconnect()
        self._client.loop_stop()
        yield
        self._client.reconnect()
        self._client.loop_start()

    def say(self, topic: str, body: bytes) -> None:
        self._client.publish(topic, body, 1).wait_for_publish(60)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
