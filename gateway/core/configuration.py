"""Is a building's description one to go by? Every problem is found before anything is accepted."""

from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from contract import topics
from contract.observations import KINDS
from contract.reports import Building, NodePlace


def check(building: Building) -> list[str]:
    """Every problem of a configuration, each in one line; an empty list when the core accepts it."""
    try:
        msgspec.convert(msgspec.to_builtins(building), Building)
    except msgspec.ValidationError as error:
        return [str(error)]
    problems = []
    try:
        ZoneInfo(building.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"zone: {building.zone} is no IANA time zone")
    if building.ask_node_s > building.ask_total_s:
        problems.append("ask_node_s: must not be longer than ask_total_s")
    units = [unit.unit for unit in building.units]
    problems += [
        f"unit {unit}: named more than once" for unit in sorted({unit for unit in units if units.count(unit) > 1})
    ]
    for place in building.nodes:
        problems += _place(place, set(units))
    return problems + _overlaps(building.nodes)


def _place(place: NodePlace, units: set[str]) -> list[str]:
    name = f"node {place.node}"
    problems = [f"{name}: unknown kind {kind}" for kind in place.kinds if kind not in KINDS]
    if place.unit not in units:
        problems.append(f"{name}: hangs in unit {place.unit}, which is not listed")
    if place.until is not None and place.until <= place.since:
        problems.append(f"{name}: until must be later than since")
    if not place.kinds:
        problems.append(f"{name}: kinds is empty, so nobody can say what it watches")
    if place.source == "native" and not topics.valid_node(place.node):
        problems.append(f"{name}: a native node's name is 1 to 32 of a-z, 0-9 and -")
    return problems


def _overlaps(places: list[NodePlace]) -> list[str]:
    ordered = sorted(places, key=lambda place: (place.node, place.since))
    return [
        f"node {first.node}: hangs in two places at once ({first.unit} and {second.unit})"
        for first, second in pairwise(ordered)
        if first.node == second.node and (first.until is None or first.until > second.since)
    ]
