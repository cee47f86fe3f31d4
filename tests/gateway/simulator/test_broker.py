"""Both brokers of the demo keep a session: what comes while a client is away, it gets when it is back."""

import contextlib
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.broker import free_port
from tests.scale import scaled

MESSAGES = 50
QUEUED = scaled(3000, least=1000)
KILLS = 5
PATIENCE_S = 60.0
READER = """
import sys
import paho.mqtt.client as mqtt

port, log, name = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1), sys.argv[3]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, clean_session=False, manual_ack=True)
waiting = []

def on_message(client, data, message):
    log.write(message.payload.decode() + "\\n")
    waiting.append((message.mid, message.qos))
    if len(waiting) == 10:
        while waiting:
            client.ack(*waiting.pop(0))

client.on_message = on_message
client.connect("127.0.0.1", port)
client.loop_forever()
"""


class Client:
    def __init__(self, port: int, name: str, *, will: str = "", manual: bool = False) -> None:
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=False, manual_ack=manual)
        self.client.on_message = lambda client, data, message: self.heard.put(message)
        if will:
            self.client.will_set(will, "gone", qos=1, retain=True)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.client.connect("127.0.0.1", port)
                break
            except OSError:
                assert time.monotonic() < until, "no broker"
                time.sleep(0.05)
        self.client.loop_start()

    def subscribe(self, topic: str) -> None:
        done = queue.Queue()
        self.client.on_subscribe = lambda *rest: done.put(rest)
        self.client.subscribe(topic, qos=1)
        done.get(timeout=PATIENCE_S)

    def say(self, topic: str, body: str, *, retain: bool = False) -> None:
        self.client.publish(topic, body, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def bodies(self, count: int) -> list[str]:
        return [self.heard.get(timeout=PATIENCE_S).payload.decode() for _ in range(count)]

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(params=["mosquitto", "aedes"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    port = free_port()
    more = ["--aedes"] if request.param == "aedes" else []
    command = [sys.executable, "-m", "gateway.simulator", "broker", "--port", str(port), "--home", str(tmp_path / "b")]
    process = subprocess.Popen(command + more, stdout=subprocess.DEVNULL)
    yield port
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) in (0, 130)


def test_what_came_while_a_client_was_away_is_delivered_and_is_no_old_news(port: int):
    gateway = Client(port, "gateway")
    gateway.subscribe("tomoshibi/v1/+/event")
    node = Client(port, "node")
    node.say("tomoshibi/v1/n/event", "first")
    assert gateway.bodies(1) == ["first"]
    gateway.leave()
    for number in range(MESSAGES):
        node.say("tomoshibi/v1/n/event", str(number))
    back = Client(port, "gateway")
    messages = [back.heard.get(timeout=PATIENCE_S) for _ in range(MESSAGES)]
    assert [message.payload.decode() for message in messages] == [str(number) for number in range(MESSAGES)]
    assert not any(message.retain for message in messages)
    back.leave()
    node.leave()


def test_a_message_that_was_not_acknowledged_comes_again(port: int):
    gateway = Client(port, "gateway", manual=True)
    gateway.subscribe("tomoshibi/v1/+/event")
    node = Client(port, "node")
    node.say("tomoshibi/v1/n/event", "press")
    assert gateway.bodies(1) == ["press"]
    gateway.client.socket().close()  # as a killed process would
    gateway.client.loop_stop()
    back = Client(port, "gateway")
    assert back.bodies(1) == ["press"]
    back.leave()
    node.leave()


def test_a_status_is_kept_and_the_last_will_follows_it(port: int):
    node = Client(port, "node", will="tomoshibi/v1/n/status")
    node.say("tomoshibi/v1/n/status", "online", retain=True)
    late = Client(port, "late")
    late.subscribe("tomoshibi/v1/+/status")
    message = late.heard.get(timeout=PATIENCE_S)
    assert (message.payload, message.retain) == (b"online", True)
    node.client.socket().shutdown(2)
    node.client.loop_stop()
    assert "gone" in late.bodies(1)
    late.leave()


def test_a_stranger_who_speaks_no_mqtt_is_shown_the_door_and_nobody_else_notices(port: int):
    gateway = Client(port, "gateway")
    gateway.subscribe("#")
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\xff\xff", b"\x10\x00", b"\x30\x02\x00\x09", b""):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.settimeout(PATIENCE_S)
            with contextlib.suppress(ConnectionError):  # it may be thrown out at any of these
                stranger.sendall(nonsense)
                with contextlib.suppress(OSError):
                    stranger.shutdown(socket.SHUT_WR)
                assert stranger.recv(10) == b""
    gateway.say("still", "here")
    assert gateway.bodies(1) == ["here"]
    gateway.leave()


def test_nothing_is_lost_when_the_gateway_is_killed_over_many_waiting_messages(port: int, tmp_path: Path):
    """Each killed gateway has acknowledged only what it wrote down before; order is kept as well."""
    log = tmp_path / "heard"
    log.touch()
    gateway = Client(port, "gateway", manual=True)
    gateway.subscribe("tomoshibi/v1/+/event")
    gateway.leave()
    node = Client(port, "node")
    for number in range(QUEUED):
        node.client.publish("tomoshibi/v1/n/event", str(number), qos=1)
    node.say("tomoshibi/v1/n/event", str(QUEUED))
    for kill in range(KILLS):
        reader = subprocess.Popen([sys.executable, "-c", READER, str(port), str(log), "gateway"])
        wanted = (kill + 1) * (QUEUED // KILLS) if kill < KILLS - 1 else QUEUED + 1
        until = time.monotonic() + PATIENCE_S
        while len(set(log.read_text().split())) < wanted:
            assert time.monotonic() < until, "it has stopped sending"
            time.sleep(0.005)
        reader.kill()
        reader.wait()
    first_seen = list(dict.fromkeys(int(number) for number in log.read_text().split()))
    assert first_seen == list(range(QUEUED + 1))
    node.leave()
