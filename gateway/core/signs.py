"""Signs of life, as the watch takes them: one believed edge or retrigger each, whatever made it."""

from dataclasses import dataclass

ENTRANCE = "entrance"
LEFT = "exit"
"""The place of a silence that begins with the closing of the entrance door."""


@dataclass(frozen=True, slots=True, order=True)
class Sign:
    """One believed sign of life, dated when it was sensed.

    The order of the fields makes signs sort by time, and two signs of the same instant the same way everywhere.
    """

    at: float
    """Unix time in seconds."""
    room: str
    kind: str
    """"motion", "door", "presence", "power", "water" or "press"."""
    value: str = ""
    """"open" or "closed" for doors."""
    node: str = ""

    @property
    def is_exit_door(self) -> bool:
        """Whether it comes from the door one leaves the flat by."""
        return self.kind == "door" and self.room == ENTRANCE

    @property
    def place(self) -> str:
        """Where a silence begins that begins with this sign: a room, or `LEFT`."""
        return LEFT if self.is_exit_door and self.value == "closed" else self.room
