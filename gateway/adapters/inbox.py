"""What came from the broker's and the backend's threads and waits for the loop, in the order in which it came."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.adapters.mqtt import Arrived

MOST_BYTES = 32 * 1024 * 1024  # of what the broker does not keep for us; an hour of a hundred talkative sensors
_OVERHEAD_BYTES = 500  # of a message beside its body and topic, in this process

Other = TypeVar("Other")


class Inbox(Generic[Other]):
    """A queue without bound, except for routine messages at QoS 0: of those the oldest go when too much waits.

    The broker itself holds back what it may not send us unacknowledged, but not these, and a loop that waits for room
    on its disk may wait for days. `put` never waits, and may be called by a signal handler for all but messages.

    may_call: whether a message on a topic may be a call for help, which is never given up.
    """

    def __init__(self, may_call: Callable[[str, bytes], bool]) -> None:
        self._may_call = may_call
        self._order: queue.SimpleQueue[Arrived | Other | None] = queue.SimpleQueue()  # None: the next of `_loose`
        self._loose: deque[Arrived] = deque()
        self._loose_bytes = 0
        self._gone = 0  # of the first places in `_order`, those whose message was dropped
        self._dropped = 0
        self._lock = threading.Lock()

    def put(self, event: Arrived | Other) -> None:
        if isinstance(event, Arrived) and not event.qos and not self._may_call(event.topic, event.body):
            self._put_loose(event)
        else:
            self._order.put(event)

    def get(self, timeout: float | None = None) -> Arrived | Other:
        """The oldest, waited for at most `timeout` real seconds (None: not at all). Raises queue.Empty."""
        while True:
            event = self._order.get(block=timeout is not None, timeout=timeout)
            if event is not None:
                return event
            with self._lock:
                if not self._gone:
                    loose = self._loose.popleft()
                    self._loose_bytes -= _size(loose)
                    return loose
                self._gone -= 1  # something newer was put for each that went, so that the next one is there

    def empty(self) -> bool:
        return self._order.empty()

    def dropped(self) -> int:
        """How many messages went since this was last asked."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped

    def _put_loose(self, message: Arrived) -> None:
        with self._lock:
            self._loose.append(message)
            self._loose_bytes += _size(message)
            self._order.put(None)
            while self._loose_bytes > MOST_BYTES:
                self._loose_bytes -= _size(self._loose.popleft())
                self._gone += 1
                self._dropped += 1


def _size(message: Arrived) -> int:
    return len(message.body) + len(message.topic) + _OVERHEAD_BYTES
