"""What can go wrong between the product and its phone company, as a test orders it."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

Item = TypeVar("Item")


class Fault(Enum):
    """What happens to one request to the company's REST."""

    REFUSE = auto()  # answer with an error and do nothing
    ACCEPT_THEN_ERROR = auto()  # do it, and answer with an error all the same
    ACCEPT_THEN_HANG = auto()  # do it, and never answer
    ACCEPT_THEN_DROP = auto()  # do it, and reset the connection
    DROP = auto()  # reset the connection and do nothing


@dataclass(frozen=True)
class Trouble:
    fault: Fault
    status: int = 500
    code: int = 20500
    message: str = "An internal server error has occurred"
    only: str = ""  # "Messages", "Calls" or "lookups"; empty: the next thing that is ordered


class Troubles:
    """Faults ordered ahead; each is used up by the next request it fits."""

    def __init__(self) -> None:
        self._ahead: deque[Trouble] = deque()

    def order(self, trouble: Trouble, times: int = 1) -> None:
        self._ahead.extend([trouble] * times)

    def next_for(self, resource: str) -> Trouble | None:
        for trouble in self._ahead:
            if trouble.only == resource or (trouble.only == "" and resource != "lookups"):
                self._ahead.remove(trouble)
                return trouble
        return None


@dataclass
class CallbackManners:
    """How the company hands its status callbacks over."""

    twice: bool = False
    backwards: bool = False
    held: bool = False

    def arranged(self, callbacks: list[Item]) -> list[Item]:
        """The callbacks that go out now, in the order in which they do."""
        if self.held:
            return []
        order = callbacks[::-1] if self.backwards else list(callbacks)
        return [callback for callback in order for _ in range(2 if self.twice else 1)]
