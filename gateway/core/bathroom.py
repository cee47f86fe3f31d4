"""The bathroom alert of a unit: a stay in a wet room far beyond the resident's usual ones.

The resident is asked and the workers are told at the same time: who lies in the water cannot wait for an answer. It
stands beside an inactivity alert and takes nothing away from it. It ends with a sign elsewhere or the resident's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.reports import Words

from gateway.core import questions, showing, stays, words
from gateway.core.asking import Case, Happening
from gateway.core.signs import Sign
from gateway.core.stays import Stay

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE: Final = "bathroom"
ABOUT_THE_RESIDENT = ("bathroom", "inactivity", "emergency")
NOT_THERE = ("away", "hospital", "visit")


def running(unit: Unit) -> Case | None:
    """The alert of the present stay, if there is one; a claimed one that the resident has left is of a past stay."""
    return questions.running(unit, CAUSE)


def due(unit: Unit) -> float | None:
    """When the stay becomes too long."""
    if unit.state.paused is not None or running(unit) is not None:
        return None
    return stays.deadline(unit.state.stays)


def wake(unit: Unit, now: float) -> None:
    """Raise the alert if it is due."""
    at, stay = due(unit), unit.state.stays.current
    if at is None or stay is None or now < at:
        return
    found = _reason(unit, stay, now)
    case = questions.begin(unit, CAUSE, stay.since, found, now, stay.room)
    questions.move(unit, case, "urgent", now, found)


def _reason(unit: Unit, stay: Stay, now: float) -> Words:
    past, lasted_s = unit.state.stays, now - stay.since
    longest_s, zone = stays.longest_s(past), unit.house.zone
    found = words.long_stay(stay.room, lasted_s, longest_s, len(past.days), stay.last, zone)
    return showing.with_sensors(unit, found, now)


def noticed(unit: Unit, sign: Sign) -> None:
    """A sign that the watch was told of. One that it does not believe yet moves nobody into the bathroom or out of it.

    Running water says that it is used, and not where somebody is.
    """
    believed_at = unit.watch.believed_at()
    if sign.kind == "water" or believed_at is None or believed_at < sign.at or unit.state.paused in NOT_THERE:
        return
    stays.saw(unit.state.stays, sign.at, sign.room, unit.house.zone)


def saw_sign(unit: Unit, happening: Happening, at: float, now: float) -> None:
    """Signs came, or at `at` the resident's word ("fine"): they end the alert if the stay is no longer too long."""
    if happening == "fine":
        stays.count_from(unit.state.stays, at)
    case, deadline = running(unit), stays.deadline(unit.state.stays)
    if case is None or (deadline is not None and deadline <= now):
        return
    found = words.over("answered") if happening == "fine" else words.left_the_bathroom()
    questions.end(unit, case, happening, now, found)


def closed(unit: Unit, case: Case, teaches: bool, now: float) -> None:
    """A worker closed an alert of the unit; a stay in which somebody needed help must not become usual."""
    if case.kind in ABOUT_THE_RESIDENT and not teaches:
        stays.leave_out(unit.state.stays, case.since)
    if case.kind == CAUSE:
        if questions.is_asking(case, now):
            questions.stop(unit, case)
        stays.count_from(unit.state.stays, now)


def paused(unit: Unit, why: str) -> None:
    """From here on the resident may be elsewhere, or is not alone: then nobody knows of any stay."""
    if why in NOT_THERE:
        unit.state.stays.current = None


def resumed(unit: Unit, at: float) -> None:
    """From here on an end would be seen again: a limit runs anew, for what happened meanwhile may come late."""
    unit.state.stays.watched_from = at
