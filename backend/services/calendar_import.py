"""An uploaded calendar becomes leave or overrides: first a plan that names every problem, then all of it or nothing."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from backend.adapters.calendars import Event, Read, read_apart
from backend.adapters.store import StoreSession
from backend.adapters.store.schema import RotaOverride, WorkerLeave
from backend.errors import Invalid, ManyInvalid
from backend.services import rota_changes, rotas
from backend.services.actors import Actor
from backend.services.feeds import TOGETHER
from backend.services.rota_checks import Checks, LeaveDraft, OverrideDraft

AHEAD = timedelta(days=731)
NOTHING_TO_COME = "the file has no event that is still to come"
NOBODY_KNOWN = "names nobody who is known"
SEPARATORS = re.compile(rf"[、,，/／{TOGETHER}]")


class Target(Struct, frozen=True):
    """What the events are to become. `person` empty: each event names its own, as our calendars do."""

    kind: Literal["leave", "override"]
    rota_id: int
    person: str = ""


class Planned(Struct, frozen=True):
    """One event and what it becomes."""

    label: str
    draft: OverrideDraft | LeaveDraft


class Problem(Struct, frozen=True):
    """What is wrong with an event; `label` empty: with the file."""

    label: str
    problem: str
    detail: str = ""


class Plan(Struct, frozen=True):
    """`known` are the events that are there already, and are left out."""

    adds: list[Planned]
    known: list[str]
    problems: list[Problem]


def read(data: bytes, zone: str, now: datetime) -> Read:
    """Read a file, which can take long: outside any transaction."""
    return read_apart(data, zone, now, now + AHEAD)


def plan(session: StoreSession, found: Read, target: Target, *, now: datetime) -> Plan:
    """Say what a file would come to and change nothing. Raises NotFound for a rota that is none."""
    rotas.get(session, target.rota_id)
    checks = Checks(session, target.rota_id, now)
    there = _there(session, target, now)
    made = Plan([], [], [Problem(each.label, each.problem, each.detail) for each in found.troubles])
    if not found.events and not found.troubles:
        made.problems.append(Problem("", NOTHING_TO_COME))
    for event in found.events:
        people = (target.person,) if target.person else _people(event, checks.names)
        if not people:
            made.problems.append(Problem(event.label, NOBODY_KNOWN, event.title[:60]))
            continue
        for draft in _drafts(event, people, target):
            wrong = checks.override(draft) if isinstance(draft, OverrideDraft) else checks.leave(draft)
            if wrong:
                made.problems.extend(Problem(event.label, each.problem, each.detail) for each in wrong)
            elif any(_is_same(row, draft) for row in there):
                made.known.append(event.label)
            else:
                made.adds.append(Planned(event.label, draft))
    return made


def bring_in(session: StoreSession, found: Read, target: Target, actor: Actor, *, now: datetime) -> Plan:
    """Make all of it, in this transaction. Raises ManyInvalid where there is any problem, and NotFound."""
    made = plan(session, found, target, now=now)
    if made.problems:
        raise ManyInvalid([Invalid(each.label or "file", each.problem, each.detail) for each in made.problems])
    for planned in made.adds:
        if isinstance(planned.draft, OverrideDraft):
            rota_changes.put_override(session, target.rota_id, actor, planned.draft, now=now)
        else:
            rota_changes.put_leave(session, actor, planned.draft, now=now)
    return made


def _drafts(event: Event, people: tuple[str, ...], target: Target) -> list[OverrideDraft] | list[LeaveDraft]:
    note = event.title if target.person else ""
    if target.kind == "leave":
        return [LeaveDraft(person, event.since, event.until, note) for person in people]
    return [OverrideDraft(event.since, event.until, people, note=note)]


def _people(event: Event, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return whom an event is about: by our own mark where it fits the title, else by name; nobody where unsure."""
    marked = tuple(event.who.split(",")) if event.who else ()
    if marked and event.title == TOGETHER.join(names.get(name, "?") for name in marked):
        return marked  # a mark alone is not enough: another installation has other people under these numbers
    whole = _called(event.title, names)
    if whole:
        return (whole,)
    parts = [_called(part, names) for part in SEPARATORS.split(event.title)]
    return tuple(parts) if parts and all(parts) else ()


def _called(name: str, names: Mapping[str, str]) -> str:
    """The only person of that name; empty where there is none, or more than one."""
    wanted = "".join(name.split())
    found = [person for person, called in names.items() if wanted and "".join(called.split()) == wanted]
    return found[0] if len(found) == 1 else ""


def _there(session: StoreSession, target: Target, now: datetime) -> list[RotaOverride] | list[WorkerLeave]:
    if target.kind == "leave":
        return [row for row in rotas.leaves(session, now) if row.withdrawn_at is None]
    return [row for row in rotas.overrides(session, target.rota_id, now) if row.withdrawn_at is None]


def _is_same(row: RotaOverride | WorkerLeave, draft: OverrideDraft | LeaveDraft) -> bool:
    if isinstance(row, WorkerLeave):
        about = isinstance(draft, LeaveDraft) and draft.person == f"worker:{row.worker_id}"
    else:
        about = isinstance(draft, OverrideDraft) and (tuple(row.people), row.instead_of) == (draft.people, None)
    return about and row.until == draft.until and row.since == max(draft.since, row.made_at)
