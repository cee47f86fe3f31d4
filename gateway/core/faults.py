"""What is wrong with the nodes of a unit: one alert for each node and fault, for as long as it lasts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from contract.reports import AlertKind, NodePlace

from gateway.core import daybook, edges, supervision, words
from gateway.core.inputs import Observed
from gateway.core.supervision import NodeState

if TYPE_CHECKING:
    from gateway.core.unit import Unit

AGAIN_S = supervision.BATTERY_LOST_S  # a sensor that is not lost repeats itself more often
BLINDING = ("node_lost", "sensor_fault")
KINDS: tuple[AlertKind, ...] = ("node_lost", "sensor_fault", "battery_low", "tamper", "leak", "clock")


def lasting(unit: Unit, kind: AlertKind, on: bool, place: NodePlace, since: float, now: float) -> None:
    """A state of a node begins or ends: one alert for as long as it lasts."""
    cause = f"{kind}/{place.node}"
    if on == (cause in unit.state.standing):
        return
    if not on:
        if kind in BLINDING:
            daybook.doubt(unit.state.daybook, unit.cases.since(cause), now, place.node)
        unit.cases.settle(cause, now, words.restored(kind))
    else:
        if kind == "sensor_fault":
            unit.diary.leave_out(since, now, "stuck")
        case = unit.cases.begin(cause, kind, since, now, node=place.node, place=place.room)
        unit.cases.report(case, "open", words.about_a_thing(kind, place.room, since, now, unit.house.zone), now)


def took_health(unit: Unit, value: dict[str, Any], place: NodePlace, at: float, now: float) -> None:
    """A node said how its battery and its radio are."""
    node = unit.house.nodes[place.node]
    if supervision.took_health(node, value):
        lasting(unit, "battery_low", node.battery_low, place, at, now)


def took_flag(unit: Unit, kind: AlertKind, on: bool, seen: Observed, place: NodePlace, at: float, now: float) -> None:
    """A leak or a case that was opened was reported, or that it is over."""
    node, cause = unit.house.nodes[place.node], f"{kind}/{place.node}"
    again = on and edges.says_again(node, seen, at, AGAIN_S)
    differs, before = edges.changed(node, kind, at, on)
    if not (differs or again) or edges.level(node, kind) != on or (before is None and not on):
        return
    if kind == "tamper":
        node.tampered = on
    if on and unit.cases.of(cause) is None:  # a worker closed the last one, and nobody heard that it was over
        unit.state.standing.pop(cause, None)
    lasting(unit, kind, on, place, at, now)


def heard(unit: Unit, place: NodePlace, now: float) -> None:
    """The node is there: it is lost no longer, though it may be stuck."""
    lasting(unit, "node_lost", False, place, now, now)
    looks_broken(unit, place, now)


def looks_broken(unit: Unit, place: NodePlace, now: float) -> None:
    """Say whether the node is one that never stops."""
    node = unit.house.nodes[place.node]
    since = now if node.chattering else node.busy_since or now
    lasting(unit, "sensor_fault", node.stuck or node.chattering, place, since, now)


def left(unit: Unit, before: Iterable[NodePlace], now: float) -> None:
    """What stood about a node that hung here before, and does no more, is over."""
    names = {place.node for place in unit.places}
    for place in before:
        if place.node not in names:
            for kind in KINDS:
                unit.cases.settle(f"{kind}/{place.node}", now, words.restored(kind))


def due(unit: Unit) -> float | None:
    """When the next node counts as lost or stuck, if nothing is heard before."""
    standing, times = unit.state.standing, []
    for place in unit.places:
        node = unit.house.nodes[place.node]
        if not standing or f"node_lost/{place.node}" not in standing:
            times.append(supervision.lost_at(place, node))
        stuck_at = _stuck_at(node)
        if stuck_at is not None:
            times.append(stuck_at)
    return min(times, default=None)


def wake(unit: Unit, now: float) -> None:
    """Say of every node that is lost or stuck by now that it is."""
    for place in unit.places:
        node = unit.house.nodes[place.node]
        stuck_at = _stuck_at(node)
        if stuck_at is not None and now >= stuck_at:
            node.stuck = True
            lasting(unit, "sensor_fault", True, place, edges.level_since(node, "presence") or now, now)
        if supervision.is_lost(place, node, now):
            since = node.last_seen or node.awaited_from or now
            lasting(unit, "node_lost", True, place, since, now)


def _stuck_at(node: NodeState) -> float | None:
    """When a sensor that says "somebody is there" all the time is taken for broken."""
    if "presence" not in node.levels or node.stuck or not edges.level(node, "presence"):
        return None
    since = edges.level_since(node, "presence")
    return None if since is None else since + supervision.STUCK_S
