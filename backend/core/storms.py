"""When many alerts at once are one incident: an earthquake, a power cut, a provider's fault.

An incident is called out in place of its members, so it is formed among those alone who would call the same people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.core.alerts import RANK, Priority

KIND = "storm"
WITHIN_S = 300.0
QUIET_S = 900.0  # when nothing was added for so long, what comes later is an ordinary alert again
MERGED = frozenset({Priority.P2, Priority.T})  # a button press never is
APART = frozenset({KIND, "call_in", "self_test"})  # an incident itself, who has asked for somebody, and a test


@dataclass(frozen=True)
class Calling:
    """An open alert of which nobody has taken care; `at`: since when people are called, or would be."""

    alert_id: int
    priority: str
    at: datetime
    unit_id: int | None
    gateway_id: int | None


def of_a_storm(calling: Iterable[Calling], now: datetime, *, units: int, gateways: int) -> list[Calling]:
    """Return what becomes an incident now, the first first; nothing where it is no storm.

    A storm: so many units, or so many gateways as a whole, within WITHIN_S. A building's alert counts as a gateway.
    """
    begin = now - timedelta(seconds=WITHIN_S)
    recent = sorted((one for one in calling if one.at > begin), key=lambda one: (one.at, one.alert_id))
    many_units = len({one.unit_id for one in recent} - {None}) >= units
    many_gateways = len({one.gateway_id for one in recent if one.unit_id is None} - {None}) >= gateways
    return recent if many_units or many_gateways else []


def takes_in(since: datetime, last_at: datetime, at: datetime) -> bool:
    """Whether an open incident, begun at `since`, whose last member came at `last_at`, takes in one of `at`."""
    return since <= at <= last_at + timedelta(seconds=QUIET_S)


def level_of(levels: Sequence[str]) -> Priority:
    """An incident is as urgent as its most urgent member."""
    return Priority(min(levels, key=lambda level: RANK[level]))
