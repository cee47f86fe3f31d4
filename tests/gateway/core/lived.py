"""A home whose resident the core knows: weeks of the simulator's days, fed to it as fast as it takes them."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from contract.reports import Building, NodePlace, UnitSettings
from msgspec.structs import replace

from gateway.core.building import BuildingCore
from gateway.core.unit import Unit
from gateway.simulator.habits import Habits
from gateway.simulator.life import Collapse, Life
from gateway.simulator.persons import Person
from gateway.simulator.stays import Firing
from tests.gateway.core.house import HOUR, START, House, place

DAY = 24 * HOUR
DAYS = 21
"""So many days the home has been lived in when a test begins, at noon of a Monday."""
TOKYO, PARIS = "Asia/Tokyo", "Europe/Paris"
HEALTH_S = 3 * HOUR
SEES_S = (290.0, 330.0)
"""Sensors that go on seeing somebody for so long report little, and nothing that a limit counted in hours misses."""
ROOMS = {"bath": "bathroom"} | {room: room for room in ("bedroom", "living", "kitchen", "toilet", "entrance")}
FLAT = (
    place("button", "101", "living", "emergency", "fine", "away", "health", mains=False),
    place("door", "101", "entrance", "door", "health", mains=False),
    *(place(node, "101", room, "motion", "health", mains=False) for node, room in ROOMS.items()),
)
HABITS = Habits(wake_h=6.5, bed_h=22.5, nap=0.2, day_out=0.0)


def resident(
    zone: str = TOKYO,
    life: Life | None = None,
    seed: str = "resident",
    sees_s: tuple[float, float] = SEES_S,
    **habits: Any,
) -> Person:
    """Who lives here; with another fate, or with a few other habits."""
    return Person(replace(HABITS, **habits), seed, zone, life, sees_s)


def collapsing(at: float, room: str = "", zone: str = TOKYO, seed: str = "resident", **habits: Any) -> Person:
    """The resident, who lies still from `at` on, in `room` or wherever they are then."""
    return resident(zone, Life(collapse=Collapse(at, room)), seed, SEES_S, **habits)


class Home(House):
    """One unit with a battery node in every room, which says every three hours that it is there unless cut off."""

    def __init__(self, zone: str = TOKYO, nodes: tuple[NodePlace, ...] = FLAT, start: float = START) -> None:
        self.health_at = start
        super().__init__(*nodes, configured=Building(zone, [UnitSettings("101")], list(nodes)))
        self.now, self.zone = start, ZoneInfo(zone)

    @property
    def unit(self) -> Unit:
        return self.core.units["101"]

    def clock(self, hour: float, day: int = 0) -> float:
        """The next time it is `hour` on the wall clock, and so many days later."""
        today = datetime.fromtimestamp(self.now, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        hours = timedelta(hours=hour)
        later = [(today + timedelta(days=day + n) + hours).timestamp() for n in range(2)]
        return next(at for at in later if at > self.now)

    def until(self, at: float) -> None:
        """Let time pass in which nothing moves."""
        while self.health_at <= at:
            self.idle(max(0.0, self.health_at - self.now))
            self.health_at += HEALTH_S
            for found in self.places:
                if found.node not in self.cut:
                    self.sense(found.node, "health", {"uptime_s": 1})
        self.idle(max(0.0, at - self.now))

    def live_in(self, who: Person, until: float) -> None:
        """Let somebody live here, from now on."""
        for firing in who.between(self.now, until):
            self.until(firing.at)
            self.fire(firing)
        self.until(until)

    def fire(self, firing: Firing) -> None:
        """What a sensor of the flat noticed, if one hangs there and is not cut off."""
        node = "door" if firing.kind == "contact" else firing.room
        if node in self.cut or all(found.node != node for found in self.places):
            return
        if firing.kind == "contact":
            self.sense("door", "door", "open" if firing.value else "closed")
        elif firing.value:
            self.move(node)

    def leave(self) -> None:
        """Somebody goes out by the door."""
        self.sense("door", "door", "open")
        self.until(self.now + 10)
        self.sense("door", "door", "closed")

    def walk(self, *rooms: str) -> None:
        """Somebody is about in these rooms, five minutes in each."""
        for room in rooms:
            self.until(self.now + 300)
            self.move(room)

    def limit_h(self) -> float:
        return self.unit.watch.limit_s(self.now) / HOUR

    def asked_h(self, since: float) -> list[float]:
        """After how many hours the resident was asked about each silence."""
        found = []
        for alert in self.alerts("inactivity"):
            if alert.stage == "asking":
                assert alert.open_at is not None
                found.append((alert.open_at - 240 - since) / HOUR)
        return found


@cache
def _taught(zone: str, start: float, days: int, without: str) -> bytes:
    found = Home(zone, tuple(node for node in FLAT if node.node != without), start)
    found.live_in(resident(zone), start + days * DAY)
    return found.core.dump()


def lived(zone: str = TOKYO, start: float = START, days: int = DAYS, without: str = "") -> Home:
    """A home that has been lived in for so many days from `start` on, as it is then."""
    found = Home(zone, tuple(node for node in FLAT if node.node != without), start)
    found.core = BuildingCore("gw1")
    found.core.load(_taught(zone, start, days, without))
    found.now = start + days * DAY
    found.health_at = found.now + HEALTH_S
    found.seq = 1_000_000
    found.decided.clear()
    found.journal.clear()
    return found
