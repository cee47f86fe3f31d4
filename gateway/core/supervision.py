"""Is the silence the person's or the sensor's? What is known of each node, and whether a unit can still be watched.

The rule: a unit can be watched while at least one node that hangs there reports a kind that signs of life come from
(motion, presence, door, water), has been heard within its time, has not signed off, and is not stuck. One is enough,
because with fewer sensors fewer signs arrive, and fewer signs can only bring the question sooner, never later.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from contract.reports import NodePlace, SensorState

from gateway.core.inputs import NodeStatus
from gateway.core.numbering import Ranges
from gateway.core.signs import Sign

SIGN_KINDS = frozenset(("motion", "presence", "door", "water"))
MAINS_LOST_S = 180.0  # health comes every minute
ZIGBEE_MAINS_LOST_S = 70 * 60.0
BATTERY_LOST_S = 4 * 3600.0  # health comes every hour
FIRST_HEARD_S = 4 * 3600.0  # how long an installation may take before a node never heard is called lost
MAINS_UNWATCHED_S = 15 * 60.0
BATTERY_UNWATCHED_S = 4 * 3600.0
WAKE_GRACE_S = 15 * 60.0
LONGEST_SLEEP_S = 24 * 3600.0
BATTERY_LOW_V, BATTERY_GOOD_V = 2.4, 2.6  # of two cells in a row; between them nothing changes
BATTERY_LOW_PCT, BATTERY_GOOD_PCT = 15.0, 25.0
STUCK_S = 24 * 3600.0
PAUSE_S = 30 * 60.0  # nobody keeps one sensor busy for a day without half an hour's pause

State = Literal["ok", "offline", "stuck", "chattering", "battery_low", "tamper", "never_seen", "unknown"]


class NodeState(msgspec.Struct):
    """What is known of one node. Instants are the gateway's, but in `levels` those of sensing."""

    seen: dict[str, Ranges] = {}
    levels: dict[str, list[tuple[float, Any]]] = {}  # kind -> its last changes, oldest first
    said: dict[str, float] = {}  # kind -> when a detector last said that it senses smoke, a leak, a hand
    last_seen: float | None = None
    awaited_from: float | None = None  # nothing counts as silence before: it was placed, or the gateway came back
    wake_by: float | None = None
    offline_since: float | None = None
    battery_v: float | None = None
    rssi_dbm: float | None = None
    battery_low: bool = False
    tampered: bool = False
    stuck: bool = False
    chattering: bool = False  # it sends more than can be true, so that not all of it is taken
    busy_since: float | None = None
    busy_until: float | None = None
    linkquality: float | None = None  # Zigbee2MQTT's, 0 to 255
    battery_pct: float | None = None
    firmware: str = ""


def expected_within_s(place: NodePlace) -> float:
    """How long this node may be silent: our own on the mains beat, Zigbee ones speak on a change or hourly."""
    if not place.mains:
        return BATTERY_LOST_S
    return MAINS_LOST_S if place.source == "native" else ZIGBEE_MAINS_LOST_S


def lost_at(place: NodePlace, node: NodeState) -> float:
    """When the node counts as lost unless it is heard before."""
    start = node.awaited_from or 0.0
    if node.last_seen is None:
        return start + FIRST_HEARD_S
    heard = max(node.last_seen, start)
    due = heard + expected_within_s(place)
    if node.wake_by is not None:
        due = max(due, min(node.wake_by, heard + LONGEST_SLEEP_S) + WAKE_GRACE_S)
    if node.offline_since is not None:
        due = min(due, max(node.offline_since, start) + MAINS_LOST_S)
    return due


def heard(node: NodeState, now: float) -> None:
    """The node is there: something of its own came at `now`."""
    node.last_seen = now
    node.offline_since = None


def took_health(node: NodeState, value: dict[str, Any]) -> bool:
    """Note battery and radio; whether "battery low" changed."""
    node.rssi_dbm = _number(value.get("rssi_dbm"), node.rssi_dbm)
    node.battery_v = _number(value.get("battery_v"), node.battery_v)
    node.linkquality = _number(value.get("linkquality"), node.linkquality)
    node.battery_pct = _number(value.get("battery_pct"), node.battery_pct)
    low = node.battery_low
    # Only what is said now: an old voltage beside a new percentage would call a battery low and good in turn.
    volts, share_pct = _number(value.get("battery_v"), None), _number(value.get("battery_pct"), None)
    if isinstance(value.get("battery_low"), bool):  # a maker's own word, where it has one, is better than our figure
        low = bool(value["battery_low"])
    elif share_pct is not None:
        low = share_pct < (BATTERY_GOOD_PCT if low else BATTERY_LOW_PCT)
    elif volts is not None:
        low = volts < (BATTERY_GOOD_V if low else BATTERY_LOW_V)
    changed, node.battery_low = low != node.battery_low, low
    return changed


