"""Asking the resident about an alert: by the nodes in the flat, and through the backend by telephone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from contract.reports import AlertKind, Words

from gateway.core import asking, showing
from gateway.core.asking import Case, Happening
from gateway.core.decisions import TellNode

if TYPE_CHECKING:
    from gateway.core.unit import Unit


def begin(unit: Unit, kind: AlertKind, since: float, reason: Words, now: float, place: str = "") -> Case:
    """A new alert of `kind`, its own cause, about which the resident is asked from now on."""
    case = unit.cases.begin(kind, kind, since, now, place=place)
    building = unit.house.building
    nodes = _askable(unit, now) if building.ask_node_s else []
    case.ask_until, case.open_at = asking.times(building, bool(nodes), now)
    if case.open_at > now:
        case.phase = "asking"
    unit.cases.report(case, "asking" if case.phase == "asking" else "open", reason, now)
    case.asked = nodes
    _tell(unit, case, building.ask_node_s)
    return case


def running(unit: Unit, kind: AlertKind) -> Case | None:
    """The alert of `kind` that goes on; a claimed one after which life was seen is a thing of the past."""
    case = unit.cases.of(kind)
    return None if case is None or case.alive else case


def end(unit: Unit, case: Case, happening: Happening, now: float, reason: Words) -> None:
    """What it was about is over; after a claim that is only shown, for the worker on the way decides what it means."""
    if case.phase == "claimed":
        case.alive = True
        showing.show(unit, now)
        return
    move(unit, case, happening, now, reason)


def move(unit: Unit, case: Case, happening: Happening, now: float, reason: Words) -> None:
    """Let something happen to the case; the nodes stop asking when it is no longer a question."""
    was_asking = is_asking(case, now)
    unit.cases.move(case, happening, now, reason)
    if was_asking and case.phase == "over":
        stop(unit, case)


def ask_from(unit: Unit, kind: AlertKind, now: float) -> None:
    """The gateway's clock was set back: what was to come within minutes must not wait for years."""
    case = running(unit, kind)
    if case is not None and case.phase == "asking":
        case.ask_until, case.open_at = asking.times(unit.house.building, bool(case.asked), now)


def is_asking(case: Case, now: float) -> bool:
    """Whether nodes ask about it."""
    return bool(case.asked) and case.ask_until is not None and now < case.ask_until


def stop(unit: Unit, case: Case) -> None:
    """Let the nodes that ask be quiet."""
    _tell(unit, case, 0.0)
    case.asked = []


def _askable(unit: Unit, now: float) -> list[str]:
    """The nodes that can be asked at once: on the mains, of our own make, with an "I'm fine" key, and there."""
    return [
        place.node
        for place in unit.places
        if place.mains and place.source == "native" and "fine" in place.kinds and showing.is_there(unit, place, now)
    ]


def _tell(unit: Unit, case: Case, for_s: float) -> None:
    """Let the asked nodes ask for so long; 0 stops them."""
    name = "ask-" + hashlib.blake2b(case.alert.encode(), digest_size=12).hexdigest()
    for node in case.asked:
        body = {"id": name, "do": "ask", "for_s": for_s, "expires_at": case.ask_until}
        unit.house.out.append(TellNode(node, "command", body))
