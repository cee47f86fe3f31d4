"""Run a town against a broker: the one place of the simulator that reads a clock and holds a connection."""

import logging
import secrets
import threading
import time

import paho.mqtt.client as mqtt
from contract import topics
from contract.clock import SharedClock
from contract.observations import ContractError
from paho.mqtt.enums import CallbackAPIVersion

from gateway.simulator.bench import open_bench
from gateway.simulator.control import Control
from gateway.simulator.plan import Plan
from gateway.simulator.town import Town

_LONGEST_SLEEP_S = 0.1  # the clock may be moved ahead at any moment
_PRESS_EVERY_S = 2.0

log = logging.getLogger(__name__)


def run(plan: Plan) -> None:
    """Play `plan` until the process is told to end. Raises OSError when the control port is taken."""
    clock = SharedClock(plan.clock_file)
    lock = threading.Lock()
    client = _client()
    town = Town(plan, lambda topic, body: _publish(client, topic, body), secrets.token_hex(4), open_bench)

    def connected(client: mqtt.Client, *rest: object) -> None:
        client.subscribe([(topic, 1) for node in town.nodes for topic in (topics.receipt(node), topics.command(node))])
        with lock:
            town.start()

    def heard(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        try:
            with lock:
                town.heard(message.topic, bytes(message.payload), clock.now())
        except ContractError as error:
            log.warning("%s: %s", message.topic, error)

    client.on_connect = connected
    client.on_message = heard
    client.connect_async("127.0.0.1", plan.broker_port)
    client.loop_start()
    Control(plan.control_port, town, clock.now, lock).start()
    _play(town, clock, lock)


def _client() -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="town", clean_session=False)
    client.max_inflight_messages_set(200)
    client.reconnect_delay_set(min_delay=1, max_delay=2)
    return client


def _publish(client: mqtt.Client, topic: str, body: bytes) -> None:
    client.publish(topic, body, qos=1, retain=topic.endswith("/status"))


def _play(town: Town, clock: SharedClock, lock: threading.Lock) -> None:
    pressed_again = time.monotonic()
    while True:
        now = clock.now()
        with lock:
            town.advance(now)
            if time.monotonic() - pressed_again >= _PRESS_EVERY_S:
                pressed_again = time.monotonic()
                town.repeat_presses()
            due = town.next_due()
        wait = _LONGEST_SLEEP_S if due is None else (due - clock.now()) / max(clock.rate(), 1e-9)
        time.sleep(min(_LONGEST_SLEEP_S, max(0.005, wait)))
