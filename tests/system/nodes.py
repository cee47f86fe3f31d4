"""The nodes of an `Installation`, as far as the broker sees them: numbered events at QoS 1."""

import threading
import time
from types import TracebackType

import paho.mqtt.client as paho
from contract import topics
from contract.observations import Event
from paho.mqtt.enums import CallbackAPIVersion

from tests.system.household import button_node, motion_node
from tests.system.installation import wait_until

BOOT = "9f3c21aa"
Report = tuple[str, str, int]  # node, boot, seq


class Nodes:
    """Publishes for every node over one connection. `promised`: what the broker acknowledged, and so must not lose."""

    def __init__(self, port: int) -> None:
        self.promised: set[Report] = set()
        self._under_way: dict[int, Report] = {}
        self._early: set[int] = set()
        self._lock = threading.Lock()
        self._seq: dict[str, int] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="the-nodes", clean_session=False)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = lambda _client, _data, mid, _reason, _properties: self._acknowledged(mid)
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

    def wait_until_all_promised(self) -> None:
        wait_until(lambda: not self._under_way, what="the broker has acknowledged every event")

    def _publish(self, node: str, kind: str, value: object, at: float) -> None:
        seq = self._seq[node] = self._seq.get(node, 0) + 1
        event = Event(boot=BOOT, seq=seq, at=at, kind=kind, value=value)
        mid = self._client.publish(topics.event(node), event.encode(), qos=1).mid
        with self._lock:
            if mid in self._early:
                self._early.remove(mid)
                self.promised.add((node, BOOT, seq))
            else:
                self._under_way[mid] = (node, BOOT, seq)

    def _acknowledged(self, mid: int) -> None:
        with self._lock:
            report = self._under_way.pop(mid, None)
            if report is None:  # the acknowledgement was faster than the publisher
                self._early.add(mid)
            else:
                self.promised.add(report)
