"""What units share and what one remembers."""

from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

import msgspec
from contract.reports import Absence, Building, Climate, Presence, SeenSign, Watching

from gateway.core.asking import Case
from gateway.core.daybook import Daybook
from gateway.core.decisions import Decision
from gateway.core.flow import Water
from gateway.core.live import Outline, Tally
from gateway.core.outings import Outings
from gateway.core.stays import Stays
from gateway.core.supervision import NodeState


@dataclass
class House:
    """What the units of a building share. `out` collects the decisions of the input being applied."""

    gateway: str
    building: Building
    zone: tzinfo
    nodes: dict[str, NodeState] = field(default_factory=dict)
    out: list[Decision] = field(default_factory=list)


class UnitState(msgspec.Struct):
    """All that a unit remembers besides its watch and its nodes."""

    tally: Tally
    signs: list[SeenSign] = []  # the last ten, oldest first
    door: Literal["open", "closed", "unknown"] = "unknown"
    climate: Climate | None = None
    absences: dict[str, Absence] = {}
    visits: list[tuple[float, float]] = []  # the last that ended, for signs that arrive late
    begun: list[str] = []  # kinds of absence whose beginning has been noticed
    returning: list[float] = []  # signs that may mean that an announced absence is over
    back_at: float | None = None  # when the "back" key was last pressed
    paused: str | None = None  # why the watch is paused
    unwatched_since: float | None = None
    lost_again_at: float | None = None  # a worker closed the alert that it cannot be watched: not raised again before
    rearm_at: float | None = None  # a silence that a worker has closed is not raised again before
    cases: dict[str, Case] = {}
    standing: dict[str, str] = {}  # cause -> the alert that stands for it
    outline: Outline | None = None  # as the unit was last shown
    shown_state: tuple[Watching, Presence] = ("unknown", "unknown")
    backup_at: float | None = None
    stays: Stays = msgspec.field(default_factory=Stays)
    outings: Outings = msgspec.field(default_factory=Outings)
    water: Water | None = None  # of a unit in which a meter has been heard
    relearn_at: float | None = None  # when the watch learns from signs that came late
    daybook: Daybook = msgspec.field(default_factory=Daybook)
