"""What the core wants done. The shell does it after the commit that holds the input which decided it."""

from typing import Any, Literal

import msgspec
from contract import observations, reports

Lane = Literal["alert", "routine"]


class Send(msgspec.Struct, frozen=True, tag="send"):
    """A report for the backend: an outbox row in the transaction of the input. Lane "alert" goes first."""

    report: reports.Report
    lane: Lane


class Backup(msgspec.Struct, frozen=True, tag="backup"):
    """What the watch of `unit` has learned, in the clear: the shell seals it and sends a `RhythmBackup`.

    It comes back as the input `Restored`.
    """

    unit: str
    learned: bytes


class TellNode(msgspec.Struct, frozen=True, tag="tell"):
    """Something to publish to a node. body: the arguments of the contract's Receipt or Command."""

    node: str
    kind: Literal["receipt", "command"]
    body: dict[str, Any]

    def encode(self) -> bytes:
        """The message as bytes for the node's receipt or command topic. Raises ContractError."""
        message = observations.Receipt if self.kind == "receipt" else observations.Command
        return message(**self.body).encode()


Decision = Send | Backup | TellNode
