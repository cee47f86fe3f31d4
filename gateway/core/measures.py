"""What is counted of a day for the weekly comparison, and how much of a difference a worker would want to hear of."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from contract.reports import NodePlace

from gateway.core.days import SLOT_S
from gateway.core.signs import ENTRANCE


def _hours(slots: float) -> float:
    return slots * SLOT_S / 3600


def _in_the_evening(slots: float) -> float:
    return _hours(slots) + 12


def _in_the_morning(slots: float) -> float:
    return _hours(slots) - 12


class Measure(NamedTuple):
    """A difference matters from `least` on, where the larger level is at least `ratio` times the smaller.

    room: without a sensor in it there is nothing to count; instead: nor where there is one in this. shown: from a
    number of `days.numbers` to that of the contract, in which `least` is given too. later: by how many days it is dated
    later than the noon with which its day begins.
    """

    least: float
    ratio: float = 1.0
    room: str = ""
    instead: str = ""
    shown: Callable[[float], float] = float
    later: int = 0


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "night_rising": Measure(0.4, 1.5),
        "toilet_night": Measure(0.4, 1.5, "toilet"),
        "toilet_day": Measure(1.0, 1.25, "toilet"),
        "bathroom_night": Measure(0.4, 1.5, "bathroom", "toilet"),  # one room, as in most small flats
        "bathroom_day": Measure(1.0, 1.25, "bathroom", "toilet"),
        "outings": Measure(2 / 7, 1.5, ENTRANCE),
        "rising": Measure(0.75, shown=_in_the_morning, later=1),
        "bedtime": Measure(0.75, shown=_in_the_evening),
        "active_day": Measure(1.0, 1.25, shown=_hours),
    }
)


def matters(measure: Measure, before: float, now: float) -> bool:
    """Whether a difference between two levels, as shown, is worth a sentence."""
    low, high = sorted((before, now))
    return high - low >= measure.least and high >= measure.ratio * low


def sensed(measure: Measure, places: Iterable[NodePlace]) -> bool:
    """Whether the sensors that hang in these places can count it."""
    rooms = {place.room for place in places if place.room != ENTRANCE or "door" in place.kinds}
    return (not measure.room or measure.room in rooms) and measure.instead not in rooms
