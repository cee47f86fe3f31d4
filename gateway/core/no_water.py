"""The alert that somebody who is at home has used no water for half a day, or far longer than is usual here.

Who moves and does not drink is ill, so a sign elsewhere ends nothing; but it is what says that somebody is there. Where
nobody has been seen for a while, it is the inactivity watch that asks. The resident is asked first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.reports import Words

from gateway.core import flow, outings, questions, showing, words
from gateway.core.asking import Case
from gateway.core.flow import Dry, Water

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE: Final = "no_water"
PRESENT_S = 2 * 3600.0  # who was seen inside this long ago is taken to be at home
JUST_UP_S = 3600.0  # who has slept until now is on the way to the tap


def due(unit: Unit, water: Water) -> float | None:
    """When the question, or after it the alert, is due.

    Not before all meters have spoken after that time: one that is silent, not there yet or stuck has seen nothing.
    """
    case = questions.running(unit, CAUSE)
    if case is not None:
        return case.open_at if case.phase == "asking" else None
    at = _too_long_at(unit, water)
    heard = _heard(unit, water)
    if at is None or not heard or min(heard) < at:
        return None
    return max(*heard, water.moved_at)


def _too_long_at(unit: Unit, water: Water) -> float | None:
    dry, seen, up_since = water.dry, water.seen, water.up_since
    if dry is None or dry.limit_s is None or dry.settled or unit.state.paused is not None:
        return None
    if seen is None or up_since is None or outings.out_since(unit.state.outings) is not None:
        return None
    at = max(dry.since + dry.out_s + dry.limit_s, up_since + JUST_UP_S)
    return at if at <= seen + PRESENT_S else None


def _heard(unit: Unit, water: Water) -> list[float]:
    """When each meter was last heard; nothing where one is not believed, or none has ever seen water run."""
    meters = [place.node for place in unit.places if "water" in place.kinds or place.node in water.meters]
    nodes = [unit.house.nodes[node] for node in meters]
    if any(node.stuck for node in nodes) or not all(node in water.meters for node in meters):
        return []
    return [node.last_seen or 0.0 for node in nodes] if any(water.meters[node].flowed for node in meters) else []


def wake(unit: Unit, water: Water, now: float) -> None:
    """Begin to ask, or open what was asked in vain, if it is time."""
    at, case, dry = due(unit, water), questions.running(unit, CAUSE), water.dry
    if at is None or now < at:
        return
    if case is not None:
        open_asked(unit, now)
    elif dry is not None:
        questions.begin(unit, CAUSE, dry.since, _reason(unit, water, dry, now), now)


def open_asked(unit: Unit, now: float) -> None:
    """Nobody has answered, or nobody will be asked any more."""
    case, water = questions.running(unit, CAUSE), unit.state.water
    if case is not None and water is not None:
        dry = water.dry
        if dry is None or dry.since != case.since:  # its meter was lost meanwhile, or the resident has left
            dry = Dry(case.since, None)
        unit.cases.move(case, "time", now, _reason(unit, water, dry, now))


def _reason(unit: Unit, water: Water, dry: Dry, now: float) -> Words:
    signs, zone = unit.state.signs, unit.house.zone
    last = (signs[-1].room, signs[-1].at) if signs else None
    lasted_s, longest_s = now - dry.since - dry.out_s, flow.longest_dry_s(water)
    found = words.no_water(dry.since, lasted_s, longest_s, len(water.days), last, zone)
    return showing.with_sensors(unit, found, now)


def used(unit: Unit, water: Water, now: float) -> None:
    """A meter says that water runs."""
    case = questions.running(unit, CAUSE)
    if case is not None and water.run is not None:
        questions.end(unit, case, "sign", now, words.water_used())


def answered(unit: Unit, water: Water, at: float, now: float) -> None:
    """The resident said at `at` that all is well."""
    case = questions.running(unit, CAUSE)
    if case is not None and at >= case.since:
        flow.settle(water)
        questions.end(unit, case, "fine", now, words.over("answered"))


def closed(unit: Unit, water: Water, case: Case, now: float) -> None:
    """A worker closed it: not raised again before water has run."""
    if questions.is_asking(case, now):
        questions.stop(unit, case)
    flow.settle(water)
