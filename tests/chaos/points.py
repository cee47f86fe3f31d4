"""The named fail points: the boundaries at which a process can die with something half done."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Role = Literal["web", "worker"]


@dataclass(frozen=True)
class Point:
    """`function` of `module` (a class's as "Class.method"); the process dies before it, or after it gave something.

    `passes`: how often at most a process may pass it before it dies there.
    """

    role: Role
    module: str
    function: str
    when: Literal["before", "after"]
    passes: int = 6


_SENDING, _COMMIT = "backend.services.sending", ("backend.adapters.store.session", "StoreSession.commit")

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
        "doubt settled": Point("worker", _SENDING, "settle", "after", passes=0),
        "timer deleted, not committed": Point("worker", "backend.services.timers", "take", "after"),
        "timer acted on, not committed": Point("worker", "backend.services.escalation", "fall_due", "after"),
        "worker about to commit": Point("worker", *_COMMIT, "before"),
        "worker has committed": Point("worker", *_COMMIT, "after"),
        "report applied, not committed": Point("web", "backend.services.reports", "apply", "after"),
        "key taken, not committed": Point("web", "backend.services.outbox", "answered", "after"),
        "claimed, not committed": Point("web", "backend.services.alerts", "claim", "after"),
        "web about to commit": Point("web", *_COMMIT, "before"),
        "web has committed": Point("web", *_COMMIT, "after"),
    }
)
