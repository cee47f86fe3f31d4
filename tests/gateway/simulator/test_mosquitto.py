"""The settings that the documentation asks for, in a real mosquitto."""

import queue
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.simulator import mosquitto
from tests.broker import Broker

WAITING = 50


def client(port: int, name: str) -> mqtt.Client:
    made = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
    made.connect("127.0.0.1", port)
    return made


def subscribe(to: mqtt.Client, topic: str) -> None:
    """Returns when the broker has answered."""
    done = queue.SimpleQueue[object]()
    to.on_subscribe = lambda *rest: done.put(rest)
    to.subscribe(topic, qos=1)
    done.get(timeout=60)


def subscribed(port: int) -> None:
    gateway = client(port, "gateway")
    gateway.loop_start()
    subscribe(gateway, "t")
    gateway.disconnect()
    gateway.loop_stop()


def bodies(port: int, number: int) -> list[bytes]:
    heard = queue.SimpleQueue[bytes]()
    gateway = client(port, "gateway")
    gateway.on_message = lambda client, data, message: heard.put(message.payload)
    gateway.loop_start()
    found = [heard.get(timeout=60) for _ in range(number)]
    gateway.disconnect()
    gateway.loop_stop()
    return found


def test_all_that_waits_for_a_gateway_outlasts_the_power_cut_of_the_broker() -> None:
    with Broker() as broker:
        subscribed(broker.port)
        node = client(broker.port, "node")
        node.loop_start()
        sent = [node.publish("t", str(number), qos=1) for number in range(WAITING)]
        for one in sent:
            one.wait_for_publish(60)
        subscribe(node, "its next turn")  # it acknowledges first and writes after that, before it hears anybody again
        broker.kill()
        node.disconnect()
        node.loop_stop()
        broker.start()
        assert bodies(broker.port, WAITING) == [str(number).encode() for number in range(WAITING)]


def test_an_oversized_message_goes_no_further_than_the_broker() -> None:
    with Broker() as broker:
        subscribed(broker.port)
        node = client(broker.port, "node")
        node.loop_start()
        node.publish("t", b"x" * 70_000, qos=1)
        node.publish("t", b"press", qos=1).wait_for_publish(60)
        node.disconnect()
        node.loop_stop()
        assert bodies(broker.port, 1) == [b"press"]


def test_what_is_added_follows_what_is_promised(tmp_path: Path) -> None:
    text = mosquitto.settings(1883, tmp_path, "max_inflight_messages 7")
    assert mosquitto.PROMISES in text
    assert text.index("max_inflight_messages 7") > text.index(mosquitto.PROMISES)
