"""Announced absences: away, in hospital, and a visit in progress. Each ends by itself at its `until`; one until further
notice after the longest time for its kind, because whoever is forgotten in it is watched by nobody.

A return is noticed: three signs within half an hour, an hour or more after somebody announced to be away, end that
absence, because a resident who came back early and fell must not lie unwatched until Sunday. A stay in hospital is
ended by a person only: workers and family come to the flat for clothes and post.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from contract.reports import LONGEST_ABSENCE_S, Absence, AbsenceEnded

from gateway.core import bathroom, night_out, water
from gateway.core.signs import Sign
from gateway.core.state import UnitState

if TYPE_CHECKING:
    from gateway.core.unit import Unit

RETURN_AFTER_S = 3600.0  # who announced an absence may still be packing
RETURN_WITHIN_S = 1800.0
RETURN_SIGNS = 3
MOST_VISITS = 4


def ends_at(absence: Absence) -> float:
    """When it ends by itself."""
    return absence.since + LONGEST_ABSENCE_S[absence.kind] if absence.until is None else absence.until


def _covers(absence: Absence, at: float) -> bool:
    return absence.since <= at < ends_at(absence)


def visited(state: UnitState, at: float) -> bool:
    """Whether a worker's visit was in progress at `at`, also one that has ended since."""
    visit = state.absences.get("visit")
    return (visit is not None and _covers(visit, at)) or any(start <= at < end for start, end in state.visits)


def why(state: UnitState, now: float) -> str | None:
    """The absence that the watch is paused for, the weightiest first."""
    for kind in ("hospital", "away", "visit"):
        absence = state.absences.get(kind)
        if absence is not None and _covers(absence, now):
            return kind
    return None


def is_elsewhere(state: UnitState) -> bool:
    """Whether nobody need be missed in the flat: in hospital, or away until a time that was said.

    Who is away until further notice comes back unannounced, and that only the sensors can notice.
    """
    away = state.absences.get("away")
    return state.paused == "hospital" or (state.paused == "away" and away is not None and away.until is not None)


def due(state: UnitState) -> float | None:
    """When one ends, or one that has not begun begins."""
    if not state.absences:
        return None
    times = [ends_at(absence) for absence in state.absences.values()]
    times += [absence.since for absence in state.absences.values() if not _begun(state, absence)]
    return min(times, default=None)


def _begun(state: UnitState, absence: Absence) -> bool:
    return absence.kind in state.begun


def pass_time(unit: Unit, now: float) -> None:
    """Drop what has ended, note what has begun."""
    state = unit.state
    for kind, absence in list(state.absences.items()):
        if now >= ends_at(absence):
            _drop(state, kind, ends_at(absence))
        elif now >= absence.since and kind not in state.begun:
            state.begun.append(kind)


def _drop(state: UnitState, kind: str, at: float) -> None:
    absence = state.absences.pop(kind, None)
    if absence is not None and kind == "visit":
        state.visits = [*state.visits, (absence.since, at)][-MOST_VISITS:]
    if kind in state.begun:
        state.begun.remove(kind)
    if kind == "away":
        state.returning = []


def announce(unit: Unit, absence: Absence, now: float) -> None:
    """An absence was announced; it replaces one of its kind. What a visit told late covered so far does not teach."""
    if absence.kind == "visit" and "visit" not in unit.state.absences and absence.since < now:
        unit.diary.leave_out(absence.since, min(now, ends_at(absence)), "visit")
    _drop(unit.state, absence.kind, now)
    unit.state.absences[absence.kind] = absence
    pass_time(unit, now)
    unit.look(now)


def end(unit: Unit, command: AbsenceEnded, now: float) -> None:
    """Somebody said that it is over."""
    _drop(unit.state, command.kind, now)
    unit.look(now)


def announced_by_key(unit: Unit, out: bool, at: float, now: float) -> None:
    """The resident pressed "out" or "back"; a key that is told late says nothing about who has come back since."""
    state = unit.state
    if not out:
        state.back_at = max(at, state.back_at or at)
        end(unit, AbsenceEnded(unit.name, "away", at), now)
    elif not _is_back_since(state, at):
        announce(unit, Absence(unit.name, "away", at), now)


def _is_back_since(state: UnitState, out_at: float) -> bool:
    if state.back_at is not None and state.back_at > out_at:
        return True
    return bool(state.signs) and state.signs[-1].at >= out_at + RETURN_AFTER_S


def noticed(unit: Unit, sign: Sign, now: float) -> None:
    """A sign while somebody is announced away: enough of them mean that the resident is back."""
    state = unit.state
    away = state.absences.get("away")
    if away is None or sign.at < away.since + RETURN_AFTER_S:
        return
    state.returning = [at for at in state.returning if sign.at - at <= RETURN_WITHIN_S] + [sign.at]
    if len(state.returning) < RETURN_SIGNS:
        return
    if state.paused == "away":  # the resident has been there since the first of them, and the silence counts from there
        unit.diary.resume(state.returning[0])
        bathroom.resumed(unit, state.returning[0])
        night_out.resumed(unit, state.returning[0])
        water.resumed(unit, state.returning[0])
        state.paused = None
    _drop(state, "away", now)


def clock_set_back(state: UnitState, now: float) -> None:
    """The gateway's clock was ahead of `now`: what had begun by then has begun."""
    for kind in state.begun:
        absence = state.absences[kind]
        state.absences[kind] = msgspec.structs.replace(absence, since=min(absence.since, now))
    state.returning, state.back_at = [], None
    state.visits = [(start, end) for start, end in state.visits if end <= now]
