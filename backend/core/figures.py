"""How well alerts were answered, against the standard that the field holds itself to. Pure: lives in, figures out."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from types import MappingProxyType
from typing import TypeVar

# TSA's quality standards framework: the share of calls that must be answered within so many seconds.
STANDARD: Mapping[float, float] = MappingProxyType({60.0: 0.975, 180.0: 0.99})
FEWEST = 5  # fewer tell more about chance, or about one person, than about the service

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Life:
    """What became of one alert. Seconds count from when it was opened to the workers."""

    priority: str
    team: str  # the building
    hour: int  # of the day, in the building's zone, when it was opened
    open_s: float  # until it ended, or until now
    claimed_s: float | None = None  # the first claim
    arrived_s: float | None = None
    verdict: str | None = None  # false, real or unknown, where a person closed it
    team_id: int = 0  # the building's, where its name would say too much


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
    within: Mapping[float, Share]  # by seconds, those of STANDARD
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
    lives = list(lives)
    within = {limit_s: _within(lives, limit_s) for limit_s in STANDARD}
    return Answering(within, span(life.claimed_s for life in lives), span(life.arrived_s for life in lives))


def _within(lives: Sequence[Life], limit_s: float) -> Share:
    """Only those that had their time: one that ended by itself before the limit, or is younger, says nothing yet."""
    due = [life for life in lives if life.claimed_s is not None or life.open_s >= limit_s]
    return Share(sum(life.claimed_s is not None and life.claimed_s <= limit_s for life in due), len(due))


def meets(limit_s: float, share: Share) -> bool | None:
    """Whether the standard is met; None where there are too few to say."""
    return None if share.share is None else share.share >= STANDARD[limit_s]


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
