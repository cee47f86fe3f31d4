"""The node's MQTT client alone, on both interpreters, against a real broker and against a liar."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.broker import Broker
from tests.firmware.node_process import INTERPRETERS, NodeProcess, until
from tests.scale import scaled
from tests.tools import micropython
from tests.tools.plain import ROOT, micropython_environment

MANY = Path(__file__).with_name("many_publishes.py")


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_packet_identifiers_wrap_on_a_real_broker(interpreter: str) -> None:
    count = scaled(70_000)
    got: list[bytes] = []
    command = [sys.executable] if interpreter == "cpython" else micropython.ensure()
    with Broker() as broker:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        subscribed = threading.Event()
        client.on_message = lambda client, userdata, message: got.append(bytes(message.payload))
        client.on_subscribe = lambda *_: subscribed.set()
        client.connect(broker.host, broker.port)
        client.subscribe("many", 1)
        client.loop_start()
        assert subscribed.wait(60)
        environment = {**micropython_environment(), "PYTHONPATH": f"{ROOT}/firmware/lib:{ROOT}/firmware"}
        done = subprocess.run(
            [*command, str(MANY), str(broker.port), str(count)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=1200,  # tens of thousands of publishes, on a machine that may be busy
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"{interpreter}: {done.stdout.strip()} acknowledged publishes a second")
        until(lambda: len(got) >= count)
        client.disconnect()
        client.loop_stop()
    assert got == [str(number).encode() for number in range(count)]


class Liar:
    """Takes connections and answers each with the same bytes, or with silence."""

    def __init__(self, answer: bytes) -> None:
        self.visits = 0
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            self._kept.append(visitor)
            visitor.sendall(self._answer)

    def close(self) -> None:
        for visitor in [*self._kept, self._socket]:
            visitor.close()


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="another protocol"),
        pytest.param(b"\x20\x02\x00\x05", id="not authorised"),
        pytest.param(b"\x20\x02\x00\x00" + b"\xff" * 20, id="a length without end"),
        pytest.param(b"\x20\x02\x00\x00\x32\x03\x00\x50a", id="a topic longer than its packet"),
        pytest.param(b"\x20\x02\x00\x00\x32\x83\xff\xff\x7f\x00\x01a", id="a packet that does not come"),
    ],
)
def test_a_broker_that_lies_is_left_and_tried_again(interpreter: str, answer: bytes, tmp_path: Path) -> None:
    liar = Liar(answer)
    with NodeProcess(interpreter, tmp_path, liar.port, answer_s=0.5) as node:
        until(lambda: liar.visits >= 3)
        assert node.alive()
        assert node.does("door open") == {"ok": True}
        state = node.state()
        assert not state["up"]
        assert state["last_fault"]
        assert state["unsent"] == 2
    liar.close()
