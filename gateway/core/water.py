"""The watches over water of a unit that has a meter: what happens to it, for `water_running` and `no_water`.

A unit without a meter has no `state.water`, and pays for none of this but the question whether it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core import edges, faults, flow, no_water, outings, questions, supervision, water_running
from gateway.core.asking import Case
from gateway.core.flow import Water
from gateway.core.inputs import Observed
from gateway.core.signs import Sign

if TYPE_CHECKING:
    from gateway.core.unit import Unit

ABOUT_THE_RESIDENT = ("water_running", "no_water", "bathroom", "inactivity", "emergency")


def took(unit: Unit, seen: Observed, at: float, alone: bool, now: float) -> None:
    """A meter said at `at` how much runs; what a broker kept does not say when that was.

    alone: no visit was going on.
    """
    runs, node, state = edges.level_of(seen), unit.house.nodes[seen.node], unit.state
    if not isinstance(runs, bool) or not edges.is_first_hand(seen):
        return
    if all(place.node != seen.node for place in unit.places):  # it hung here then, and elsewhere now
        return
    if node.stuck:
        if runs:
            return
        node.stuck = False
    if state.water is None:
        state.water = Water()
    flow.told(state.water, seen.node, at, runs, unit.house.zone, state.paused is None and alone)
    if runs:
        no_water.used(unit, state.water, now)
    else:
        water_running.stopped(unit, state.water, now)


def noticed(unit: Unit, sign: Sign, now: float) -> None:
    """A sign that the watch was told of; one that it does not believe yet brings nobody home."""
    if unit.state.water is None:
        return
    believed_at = unit.watch.believed_at()
    if believed_at is not None and believed_at >= sign.at:
        flow.saw(unit.state.water, sign, outings.out_since(unit.state.outings), now)


def answered(unit: Unit, at: float, now: float) -> None:
    """The resident said at `at` that all is well. No other sign ends an alert: who moves has not drunk for that."""
    if unit.state.water is not None:
        water_running.answered(unit, unit.state.water, at, now)
        no_water.answered(unit, unit.state.water, at, now)


def closed(unit: Unit, case: Case, teaches: bool, now: float) -> None:
    """A worker closed an alert of the unit; what went with somebody's need must not become usual."""
    if unit.state.water is None:
        return
    if case.kind in ABOUT_THE_RESIDENT and not teaches:
        flow.leave_out(unit.state.water, case.since)
    if case.kind == "water_running":
        water_running.closed(unit, unit.state.water, case, now)
    elif case.kind == "no_water":
        no_water.closed(unit, unit.state.water, case, now)


def paused(unit: Unit) -> None:
    """From here on nobody knows whose water it is."""
    if unit.state.water is not None and unit.state.water.run is not None:
        unit.state.water.run.teaches = False


def resumed(unit: Unit, at: float) -> None:
    """From here on it would be seen again, and is the resident's."""
    if unit.state.water is not None:
        flow.resumed(unit.state.water, at)


def heard(unit: Unit, node: str, now: float) -> None:
    """The node is there. Of one that was lost or stuck until now, nobody knows what it saw meanwhile."""
    water, standing = unit.state.water, unit.state.standing
    if water is None or node not in water.meters:
        return
    was_stuck = f"sensor_fault/{node}" in standing and not unit.house.nodes[node].stuck
    if was_stuck or f"node_lost/{node}" in standing:
        flow.lost(water, node, now)


def hung(unit: Unit, now: float) -> None:
    """Other nodes may hang here from now on."""
    if unit.state.water is not None:
        here = {place.node for place in unit.places}
        for node in [node for node in unit.state.water.meters if node not in here]:
            flow.take_down(unit.state.water, node, now)


def given_up(unit: Unit, now: float) -> None:
    """The unit is no longer this gateway's: what it was asking, a worker must now find out."""
    water_running.open_asked(unit, now)
    no_water.open_asked(unit, now)


def clock_set_back(unit: Unit, now: float) -> None:
    """The gateway's clock was set back."""
    if unit.state.water is not None:
        flow.clock_set_back(unit.state.water, now)
        questions.ask_from(unit, water_running.CAUSE, now)
        questions.ask_from(unit, no_water.CAUSE, now)


def due(unit: Unit) -> float | None:
    """When the next question or alert is due."""
    water = unit.state.water
    if water is None:
        return None
    times = [water_running.due(unit, water), no_water.due(unit, water)]
    times += [_stuck_at(unit, water, place.node) for place in unit.places]
    return min((time for time in times if time is not None), default=None)


def wake(unit: Unit, now: float) -> None:
    """Do what is due."""
    water = unit.state.water
    if water is None:
        return
    _doubt(unit, water, now)
    water_running.wake(unit, water, now)
    no_water.wake(unit, water, now)


def _doubt(unit: Unit, water: Water, now: float) -> None:
    """A meter that has run for a day is broken, as far as anybody can tell, and is shown as a faulty sensor."""
    for place in unit.places:
        stuck_at = _stuck_at(unit, water, place.node)
        if stuck_at is not None and now >= stuck_at:
            unit.house.nodes[place.node].stuck = True
            faults.lasting(unit, "sensor_fault", True, place, water.meters[place.node].since or now, now)
            flow.lost(water, place.node, now)


def _stuck_at(unit: Unit, water: Water, node: str) -> float | None:
    """When a meter that still speaks has run for a day."""
    meter, heard = water.meters.get(node), unit.house.nodes[node].last_seen
    if meter is None or meter.since is None or heard is None or heard < meter.since + supervision.STUCK_S:
        return None
    return heard
