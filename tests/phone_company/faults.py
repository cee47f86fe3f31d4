"""What can go wrong between the product and its phone company, as a test orders it."""

import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from werkzeug.wrappers import Response

Item = TypeVar("Item")


class Fault(Enum):
    """What happens to one request to the company's REST."""

    ACCEPT_SLOWLY = auto()  # do it after a while, and answer that it is done
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
    after_s: float = 0.0  # how slow ACCEPT_SLOWLY is


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


def answer_with(
    trouble: Trouble | None,
    accept: Callable[[], Response],
    problem: Callable[[Trouble], Response],
    closing: threading.Event,
) -> Response | None:
    """What a request is answered with, having let happen what happens; None: its connection breaks."""
    if trouble is None:
        return accept()
    if trouble.fault is Fault.DROP:
        return None
    if trouble.fault is Fault.REFUSE:
        return problem(trouble)
    if trouble.fault is Fault.ACCEPT_SLOWLY:
        closing.wait(trouble.after_s)
        return accept()
    accept()
    if trouble.fault is Fault.ACCEPT_THEN_HANG:
        closing.wait()
    return problem(trouble) if trouble.fault is Fault.ACCEPT_THEN_ERROR else None


@dataclass
class CallbackManners:
    """How the company hands its status callbacks over.

    With `dice` each comes once to three times, in any order, and some later than what happened after it.
    """

    twice: bool = False
    backwards: bool = False
    held: bool = False
    dice: random.Random | None = None

    @property
    def copies(self) -> int:
        """How often the next callback is handed over."""
        return self.dice.randint(1, 3) if self.dice else 2 if self.twice else 1

    def dealt(self, owed: list[Item]) -> tuple[list[Item], list[Item]]:
        """Which of the callbacks go out now, in the order in which they do, and which stay behind."""
        if self.held:
            return [], owed
        if self.dice and owed:
            mixed = self.dice.sample(owed, len(owed))
            most = self.dice.randint(1, len(mixed))
            return mixed[:most], mixed[most:]
        return (owed[::-1] if self.backwards else owed), []
