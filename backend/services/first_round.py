"""Whom an emergency in each building would call now, for the self-test, which calls none of them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Building
from backend.core.kinds import LOUD
from backend.core.self_tests import Problem
from backend.services import escalation
from backend.services.addresses import reachable


def lacks(session: StoreSession, kinds: Collection[str], now: datetime) -> list[tuple[Problem, str]]:
    """Return what is missing, with the building's name, where the first round of steps would wake nobody now.

    `kinds`: what the installation can send. A resident's contacts do not count: they cannot take an alert. Nor does
    the last resort after the steps.
    """
    found = []
    for building in session.scalars(select(Building).order_by(Building.id)):
        lack = _lack(session, building, frozenset(kinds), now)
        if lack is not None:
            found.append((lack, building.name))
    return found


def _lack(session: StoreSession, building: Building, kinds: frozenset[str], now: datetime) -> Problem | None:
    steps = escalation.plan_at(session, building).steps
    if not steps:
        return "no_policy"
    own = [step for step in steps if step.target != "contact"]
    people = {name for step in own for name in escalation.people_at(session, building, step, now)}
    if not people:
        return "nobody_called"
    is_reached = any(LOUD & kinds.intersection(reachable(session, name).kinds) for name in people)
    return None if is_reached else "no_way"
