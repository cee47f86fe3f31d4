"""What a simulated building holds: one JSON file, written by whoever prepares the demo."""

from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.simulator.habits import Habits
from gateway.simulator.life import Life


class NodePlan(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One sensor. `bench` is "host:port" of a real node program whose inputs are to be moved instead of simulated."""

    node: str
    room: str
    kinds: tuple[str, ...]
    mains: bool = False
    bench: str = ""


class Recording(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A recorded home in place of a simulated resident. From `cut_at` (Unix seconds) its sensors report health only."""

    path: str
    cut_at: float


class Household(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One unit, and what befalls its resident."""

    unit: str
    nodes: tuple[NodePlan, ...]
    habits: Habits = Habits()
    seed: str = ""
    life: Life = Life()
    recording: Recording | None = None


class Plan(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The town: from `start` (Unix seconds of domain time) its residents are played."""

    zone: str
    start: float
    clock_file: str
    broker_port: int
    control_port: int
    households: tuple[Household, ...]


def read(path: Path) -> Plan:
    """Raises OSError when there is no such file, msgspec.ValidationError when it holds no plan."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)
