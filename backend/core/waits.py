"""How long people were called for an alert until somebody had it, and until somebody was there. Pure: history in.

What is held back calls nobody, so that time does not count; for a member of a storm the incident calls. An alert that
becomes more urgent is called out anew, and is measured from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# The lines of an alert's history that are read here; others are passed over.
TELLING = frozenset(
    {
        "opened",
        "held_back",
        "hold_over",
        "raised",
        "claimed",
        "released",
        "claim_forgotten",
        "snoozed",
        "coming",
        "arrived",
    }
)


@dataclass(frozen=True)
class Line:
    """One line of an alert's history. `why`: core.noise.Why, of what was held back."""

    at: datetime
    what: str
    why: str = ""


@dataclass(frozen=True)
class Wait:
    """`s`: seconds until it was over; where it is not, until the alert ended, or so far."""

    s: float
    over: bool


@dataclass(frozen=True)
class Waits:
    """Of the priority it has. An alert that was given back keeps its first claim and its first arrival."""

    since: datetime  # people were called
    claim: Wait
    visit: Wait | None  # None: nobody set out


def waits(history: Iterable[Line], until: datetime) -> Waits | None:
    """Return how long was waited, in an alert that ended at `until` or lives then; None where nobody was called."""
    course = _Course()
    for line in history:
        course.go_on(line)
    return course.waits(until)


class _Course:
    """Where an alert stands after the lines gone through so far."""

    def __init__(self) -> None:
        self._is_open = self._is_held_back = self._has_holder = False
        self._call_anew()

    def _call_anew(self) -> None:
        self._began: datetime | None = None
        self._calling_since: datetime | None = None
        self._waited = timedelta()
        self._claimed_at: datetime | None = None
        self._set_out = False
        self._arrived_at: datetime | None = None

    def go_on(self, line: Line) -> None:
        match line.what:
            case "opened":
                self._is_open = True
                self._call(line.at)
            case "held_back" if line.why != "storm":
                self._hold_back(line.at)
            case "held_back" | "hold_over":
                self._is_held_back = False
                self._call(line.at)
            case "raised":  # at its beginning too, when nothing is to be forgotten yet
                self._raise(line.at)
            case "claimed":
                self._claim(line.at)
            case "released" | "claim_forgotten" | "snoozed":
                self._has_holder = False
            case "coming":
                self._set_out = True
            case "arrived":
                self._set_out, self._arrived_at = True, self._arrived_at or line.at

    def _call(self, at: datetime) -> None:
        if self._claimed_at is None and self._calling_since is None:
            self._calling_since, self._began = at, self._began or at

    def _stop_calling(self, at: datetime) -> None:
        if self._calling_since is not None:
            self._waited += at - self._calling_since
            self._calling_since = None

    def _hold_back(self, at: datetime) -> None:
        self._is_held_back = True
        self._stop_calling(at)
        if self._began == at:  # opened and held back in one
            self._began = None

    def _claim(self, at: datetime) -> None:
        self._has_holder, self._is_held_back = True, False
        self._stop_calling(at)
        self._claimed_at = self._claimed_at or at

    def _raise(self, at: datetime) -> None:
        if self._has_holder:
            # Nobody has to be called for what somebody has: the new priority did not wait.
            self._began, self._waited, self._claimed_at = self._began and at, timedelta(), at
            return
        self._call_anew()
        if self._is_open and not self._is_held_back:
            self._call(at)

    def waits(self, until: datetime) -> Waits | None:
        if self._began is None:
            return None
        self._stop_calling(until)
        claim = Wait(max(self._waited.total_seconds(), 0.0), self._claimed_at is not None)
        return Waits(self._began, claim, self._visit(until))

    def _visit(self, until: datetime) -> Wait | None:
        if self._claimed_at is None or not self._set_out:
            return None
        after_claim = (self._arrived_at or until) - self._claimed_at
        # There already when it became more urgent: nobody had to wait for them.
        s = max((self._waited + after_claim).total_seconds(), 0.0)
        return Wait(s, self._arrived_at is not None)
