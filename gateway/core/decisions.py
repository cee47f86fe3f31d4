"""What the core wants done. The shell does it after the commit that holds the input which decided it."""

from typing import Any, Literal

import msgspec
from contract import observations, reports

Lane = Literal["alert", "routine"]


class Send(msgspec.Struct, frozen=True, tag="send"):
    """A report for the backend: an outbox row in the transaction of the input. Lane "alert" goes first."""

    report: reports.Report
    lane: Lane


class Account(msgspec.Struct, frozen=True, tag="account"):
    """It is time to tell what has been learned of `unit`, once a day: what each position of the dial costs, and its
    backup (`learned.pack`), which the shell seals and which comes
    back as the input `Restored`.

    To reckon it takes as long as a thousand messages and changes nothing, so the shell asks the core for it. Who only
    folds a journal or plays a recording does not.
    """

    unit: str


class TellNode(msgspec.Struct, frozen=True, tag="tell"):
    """Something to publish to a node. body: the arguments of the contract's Receipt or Command."""

    node: str
    kind: Literal["receipt", "command"]
    body: dict[str, Any]

    def encode(self) -> bytes:
        """The message as bytes for the node's receipt or command topic. Raises ContractError."""
        message = observations.Receipt if self.kind == "receipt" else observations.Command
        return message(**self.body).encode()


Decision = Send | Account | TellNode
