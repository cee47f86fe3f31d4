"""Our own nodes, in the contract's words."""

from contract import shapes, topics
from contract.observations import Ack, ContractError, Event, Status

from gateway.core.emergency import CALLS
from gateway.core.inputs import Acked, NodeStatus, Observed
from gateway.sources.reading import Reading, Unreadable

_CALLS = tuple(f'"{kind}"'.encode() for kind in CALLS)


class Native:
    """`tomoshibi/v1/<node>/event`, `status` and `ack`."""

    filters = tuple(f"{topics.ROOT}/+/{leaf}" for leaf in topics.FROM_NODE)

    def read(self, topic: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
        found = topics.split(topic)
        if found is None:
            raise Unreadable("topic", "no node may bear this name")
        node, leaf = found
        if retained and not body:
            return []
        try:
            if leaf == "event":
                return [_observed(node, body, received_at, retained)]
            if leaf == "status":
                return [_status(node, body, received_at, retained)]
            ack = Ack.decode(body)
            return [Acked(received_at, node, ack.id, ack.ok, ack.detail or "")]
        except ContractError as error:
            raise Unreadable(error.code, str(error), _press(node, body, received_at, retained)) from None

    def may_call(self, topic: str, body: bytes) -> bool:
        return any(word in body for word in _CALLS)


def _observed(node: str, body: bytes, received_at: float, retained: bool) -> Observed:
    event = Event.decode(body)
    return Observed(
        event.sensed_at(received_at),
        received_at,
        node,
        event.kind,
        event.value,
        event.historical or retained,
        event.boot,
        event.seq,
    )


def _status(node: str, body: bytes, received_at: float, retained: bool) -> NodeStatus:
    status = Status.decode(body)
    return NodeStatus(received_at, node, status.state, status.wake_by, status.firmware, status.boot, retained)


def _press(node: str, body: bytes, received_at: float, retained: bool) -> list[Reading]:
    """A call for help whose date alone is wrong, dated when it came: a press that nobody can date is still a press."""
    try:
        message = shapes.load(body)
        kind = message.get("kind")
        if kind not in CALLS:
            return []
        event = Event(message.get("boot"), message.get("seq"), kind, message.get("value"), age_ms=0)
    except ContractError:
        return []
    return [Observed(received_at, received_at, node, event.kind, event.value, retained, event.boot, event.seq)]
