"""Who is to be reached next: a policy of steps, gone through in rounds, that has no end but a claim."""

from dataclasses import dataclass
from typing import Literal

from backend.core.alerts import PAGED

Target = Literal["worker", "role", "rota", "contact"]

EXHAUSTED = 1000  # the step after the last one: coordinators and the fallback number, until somebody claims
ASK = -1  # the resident is called
TOLD = -2  # those who were called out are told that it is taken, or over
OVERDUE = -3  # nobody took an emergency in time: the coordinators learn of it
CONTACTS = -4  # a worker lets the resident's contacts be called, one after the other
TEST = -5  # a worker tries their own phone, or the system itself
VISIT = -6  # a worker is asked to go and look
VISIT_OVER = -7  # and told that it is over


@dataclass(frozen=True)
class Step:
    target: Target
    channels: tuple[str, ...]
    wait_s: float  # before the next step
    worker_id: int | None = None
    role: str = ""
    contact_kinds: tuple[str, ...] = ()  # of the resident's contacts; empty: all of them


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]
    rounds: int
    exhausted_every_s: float
    exhausted_channels: tuple[str, ...] = ("voice",)
    exhausted_fallback: bool = True  # also the organisation's fallback number


@dataclass(frozen=True)
class Position:
    round: int
    step: int


LAST_RESORT = Plan((), 1, 300.0)  # where an organisation has no policy


def quiet_plan(every_s: float) -> Plan:
    """For what waits on the board: once its clock has run out, the coordinators are reminded by message."""
    reminder = Step("role", ("sms",), every_s, role="coordinator")
    return Plan((reminder,), 1, every_s, exhausted_channels=("sms",), exhausted_fallback=False)


def following(plan: Plan, step: int | None, round_: int) -> Position:
    """Return the position after `step` of `round_`; `step` None: before the first of that round."""
    if step is None:
        return Position(round_, 0 if plan.steps else EXHAUSTED)
    if step >= EXHAUSTED:
        return Position(round_ + 1, EXHAUSTED)
    if step + 1 < len(plan.steps):
        return Position(round_, step + 1)
    if round_ + 1 < plan.rounds:
        return Position(round_ + 1, 0)
    return Position(round_ + 1, EXHAUSTED)


def wait_s(plan: Plan, at: Position, level: str, shorten_to_s: float | None) -> float:
    """Return how long the people of a position have before the next ones are tried."""
    full_s = plan.exhausted_every_s if at.step >= EXHAUSTED else plan.steps[at.step].wait_s
    return min(full_s, shorten_to_s) if shorten_to_s is not None and level in PAGED else full_s
