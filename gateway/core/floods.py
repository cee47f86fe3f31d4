"""How much a node may say: more than any sensor has to tell is taken no longer, so that the others are heard.

A token bucket for each node, and one for all that hang nowhere together, because a stranger can call himself by ever
new names. Calls for help always pass. The buckets are deep, for what was kept while nobody listened comes all at once:
our own nodes' in thousands, and they tell again what has no receipt.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from gateway.core.emergency import calls_for_help
from gateway.core.inputs import Acked, Flooded, Input, NodeStatus, Observed

Reading = Observed | NodeStatus | Acked

NUMBERED_BURST, NUMBERED_PER_S = 60_000.0, 20.0
BURST, PER_S = 5_000.0, 10.0  # a radar that reports each second, with all it measures, has 4 per second
STRANGERS_BURST, STRANGERS_PER_S = 20_000.0, 100.0
_STRANGERS = ""  # no node is called so
_MOST_NODES = 10_000


@dataclass(slots=True)
class _Bucket:
    burst: float
    per_s: float
    tokens: float
    at: float
    is_flooded: bool = False
    last: dict[str, Reading] = field(default_factory=dict)  # the latest of each kind that was not taken

    def fill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.per_s)
        self.at = now


class Floods:
    """Says what of the nodes' readings is taken, and which nodes flood; in domain time, as the readings are.

    flooded: nodes that did at `now`, when the gateway was last there.
    """

    def __init__(self, flooded: Iterable[str] = (), now: float = 0.0) -> None:
        self._flooded = set(flooded)
        self._buckets = {name: _Bucket(BURST, PER_S, 0.0, now, is_flooded=True) for name in self._flooded}
        self._begun: list[str] = []
        self._dropped: Counter[str] = Counter()

    def admits(self, reading: Reading, at: float, hangs: bool) -> bool:
        """Whether to take a reading that came `at`. hangs: whether its node hangs anywhere."""
        if isinstance(reading, Observed) and calls_for_help(reading) is not None:
            return True
        name = reading.node if hangs else _STRANGERS
        bucket = self._bucket(name, reading, at)
        bucket.fill(at)
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return True
        if not bucket.is_flooded:
            bucket.is_flooded = True
            self._flooded.add(name)
            self._begun.append(name)
        self._dropped[name] += 1
        if hangs and not isinstance(reading, Acked):
            bucket.last[reading.kind if isinstance(reading, Observed) else ""] = reading
        return False

    def news(self, now: float) -> list[Input]:
        """Floods that began and ended since this was last asked; before an end, how the node's levels stood last."""
        found: list[Input] = [Flooded(now, name, True) for name in self._begun if name != _STRANGERS]
        self._begun.clear()
        for name in sorted(self._flooded):
            bucket = self._buckets[name]
            bucket.fill(now)
            if bucket.tokens >= bucket.burst / 2:
                bucket.is_flooded = False
                self._flooded.remove(name)
                found += [_as_of(now, reading) for reading in bucket.last.values()]
                bucket.last.clear()
                if name != _STRANGERS:
                    found.append(Flooded(now, name, False))
        return found

    def dropped(self) -> dict[str, int]:
        """How many readings were not taken since this was last asked, by node; "" for all that hang nowhere."""
        dropped, self._dropped = dict(self._dropped), Counter()
        return dropped

    def _bucket(self, name: str, reading: Reading, at: float) -> _Bucket:
        found = self._buckets.get(name)
        if found is None:
            burst, per_s = BURST, PER_S
            if name == _STRANGERS:
                burst, per_s = STRANGERS_BURST, STRANGERS_PER_S
            elif isinstance(reading, Observed) and reading.boot:
                burst, per_s = NUMBERED_BURST, NUMBERED_PER_S
            found = self._buckets[name] = _Bucket(burst, per_s, burst, at)
            self._forget_one_of_too_many()
        return found

    def _forget_one_of_too_many(self) -> None:
        """The oldest that does not flood; its bucket was as good as full."""
        if len(self._buckets) > _MOST_NODES:
            oldest = next((name for name in self._buckets if name not in self._flooded), None)
            if oldest is not None:
                del self._buckets[oldest]


def _as_of(now: float, reading: Reading) -> Input:
    """The same, taken in now; when it was sensed stays."""
    if isinstance(reading, Observed):
        return msgspec.structs.replace(reading, received_at=now)
    return msgspec.structs.replace(reading, at=now)
