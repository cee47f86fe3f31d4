"""Telling the nodes what time it is: on connect, every minute, and whenever domain time changes its pace."""

from collections.abc import Callable

from contract import topics
from contract.clock import Clock
from contract.observations import ContractError, TimeSignal

EVERY_S = 60.0  # real time
JUMP_S = 1.0  # real time


class NodeTime:
    """Publishes `time` to the nodes heard. real_now: monotonic seconds."""

    def __init__(self, clock: Clock, real_now: Callable[[], float], publish: Callable[[str, bytes, int], None]) -> None:
        self._clock = clock
        self._real_now = real_now
        self._publish = publish
        self._nodes: set[str] = set()
        self._told = (0.0, 0.0, 0.0)  # real time, domain time, rate

    def connected(self, node: str) -> None:
        """The node has said that it is there."""
        self._nodes.add(node)
        self._tell([node])

    def gone(self, node: str) -> None:
        self._nodes.discard(node)

    def due(self) -> None:
        """Tell every node, if it is time."""
        real, domain, rate = self._real_now(), self._clock.now(), self._clock.rate()
        told_real, told_domain, told_rate = self._told
        expected = told_domain + (real - told_real) * told_rate
        moved = rate != told_rate or abs(domain - expected) > JUMP_S * max(1.0, rate)
        if moved or real - told_real >= EVERY_S:
            self._told = (real, domain, rate)
            self._tell(sorted(self._nodes))

    def _tell(self, nodes: list[str]) -> None:
        try:
            body = TimeSignal(round(self._clock.now() * 1000), self._clock.rate()).encode()
        except ContractError:
            return  # a clock outside this century: no node is helped by it
        for node in nodes:
            self._publish(topics.time(node), body, 0)
