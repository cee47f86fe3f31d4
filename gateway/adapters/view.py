"""What the window shows: the building for whoever mends it, walk tests, and figures that name nobody.

Who is at home is nobody's business here. So a pause is not told from watching, a node's last word comes in coarse
steps, and what a sensor senses is seen only in a walk test, of one unit and for a quarter of an hour.
"""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gateway.adapters.onlooker import Notes, Onlooker
from gateway.config import Config
from gateway.core import rooms
from gateway.core.inspection import LitBy, NodeSeen, UnitSeen, Why, heard_within_min, unit_seen
from gateway.core.supervision import State

WALK_S = 15 * 60.0
FRESH_S = 1.0  # real: however many look, the building is drawn once in this time
IDLE_S = 600.0  # real: a core that nobody looks at is dropped
STALE_S = 90.0  # domain; a gateway that runs commits every 30 s

UnitState = Literal["in_order", "learning", "cannot_watch"]


class NodeShown(Struct, frozen=True):
    """`heard_min`: at most so many minutes ago; older: `heard_at`, exact; neither: never."""

    node: str
    room: str
    room_ja: str
    state: State
    weak: bool
    heard_min: int | None
    heard_at: float | None
    rssi_dbm: float | None
    linkquality: float | None
    battery_v: float | None
    battery_pct: float | None
    firmware: str
    lit_by: LitBy


class UnitShown(Struct, frozen=True):
    unit: str
    state: UnitState
    why: list[Why]
    learning_day: int
    learning_days: int
    nodes: list[NodeShown]


class BuildingShown(Struct, frozen=True):
    """`stale_s`: how long ago the gateway last committed, where that is too long."""

    gateway: str
    version: str
    at: float
    stale_s: float | None
    broker: Literal["ok", "down", "unknown"]
    queued_alerts: int
    queued_routine: int
    oldest_s: float | None
    refused_reports: int
    refused: dict[str, int]
    skipped_commands: int
    disk_free_mb: float
    unassigned: list[str]
    units: list[UnitShown]


class NodeLit(Struct, frozen=True):
    node: str
    room: str
    room_ja: str
    state: State
    lit_by: LitBy
    lit_ago_s: float | None


class WalkShown(Struct, frozen=True):
    """`left_s` 0: it is over."""

    unit: str
    left_s: float
    nodes: list[NodeLit]


