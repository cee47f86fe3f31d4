"""Which observations are signs of life, and when they were sensed.

Only a change or a sensor's own retrigger is one. `motion` is a retrigger by itself: each trip is news. `presence`,
`door` and `water` are levels that may be repeated for any reason, so only a change from the value known just before
counts, and the first value ever heard changes nothing. `power` is none: refrigerators and boilers switch themselves.
"""

from bisect import bisect_right
from typing import Any

from contract.reports import NodePlace

from gateway.core.inputs import Observed
from gateway.core.signs import Sign
from gateway.core.supervision import NodeState

CLOCK_TOLERANCE_S = 120.0
OLDEST_S = 366 * 86400.0  # a report kept longer than any ring in flash holds comes from a clock that was never set
WATER_RUNS_L_PER_MIN = 0.5
MOST_CHANGES = 8
PRESSES = frozenset(("emergency", "fine", "away"))


def clock_is_wrong(seen: Observed, now: float) -> bool:
    """Whether the node's clock cannot be right; written so that NaN is wrong too."""
    return not now - OLDEST_S <= seen.at <= now + CLOCK_TOLERANCE_S


def is_first_hand(seen: Observed) -> bool:
    """Whether the node itself sent it now, late or not: what a broker kept does not say that the node is there."""
    return not seen.historical or bool(seen.boot)


def sensed_at(seen: Observed, now: float) -> float:
    """When it was sensed, never later than `now`; what a wrong clock dates was sensed when it came."""
    return now if clock_is_wrong(seen, now) else min(seen.at, now)


def level(node: NodeState, kind: str) -> Any:
    """The last known value of a kind, or None."""
    changes = node.levels.get(kind)
    return changes[-1][1] if changes else None


def level_since(node: NodeState, kind: str) -> float | None:
    """Since when the last known value holds."""
    changes = node.levels.get(kind)
    return changes[-1][0] if changes else None


def changed(node: NodeState, kind: str, at: float, value: str | bool) -> tuple[bool, Any]:
    """Note a level sensed at `at`. Whether it differs from the one just before, and that one (None: unknown)."""
    changes = node.levels.setdefault(kind, [])
    place = bisect_right(changes, at, key=lambda change: change[0])
    before = changes[place - 1][1] if place else None
    if before == value:
        return False, before
    changes.insert(place, (at, value))
    del changes[:-MOST_CHANGES]
    return True, before


def says_again(node: NodeState, seen: Observed, at: float, quiet_s: float) -> bool:
    """Note that a detector says at `at` that it senses something; whether it had not said so for `quiet_s`.

    Then it is news also where nothing else was heard between: that it had stopped may have been lost on the way. What a
    broker kept is neither news nor noted.
    """
    if not is_first_hand(seen):
        return False
    last = node.said.get(seen.kind, level_since(node, seen.kind))
    node.said[seen.kind] = at if last is None else max(at, last)
    return last is None or at - last > quiet_s


def signs_from(seen: Observed, at: float, place: NodePlace, node: NodeState) -> list[Sign]:
    """The signs of life in an observation sensed at `at`, oldest first; also notes the levels of the node."""
    # A broker's retained message does not say when it was sensed, nor does a clock that was never set.
    dated = not seen.historical or (is_first_hand(seen) and not clock_is_wrong(seen, seen.received_at))
    if seen.kind in PRESSES:
        return [Sign(at, place.room, "press", "", seen.node)] if dated and seen.value != "released" else []
    if seen.kind == "motion":
        return _motion(seen, at, place) if dated else []
    value = level_of(seen)
    if value is None:
        return []
    differs, before = changed(node, seen.kind, at, value)
    if not differs or before is None or not dated or value is False:
        return []
    return [Sign(at, place.room, seen.kind, value if isinstance(value, str) else "", seen.node)]


def _motion(seen: Observed, at: float, place: NodePlace) -> list[Sign]:
    signs = [Sign(at, place.room, "motion", "", seen.node)]
    last = seen.value.get("last_at") if isinstance(seen.value, dict) else None
    if isinstance(last, (int, float)) and at < last <= seen.received_at and not clock_is_wrong(seen, seen.received_at):
        signs.append(Sign(float(last), place.room, "motion", "", seen.node))
    return signs


def level_of(seen: Observed) -> str | bool | None:
    """The level that a door, a presence sensor or a water meter (whether any runs) tells of; None of anything else."""
    if seen.kind == "door" and seen.value in ("open", "closed"):
        return str(seen.value)
    if seen.kind == "presence" and isinstance(seen.value, bool):
        return seen.value
    if seen.kind == "water" and isinstance(seen.value, dict):
        flow = seen.value.get("l_per_min")
        return flow >= WATER_RUNS_L_PER_MIN if isinstance(flow, (int, float)) else None
    return None
