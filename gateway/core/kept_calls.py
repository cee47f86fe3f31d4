"""Calls for help by nodes that hang nowhere yet: nobody knows whom to help, and not every button repeats its press."""

from collections.abc import Callable, Iterable, Iterator

from contract.reports import AlertKind, NodePlace

from gateway.core import emergency
from gateway.core.inputs import Observed

MOST_CALLS = 100


class KeptCalls:
    """The latest call of each node and kind; beyond 100 the one kept longest ago is forgotten."""

    def __init__(self, calls: Iterable[Observed] = ()) -> None:
        self._calls = {(seen.node, seen.kind): seen for seen in calls}

    def __iter__(self) -> Iterator[Observed]:
        return iter(self._calls.values())

    def keep(self, seen: Observed) -> None:
        """Keep a call until somebody says where its node hangs."""
        name = (seen.node, seen.kind)
        known = self._calls.pop(name, seen)
        self._calls[name] = max(known, seen, key=lambda call: call.at)
        if len(self._calls) > MOST_CALLS:
            del self._calls[next(iter(self._calls))]

    def take_placed(
        self, place_of: Callable[[str, float], NodePlace | None]
    ) -> list[tuple[AlertKind, Observed, NodePlace]]:
        """Those of nodes that are now known to have hung somewhere when they called; they are kept no longer."""
        found = []
        for name, seen in list(self._calls.items()):
            place, kind = place_of(seen.node, seen.at), emergency.calls_for_help(seen)
            if place is not None and kind is not None:
                del self._calls[name]
                found.append((kind, seen, place))
        return found
