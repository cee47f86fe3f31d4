"""10,000 units in one `BuildingCore`, each with 60 days learned, at the rates of simulated residents; prints JSON.

A few residents live through 60 days in a core of their own. What it then knows is loaded as often as there are units,
each copy in memory of its own. Then the next day goes on from nine in the morning, every unit a little later than the
one before, with the hourly word of every node.
"""

import json
import os
import time
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.core import showing
from gateway.core.building import BuildingCore
from gateway.core.decisions import Account, Decision
from gateway.core.inputs import Observed, Ticked, Told
from gateway.simulator.habits import draw_habits
from gateway.simulator.persons import Person
from tests.bench.processes import held_mb, memory_mb

ZONE = "Asia/Tokyo"
FIRST = date(2026, 1, 5)
DAYS = 60
UNITS = 10_000
RESIDENTS = 3
SPAN_S, SPREAD_S = 900.0, 600.0
BEAT_S = 3600.0
KINDS = {
    **{f"pir-{room}": (room, "motion") for room in ("bedroom", "living", "kitchen", "toilet", "bath")},
    "contact": ("entrance", "door"),
}

Core = dict[str, Any]  # a snapshot, decoded


def main() -> None:
    start = datetime(FIRST.year, FIRST.month, FIRST.day, 9, tzinfo=ZoneInfo(ZONE)).timestamp() + DAYS * 86_400
    persons = [Person(draw_habits(f"bench {n}"), f"bench {n}", ZONE) for n in range(RESIDENTS)]
    lived = [_live(n, person, start) for n, person in enumerate(persons)]
    days = [_observed(f"r{n}", person, start, start + SPAN_S + SPREAD_S) for n, person in enumerate(persons)]
    body = _copied(lived)
    before_mb, core = held_mb(os.getpid()), BuildingCore("bench")
    core.load(body)
    state_kb = (held_mb(os.getpid()) - before_mb) * 1024 / UNITS
    found = _run(core, _day(days, start))
    print(json.dumps(found | {"units": UNITS, "state_kb": state_kb, "memory_mb": memory_mb(os.getpid())}))


def _observed(unit: str, person: Person, start: float, end: float) -> list[Observed]:
    """What the unit's sensors tell."""
    nodes = {place: name for name, place in KINDS.items()}
    found = []
    for firing in person.between(start, end):
        name = nodes.get((firing.room, "door" if firing.kind == "contact" else "motion"))
        if name is not None and (firing.kind == "contact" or firing.value):
            value: Any = ("open" if firing.value else "closed") if firing.kind == "contact" else {"count": 1}
            kind = "door" if firing.kind == "contact" else "motion"
            found.append(Observed(firing.at, firing.at, f"{unit}-{name}", kind, value))
    return found


def _live(number: int, person: Person, until: float) -> Core:
    """What a core of its own knows of the resident after 60 days."""
    unit = f"r{number}"
    core, at = BuildingCore("bench"), until - DAYS * 86_400
    places = [
        NodePlace(f"{unit}-{name}", unit, room, 0.0, source="zigbee2mqtt", kinds=[kind])
        for name, (room, kind) in KINDS.items()
    ]
    core.apply(Told(at, Configure(Building(ZONE, [UnitSettings(unit)], places))))
    beats = [
        Observed(beat, beat, place.node, "health", {})
        for place in places
        for beat in (at + n * BEAT_S for n in range(int((until - at) / BEAT_S)))
    ]
    _feed(core, sorted([*_observed(unit, person, at, until), *beats], key=lambda entry: entry.received_at), [])
    core.apply(Ticked(until))
    found: Core = msgspec.msgpack.decode(core.dump(), strict=False)
    return found


def _copied(lived: list[Core]) -> bytes:
    """A snapshot of one building with all units."""
    whole = lived[0] | {"units": {}, "nodes": {}}
    building = whole["building"] | {"units": [], "nodes": []}
    for n in range(UNITS):
        one, old, new = lived[n % RESIDENTS], f"r{n % RESIDENTS}", f"u{n}"
        (state,) = one["units"].values()
        whole["units"][new] = state
        building["units"].append({"unit": new})
        for place in one["building"]["nodes"]:
            node = place["node"].replace(old, new, 1)
            building["nodes"].append(place | {"unit": new, "node": node})
            whole["nodes"][node] = one["nodes"][place["node"]]
    return msgspec.msgpack.encode(whole | {"building": building})


def _day(days: list[list[Observed]], start: float) -> list[Observed]:
    """What all units tell within the span."""
    found = []
    for n in range(UNITS):
        later, old, new = SPREAD_S * n / UNITS, f"r{n % RESIDENTS}", f"u{n}"
        for seen in days[n % RESIDENTS]:
            at = seen.at - later
            if start < at <= start + SPAN_S:
                found.append(msgspec.structs.replace(seen, at=at, received_at=at, node=seen.node.replace(old, new, 1)))
        for k, name in enumerate(KINDS):
            beat = start + BEAT_S * ((n * len(KINDS) + k) / (UNITS * len(KINDS)))
            if beat <= start + SPAN_S:
                found.append(Observed(beat, beat, f"{new}-{name}", "health", {}))
    return sorted(found, key=lambda entry: entry.received_at)


def _feed(core: BuildingCore, inputs: list[Observed], signs_s: list[float]) -> None:
    """Give the core its inputs, woken when it asks; `signs_s`: the CPU of each that is no word of health."""
    for entry in inputs:
        while (due := core.next_deadline()) is not None and due <= entry.received_at:
            _account(core, core.apply(Ticked(due)))
        begun = time.process_time()
        decided = core.apply(entry)
        if entry.kind != "health":
            signs_s.append(time.process_time() - begun)
        _account(core, decided)


def _account(core: BuildingCore, decided: list[Decision]) -> None:
    """The dial is reckoned where it is time for it, as the shell does."""
    for one in decided:
        if isinstance(one, Account):
            showing.dial(core.units[one.unit])


def _run(core: BuildingCore, inputs: list[Observed]) -> dict[str, float]:
    signs_s: list[float] = []
    begun = time.process_time()
    _feed(core, inputs, signs_s)
    busy_s = time.process_time() - begun
    return {
        "span_s": SPAN_S,
        "events_per_s": len(inputs) / SPAN_S,
        "busy_pct": busy_s / SPAN_S * 100,
        "event_us": sum(signs_s) / len(signs_s) * 1e6,
        "all_us": busy_s / len(inputs) * 1e6,
    }


if __name__ == "__main__":
    main()
