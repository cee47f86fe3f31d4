"""Which node hangs where, and since when: dated, so that a node can be moved and its late reports still belong."""

from collections.abc import Iterable, Iterator

from contract.reports import NodePlace

from gateway.core.agenda import FOREVER


class Whereabouts:
    """The places of a configuration; of one node they do not overlap in time."""

    def __init__(self, places: Iterable[NodePlace] = ()) -> None:
        self._by_node: dict[str, list[NodePlace]] = {}
        for place in places:
            self._by_node.setdefault(place.node, []).append(place)

    def __contains__(self, node: str) -> bool:
        return node in self._by_node

    def __iter__(self) -> Iterator[str]:
        """The nodes that hang somewhere at any time."""
        return iter(self._by_node)

    def of(self, node: str, at: float) -> NodePlace | None:
        """Where a node hung, or will hang, at this instant; None where nobody has said."""
        for place in self._by_node.get(node, ()):
            if place.since <= at and (place.until is None or at < place.until):
                return place
        return None

    def at(self, now: float) -> list[NodePlace]:
        """Every place where a node hangs now."""
        found = (self.of(node, now) for node in self._by_node)
        return [place for place in found if place is not None]

    def next_move(self, now: float) -> float:
        """When the next node comes or leaves; FOREVER when none does."""
        places = [place for places in self._by_node.values() for place in places]
        instants = [place.since for place in places] + [place.until for place in places if place.until is not None]
        return min((instant for instant in instants if instant > now), default=FOREVER)
