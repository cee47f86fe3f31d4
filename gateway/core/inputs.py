"""Everything the gateway's core ever learns from outside, in the order of the journal.

All instants are Unix seconds, UTC, of domain time. `at` of an observation is a node's claim about when it sensed
something; the core's own time follows only `received_at` and the `at` of the other inputs, which are the gateway's.
"""

from typing import Any

import msgspec
from contract import reports

Value = str | bool | float | dict[str, Any]


class Observed(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """A node sensed something. kind and value are of the contract's KINDS.

    historical: kept back by the node, or retained by a broker; it is no news.
    boot, seq: the node's own numbering, for telling a repetition; an empty boot means that it has none.
    """

    at: float
    received_at: float
    node: str
    kind: str
    value: Value
    historical: bool = False
    boot: str = ""
    seq: int = 0


class NodeStatus(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """A node's birth, last will or availability: state is "online", "sleeping" or "offline".

    at: when the gateway received it. wake_by: when a sleeping node will have reported again.
    hearsay: not the node's own word of this moment, but what a broker kept, or what a bridge says of its devices.
    """

    at: float
    node: str
    state: str
    wake_by: float | None = None
    firmware: str = ""
    boot: str = ""
    hearsay: bool = False


class Flooded(msgspec.Struct, frozen=True, array_like=True, tag="f"):
    """A node began at `at` to send more than any sensor has to say, or has stopped. Meanwhile only some is taken."""

    at: float
    node: str
    on: bool


class Acked(msgspec.Struct, frozen=True, array_like=True, tag="a"):
    """What became of a command to a node; `at` is when the gateway received it."""

    at: float
    node: str
    id: str
    ok: bool
    detail: str = ""


class Told(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """A command from the backend, or from a technician's file, taken at `at`."""

    at: float
    command: reports.Command


class Restored(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """What was learned of `unit` by the gateway before this one, opened by the shell at `at`: see `learned.pack`."""

    at: float
    unit: str
    learned: bytes


class Ticked(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    """Time has come to `at`. Before the core's `next_deadline()` it changes nothing and need not be journalled."""

    at: float


Input = Observed | NodeStatus | Flooded | Acked | Told | Restored | Ticked

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Input] = msgspec.msgpack.Decoder(Input)


def encode(entry: Input) -> bytes:
    """One journal entry as bytes."""
    return _encoder.encode(entry)


def decode(body: bytes) -> Input:
    """The journal entry in `body`. Raises msgspec.ValidationError or msgspec.DecodeError when it is none."""
    return _decoder.decode(body)


def taken_at(entry: Input) -> float:
    """When the gateway took this input in: what moves the core's time."""
    return entry.received_at if isinstance(entry, Observed) else entry.at
