"""When each unit wants to be woken, and which is first: a heap with one entry for a unit.

A unit's instant moves later with nearly every message of its nodes. So an entry that has become too early stays, and is
put right when it has come to the top.
"""

import heapq

FOREVER = float("inf")


class Agenda:
    """Instants by the names of units; a unit that wants nothing has None."""

    def __init__(self) -> None:
        self._dues: dict[str, float | None] = {}
        self._queue: list[tuple[float, str]] = []
        self._queued: dict[str, float] = {}

    def put(self, name: str, due: float | None) -> None:
        """From now on this unit is due then."""
        self._dues[name] = due
        self._enqueue(name)

    def first_due(self) -> float:
        """When the first unit is due; FOREVER when none is."""
        while self._queue:
            at, name = self._queue[0]
            if self._queued.get(name) == at:
                if self._dues[name] == at:
                    return at
                del self._queued[name]
            heapq.heappop(self._queue)
            self._enqueue(name)
        return FOREVER

    def first(self) -> str:
        """The unit that `first_due` has just told of."""
        return self._queue[0][1]

    def _enqueue(self, name: str) -> None:
        due, queued = self._dues[name], self._queued.get(name)
        if due is not None and (queued is None or due < queued):
            self._queued[name] = due
            heapq.heappush(self._queue, (due, name))
