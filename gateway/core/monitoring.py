"""Can the unit be watched? If not, its watch is paused; and if that lasts, somebody has to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core import absences, supervision, words

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE = "monitoring_lost"


def look(unit: Unit, now: float) -> None:
    """See anew whether the unit can be watched, and pause or resume the watch by that."""
    state = unit.state
    if supervision.watchable(unit.places, unit.house.nodes, now):
        state.unwatched_since = None
        unit.cases.settle(CAUSE, now, words.restored(CAUSE))
    elif state.unwatched_since is None:
        state.unwatched_since = min(now, supervision.last_contact(unit.places, unit.house.nodes, now))
    why = absences.why(state, now) or (None if state.unwatched_since is None else "lost")
    if why != state.paused:
        _pause(unit, why, now)


def _pause(unit: Unit, why: str | None, now: float) -> None:
    if unit.state.paused is not None:
        unit.diary.resume(now)
    if why is not None:
        since = unit.state.unwatched_since
        unit.diary.pause(now if why != "lost" or since is None else since, why)
    unit.state.paused = why


def due(unit: Unit) -> float | None:
    """When being unwatched becomes an alert; never while the resident is known to be elsewhere."""
    state = unit.state
    senses = any(supervision.senses_life(place) for place in unit.places)
    if not senses or CAUSE in state.standing or absences.is_elsewhere(state):
        return None
    if state.unwatched_since is None:
        return None
    return state.unwatched_since + supervision.unwatched_limit_s(unit.places, unit.house.nodes)


def wake(unit: Unit, now: float) -> None:
    """Raise the alert if it is due."""
    at = due(unit)
    if at is None or now < at:
        return
    contact = unit.state.unwatched_since or now
    case = unit.cases.begin(CAUSE, "monitoring_lost", contact, now)
    silence_s = now - unit.state.signs[-1].at if unit.state.signs else None
    unit.cases.report(case, "open", words.monitoring_lost(silence_s, contact, unit.house.zone), now)
