"""The service's figures over the API, for the people signed in. Holds no personal data."""

from collections.abc import Mapping

from msgspec import Struct

from backend.core import figures as core
from backend.core.access import Act, require
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
    """`within`: by seconds, "60" and "180"."""

    within: dict[str, ShareOf]
    claimed: SpanOf
    arrived: SpanOf


class DeliveryOf(Struct, frozen=True):
    sends: int
    failed: int
    unknown: int
    taken: SpanOf
    arrived: SpanOf


class ServiceFigures(Struct, frozen=True):
    """Of the alerts that were opened in [since, until), Unix seconds."""

    since: float
    until: float
    all: AnsweringOf
    by_priority: dict[str, AnsweringOf]
    by_team: dict[str, AnsweringOf]
    by_hour: dict[str, AnsweringOf]
    by_provider: dict[str, DeliveryOf]
    false: int
    real: int
    unknown: int


def of_last(user: SignedIn, query: FiguresQuery) -> ServiceFigures:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api figures") as session:
        found = view.of_last(session, min(max(query.days, 1), max(view.DAYS)), web().now())
    return ServiceFigures(
        since=found.since.timestamp(),
        until=found.until.timestamp(),
        all=_answering(found.all),
        by_priority=_each(found.by_priority),
        by_team=_each(found.by_team),
        by_hour=_each({str(hour): of for hour, of in found.by_hour.items()}),
        by_provider={name: _delivery(of) for name, of in found.by_provider.items()},
        false=found.outcomes.false,
        real=found.outcomes.real,
        unknown=found.outcomes.unknown,
    )


def _each(groups: Mapping[str, core.Answering]) -> dict[str, AnsweringOf]:
    return {name: _answering(of) for name, of in groups.items()}


def _answering(found: core.Answering) -> AnsweringOf:
    within = {f"{limit_s:.0f}": ShareOf(one.hit, one.of, one.share) for limit_s, one in found.within.items()}
    return AnsweringOf(within, _span(found.claimed), _span(found.arrived))


def _delivery(found: core.Delivery) -> DeliveryOf:
    return DeliveryOf(found.sends, found.failed, found.unknown, _span(found.taken), _span(found.arrived))


def _span(found: core.Span) -> SpanOf:
    return SpanOf(found.count, found.median_s, found.p95_s)
