"""The service's figures as the page and the API show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.adapters.store.session import StoreSession
from backend.core import figures as core
from backend.core.figures import Answering, Delivery, Life, Outcomes
from backend.core.waits import Waits
from backend.services import figures

DAYS = (7, 30, 90)


@dataclass(frozen=True)
class Team:
    """A building's; two may have the same name."""

    name: str
    answering: Answering


@dataclass(frozen=True)
class Figures:
    """Of the alerts that were opened in [since, until)."""

    days: int
    since: datetime
    until: datetime
    all: Answering
    outcomes: Outcomes
    by_priority: Mapping[str, Answering]
    by_team: Mapping[int, Team]
    by_hour: Mapping[int, Answering]
    by_provider: Mapping[str, Delivery]
    late: list[tuple[Life, Waits]]


def of_last(session: StoreSession, days: int, now: datetime) -> Figures:
    """Return the figures of the last `days` days."""
    since = now - timedelta(days=days)
    lives = figures.lives(session, since, now, now)
    sends = core.grouped(figures.sends(session, since, now), lambda send: send.provider)
    return Figures(
        days=days,
        since=since,
        until=now,
        all=core.answering(lives),
        outcomes=core.outcomes(lives),
        by_priority=_answering(core.grouped(lives, lambda life: life.priority)),
        by_team={
            team_id: Team(of[0].team, core.answering(of))
            for team_id, of in core.grouped(lives, lambda life: life.team_id).items()
        },
        by_hour=_answering(core.grouped(lives, lambda life: life.hour)),
        by_provider={name: core.delivery(of) for name, of in sends.items()},
        late=core.late(lives),
    )


def _answering(groups: Mapping[core.Key, Iterable[Life]]) -> Mapping[core.Key, Answering]:
    return {key: core.answering(lives) for key, lives in groups.items()}
