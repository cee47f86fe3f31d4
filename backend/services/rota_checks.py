"""What is wrong with a change to a rota, in full: every problem by its field, and whom it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import Struct

from backend.adapters.store import StoreSession
from backend.core import rota as rules
from backend.errors import Invalid
from backend.services import rotas

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=731)
MOST_TOGETHER = 10
LONGEST_NOTE = 200
LONGEST_NAME = 60

NOT_AFTER = "does not end after it begins"
OVER = "is over already"
TOO_LONG = "is longer than a year"
TOO_FAR = "is more than two years ahead"
NOBODY_NAMED = "has to name one person, or a few, once each"
UNKNOWN = "is nobody who can be on call"
OUT_OF_REACH = "cannot be reached: no number, or not here any more"
ON_LEAVE = "is on leave then"
NOT_ON_CALL = "is not on call then"
SAME_PERSON = "is the same person"
SAME_TIME = "lies in the same time"
NO_WORKER = "is no worker"
NOTE_TOO_LONG = f"is longer than {LONGEST_NOTE} characters"
NAME_WRONG = f"has to have 1 to {LONGEST_NAME} characters"


class OverrideDraft(Struct, frozen=True):
    """`people` are on call from `since` until `until`; with `instead_of` only where that person would have been."""

    since: datetime
    until: datetime
    people: tuple[str, ...]
    instead_of: str | None = None
    note: str = ""


class LeaveDraft(Struct, frozen=True):
    """`until` None: until further notice."""

    person: str
    since: datetime
    until: datetime | None
    note: str = ""


class Part(Struct, frozen=True):
    """What one of two gives away in a swap."""

    person: str
    since: datetime
    until: datetime


class Checks:
    """What a draft is held against, read once. `rota_id` None: only leave and people are going to be checked."""

    def __init__(self, session: StoreSession, rota_id: int | None, now: datetime) -> None:
        self.now = now
        self.rota = rules.Rota() if rota_id is None else rotas.load(session, rota_id, since=now, now=now)
        self.names = rotas.names(session)
        self._leaves = [rotas.value_of(row) for row in rotas.leaves(session, now)]
        self._gone = {leave.person for leave in rotas.out_of_reach(session, now)}

    def override(self, draft: OverrideDraft) -> list[Invalid]:
        """Return what is wrong with it."""
        problems = self._span(draft.since, draft.until) + note_problems(draft.note)
        problems += self.turn("people", draft.people)
        for name in draft.people:
            problems += self._on_leave("people", name, draft.since, draft.until)
        if draft.instead_of is not None:
            problems += self._stands_in(draft, draft.instead_of)
        return problems

    def swap(self, one: Part, other: Part) -> list[Invalid]:
        """Return what is wrong with it, the fields being those of `one` and `other`."""
        if one.person == other.person:
            return [Invalid("other", SAME_PERSON, self._called(one.person))]
        problems = []
        for field, mine, theirs in (("one", one, other), ("other", other, one)):
            problems += self._span(mine.since, mine.until, field)
            problems += self.turn(field, (mine.person,)) + self._has_shift(field, mine.person, mine.since, mine.until)
            problems += self._on_leave(field, mine.person, theirs.since, theirs.until)
        if one.since < other.until and other.since < one.until:
            problems.append(Invalid("other", SAME_TIME))
        return problems

    def leave(self, draft: LeaveDraft) -> list[Invalid]:
        """Return what is wrong with it."""
        problems = note_problems(draft.note)
        if draft.until is not None:
            problems += self._span(draft.since, draft.until)
        elif draft.since > self.now + FURTHEST:
            problems.append(Invalid("since", TOO_FAR))
        if not draft.person.startswith("worker:") or draft.person not in self.names:
            problems.append(Invalid("person", NO_WORKER, draft.person[:40]))
        return problems

    def turn(self, field: str, people: Sequence[str], detail: str = "") -> list[Invalid]:
        """Return why these cannot be on call together; `detail` is what a turn of the wrong size is called."""
        if not 1 <= len(people) <= MOST_TOGETHER or len(set(people)) < len(people):
            return [Invalid(field, NOBODY_NAMED, detail)]
        unknown = [Invalid(field, UNKNOWN, name[:40]) for name in people if name not in self.names]
        gone = [Invalid(field, OUT_OF_REACH, self._called(name)) for name in people if name in self._gone]
        return unknown + gone

    def _span(self, since: datetime, until: datetime, field: str = "until") -> list[Invalid]:
        if until <= since:
            return [Invalid(field, NOT_AFTER)]
        if until <= self.now:
            return [Invalid(field, OVER)]
        if until - since > LONGEST:
            return [Invalid(field, TOO_LONG)]
        return [Invalid(field, TOO_FAR)] if since > self.now + FURTHEST else []

    def _on_leave(self, field: str, name: str, since: datetime, until: datetime) -> list[Invalid]:
        touches = any(
            leave.person == name and leave.since < until and (leave.until is None or leave.until > since)
            for leave in self._leaves
        )
        return [Invalid(field, ON_LEAVE, self._called(name))] if touches else []

    def _stands_in(self, draft: OverrideDraft, for_whom: str) -> list[Invalid]:
        if for_whom in draft.people:
            return [Invalid("instead_of", SAME_PERSON, self._called(for_whom))]
        return self._has_shift("instead_of", for_whom, draft.since, draft.until)

    def _has_shift(self, field: str, name: str, since: datetime, until: datetime) -> list[Invalid]:
        """Whoever is on leave still has the shifts that somebody else is to take over."""
        if until - since > LONGEST or since > self.now + FURTHEST:
            return []  # that is said already, and turns up to the end of the calendar cannot be counted
        since = max(since, self.now)
        everybody = replace(self.rota, leaves=())
        found = since < until and any(name in each.people for each in rules.shifts(everybody, since, until))
        return [] if found else [Invalid(field, NOT_ON_CALL, self._called(name))]

    def _called(self, name: str) -> str:
        return self.names.get(name, name[:40])


def note_problems(note: str) -> list[Invalid]:
    return [Invalid("note", NOTE_TOO_LONG)] if len(note) > LONGEST_NOTE else []


def name_problems(name: str) -> list[Invalid]:
    return [] if 0 < len(name.strip()) <= LONGEST_NAME else [Invalid("name", NAME_WRONG)]
