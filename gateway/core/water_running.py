"""The alert that water runs far longer than it ever does here: a tap left on, a bath that overflows, a collapse.

The resident is asked first: most who hear it turn the tap off, which ends it. In an empty flat there is nobody to ask.
A run is as long as its meter itself has said, by any later word: one that falls silent is a lost sensor, and no run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.reports import NodePlace, Words

from gateway.core import flow, questions, showing, words
from gateway.core.asking import Case
from gateway.core.flow import Water

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE: Final = "water_running"
EMPTY = ("away", "hospital")
NOT_JUDGED = ("visit", "lost")


def due(unit: Unit, water: Water) -> float | None:
    """When the question, or after it the alert, is due."""
    case, run = questions.running(unit, CAUSE), water.run
    if case is not None:
        return case.open_at if case.phase == "asking" else None
    if run is None or unit.state.paused in NOT_JUDGED:
        return None
    heard = max((unit.house.nodes[place.node].last_seen or 0.0 for place in _where(unit, water)), default=0.0)
    return heard if heard >= run.counted_from + run.limit_s else None


def _where(unit: Unit, water: Water) -> list[NodePlace]:
    """The places of the meters that say it runs, the longest first."""
    found = [(meter.since, node) for node, meter in water.meters.items() if meter.since is not None]
    order = {node: n for n, (_, node) in enumerate(sorted(found))}
    return sorted((place for place in unit.places if place.node in order), key=lambda place: order[place.node])


def wake(unit: Unit, water: Water, now: float) -> None:
    """Begin to ask, or open what was asked in vain, if it is time."""
    at, case, run = due(unit, water), questions.running(unit, CAUSE), water.run
    if at is None or now < at:
        return
    if case is not None:
        open_asked(unit, now)
    elif run is not None:
        room = _where(unit, water)[0].room
        found = _reason(unit, water, run.since, room, now)
        case = questions.begin(unit, CAUSE, run.since, found, now, room)
        if unit.state.paused in EMPTY:
            questions.move(unit, case, "urgent", now, found)


def open_asked(unit: Unit, now: float) -> None:
    """Nobody has answered, or nobody will be asked any more."""
    case, water = questions.running(unit, CAUSE), unit.state.water
    if case is not None and water is not None:
        unit.cases.move(case, "time", now, _reason(unit, water, case.since, case.place, now))


def _reason(unit: Unit, water: Water, since: float, room: str, now: float) -> Words:
    longest_s, days = flow.longest_run_s(water), len(water.days)
    found = words.water_runs(room, since, now - since, longest_s, days, unit.house.zone)
    return showing.with_sensors(unit, found, now)


def stopped(unit: Unit, water: Water, now: float) -> None:
    """A meter says that none runs: the alert ends, unless it is of a run that another meter sees."""
    case = questions.running(unit, CAUSE)
    if case is not None and (water.run is None or water.run.since != case.since):
        questions.end(unit, case, "sign", now, words.water_stopped())


def answered(unit: Unit, water: Water, at: float, now: float) -> None:
    """The resident said at `at` that all is well; what is told late says nothing of a run that began since."""
    case = questions.running(unit, CAUSE)
    if water.run is not None and at >= water.run.since:
        flow.count_from(water, now)
    if case is not None and at >= case.since:
        questions.end(unit, case, "fine", now, words.over("answered"))


def closed(unit: Unit, water: Water, case: Case, now: float) -> None:
    """A worker closed it: another whole limit before it is raised again."""
    if questions.is_asking(case, now):
        questions.stop(unit, case)
    flow.count_from(water, now)
