"""The inactivity alert of a unit: asked first, opened when nobody answers, over with a sign of life.

One alert per silence. A silence that a worker has closed is raised again only after it has lasted another whole limit
from the close: somebody has just looked, and to alarm again at once would teach people to ignore it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.reports import Words

from gateway.core import questions, showing, words
from gateway.core.asking import Case, Happening
from gateway.core.climate import DANGER_C

if TYPE_CHECKING:
    from gateway.core.unit import Unit

CAUSE: Final = "inactivity"


def running(unit: Unit) -> Case | None:
    """The alert of the present silence, if there is one; a claimed one in which life was seen is of a past silence."""
    return questions.running(unit, CAUSE)


def due(unit: Unit) -> float | None:
    """When the question, or after it the alert, is due."""
    case = running(unit)
    if case is not None:
        return case.open_at if case.phase == "asking" else None
    deadline = unit.watch.deadline() if unit.state.paused is None else None
    if deadline is None or unit.state.rearm_at is None:
        return deadline
    return max(deadline, unit.state.rearm_at)


def wake(unit: Unit, now: float) -> None:
    """Begin to ask, or open what was asked in vain, if it is time."""
    at = due(unit)
    if at is None or now < at:
        return
    case = running(unit)
    if case is None:
        _begin(unit, now)
    else:
        unit.cases.move(case, "time", now, _reason(unit, now))


def _begin(unit: Unit, now: float) -> None:
    questions.begin(unit, CAUSE, unit.watch.since() or now, _reason(unit, now), now)
    weather(unit, now)


def _too_hot(unit: Unit, now: float) -> bool:
    air = showing.air(unit, now)
    return air is not None and air.wbgt_c >= DANGER_C


def _reason(unit: Unit, now: float) -> Words:
    found = showing.reason(unit, now)
    air = showing.air(unit, now)
    return words.still_hot(found, air.wbgt_c) if air is not None and air.wbgt_c >= DANGER_C else found


def saw_sign(unit: Unit, happening: Happening, believed_at: float | None, now: float) -> None:
    """Signs came; they end the silence if the watch counts from them now, and no longer from `believed_at`.

    One ghost trip does not, nor one that came so late that the silence after it is too long as well.
    """
    latest = unit.watch.believed_at()
    if latest is None or (believed_at is not None and latest <= believed_at) or unit.watch.overdue(now):
        return
    unit.state.rearm_at = None
    _lives(unit, happening, now)


def _lives(unit: Unit, happening: Happening, now: float) -> None:
    case = running(unit)
    if case is not None:
        questions.end(unit, case, happening, now, words.over("answered" if happening == "fine" else "resumed"))


def answered(unit: Unit, now: float) -> None:
    """The resident said that all is well, by key or on the telephone."""
    _rearm(unit, now)
    _lives(unit, "fine", now)


def closed(unit: Unit, case: Case, teaches: bool, now: float) -> None:
    """A worker closed the alert of a silence that may still go on."""
    unit.diary.ended(case.since, teaches)
    if questions.is_asking(case, now):
        questions.stop(unit, case)
    _rearm(unit, now)


def _rearm(unit: Unit, now: float) -> None:
    """Somebody has just looked: another whole limit, also where the watch is paused and will carry this silence on."""
    deadline = unit.watch.deadline()
    if deadline is None or deadline <= now:
        unit.state.rearm_at = now + unit.watch.limit_s(now)


def weather(unit: Unit, now: float) -> None:
    """In dangerous heat nobody waits for an answer, while the node and the backend ask all the same."""
    case = running(unit)
    if case is not None and case.phase == "asking" and _too_hot(unit, now):
        questions.move(unit, case, "urgent", now, _reason(unit, now))


def clock_set_back(unit: Unit, now: float) -> None:
    """The gateway's clock was set back."""
    questions.ask_from(unit, CAUSE, now)
    if unit.state.rearm_at is not None:
        unit.state.rearm_at = now
