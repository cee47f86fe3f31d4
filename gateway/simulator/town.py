"""A building's nodes, played: what their residents do, their sensors report to the gateway's broker.

`Town` knows what is due when and what to publish; it is told the time and handed the way out, and has no loop.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from math import cos, pi
from pathlib import Path
from typing import Any, Protocol

from contract import topics
from msgspec import Struct
from msgspec.structs import replace

from gateway.simulator import recording
from gateway.simulator.nodes import Packet, SimulatedNode
from gateway.simulator.persons import Person
from gateway.simulator.plan import Household, NodePlan, Plan

_CLIMATE_EVERY_S = 900.0
_RELEASED_AFTER_S = 2.0
_DAY_S = 86400.0


class Bench(Protocol):
    """The inputs of a real node program."""

    def motion(self) -> None: ...
    def door(self, state: str) -> None: ...
    def press(self) -> None: ...
    def release(self) -> None: ...
    def fine(self) -> None: ...
    def lights(self) -> dict[str, Any]: ...
    def cut(self, cut: bool) -> None: ...


class Due(Struct, frozen=True, order=True):
    """`node` reports `kind` at `at` (Unix seconds of domain time); health and climate go on when the resident lies."""

    at: float
    node: str
    kind: str
    value: Any = None


class UnknownNameError(KeyError):
    """No such unit or node in this town."""


class _Unit:
    def __init__(self, household: Household) -> None:
        self.household = household
        collapse = household.life.collapse
        self.collapsed_at = None if collapse is None else collapse.at
        if household.recording is not None:
            self.collapsed_at = household.recording.cut_at

    def silent(self, at: float) -> bool:
        return self.collapsed_at is not None and at >= self.collapsed_at


class Town:
    """Every unit of `plan` from its start on. `publish` takes a topic and a body; `boot` tells this start from others.

    `bench` opens the real node program behind a NodePlan's `bench`.
    """

    def __init__(
        self, plan: Plan, publish: Callable[[str, bytes], None], boot: str, bench: Callable[[str], Bench] | None = None
    ) -> None:
        self._publish = publish
        self._units = {household.unit: _Unit(household) for household in plan.households}
        self.nodes: dict[str, SimulatedNode] = {}
        self.benches: dict[str, Bench] = {}
        self._unit_of: dict[str, _Unit] = {}
        for unit in self._units.values():
            for node in unit.household.nodes:
                self._unit_of[node.node] = unit
                if node.bench and bench is not None:
                    self.benches[node.node] = bench(node.bench)
                else:
                    self.nodes[node.node] = SimulatedNode(node, boot, plan.start)
        self._stream = _in_order(_life(household, plan) for household in plan.households)
        self._next = next(self._stream, None)
        self._soon: list[Due] = []

    def start(self) -> None:
        """Say that every node is there."""
        for node in self.nodes.values():
            self._send(node.status("online"))

    def next_due(self) -> float | None:
        """When something is to be published next, in domain time."""
        times = [due.at for due in (self._next, self._soon[0] if self._soon else None) if due is not None]
        return min(times, default=None)

    def advance(self, now: float) -> None:
        """Publish all that is due at `now`."""
        while self._next is not None and self._next.at <= now:
            self._report(self._next)
            self._next = next(self._stream, None)
        while self._soon and self._soon[0].at <= now:
            self._report(heapq.heappop(self._soon))

    def repeat_presses(self) -> None:
        """Publish again what the gateway has not confirmed; to be called every few seconds of real time."""
        for node in self.nodes.values():
            if node.press is not None and not node.cut:
                self._send(node.press[1])

    def heard(self, topic: str, body: bytes, now: float) -> None:
        """Take in a message to one of the nodes. Raises ContractError on what breaks the contract."""
        name = topics.split(topic)
        if name is not None and name[0] in self.nodes:
            self.nodes[name[0]].heard(name[1], body, now)

    # What the demo's visitor may do

    def press(self, unit: str, now: float) -> None:
        """Press the emergency button of a unit."""
        name = self._node_with(unit, "emergency")
        if name in self.benches:
            self.benches[name].press()
            heapq.heappush(self._soon, Due(now + _RELEASED_AFTER_S, name, "emergency", "released"))
        elif not self.nodes[name].cut:
            self._send(self.nodes[name].pressed(now))
            heapq.heappush(self._soon, Due(now + _RELEASED_AFTER_S, name, "emergency", "released"))

    def fine(self, unit: str, now: float) -> None:
        """Press "I'm fine" in a unit."""
        name = self._node_with(unit, "fine")
        if name in self.benches:
            self.benches[name].fine()
        else:
            self.nodes[name].asked_until = 0.0
            self._send_unless_cut(self.nodes[name], self.nodes[name].event(now, "fine", "pressed"))

    def cut(self, node: str) -> None:
        """Take a sensor's power away; the broker says so for it, as it would by the node's last will."""
        if node in self.benches:
            self.benches[node].cut(True)
            return
        found = self._node(node)
        if not found.cut:
            self._send(found.status("offline"))
            found.cut = True

    def mend(self, node: str, now: float) -> None:
        if node in self.benches:
            self.benches[node].cut(False)
            return
        found = self._node(node)
        if found.cut:
            found.cut = False
            self._send(found.status("online"))
            self._send(found.health(now))

    def collapse(self, unit: str, now: float) -> None:
        """From now on the resident of `unit` lies still."""
        self._unit(unit).collapsed_at = now

    def rise(self, unit: str) -> None:
        """The resident is up again, and moves about."""
        self._unit(unit).collapsed_at = None

    def state(self, now: float) -> list[dict[str, Any]]:
        """Every unit with its nodes, for the page that controls the demo."""
        return [
            {
                "unit": name,
                "lies_still": unit.silent(now),
                "recorded": unit.household.recording is not None,
                "nodes": [self._node_state(node, now) for node in unit.household.nodes],
            }
            for name, unit in self._units.items()
        ]

    def _node_state(self, plan: NodePlan, now: float) -> dict[str, Any]:
        state: dict[str, Any] = {"node": plan.node, "room": plan.room, "kinds": plan.kinds, "real": bool(plan.bench)}
        if plan.node in self.benches:
            return state | self.benches[plan.node].lights()
        node = self.nodes[plan.node]
        return state | {"cut": node.cut, "light": node.stage, "asked": node.asked, "asking": node.asked_until > now}

    def _report(self, due: Due) -> None:
        if due.kind in ("motion", "door", "power") and self._unit_of[due.node].silent(due.at):
            return
        if due.node in self.benches:
            self._move(self.benches[due.node], due)
            return
        node = self.nodes[due.node]
        packet = node.health(due.at) if due.kind == "health" else node.event(due.at, due.kind, due.value)
        self._send_unless_cut(node, packet)

    def _move(self, bench: Bench, due: Due) -> None:
        if due.kind == "motion":
            bench.motion()
        elif due.kind == "door":
            bench.door(due.value)
        elif due.kind == "emergency":
            bench.release()

    def _send_unless_cut(self, node: SimulatedNode, packet: Packet) -> None:
        if not node.cut:
            self._send(packet)

    def _send(self, packet: Packet) -> None:
        self._publish(*packet)

    def _unit(self, unit: str) -> _Unit:
        if unit not in self._units:
            raise UnknownNameError(unit)
        return self._units[unit]

    def _node(self, node: str) -> SimulatedNode:
        if node not in self.nodes:
            raise UnknownNameError(node)
        return self.nodes[node]

    def _node_with(self, unit: str, kind: str) -> str:
        for node in self._unit(unit).household.nodes:
            if kind in node.kinds:
                return node.node
        raise UnknownNameError(f"{unit}: {kind}")


def _life(household: Household, plan: Plan) -> Iterator[Due]:
    """All that a unit's nodes report from the plan's start on, in order and without end."""
    streams = [_signs(household, plan)]
    for number, node in enumerate(household.nodes):
        if not node.bench:
            streams.append(_health(node, plan.start + number))
        if "climate" in node.kinds and not node.bench:
            streams.append(_climate(node, plan.start + 5))
    return _in_order(streams)


def _in_order(streams: Iterable[Iterator[Due]]) -> Iterator[Due]:
    return heapq.merge(*streams, key=lambda due: due.at)


def _signs(household: Household, plan: Plan) -> Iterator[Due]:
    if household.recording is not None:
        return _recorded(household.recording.path, plan.start)
    return _lived(household, plan)


def _lived(household: Household, plan: Plan) -> Iterator[Due]:
    seeing = {node.room: node.node for node in household.nodes if "motion" in node.kinds}
    door = next((node.node for node in household.nodes if "door" in node.kinds), None)
    # Whoever lies still may be helped up; until then the unit is silent.
    life = replace(household.life, collapse=None)
    person = Person(household.habits, household.seed, plan.zone, life)
    start = plan.start
    while True:
        for firing in person.between(start, start + _DAY_S):
            if firing.kind == "contact" and door is not None:
                yield Due(firing.at, door, "door", "open" if firing.value else "closed")
            elif firing.kind == "motion" and firing.value and firing.room in seeing:
                yield Due(firing.at, seeing[firing.room], "motion", {"count": 1, "last_at": round(firing.at, 3)})
        start += _DAY_S


def _recorded(path: str, start: float) -> Iterator[Due]:
    for row in recording.rows(Path(path)):
        reported = recording.report(row)
        if row.at >= start and reported is not None:
            yield Due(row.at, recording.node_name(row.node), *reported)


def _health(node: NodePlan, start: float) -> Iterator[Due]:
    every = SimulatedNode(node, "0", start).health_every_s
    at = start
    while True:
        yield Due(at, node.node, "health")
        at += every


def _climate(node: NodePlan, start: float) -> Iterator[Due]:
    at = start
    while True:
        warmth = cos(2 * pi * (at % _DAY_S) / _DAY_S)  # warmest in the afternoon in Japan
        value = {"temperature_c": round(24.0 - 1.5 * warmth, 1), "humidity_pct": round(52.0 + 4.0 * warmth, 1)}
        yield Due(at, node.node, "climate", value)
        at += _CLIMATE_EVERY_S
