"""What a technician is shown of units and nodes: what must be known to mend them, and nothing of the resident's day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from contract.reports import NodePlace, Watching
from msgspec import Struct

from gateway.core import edges, showing, supervision
from gateway.core.inputs import Observed
from gateway.core.supervision import NodeState, State

if TYPE_CHECKING:
    from gateway.core.unit import Unit

WEAK_DBM = -80.0  # of Wi-Fi; below it a node still joins, and loses what it says in bad moments
WEAK_LINKQUALITY = 40.0  # of Zigbee2MQTT's 0 to 255
_STEPS_MIN = (15, 60, 240)
_SENSES_NOBODY = frozenset(("health", "climate", "light", "power"))

Why = Literal["no_sensor", "never_seen", "offline", "stuck", "unknown"]
LitBy = Literal["walk", "door", "water", "press", "nothing"]


class NodeSeen(Struct, frozen=True):
    """One node where it hangs. Radio and battery are as it said last; None and "" are unknown."""

    node: str
    room: str
    state: State
    weak: bool
    last_seen: float | None
    rssi_dbm: float | None
    linkquality: float | None
    battery_v: float | None
    battery_pct: float | None
    firmware: str
    lit_by: LitBy


class UnitSeen(Struct, frozen=True):
    """One unit. `why`: of one that cannot be watched, what is wrong with those of its nodes that sense life."""

    unit: str
    watching: Watching
    why: list[Why]
    learning_day: int
    learning_days: int
    nodes: list[NodeSeen]


def unit_seen(unit: Unit, now: float) -> UnitSeen:
    day, days = unit.watch.learning()
    watching = showing.watching(unit)
    why = _why(unit, now) if watching == "cannot_watch" else []
    nodes = [node_seen(place, unit.house.nodes[place.node], now) for place in unit.places]
    return UnitSeen(unit.name, watching, why, day, days, nodes)


def node_seen(place: NodePlace, node: NodeState, now: float) -> NodeSeen:
    return NodeSeen(
        place.node,
        place.room,
        supervision.sensor_state(place, node, now).state,
        is_weak(node),
        node.last_seen,
        node.rssi_dbm,
        node.linkquality,
        node.battery_v,
        node.battery_pct,
        node.firmware,
        lit_by(place),
    )


def is_weak(node: NodeState) -> bool:
    """Whether it was heard badly when it last said how it is heard."""
    return (node.rssi_dbm is not None and node.rssi_dbm < WEAK_DBM) or (
        node.linkquality is not None and node.linkquality < WEAK_LINKQUALITY
    )


def _why(unit: Unit, now: float) -> list[Why]:
    sensing = [place for place in unit.places if supervision.senses_life(place)]
    if not sensing:
        return ["no_sensor"]
    states = {supervision.sensor_state(place, unit.house.nodes[place.node], now).state for place in sensing}
    found: list[Why] = [why for why in ("never_seen", "offline", "stuck") if why in states]
    return found or ["unknown"]


def heard_within_min(last_seen: float, now: float) -> int | None:
    """How long ago at most, in coarse steps, so that nobody reads from it when somebody moved; None: longer."""
    return next((step for step in _STEPS_MIN if now - last_seen <= step * 60), None)


def lit_by(place: NodePlace) -> LitBy:
    """How somebody in the flat makes this node sense them."""
    kinds = set(place.kinds)
    if kinds & {"motion", "presence"}:
        return "walk"
    if "door" in kinds:
        return "door"
    if "water" in kinds:
        return "water"
    return "press" if kinds & {"emergency", "fine", "away"} else "nothing"


def senses_somebody(seen: Observed, before: float | None, node: NodeState) -> bool:
    """Whether an observation lights its node in a walk test. before: since when its level held until this was taken."""
    if seen.historical or seen.kind in _SENSES_NOBODY:
        return False
    if seen.kind == "motion" or seen.kind in edges.PRESSES:
        return seen.value != "released"
    return edges.level_since(node, seen.kind) != before and edges.level(node, seen.kind) is not False
