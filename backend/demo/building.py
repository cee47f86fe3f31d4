"""The six units of the demo: where their sensors hang, and what their residents are used to."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

ZONE = "Asia/Tokyo"
PRESSES = "101"  # where the story's emergency button is pressed: the unit with the real node
COLLAPSES = "203"  # where the story's resident lies still, or whose place a recording takes
COLLAPSED_BEFORE_S = 7200.0
HISTORY_DAYS = 60
_START_H = 10.5  # by day, when nobody waits long before they ask


class Sensor(Struct, frozen=True):
    """A node: its name, where it hangs, what it reports, and whether it is on the mains."""

    node: str
    unit: str
    room: str
    kinds: tuple[str, ...]
    mains: bool = False
    is_real: bool = False


HABITS: dict[str, dict[str, Any]] = {
    "101": {"wake_h": 6.0, "bed_h": 21.5, "shopping_days": (0, 3), "walk": 0.3},
    "102": {"wake_h": 6.8, "still_min": 15.0, "nap": 0.5, "shopping_h": 15.5},
    "201": {"wake_h": 5.5, "bed_h": 21.0, "nights_up": 2.0, "walk": 0.6},
    "202": {"wake_h": 7.2, "bed_h": 23.0, "still_min": 16.0, "shopping_days": (2, 5)},
    # Stays in of a morning, so that the collapse two hours before the start finds her at home, and seldom sits still,
    # so that her silence is soon too long.
    "203": {
        "wake_h": 6.2,
        "shopping_days": (1, 4),
        "shopping_h": 14.0,
        "nap": 0.1,
        "walk": 0.0,
        "day_out": 0.0,
        "letterbox": 0.0,
        "still_min": 4.0,
        "chores_min": 100.0,
    },
    "204": {"wake_h": 6.5, "sunday_lie_in_h": 1.0, "shopping_days": (4,), "walk": 0.5},
}
UNITS = tuple(HABITS)


def sensors(unit: str) -> tuple[Sensor, ...]:
    """The nodes of a unit. In one unit a real node program hangs at the entrance, elsewhere a simulated hub."""
    name = f"u{unit}"
    seeing = tuple(
        Sensor(f"{name}-{room}", unit, room, ("motion", "health")) for room in ("bedroom", "kitchen", "toilet", "bath")
    )
    if unit == PRESSES:
        hall = Sensor(
            f"{name}-hall", unit, "entrance", ("motion", "door", "emergency", "fine", "health"), True, is_real=True
        )
        return (hall, Sensor(f"{name}-living", unit, "living", ("motion", "climate", "health"), True), *seeing)
    hub = Sensor(f"{name}-hub", unit, "living", ("motion", "emergency", "fine", "climate", "health"), True)
    return (hub, *seeing, Sensor(f"{name}-door", unit, "entrance", ("door", "health")))


def recorded(unit: str, found: list[dict[str, Any]]) -> tuple[Sensor, ...]:
    """The nodes of a recorded home in place of `unit`'s, and a hub there that can ask."""
    hub = Sensor(f"u{unit}-hub", unit, "living", ("emergency", "fine", "climate", "health"), True)
    return (hub, *(Sensor(one["node"], unit, one["room"], (*one["kinds"], "health")) for one in found))


def last_morning(now: datetime) -> float:
    """Half past ten in the building, today or, before that hour, yesterday; Unix seconds."""
    local = now.astimezone(ZoneInfo(ZONE))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=_START_H)
    return (start if start <= local else start - timedelta(days=1)).timestamp()


def town(
    *,
    zone: str,
    start: float,
    clock_file: str,
    broker_port: int,
    control_port: int,
    bench_port: int,
    hanging: tuple[Sensor, ...],
    recording: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The plan that the simulator plays (gateway.simulator.plan); with a recording, nobody has collapsed yet."""
    households = []
    for unit in UNITS:
        household: dict[str, Any] = {
            "unit": unit,
            "seed": f"tomoshibi-{unit}",
            "habits": HABITS[unit],
            "nodes": [
                {"node": one.node, "room": one.room, "kinds": one.kinds, "mains": one.mains}
                | ({"bench": f"127.0.0.1:{bench_port}"} if one.is_real else {})
                for one in hanging
                if one.unit == unit
            ],
        }
        if unit == COLLAPSES and recording is not None:
            household["recording"] = recording
        elif unit == COLLAPSES:
            household["life"] = {"collapse": {"at": start - COLLAPSED_BEFORE_S, "room": "kitchen"}}
        households.append(household)
    return {
        "zone": zone,
        "start": start,
        "clock_file": clock_file,
        "broker_port": broker_port,
        "control_port": control_port,
        "households": households,
    }
