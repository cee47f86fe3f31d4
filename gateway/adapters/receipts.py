"""Telling a node that a report of its is on the disk: until then it keeps the report, whatever a broker has said."""

from collections.abc import Callable

from contract import topics
from contract.observations import Receipt

from gateway.core.emergency import calls_for_help
from gateway.core.inputs import Observed


class Receipts:
    """What is owed to nodes until the next commit. Calls for help are the core's to confirm, with all their stages.

    At QoS 0: one that is lost costs a repetition, and a broker has nothing to save.
    """

    def __init__(self, publish: Callable[[str, bytes, int], None]) -> None:
        self._publish = publish
        self._owed: list[Observed] = []

    def owe(self, seen: Observed) -> None:
        """A report that is about to be committed, or was before; only our own nodes number theirs."""
        if seen.boot and calls_for_help(seen) is None:
            self._owed.append(seen)

    @property
    def are_owed(self) -> bool:
        return bool(self._owed)

    def settle(self) -> None:
        """All of them are on the disk."""
        for seen in self._owed:
            self._publish(topics.receipt(seen.node), Receipt(seen.boot, seen.seq, "journalled").encode(), 0)
        self._owed.clear()
