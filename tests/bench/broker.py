"""mosquitto killed while messages wait in it: how many that it had acknowledged are gone afterwards.

Twenty nodes publish to a gateway that is away, each its next message when the last one is acknowledged, as the firmware
does; at 1,500 messages or later, at a random moment, the broker is killed. Nothing here asks the nodes to tell again.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.goals import Judged
from tests.broker import Broker
from tests.scale import scaled

KILLS = scaled(100, least=10)
NODES = 20
WAITING = 1500


@dataclass
class Kill:
    """What became of one: acknowledged messages, those of them that are gone, and of these the earliest."""

    acknowledged: int
    gone: int
    first_gone_s: float  # before the kill


def main() -> list[Judged]:
    """Print one line. It is known and not wanted: there is no goal."""
    dice = random.Random(34)
    kills = [_kill(dice) for _ in range(KILLS)]
    gone = [kill.gone for kill in kills]
    earliest = max(kill.first_gone_s for kill in kills)
    print(
        f"broker killed {KILLS} times with {WAITING:,} or more messages of {NODES} nodes waiting: "
        f"{sum(kill.acknowledged for kill in kills):,} acknowledged, {sum(gone):,} of them gone, in "
        f"{sum(count > 0 for count in gone)} kills, at most {max(gone)} in one, none acknowledged more than "
        f"{earliest * 1000:.0f} ms before it"
    )
    return []


class _Node:
    """Publishes number after number, and notes when each was acknowledged."""

    def __init__(self, number: int, port: int) -> None:
        self.acknowledged: dict[str, float] = {}
        self._name, self._count = number, 0
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, f"node-{number}")
        client.on_connect = lambda *_: self._next()
        client.on_publish = lambda *_: self._took()
        client.connect("127.0.0.1", port)
        client.loop_start()

    def _next(self) -> None:
        self._client.publish("t", self._body(), qos=1)

    def _took(self) -> None:
        self.acknowledged[self._body()] = time.monotonic()
        self._count += 1
        self._next()

    def _body(self) -> str:
        return f"{self._name}/{self._count}"

    def stop(self) -> None:
        self._client.loop_stop()


class _Gateway:
    """Has a session, and hears what waits in it when it is there."""

    def __init__(self, port: int) -> None:
        self.heard: set[str] = set()
        self.last_at = time.monotonic()
        self._there = threading.Event()
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, "gateway", clean_session=False)
        client.on_connect = lambda *_: client.subscribe("t", 1)
        client.on_subscribe = lambda *_: self._there.set()
        client.on_message = self._hear
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert self._there.wait(10)

    def _hear(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.add(message.payload.decode())
        self.last_at = time.monotonic()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _kill(dice: random.Random) -> Kill:
    with Broker() as broker:
        _Gateway(broker.port).leave()
        with broker.without_saving():  # it would take long over the first ones, of which all are saved in the end
            nodes = [_Node(number, broker.port) for number in range(NODES)]
            _wait(lambda: sum(len(node.acknowledged) for node in nodes) >= WAITING)
        time.sleep(dice.uniform(0.5, 1.5))
        killed_at = time.monotonic()
        broker.kill()
        for node in nodes:
            node.stop()
        broker.start()
        with broker.without_saving():
            gateway = _Gateway(broker.port)
            _wait(lambda: time.monotonic() - gateway.last_at > 2.0)
            gateway.leave()
    acknowledged = {body: at for node in nodes for body, at in node.acknowledged.items()}
    gone = [at for body, at in acknowledged.items() if body not in gateway.heard]
    return Kill(len(acknowledged), len(gone), max((killed_at - at for at in gone), default=0.0))


def _wait(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not reached():
        if time.monotonic() > until:
            raise SystemExit("the broker did not take or give the messages in time")
        time.sleep(0.01)
