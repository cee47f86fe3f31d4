"""Buttons, pull-cords and smoke: an alert at once, whatever else is known.

Nothing here may swallow a press: one that comes late or from a node with a wrong clock raises too, and says when.
Presses while the alert is not closed join it; afterwards a press is a new alert.

A Zigbee detector repeats "smoke" for as long as it smokes, and its "no smoke" may be lost. So its "smoke" is a call
where it said "no smoke" before, or had not said "smoke" for a quarter of an hour. Our own nodes number what they sense
anew.
"""

from datetime import tzinfo

from contract.reports import AlertKind, NodePlace

from gateway.core import edges, words
from gateway.core.asking import Case, Press
from gateway.core.cases import Cases
from gateway.core.inputs import Observed
from gateway.core.supervision import NodeState

SMOKE_AGAIN_S = 900.0
CALLS = ("emergency", "smoke")
"""Kinds whose node goes on reporting until it hears a receipt, so that a repetition is to be answered."""


def calls_for_help(seen: Observed) -> AlertKind | None:
    """The alert that this is about on its own, whatever its node said before."""
    if seen.kind == "emergency" and seen.value == "pressed":
        return "emergency"
    return "smoke" if seen.kind == "smoke" and seen.value is True else None


def kind_of(seen: Observed, node: NodeState, at: float) -> AlertKind | None:
    """The alert this observation raises, if it raises one; notes the detector's level."""
    if seen.kind == "emergency" and seen.value == "pressed":
        return "emergency"
    if seen.kind != "smoke" or not isinstance(seen.value, bool):
        return None
    again = seen.value and (edges.says_again(node, seen, at, SMOKE_AGAIN_S) or bool(seen.boot))
    differs, _ = edges.changed(node, "smoke", at, seen.value)
    return "smoke" if seen.value and (differs or again) else None


def raise_alert(
    cases: Cases, kind: AlertKind, seen: Observed, at: float, place: NodePlace, now: float, zone: tzinfo
) -> None:
    """Open an alert, or join the one that stands, and tell the node that it is on the gateway's disk."""
    case = cases.of(kind)
    if case is None:
        case = cases.begin(kind, kind, at, now, place=place.room)
    case.presses += 1
    case.place = place.room
    cases.report(case, "open", words.about_a_thing(kind, place.room, at, now, zone, case.presses), now)
    _remember(cases, case, seen, place)


def repeated(cases: Cases, seen: Observed) -> None:
    """The node did not hear that its press had arrived: say it again, and how far it has come since."""
    for case in reversed(cases.held.values()):
        for press in case.pressed:
            if (press.node, press.boot) == (seen.node, seen.boot) and press.seq >= seen.seq:
                _confirm(cases, case, Press(seen.node, seen.boot, seen.seq))
                return
    cases.tell(Press(seen.node, seen.boot, seen.seq), "journalled")


def _remember(cases: Cases, case: Case, seen: Observed, place: NodePlace) -> None:
    if place.source != "native" or not seen.boot:
        return
    press = Press(seen.node, seen.boot, seen.seq)
    case.pressed = [known for known in case.pressed if known.node != seen.node] + [press]
    _confirm(cases, case, press)


def _confirm(cases: Cases, case: Case, press: Press) -> None:
    cases.tell(press, "journalled")
    if case.receipt != "journalled":
        cases.tell(press, case.receipt)
