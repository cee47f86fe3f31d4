"""Who is on call, and when nobody is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

from backend.core.rota.shapes import Override, Rota
from backend.core.rota.turns import edges, turn_at


@dataclass(frozen=True)
class OnCall:
    """Who is on call and why: the layer or override `ref`, and those who stand in by the overrides `changed_by`.

    `since` and `until` are what that layer or override says, before anything else cuts it.
    """

    people: tuple[str, ...]
    by: Literal["layer", "override"]
    ref: str
    since: datetime
    until: datetime
    changed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shift:
    """The same people for the same reason, from `since` until `until`."""

    since: datetime
    until: datetime
    on_call: OnCall

    @property
    def people(self) -> tuple[str, ...]:
        return self.on_call.people


@dataclass(frozen=True)
class Gap:
    """Nobody is on call from `since` until `until`."""

    since: datetime
    until: datetime


def on_call(rota: Rota, at: datetime) -> OnCall | None:
    """Return who is on call at `at`; None where nobody is.

    The newest override comes first, then the highest layer. Whoever is on leave is not there, and what names nobody
    who is there gives way to what lies below it.
    """
    running = [each for each in rota.overrides if each.since <= at < each.until]
    away = {each.person for each in rota.leaves if each.covers(at)}
    for place in reversed(range(len(running))):
        override = running[place]
        if override.instead_of is None:
            people, changed_by = _present(override.people, running[place + 1 :], away)
            if people:
                return OnCall(people, "override", override.ref, override.since, override.until, changed_by)
    for layer in reversed(rota.layers):
        turn = turn_at(layer, at)
        people, changed_by = _present(turn.people, running, away) if turn else ((), ())
        if turn and people:
            return OnCall(people, "layer", layer.ref, turn.since, turn.until, changed_by)
    return None


def _present(
    people: tuple[str, ...], newer: Sequence[Override], away: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put those who stand in for somebody in their place; return who of all is there, and which overrides did it."""
    changed_by = []
    for override in newer:
        there = [person for person in override.people if person not in away]
        if override.instead_of in people and there:
            place = people.index(override.instead_of)
            people = (*people[:place], *there, *people[place + 1 :])
            changed_by.append(override.ref)
    return tuple(dict.fromkeys(person for person in people if person not in away)), tuple(changed_by)


def shifts(rota: Rota, since: datetime, until: datetime) -> list[Shift]:
    """Return the shifts from `since` until `until` in order, the first and the last cut there."""
    found: list[Shift] = []
    for begin, end in pairwise(_instants(rota, since, until)):
        held = on_call(rota, begin)
        if held is None:
            continue
        if found and found[-1].until == begin and found[-1].on_call == held:
            found[-1] = replace(found[-1], until=end)
        else:
            found.append(Shift(begin, end, held))
    return found


def whole_shifts(rota: Rota, since: datetime, until: datetime) -> list[Shift]:
    """Return the shifts that touch the span in order, uncut: the same ones whatever span is asked about."""
    first, last = on_call(rota, since), on_call(rota, until)
    found = shifts(rota, first.since if first else since, last.until if last else until)
    return [shift for shift in found if shift.until > since and shift.since < until]


def gaps(rota: Rota, since: datetime, until: datetime) -> list[Gap]:
    """Return when nobody is on call between `since` and `until`, in order."""
    found: list[Gap] = []
    free_since = since
    for shift in shifts(rota, since, until):
        if shift.since > free_since:
            found.append(Gap(free_since, shift.since))
        free_since = shift.until
    return [*found, Gap(free_since, until)] if free_since < until else found


def _instants(rota: Rota, since: datetime, until: datetime) -> list[datetime]:
    """Return `since`, `until` and every instant between them at which something may change, in order."""
    found = {at for layer in rota.layers for at in edges(layer, since, until)}
    found |= {at for each in rota.overrides for at in (each.since, each.until)}
    found |= {at for each in rota.leaves for at in (each.since, each.until) if at is not None}
    return [since, *sorted(at for at in found if since < at < until), until]