@dataclass(frozen=True, slots=True)
class _Walk:
    """since: domain time; until: of the monotonic clock."""

    unit: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What `/metrics` tells."""

    version: str
    units: Counter[str]
    nodes: Counter[str]
    unassigned: int
    notes: Notes
    now: float
    disk_free_bytes: int
    broker: bool | None


class View:
    """Every method raises JournalError. now: domain time. broker: whether the gateway is connected to it."""

    def __init__(self, config: Config, now: Callable[[], float], broker: Callable[[], bool | None]) -> None:
        self._config, self._now, self._broker = config, now, broker
        self._lock = threading.Lock()
        self._onlooker: Onlooker | None = None
        self._looked_at = self._drawn_at = float("-inf")
        self._drawn: BuildingShown | None = None
        self._walks: dict[str, _Walk] = {}

    def rest(self) -> None:
        """Give back the memory of a core that nobody looks at; to be called now and then."""
        with self._lock:
            now = time.monotonic()
            # A phone may sleep through a walk test, and what was lit meanwhile is only in this core.
            if now - self._looked_at > IDLE_S and all(walk.until < now for walk in self._walks.values()):
                self._onlooker = self._drawn = None

    def building(self) -> BuildingShown:
        with self._lock:
            if self._drawn is None or time.monotonic() - self._drawn_at > FRESH_S:
                self._drawn, self._drawn_at = self._draw(), time.monotonic()
            return self._drawn

    def figures(self) -> Figures:
        with self._lock:
            onlooker, notes = self._look()
            now = self._now()
            units = [unit_seen(unit, now) for unit in onlooker.core.units.values()]
            return Figures(
                version("tomoshibi"),
                Counter(_state(unit) for unit in units),
                Counter(node.state for unit in units for node in unit.nodes),
                len(onlooker.core.unassigned()),
                notes,
                now,
                self._disk_free(),
                self._broker(),
            )

    def begin_walk(self, who: str, unit: str) -> bool:
        """Begin a walk test for the session `who`, in place of its last; False: there is no such unit."""
        with self._lock:
            onlooker, _ = self._look()
            if unit not in onlooker.core.units:
                return False
            now = time.monotonic()
            self._walks = {one: walk for one, walk in self._walks.items() if walk.until > now}
            self._walks[who] = _Walk(unit, self._now(), now + WALK_S)
            return True

    def end_walk(self, who: str) -> None:
        with self._lock:
            self._walks.pop(who, None)

    def walk(self, who: str) -> WalkShown | None:
        """Which nodes have sensed somebody since this session's walk test began; None: it has begun none."""
        with self._lock:
            walk = self._walks.get(who)
            if walk is None:
                return None
            left_s = max(0.0, walk.until - time.monotonic())
            onlooker, _ = self._look()
            unit = onlooker.core.units.get(walk.unit)
            if unit is None or left_s == 0:
                return WalkShown(walk.unit, 0.0, [])
            now = self._now()
            return WalkShown(
                walk.unit,
                round(left_s, 1),
                [_lit(node, onlooker.sensed.get(node.node), walk.since, now) for node in unit_seen(unit, now).nodes],
            )

    def _look(self) -> tuple[Onlooker, Notes]:
        if self._onlooker is None:
            self._onlooker = Onlooker(Path(self._config.data_dir), self._config.gateway)
        self._looked_at = time.monotonic()
        return self._onlooker, self._onlooker.look()

    def _disk_free(self) -> int:
        return shutil.disk_usage(self._config.data_dir).free

    def _draw(self) -> BuildingShown:
        onlooker, notes = self._look()
        now, connected = self._now(), self._broker()
        silent_s = None if notes.running_until is None else now - notes.running_until
        oldest = [at for at in (notes.oldest_alert_at, notes.oldest_routine_at) if at is not None]
        return BuildingShown(
            gateway=self._config.gateway,
            version=version("tomoshibi"),
            at=now,
            stale_s=silent_s if silent_s is None or silent_s > STALE_S else None,
            broker="unknown" if connected is None else "ok" if connected else "down",
            queued_alerts=notes.queued_alerts,
            queued_routine=notes.queued_routine,
            oldest_s=max(0.0, now - min(oldest)) if oldest else None,
            refused_reports=notes.refused_reports,
            refused=notes.refused,
            skipped_commands=len(notes.skipped_commands),
            disk_free_mb=round(self._disk_free() / 1e6, 1),
            unassigned=onlooker.core.unassigned(),
            units=[_shown(unit_seen(unit, now), now) for unit in onlooker.core.units.values()],
        )


def _state(unit: UnitSeen) -> UnitState:
    if unit.watching == "cannot_watch":
        return "cannot_watch"
    return "learning" if unit.learning_day < unit.learning_days else "in_order"


def _shown(unit: UnitSeen, now: float) -> UnitShown:
    nodes = [_node(node, now) for node in unit.nodes]
    return UnitShown(unit.unit, _state(unit), unit.why, unit.learning_day, unit.learning_days, nodes)


def _node(node: NodeSeen, now: float) -> NodeShown:
    within = None if node.last_seen is None else heard_within_min(node.last_seen, now)
    return NodeShown(
        node.node,
        node.room,
        rooms.in_japanese(node.room),
        node.state,
        node.weak,
        within,
        node.last_seen if within is None else None,
        node.rssi_dbm,
        node.linkquality,
        node.battery_v,
        node.battery_pct,
        node.firmware,
        node.lit_by,
    )


def _lit(node: NodeSeen, sensed: float | None, since: float, now: float) -> NodeLit:
    ago_s = None if sensed is None or sensed < since else max(0.0, round(now - sensed, 1))
    return NodeLit(node.node, node.room, rooms.in_japanese(node.room), node.state, node.lit_by, ago_s)
