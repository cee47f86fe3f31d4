"""How a home's signs of life are spread over the day: figures by which simulated homes are held against real ones.

A gap is the time between two signs of life in which somebody recorded; it belongs to the part of the day in which it
began, and to where: "bed" (the bedroom), "exit" (the entrance, where silences begin that are outings), or "other".
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.core import edges
from gateway.core.inputs import Observed
from gateway.core.signs import ENTRANCE, Sign
from gateway.core.supervision import NodeState
from gateway.errors import RecordingError
from gateway.recordings import UNREADABLE, Hanging, Outages, Row, find_outings, find_zone, observed, opened, parse

Figures = Mapping[str, Sequence[float] | float]
"""By name; a sequence is of quantiles, as `QUANTILES` says for the beginning of the name."""

QUANTILES: Mapping[str, Sequence[float]] = {
    "gap_min": (0.5, 0.9),
    "silence_min": (0.5, 0.9),
    "outing_min": (0.5, 0.9),
    "signs": (0.1, 0.5, 0.9),
    "first_h": (0.1, 0.5, 0.9),
    "last_h": (0.1, 0.5, 0.9),
    "busy_from_h": (0.5,),
    "busy_until_h": (0.5,),
}
SILENCE_MIN = 10.0  # a gap as long as this is called a silence
SHORTEST_OUTING_MIN = 10.0  # what is shorter is hardly seen at a real home's door
FEWEST = 20  # of less there are no quantiles
_DAY_BEGINS_H = 4
_PARTS = ((6, "night"), (11, "morning"), (17, "day"), (23, "evening"), (24, "night"))
_BED = "bedroom"
_CONTEXTS = tuple(
    f"{part}.{place}" for part in ("night", "morning", "day", "evening") for place in ("bed", "exit", "other")
)


def measure(log: Path) -> Figures:
    """The figures of a recording; its outings are of NAME.outings.csv beside it. Raises RecordingError."""
    gaps: dict[str, list[float]] = defaultdict(list)
    days: dict[int, list[float]] = defaultdict(list)
    zone, before = None, None
    for row, sign in _signs(log):
        zone = zone or ZoneInfo(find_zone([row]))
        if sign is not None:
            hours = _hours(sign.at, zone)
            days[int(sign.at - hours * 3600) // 86400].append(hours)
            if before is not None:
                gaps[_context(before, zone)].append((sign.at - before.at) / 60)
        before = sign
    if zone is None or not days:
        raise RecordingError(f"{log}: holds no sign of life")
    return _of_gaps(gaps, len(days)) | _of_days(days) | _of_outings(log, len(days))


def _signs(log: Path) -> Iterator[tuple[Row, Sign | None]]:
    """Every sign, as the building takes it; None where nobody recorded for a while."""
    hanging, outages, nodes = Hanging("home"), Outages(), defaultdict[str, NodeState](NodeState)
    with opened(log) as (lines, _):
        for line in lines:
            try:
                row = parse(line)
            except UNREADABLE:
                continue
            yield from ((row, None) for _ in outages.before(row))
            place, _ = hanging.find(row)
            seen = None if place is None else observed(row, place.node, row.at)
            if place is not None and isinstance(seen, Observed):
                yield from ((row, sign) for sign in edges.signs_from(seen, row.at, place, nodes[place.node]))


def _of_gaps(gaps: Mapping[str, list[float]], days: int) -> dict[str, Sequence[float] | float]:
    found: dict[str, Sequence[float] | float] = {}
    for context in _CONTEXTS:
        lengths = gaps.get(context, [])
        silences = [length for length in lengths if length >= SILENCE_MIN]
        found |= _quantiles(f"gap_min.{context}", lengths)
        found[f"silences_a_day.{context}"] = round(len(silences) / days, 2)
        found |= _quantiles(f"silence_min.{context}", silences)
    return found


def _of_days(days: Mapping[int, list[float]]) -> dict[str, Sequence[float] | float]:
    whole = [sorted(hours) for hours in days.values()]
    found: dict[str, Sequence[float] | float] = {}
    found |= _quantiles("signs", [len(hours) for hours in whole])
    found |= _quantiles("first_h", [hours[0] for hours in whole])
    found |= _quantiles("last_h", [hours[-1] for hours in whole])
    found |= _quantiles("busy_from_h", [quantile(hours, 0.1) for hours in whole])
    return found | _quantiles("busy_until_h", [quantile(hours, 0.9) for hours in whole])


def _of_outings(log: Path, days: int) -> dict[str, Sequence[float] | float]:
    lengths = [(returned - left) / 60 for left, returned in find_outings(log) or ()]
    seen = [length for length in lengths if length >= SHORTEST_OUTING_MIN]
    return {"outings_a_day": round(len(seen) / days, 2), **_quantiles("outing_min", seen)}


def _quantiles(name: str, values: Sequence[float]) -> dict[str, Sequence[float]]:
    if len(values) < FEWEST:
        return {}
    ordered = sorted(values)
    return {name: [round(quantile(ordered, share), 2) for share in QUANTILES[name.partition(".")[0]]]}


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _context(sign: Sign, zone: ZoneInfo) -> str:
    hour = datetime.fromtimestamp(sign.at, zone).hour
    part = next(part for until, part in _PARTS if hour < until)
    place = "exit" if sign.room == ENTRANCE else "bed" if sign.room == _BED else "other"
    return f"{part}.{place}"


def _hours(at: float, zone: ZoneInfo) -> float:
    """Of the wall's clock since midnight of the day that began at four in the morning: 4 to 28."""
    local = datetime.fromtimestamp(at, zone)
    begun = local - timedelta(hours=_DAY_BEGINS_H)
    return _DAY_BEGINS_H + begun.hour + begun.minute / 60 + begun.second / 3600
