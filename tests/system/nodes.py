"""The nodes of an `Installation`, as far as the broker sees them: numbered events, kept until the gateway has them."""

import threading
import time
from types import TracebackType

import paho.mqtt.client as paho
from contract import topics
from contract.observations import Event, Receipt
from paho.mqtt.enums import CallbackAPIVersion

from tests.system.household import button_node, motion_node
from tests.system.installation import wait_until

BOOT = "9f3c21aa"
TELLS_AGAIN_S = 5.0
Report = tuple[str, str, int]  # node, boot, seq


class Nodes:
    """Publishes for every node over one connection. `promised`: what they noticed, of which nothing may be lost."""

    def __init__(self, port: int) -> None:
        self.promised: set[Report] = set()
        self._unconfirmed: dict[Report, bytes] = {}
        self._lock = threading.Lock()
        self._seq: dict[str, int] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="the-nodes", clean_session=False)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{topics.ROOT}/+/receipt", 0)
        self._client.on_message = lambda _client, _data, message: self._confirmed(message.topic, message.payload)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def __enter__(self) -> "Nodes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def move(self, unit: str) -> None:
        """Somebody moves in the unit's room."""
        now = time.time()
        self._publish(motion_node(unit), "motion", {"count": 1, "last_at": now}, now)

    def press(self, unit: str) -> None:
        """Somebody presses the unit's button."""
        self._publish(button_node(unit), "emergency", "pressed", time.time())

    def wait_until_all_confirmed(self) -> None:
        """Tell what has no receipt again and again: a broker may forget what it acknowledged in the instant it dies."""
        told_at = time.monotonic()

        def is_all_confirmed() -> bool:
            nonlocal told_at
            if self._unconfirmed and time.monotonic() - told_at > TELLS_AGAIN_S:
                told_at = time.monotonic()
                self._tell_again()
            return not self._unconfirmed

        wait_until(
            is_all_confirmed, what="the gateway has confirmed every event", so_far=lambda: len(self._unconfirmed)
        )

    def _publish(self, node: str, kind: str, value: object, at: float) -> None:
        seq = self._seq[node] = self._seq.get(node, 0) + 1
        event = Event(boot=BOOT, seq=seq, at=at, kind=kind, value=value).encode()
        with self._lock:
            self.promised.add((node, BOOT, seq))
            self._unconfirmed[node, BOOT, seq] = event
        self._client.publish(topics.event(node), event, qos=1)

    def _tell_again(self) -> None:
        with self._lock:
            unconfirmed = list(self._unconfirmed.items())
        for (node, _boot, _seq), event in unconfirmed:
            self._client.publish(topics.event(node), event, qos=1)

    def _confirmed(self, topic: str, body: bytes) -> None:
        """A receipt has come: whatever it says, the gateway has journalled that event."""
        receipt, (node, _leaf) = Receipt.decode(body), topics.split(topic) or ("", "")
        with self._lock:
            self._unconfirmed.pop((node, receipt.boot, receipt.seq), None)
