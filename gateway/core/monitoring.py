"""Can the unit be watched? If not, its watch is paused; and if that lasts, somebody has to mend it.

To close the alert mends nothing: while nobody watches, it comes again every day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core import absences, bathroom, night_out, supervision, water, words

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE = "monitoring_lost"
AGAIN_AFTER_S = 86400.0


def look(unit: Unit, now: float) -> None:
    """See anew whether the unit can be watched, and pause or resume the watch by that."""
    state = unit.state
    if supervision.watchable(unit.places, unit.house.nodes, now):
        state.unwatched_since = state.lost_again_at = None
        unit.cases.settle(CAUSE, now, words.restored(CAUSE))
    elif state.unwatched_since is None:
        state.unwatched_since = min(now, supervision.last_contact(unit.places, unit.house.nodes, now))
    why = absences.why(state, now) or (None if state.unwatched_since is None else "lost")
    if why != state.paused:
        _pause(unit, why, now)


def _pause(unit: Unit, why: str | None, now: float) -> None:
    if unit.state.paused is not None:
        unit.diary.resume(now)
        bathroom.resumed(unit, now)
        night_out.resumed(unit, now)
        water.resumed(unit, now)
    if why is not None:
        since = unit.state.unwatched_since
        unit.diary.pause(now if why != "lost" or since is None else since, why)
        bathroom.paused(unit, why)
        water.paused(unit)
    unit.state.paused = why


def due(unit: Unit) -> float | None:
    """When being unwatched becomes an alert; never while the resident is known to be elsewhere."""
    state = unit.state
    if state.unwatched_since is None or unit.cases.of(CAUSE) is not None or absences.is_elsewhere(state):
        return None
    if not any(supervision.senses_life(place) for place in unit.places):
        return None
    first = state.unwatched_since + supervision.unwatched_limit_s(unit.places, unit.house.nodes)
    return first if state.lost_again_at is None else max(first, state.lost_again_at)


def closed(unit: Unit, now: float) -> None:
    """A worker closed the alert; whoever lives there is to be looked after again a day later at the latest."""
    unit.state.lost_again_at = now + AGAIN_AFTER_S


def clock_set_back(unit: Unit, now: float) -> None:
    """The gateway's clock was set back: what was to come within a day must not wait for years."""
    if unit.state.lost_again_at is not None:
        unit.state.lost_again_at = now + AGAIN_AFTER_S


def wake(unit: Unit, now: float) -> None:
    """Raise the alert if it is due."""
    at = due(unit)
    if at is None or now < at:
        return
    contact = unit.state.unwatched_since or now
    case = unit.cases.begin(CAUSE, "monitoring_lost", contact, now)
    silence_s = now - unit.state.signs[-1].at if unit.state.signs else None
    unit.cases.report(case, "open", words.monitoring_lost(silence_s, contact, unit.house.zone), now)