def _number(value: object, otherwise: float | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def senses_life(place: NodePlace) -> bool:
    """Whether signs of life can come from this node."""
    return not SIGN_KINDS.isdisjoint(place.kinds)


def is_lost(place: NodePlace, node: NodeState, now: float) -> bool:
    return now >= lost_at(place, node)


def believed(place: NodePlace, node: NodeState, now: float) -> bool:
    """Whether this node alone would do to watch a unit."""
    if node.last_seen is None or node.offline_since is not None or node.stuck or node.chattering:
        return False
    return senses_life(place) and not is_lost(place, node, now)


def watchable(places: Iterable[NodePlace], nodes: dict[str, NodeState], now: float) -> bool:
    """Whether a unit with these nodes can be watched at `now`."""
    return any(believed(place, nodes[place.node], now) for place in places)


def unwatched_limit_s(places: Iterable[NodePlace], nodes: dict[str, NodeState]) -> float:
    """How long after the last contact a unit that cannot be watched becomes an alert."""
    sensing = [place for place in places if senses_life(place)]
    if not any(nodes[place.node].last_seen is not None for place in sensing):
        return FIRST_HEARD_S
    return MAINS_UNWATCHED_S if any(place.mains for place in sensing) else BATTERY_UNWATCHED_S


def last_contact(places: Iterable[NodePlace], nodes: dict[str, NodeState], now: float) -> float:
    """When a node that signs of life come from was last heard, or began to be awaited; `now` without such a node."""
    found = [nodes[place.node] for place in places if senses_life(place)]
    return max((max(node.last_seen or 0.0, node.awaited_from or 0.0) for node in found), default=now)


def busy(node: NodeState, at: float) -> bool:
    """Note a sign at `at`; whether the node is believed. One that never pauses for a day is stuck, until it pauses."""
    if node.busy_until is None or at - node.busy_until > PAUSE_S:
        node.busy_since, node.stuck = at, False
    node.busy_until = at if node.busy_until is None else max(at, node.busy_until)
    if node.busy_since is not None and at - node.busy_since > STUCK_S:
        node.stuck = True
    return not node.stuck


def believes(node: NodeState, sign: Sign) -> bool:
    """Whether a sign is somebody's, and not a stuck or chattering sensor's."""
    if node.chattering:
        return False
    return sign.kind not in ("motion", "presence") or busy(node, sign.at)


def state_of(place: NodePlace, node: NodeState, now: float) -> State:
    """A node's worst trouble."""
    if node.last_seen is None:
        return "never_seen"
    if node.offline_since is not None or is_lost(place, node, now):
        return "offline"
    if node.stuck:
        return "stuck"
    if node.chattering:
        return "chattering"
    if node.tampered:
        return "tamper"
    return "battery_low" if node.battery_low else "ok"


def sensor_state(place: NodePlace, node: NodeState, now: float) -> SensorState:
    """What a worker is shown of a node."""
    state = state_of(place, node, now)
    return SensorState(place.node, place.room, state, node.last_seen, node.battery_v, node.rssi_dbm)


def took_status(node: NodeState, status: NodeStatus, now: float) -> None:
    """A node's birth, sleep, last will or availability. Only one that it sent itself says that it is there.

    Hearsay says no more than that nobody knows it to be gone: how long it may be silent counts from its own last word.
    """
    node.wake_by = status.wake_by if status.state == "sleeping" else None
    node.firmware = status.firmware or node.firmware
    if status.state == "offline":
        node.offline_since = now if node.offline_since is None else node.offline_since
    elif status.hearsay:
        node.offline_since = None
    else:
        heard(node, now)


def await_from(node: NodeState, now: float) -> None:
    """The node hangs somewhere; its silence counts from now at the earliest when that is news."""
    if node.awaited_from is None:
        node.awaited_from = now


def clock_set_back(node: NodeState, now: float) -> None:
    """The gateway's clock was ahead of `now`: nothing was heard later than that."""
    node.awaited_from = now
    node.last_seen = None if node.last_seen is None else min(node.last_seen, now)
    node.offline_since = None if node.offline_since is None else min(node.offline_since, now)
    node.wake_by = node.busy_since = node.busy_until = None
    node.levels = {kind: [(min(at, now), value) for at, value in found] for kind, found in node.levels.items()}
    node.said = {kind: min(at, now) for kind, at in node.said.items()}
