"""What a water meter notices of somebody in the kitchen, the toilet or the bath."""

from collections.abc import Iterator
from math import log
from random import Random

from gateway.simulator.stays import Firing, Stay

_TAP, _FLUSH, _BATH = 4, 6, 11  # l/min
_FLUSH_S = (45.0, 75.0)
_FILL_S = (8 * 60.0, 14 * 60.0)
_TAP_S, _SPREAD = 35.0, 0.8  # the median of a tap, whose logarithm is normal
_BETWEEN_S = 200.0


def runs(stay: Stay, until: float, draw: Random) -> Iterator[Firing]:
    """When water runs, with litres a minute, and when it stops (0); each run ends with the stay, and before `until`.

    One that a collapse interrupts stops then and there, which is for the caller to leave out: nobody turns it off.
    """
    end = min(stay.end, until - 1.0)
    if stay.room == "toilet":
        yield from _run(stay, max(stay.start, end - 90.0), draw.uniform(*_FLUSH_S), _FLUSH, end)
    elif stay.room in ("kitchen", "bath"):
        at = stay.start + draw.uniform(10, 60)
        if stay.room == "bath":
            filled = at + draw.uniform(*_FILL_S)
            yield from _run(stay, at, filled - at, _BATH, end)
            at = filled + draw.expovariate(1 / _BETWEEN_S)
        while at < end:
            length_s = draw.lognormvariate(log(_TAP_S), _SPREAD)
            yield from _run(stay, at, length_s, _TAP, end)
            at += length_s + 1.0 + draw.expovariate(1 / _BETWEEN_S)


def _run(stay: Stay, at: float, length_s: float, flow: int, end: float) -> Iterator[Firing]:
    if at < end:
        yield Firing(at, stay.room, "water", flow)
        yield Firing(min(at + length_s, end), stay.room, "water", 0)
