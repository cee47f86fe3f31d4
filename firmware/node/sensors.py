"""The inputs a node is fitted with: levels of pins in, edges that have settled out. Pure; real milliseconds."""

from node.core import Debounce

# How long a contact must hold before it is believed; true means moving, open, or pressed.
SETTLE_MS = {"motion": 20, "door": 50, "emergency": 30, "fine": 30}


class Sensors:
    """The inputs named in the configuration."""

    def __init__(self, names: "list[str]") -> None:
        self._inputs = {name: Debounce(SETTLE_MS[name]) for name in names}

    def change(self, name: str, level: bool, now: int) -> None:
        """A pin reads `level`. A name that is not fitted is left alone."""
        if name in self._inputs:
            self._inputs[name].change(level, now)

    def settled(self, now: int) -> "list[tuple[str, bool]]":
        """(name, level) of each input that has just changed for good."""
        return [(name, contact.level) for name, contact in self._inputs.items() if contact.settled(now)]

    def next_deadline(self) -> "int | None":
        deadlines = [contact.next_deadline() for contact in self._inputs.values()]
        known = [deadline for deadline in deadlines if deadline is not None]
        return min(known) if known else None
