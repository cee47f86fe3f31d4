"""The service's figures over the API, for the people signed in. Holds no personal data."""

from collections.abc import Mapping

from msgspec import Struct

from backend.core import figures as core
from backend.core.access import Act, require
from backend.core.waits import Waits
from backend.web.frame import web
from backend.web.users import SignedIn
from backend.web.views import figures as view


class FiguresQuery(Struct, frozen=True):
    """The last so many days."""

    days: int = 30


class ShareOf(Struct, frozen=True):
    """`share` is absent where there are too few to say."""

    hit: int
    of: int
    share: float | None


class SpanOf(Struct, frozen=True):
    count: int
    median_s: float | None
    p95_s: float | None


class AnsweringOf(Struct, frozen=True):
    """Of the alerts that people were called for. `within`: by seconds, "60" and "180".

    `on_site`: within 45 minutes; it and `arrived` are of those that somebody set out for.
    """

    within: dict[str, ShareOf]
    on_site: ShareOf
    claimed: SpanOf
    arrived: SpanOf


class TeamOf(Struct, frozen=True):
    """`name`: the building's, which another may have too."""

    name: str
    answering: AnsweringOf


class LateClaim(Struct, frozen=True):
    """An alert that people were called for, from `since` (Unix seconds) on, for longer than three minutes.

    `waited_s`: until it was claimed; where it was not (`claimed`), until it ended, or so far. `team`: as in `by_team`.
    """

    alert_id: int
    priority: str
    team: str
    since: float
    waited_s: float
    claimed: bool


class DeliveryOf(Struct, frozen=True):
    sends: int
    failed: int
    unknown: int
    taken: SpanOf
    arrived: SpanOf


class ServiceFigures(Struct, frozen=True):
    """Of the alerts that were opened in [since, until), Unix seconds.

    `by_team`: by the building's number. `late`: the newest first. `false`, `real`, `unknown`: what turned out of those
    that have ended and that people were called for or closed.
    """

    since: float
    until: float
    all: AnsweringOf
    by_priority: dict[str, AnsweringOf]
    by_team: dict[str, TeamOf]
    by_hour: dict[str, AnsweringOf]
    by_provider: dict[str, DeliveryOf]
    false: int
    real: int
    unknown: int
    late: list[LateClaim]


def of_last(user: SignedIn, query: FiguresQuery) -> ServiceFigures:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api figures") as session:
        found = view.of_last(session, min(max(query.days, 1), max(view.DAYS)), web().now())
    return ServiceFigures(
        since=found.since.timestamp(),
        until=found.until.timestamp(),
        all=_answering(found.all),
        by_priority=_each(found.by_priority),
        by_team={str(id_): TeamOf(team.name, _answering(team.answering)) for id_, team in found.by_team.items()},
        by_hour=_each({str(hour): of for hour, of in found.by_hour.items()}),
        by_provider={name: _delivery(of) for name, of in found.by_provider.items()},
        false=found.outcomes.false,
        real=found.outcomes.real,
        unknown=found.outcomes.unknown,
        late=[_late(life, waits) for life, waits in found.late],
    )


def _each(groups: Mapping[str, core.Answering]) -> dict[str, AnsweringOf]:
    return {name: _answering(of) for name, of in groups.items()}


def _answering(found: core.Answering) -> AnsweringOf:
    within = {f"{limit_s:.0f}": _share(one) for limit_s, one in found.within.items()}
    return AnsweringOf(within, _share(found.on_site), _span(found.claimed), _span(found.arrived))


def _late(life: core.Life, waits: Waits) -> LateClaim:
    claim = waits.claim
    return LateClaim(life.alert_id, life.priority, str(life.team_id), waits.since.timestamp(), claim.s, claim.over)


def _share(found: core.Share) -> ShareOf:
    return ShareOf(found.hit, found.of, found.share)


def _delivery(found: core.Delivery) -> DeliveryOf:
    return DeliveryOf(found.sends, found.failed, found.unknown, _span(found.taken), _span(found.arrived))


def _span(found: core.Span) -> SpanOf:
    return SpanOf(found.count, found.median_s, found.p95_s)
