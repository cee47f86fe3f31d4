"""What every source is: a reader of strangers' bytes."""

from collections.abc import Sequence
from typing import Protocol

from gateway.core.inputs import Acked, NodeStatus, Observed

Reading = Observed | NodeStatus | Acked


class Unreadable(Exception):  # noqa: N818  # it is the message that fails, not we
    """A message that is not what its topic promises.

    reason: one of a few words, to count by: "topic", "size", "json", "type", "range", "version", "kind".
    rest: what could be read of it all the same; a press is not lost because a thermometer beside it is broken.
    """

    def __init__(self, reason: str, detail: str, rest: Sequence[Reading] = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.rest = list(rest)


class Source(Protocol):
    """One maker's way to say things over MQTT."""

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        """What a message says; an empty list when it says nothing to us. Raises Unreadable.

        received_at: Unix seconds of domain time. retained: the broker kept it, so that nobody knows how old it is.
        """

    def may_call(self, topic: str, body: bytes) -> bool:
        """Whether this may be a call for help, guessed without reading it; such a message is never given up for room.

        Called from any thread.
        """
