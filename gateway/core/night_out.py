"""The alert that the resident left by night, at an hour that is not a habit, and has not come back.

The resident is asked first: who is on the way with a telephone says so, and wakes nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.reports import Words

from gateway.core import outings, questions, showing, words
from gateway.core.asking import Case, Happening
from gateway.core.signs import Sign

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE: Final = "night_out"


def running(unit: Unit) -> Case | None:
    """The alert of the present outing, if there is one; a claimed one that somebody came back from is of a past one."""
    return questions.running(unit, CAUSE)


def due(unit: Unit) -> float | None:
    """When the question, or after it the alert, is due."""
    case = running(unit)
    if case is not None:
        return case.open_at if case.phase == "asking" else None
    return outings.deadline(unit.state.outings, unit.house.zone) if unit.state.paused is None else None


def wake(unit: Unit, now: float) -> None:
    """Begin to ask, or open what was asked in vain, if it is time."""
    at, case = due(unit), running(unit)
    if at is None or now < at:
        return
    if case is not None:
        unit.cases.move(case, "time", now, _reason(unit, case.since, now))
        return
    since = outings.out_since(unit.state.outings)
    if since is not None:
        questions.begin(unit, CAUSE, since, _reason(unit, since, now), now)


def _reason(unit: Unit, since: float, now: float) -> Words:
    return showing.with_sensors(unit, words.out_at_night(since, now - since, unit.house.zone), now)


def noticed(unit: Unit, sign: Sign) -> None:
    """A sign that the watch was told of; one that it does not believe yet brings nobody home."""
    believed_at = unit.watch.believed_at()
    if believed_at is not None and believed_at >= sign.at:
        outings.saw(unit.state.outings, sign, unit.house.zone)


def saw_sign(unit: Unit, happening: Happening, at: float, now: float) -> None:
    """Signs came, or at `at` the resident's word ("fine"): they end the alert if it would not be raised any more."""
    state, case = unit.state.outings, running(unit)
    if happening == "fine":
        outings.settle(state, at)
    if case is None or (outings.out_since(state) == case.since and case.since >= state.settled_until):
        return
    questions.end(unit, case, happening, now, words.over("answered" if happening == "fine" else "resumed"))


def closed(unit: Unit, case: Case, teaches: bool, now: float) -> None:
    """A worker closed the alert: this outing is not raised again, and is no habit unless all was well."""
    if questions.is_asking(case, now):
        questions.stop(unit, case)
    outings.settle(unit.state.outings, now)
    if not teaches:
        outings.leave_out(unit.state.outings, case.since, now)


def given_up(unit: Unit, now: float) -> None:
    """The unit is no longer this gateway's: what it was asking, a worker must now find out."""
    case = running(unit)
    if case is not None:
        unit.cases.move(case, "time", now, _reason(unit, case.since, now))


def resumed(unit: Unit, at: float) -> None:
    """Until here nobody could see who came back."""
    unit.state.outings.settled_until = unit.state.outings.teaches_from = at


def clock_set_back(unit: Unit, now: float) -> None:
    """The gateway's clock was set back."""
    outings.clock_set_back(unit.state.outings, now)
    questions.ask_from(unit, CAUSE, now)
