"""The broker: messages come in unacknowledged, and are acknowledged only when somebody says they are safe.

paho's thread receives and hands over; it never waits. The session is persistent, so the broker keeps for us what nobody
acknowledged, and what comes while we are away.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gateway.config import BrokerConfig

KEEPALIVE_S = 30
LONGEST_RECONNECT_S = 10
MOST_IN_SUBSCRIBE = 500
MOST_UNSENT = 10_000  # to nodes; what is older than these is worthless to them
MOST_BYTES = 65_536  # of a body that is handed on; of a longer one only the beginning is worth keeping

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came at domain time `at`, and what is needed to acknowledge it."""

    topic: str
    body: bytes
    retained: bool
    at: float
    mid: int
    qos: int
    connection: int


@dataclass(frozen=True, slots=True)
class BrokerChanged:
    """The connection to the broker came or went; `problem` says why it does not come."""

    connected: bool
    problem: str = ""


class Link:
    """The connection to the broker, kept up by paho. `arrived` is called in paho's thread and must return at once."""

    def __init__(
        self,
        config: BrokerConfig,
        client_id: str,
        filters: tuple[str, ...],
        now: Callable[[], float],
        arrived: Callable[[Arrived | BrokerChanged], None],
        will: tuple[str, bytes] | None = None,
    ) -> None:
        """will: topic and retained body that the broker publishes when we are gone."""
        self._config = config
        self._needed = self._filters = filters
        self._asked_for_needed: int | None = None
        self._now = now
        self._arrived = arrived
        self._connection = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None  # paho's
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
        )
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.reconnect_delay_set(1, LONGEST_RECONNECT_S)
        client.max_queued_messages_set(MOST_UNSENT)
        if will is not None:
            client.will_set(*will, qos=1, retain=True)
        if config.user is not None:
            client.username_pw_set(config.user, config.password)
        if config.tls:
            client.tls_set_context(ssl.create_default_context(cafile=config.ca))

    def start(self) -> None:
        """Begin to connect, and go on trying for as long as it takes."""
        self._client.connect_async(self._config.host, self._config.port or 1883, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye after what is still to be sent; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_stop()

    def problem(self) -> str | None:
        """Why it does no more work; None while it does, with a connection or without."""
        died = self._thread is not None and not self._thread.is_alive()
        return "the thread of the connection to the broker has ended" if died else None

    def listen_to(self, filters: tuple[str, ...]) -> None:
        """Subscribe to these from now on. Those given at the beginning stay; of others a broker may refuse any."""
        if filters == self._filters:
            return
        before, self._filters = set(self._filters), filters
        if self._client.is_connected():
            self._subscribe([filter_ for filter_ in filters if filter_ not in before])
            gone = sorted(before.difference(filters))
            if gone:
                self._client.unsubscribe(gone)

    def _subscribe(self, filters: Sequence[str]) -> int | None:
        mid = None
        for start in range(0, len(filters), MOST_IN_SUBSCRIBE):
            _, mid = self._client.subscribe([(filter_, 1) for filter_ in filters[start : start + MOST_IN_SUBSCRIBE]])
        return mid

    def acknowledge(self, messages: Iterable[Arrived]) -> None:
        """Tell the broker that these are safe. One from an earlier connection is not ours to acknowledge any more:

        its number may now stand for another message, and the broker brings it again anyway.
        """
        with self._lock:
            for message in messages:
                if message.qos and message.connection == self._connection:
                    self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, body: bytes, qos: int = 1, *, retain: bool = False) -> None:
        """Send as soon as there is a connection (QoS 1), or now or never (QoS 0)."""
        if qos or self._client.is_connected():
            sent = self._client.publish(topic, body, qos, retain)
            if sent.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
                log.warning("not sent to %s: %s", topic, paho.error_string(sent.rc))

    def _on_pre_connect(self, _client: paho.Client, _data: Any) -> None:
        self._thread = threading.current_thread()

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._arrived(BrokerChanged(False, f"{reason}; check broker.user and broker.password"))
            return
        self._asked_for_needed = self._subscribe(self._needed)
        self._subscribe([filter_ for filter_ in self._filters if filter_ not in self._needed])

    def _on_subscribe(self, _client: paho.Client, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        """Only now nothing passes us by."""
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if mid != self._asked_for_needed:
            if refused:
                log.warning("the broker refuses %d topics that devices announced (%s)", len(refused), refused[0])
            return
        problem = f"it refuses what we subscribe to ({refused[0]}); check its access list" if refused else ""
        self._arrived(BrokerChanged(not refused, problem))

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        self._arrived(BrokerChanged(False, "cannot be reached; check that it runs, broker.host and broker.port"))

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._lock:
            self._connection += 1
        self._arrived(BrokerChanged(False, str(reason)))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\N{REPLACEMENT CHARACTER}"
        body = bytes(message.payload[: MOST_BYTES + 1])
        self._arrived(Arrived(topic, body, message.retain, self._now(), message.mid, message.qos, self._connection))
