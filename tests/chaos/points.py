"""The named fail points: the boundaries at which a process can die with something half done."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Role = Literal["web", "worker"]


@dataclass(frozen=True)
class Point:
    """`function` of `module` (a class's as "Class.method"); the process dies before it, or after it gave something.

    `passes`: how often at most a process may pass it before it dies there. `gives`: whether the function says by what
    it returns whether it did anything; where it did nothing, no boundary was passed.
    """

    role: Role
    module: str
    function: str
    when: Literal["before", "after"]
    passes: int = 6
    gives: bool = True


_SENDING, _COMMIT = "backend.services.sending", ("backend.adapters.store.session", "StoreSession.commit")

_ESCALATION = "backend.services.escalation"

POINTS: Mapping[str, Point] = MappingProxyType(
    {
        "rows taken": Point("worker", _SENDING, "take", "after"),
        "provider written down": Point("worker", _SENDING, "prepare", "after"),
        "about to hand over": Point("worker", _SENDING, "send", "before"),
        "handed over": Point("worker", _SENDING, "send", "after"),
        "result about to be written": Point("worker", _SENDING, "record", "before"),
        "result written": Point("worker", _SENDING, "record", "after"),
        # A doubt is rare, since it takes a death to leave one: the first is as good as any.
        "dropped rows taken": Point("worker", _SENDING, "take_dropped", "after", passes=0),
        "provider asked": Point("worker", "backend.services.doubts", "ask", "after", passes=0),
        "doubt settled": Point("worker", _SENDING, "settle", "after", passes=0, gives=False),
        "timer deleted, not committed": Point("worker", "backend.services.timers", "take", "after"),
        "timer acted on, not committed": Point("worker", _ESCALATION, "fall_due", "after", gives=False),
        "resident to be called, not committed": Point("worker", _ESCALATION, "_ask", "after", passes=2, gives=False),
        "opened unanswered, not committed": Point(
            "worker", _ESCALATION, "_open_unanswered", "after", passes=1, gives=False
        ),
        "claim forgotten, not committed": Point("worker", "backend.services.alerts", "forgotten", "after", passes=1),
        "worker about to commit": Point("worker", *_COMMIT, "before"),
        "worker has committed": Point("worker", *_COMMIT, "after", gives=False),
        "report applied, not committed": Point("web", "backend.services.reports", "apply", "after"),
        "key taken, not committed": Point("web", "backend.services.outbox", "answered", "after"),
        "claimed, not committed": Point("web", "backend.services.alerts", "claim", "after"),
        "resident's answer taken, not committed": Point(
            "web", "backend.services.alerts", "answered", "after", passes=1
        ),
        "web about to commit": Point("web", *_COMMIT, "before"),
        "web has committed": Point("web", *_COMMIT, "after", gives=False),
    }
)
