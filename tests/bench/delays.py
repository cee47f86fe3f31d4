"""How long things took, in words: a percentile only of so many that it is not their maximum."""

import math
import statistics
from collections.abc import Sequence

ENOUGH_FOR_P99 = 200  # two of them are slower than it


def p99(delays_ms: Sequence[float]) -> float:
    """Return the 99th percentile of `ENOUGH_FOR_P99` or more."""
    assert len(delays_ms) >= ENOUGH_FOR_P99, len(delays_ms)
    return sorted(delays_ms)[math.ceil(0.99 * len(delays_ms)) - 1]


def figures(delays_ms: Sequence[float]) -> str:
    """Return median and 99th percentile, or the longest where there are too few for one."""
    ordered = sorted(delays_ms)
    median = f"median {statistics.median(ordered):.0f} ms"
    if len(ordered) < ENOUGH_FOR_P99:
        return f"{median}, max of {len(ordered)}: {ordered[-1]:.0f} ms"
    return f"{median}, p99 of {len(ordered)}: {p99(ordered):.0f} ms, max {ordered[-1]:.0f} ms"
