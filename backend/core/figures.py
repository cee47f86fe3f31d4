"""How well alerts were answered, against the standard that the field holds itself to. Pure: lives in, figures out."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from types import MappingProxyType
from typing import TypeVar

from backend.core.waits import Wait, Waits

# TSA's quality standards framework: the share of calls that must be answered within so many seconds.
STANDARD: Mapping[float, float] = MappingProxyType({60.0: 0.975, 180.0: 0.99})
# MASCOT's: the share of visits that must be there within so many seconds, and what took so long that it is looked into.
ON_SITE_S, ON_SITE_SHARE = 2700.0, 0.9
LATE_S = 180.0
FEWEST = 5  # fewer tell more about chance, or about one person, than about the service

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Life:
    """What became of one alert."""

    alert_id: int
    priority: str
    team_id: int  # the building's
    team: str  # its name
    zone: str  # the building's
    hour: int  # of the day there, when people were called
    waits: Waits | None  # None: nobody was called
    verdict: str | None = None  # false, real or unknown; None where it has not ended, or alarmed nobody


@dataclass(frozen=True)
class Send:
    """What became of one call or message that a provider was chosen for. Seconds count from when it was decided."""

    provider: str
    state: str
    taken_s: float | None = None  # the provider has it
    arrived_s: float | None = None  # it arrived, or was picked up


@dataclass(frozen=True)
class Share:
    """`hit` of `of`; `share` is None where there are too few to say."""

    hit: int
    of: int

    @property
    def share(self) -> float | None:
        return self.hit / self.of if self.of >= FEWEST else None


@dataclass(frozen=True)
class Span:
    """Median and 95th percentile in seconds; None where there is nothing, or too little, to say."""

    count: int
    median_s: float | None
    p95_s: float | None


@dataclass(frozen=True)
class Answering:
    """Of the alerts that people were called for; `on_site` and `arrived` of those that somebody set out for."""

    within: Mapping[float, Share]  # by seconds, those of STANDARD
    on_site: Share  # within ON_SITE_S
    claimed: Span
    arrived: Span


@dataclass(frozen=True)
class Outcomes:
    false: int
    real: int
    unknown: int

    @property
    def false_share(self) -> Share:
        return Share(self.false, self.false + self.real)


@dataclass(frozen=True)
class Delivery:
    sends: int
    failed: int
    unknown: int
    taken: Span
    arrived: Span


def answering(lives: Iterable[Life]) -> Answering:
    """How fast they were claimed, and how fast somebody was there."""
    waited = [life.waits for life in lives if life.waits is not None]
    claims, visits = [one.claim for one in waited], [one.visit for one in waited if one.visit is not None]
    within = {limit_s: _within(claims, limit_s) for limit_s in STANDARD}
    return Answering(within, _within(visits, ON_SITE_S), _until_over(claims), _until_over(visits))


def _within(waits: Iterable[Wait], limit_s: float) -> Share:
    """Only those that had their time: one that ended by itself before the limit, or is younger, says nothing yet."""
    due = [wait for wait in waits if wait.over or wait.s >= limit_s]
    return Share(sum(wait.over and wait.s <= limit_s for wait in due), len(due))


def _until_over(waits: Iterable[Wait]) -> Span:
    return span(wait.s for wait in waits if wait.over)


def meets(share: Share, wanted: float) -> bool | None:
    """Whether so large a share is reached; None where there are too few to say."""
    return None if share.share is None else share.share >= wanted


def late(lives: Iterable[Life]) -> list[tuple[Life, Waits]]:
    """Return whose claim took longer than LATE_S, or is awaited for longer; the newest first."""
    found = [(life, life.waits) for life in lives if life.waits is not None and life.waits.claim.s > LATE_S]
    return sorted(found, key=lambda one: (one[1].since, one[0].alert_id), reverse=True)


def outcomes(lives: Iterable[Life]) -> Outcomes:
    found = [life.verdict for life in lives]
    return Outcomes(found.count("false"), found.count("real"), found.count("unknown"))


def delivery(sends: Iterable[Send]) -> Delivery:
    sends = list(sends)
    states = [send.state for send in sends]
    taken, arrived = span(send.taken_s for send in sends), span(send.arrived_s for send in sends)
    return Delivery(len(sends), states.count("failed"), states.count("unknown"), taken, arrived)


def span(values: Iterable[float | None]) -> Span:
    known = [value for value in values if value is not None]
    if not known:
        return Span(0, None, None)
    p95_s = quantiles(known, n=20, method="inclusive")[-1] if len(known) >= FEWEST else None
    return Span(len(known), median(known), p95_s)


Item = TypeVar("Item", Life, Send)


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The items by `key`, the keys in order."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return dict(sorted(groups.items()))
