"""Residents with a home around them, as recordings are made of them."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from gateway.simulator.faults import Faults, Spoiler
from gateway.simulator.habits import Habits, draw_habits
from gateway.simulator.life import Life, Span
from gateway.simulator.persons import SEES_S, Person
from gateway.simulator.plan import Household
from gateway.simulator.reports import GATEWAY, Hanging, Report, Truth, reported, write_recording, write_truth

ROOMS = ("bedroom", "living", "kitchen", "toilet", "bath", "entrance")
_DOOR = {("entrance", "contact"): ("Contact_E", "entrance")}
_FLAT = {(room, "motion"): (f"Motion_{room.capitalize()}", room) for room in ROOMS} | _DOOR
_METER = {(room, "water"): ("Meter_Water", "kitchen") for room in ("kitchen", "toilet", "bath")}
_STUDIO = {
    ("bedroom", "motion"): ("Motion_Room", "room"),
    ("living", "motion"): ("Motion_Room", "room"),
    ("kitchen", "motion"): ("Motion_Kitchen", "kitchen"),
    ("toilet", "motion"): ("Motion_Bath", "bath"),
    ("bath", "motion"): ("Motion_Bath", "bath"),
} | _DOOR


class HomeKind(Struct, frozen=True):
    """Which nodes hang in a home, and how long its motion sensors go on seeing somebody."""

    hanging: Hanging
    sees_s: tuple[float, float]


HOMES: Mapping[str, HomeKind] = {
    "flat": HomeKind(_FLAT, (28.0, 34.0)),
    "quick": HomeKind(_FLAT, (1.0, 3.0)),
    "studio": HomeKind(_STUDIO, (28.0, 34.0)),
    "metered": HomeKind(_FLAT | _METER, (28.0, 34.0)),
}
"""A flat with battery sensors, as in the French recording; one whose sensors are ready again at once, as in the
American; one room with one sensor for bed and table; the flat with a meter of all its water."""


class Resident(Struct, frozen=True):
    """Somebody whose recording can be made. `seed` names the person."""

    name: str
    seed: str
    habits: Habits
    life: Life
    hanging: Hanging
    sees_s: tuple[float, float] = SEES_S

    def person(self, zone: str) -> Person:
        metered = any(kind == "water" for _, kind in self.hanging)
        return Person(self.habits, self.seed, zone, self.life, self.sees_s, metered)


def draw_resident(name: str, seed: str, home: str, life: Life, pet_trips: float = 0.0) -> Resident:
    """Somebody with habits of their own in a home of this kind (of `HOMES`); `pet_trips` a day are an animal's."""
    habits = replace(draw_habits(seed), pet_trips=pet_trips)
    return Resident(name, seed, habits, life, HOMES[home].hanging, HOMES[home].sees_s)


def in_town(household: Household) -> Resident:
    """The resident of a unit of a town, with the nodes that hang there."""
    hanging: dict[tuple[str, str], tuple[str, str]] = {}
    for node in household.nodes:
        if "motion" in node.kinds:
            hanging[node.room, "motion"] = (node.node, node.room)
        if "door" in node.kinds:
            hanging["entrance", "contact"] = (node.node, "entrance")
    return Resident(household.unit, household.seed, household.habits, household.life, hanging)


def record(resident: Resident, span: Span, zone: str, faults: Faults, path: Path) -> int:
    """Write the recording `path` and, beside it, its outings and what else is true of it. Returns the row count."""
    person = resident.person(zone)
    spoiler = Spoiler(faults, resident.seed, span)
    reports = spoiler.spoil(
        [
            Report(span.start, span.start, GATEWAY, "", "link", "online"),
            *reported(person.between(span.start, span.end), resident.hanging),
        ]
    )
    rows = write_recording(path, reports, ZoneInfo(zone))
    beside = path.name.removesuffix(".gz").removesuffix(".csv") + ".truth.csv"
    write_truth(path.with_name(beside), [*_truths(person, span), *spoiler.truths], ZoneInfo(zone))
    return rows


def _truths(person: Person, span: Span) -> list[Truth]:
    life, found = person.life, []
    found += [Truth(out.start, out.end, "outing") for out in person.outings(span.start, span.end)]
    found += [Truth(visit.start, visit.end, "visit") for visit in person.visits(span.start, span.end)]
    found += [Truth(ill.start, ill.end, "illness") for ill in life.ill if ill.start < span.end]
    if life.decline is not None:
        found.append(Truth(life.decline.since, span.end, "decline"))
    if life.collapse is not None and life.collapse.at < span.end:
        found.append(Truth(life.collapse.at, span.end, "collapse", life.collapse.room))
    return found
