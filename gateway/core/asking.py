"""The life of an alert as the gateway sees it: one table, and the record that moves through it.

Before a worker is called out for a silence, the person is asked: by the node (light and sound, until `ask_until`),
then by the backend's call (until `open_at`). A step that does not exist takes no time. What happens after a claim is
the worker's.
"""

from typing import Literal

import msgspec
from contract.reports import AlertKind, Building, Stage

Phase = Literal["asking", "open", "claimed", "over"]
Happening = Literal[
    "sign",  # a believed sign of life, or that it runs no more
    "fine",  # the resident said so: by key, or on the telephone
    "time",  # open_at has come
    "urgent",  # nobody waits for an answer: it is too hot, a stay in the bathroom, or nobody is there to ask
    "claim",  # a worker took it
    "restored",  # what was lost is back, what leaked is dry
    "closed",  # the backend closed it
]

ASKED: dict[tuple[Phase, Happening], tuple[Phase, Stage | None]] = {
    ("asking", "sign"): ("over", "resumed"),
    ("asking", "fine"): ("over", "answered"),
    ("asking", "time"): ("open", "open"),
    ("asking", "urgent"): ("open", "open"),
    ("asking", "claim"): ("claimed", None),
    ("asking", "closed"): ("over", None),
    ("open", "sign"): ("over", "resumed"),
    ("open", "fine"): ("over", "answered"),
    ("open", "claim"): ("claimed", None),
    ("open", "closed"): ("over", None),
    ("claimed", "closed"): ("over", None),
}
"""About the resident, who is asked: a claimed one no longer ends by itself, a sign is only shown."""

PRESSED: dict[tuple[Phase, Happening], tuple[Phase, Stage | None]] = {
    ("open", "claim"): ("claimed", None),
    ("open", "closed"): ("over", None),
    ("claimed", "closed"): ("over", None),
}
"""Emergency and smoke: only a person ends it."""

LASTING: dict[tuple[Phase, Happening], tuple[Phase, Stage | None]] = {
    ("open", "claim"): ("claimed", None),
    ("open", "restored"): ("over", "resumed"),
    ("open", "closed"): ("over", None),
    ("claimed", "restored"): ("over", "resumed"),
    ("claimed", "closed"): ("over", None),
}
"""A state of things (a lost node, a leak, an empty battery): over when the state is."""

TABLES = {
    "inactivity": ASKED,
    "bathroom": ASKED,
    "night_out": ASKED,
    "water_running": ASKED,
    "no_water": ASKED,
    "emergency": PRESSED,
    "smoke": PRESSED,
}


class Press(msgspec.Struct):
    """A node's last press in an alert: where its receipts go."""

    node: str
    boot: str
    seq: int


class Case(msgspec.Struct):
    """One alert, from its beginning until the backend closed it."""

    alert: str
    kind: AlertKind
    phase: Phase
    since: float
    place: str = ""
    node: str = ""  # the node it is about, where it is about one
    ask_until: float | None = None
    open_at: float | None = None
    presses: int = 0
    pressed: list[Press] = []
    receipt: str = "journalled"  # how far it has come, as the nodes were last told
    asked: list[str] = []  # the nodes that ask
    alive: bool = False  # claimed, and a sign of life came since


def step(case: Case, happening: Happening) -> Stage | None:
    """Move the case on; the stage to report, or None where nothing changes for the backend."""
    found = TABLES.get(case.kind, LASTING).get((case.phase, happening))
    if found is None:
        return None
    case.phase, stage = found
    return stage


def times(building: Building, can_ask: bool, now: float) -> tuple[float, float]:
    """(ask_until, open_at) of a question that begins now; without a node to ask, the call begins at once."""
    call_s = max(0.0, building.ask_total_s - building.ask_node_s)
    ask_until = now + building.ask_node_s if can_ask else now
    return ask_until, ask_until + call_s
