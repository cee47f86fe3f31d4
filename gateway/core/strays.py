"""Nodes that hang nowhere: those that are heard, and those that were taken out of the configuration.

What was heard of a node's numbering outlasts its leaving, so that an old press is no new one when it comes back.
"""

from gateway.core.kept_calls import KeptCalls
from gateway.core.numbering import Ranges
from gateway.core.supervision import NodeState
from gateway.core.whereabouts import Whereabouts

MOST_HEARD = 100
MOST_LEFT = 1000


class Strays:
    """heard: when each was last heard, the latest last; kinds: what it was heard to report.

    left: what was seen of those that left, by boot.
    """

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self.kinds: dict[str, list[str]] = {}
        self.left: dict[str, dict[str, Ranges]] = {}
        self.calls = KeptCalls()

    def hear(self, node: str, now: float, kind: str = "") -> None:
        """Shown until it is given a place; beyond 100 the one heard longest ago is forgotten."""
        self.heard.pop(node, None)
        self.heard[node] = now
        known = self.kinds.setdefault(node, [])
        if kind and kind not in known:
            known.append(kind)
        if len(self.heard) > MOST_HEARD:
            self._forget(next(iter(self.heard)))

    def _forget(self, node: str) -> None:
        self.heard.pop(node, None)
        self.kinds.pop(node, None)

    def take_home(self, known: dict[str, NodeState], where: Whereabouts) -> dict[str, NodeState]:
        """The states of the nodes that hang somewhere from now on; those of `known` that do not are strays."""
        for node in where:
            self._forget(node)
        self.left.update({node: state.seen for node, state in known.items() if node not in where})
        states = {node: known.get(node) or NodeState(seen=self.left.pop(node, {})) for node in where}
        for node in list(self.left)[: max(0, len(self.left) - MOST_LEFT)]:
            del self.left[node]
        return states
