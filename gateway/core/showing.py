"""What others are shown of a unit: the evidence of an alert, the unit as it is now, its hours, its dial."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from contract.reports import Climate, Dial, Evidence, NodePlace, Presence, SensorState, UnitLive, Watching, Words

from gateway.core import changes, flow, live, stays, supervision, words
from gateway.core.asking import Case
from gateway.core.climate import FRESH_S
from gateway.core.decisions import Account, Send
from gateway.core.flow import Water
from gateway.core.reason import Reason, in_english, in_japanese

if TYPE_CHECKING:
    from gateway.core.unit import Unit

PULSE_S = 300
DAY_S = 86400
MOST_SENSORS = 64


def is_there(unit: Unit, place: NodePlace, now: float) -> bool:
    """Whether a node can be talked to."""
    node = unit.house.nodes[place.node]
    return node.last_seen is not None and node.offline_since is None and not supervision.is_lost(place, node, now)


def sensors(unit: Unit, now: float) -> list[SensorState]:
    places = unit.places[:MOST_SENSORS]
    return [supervision.sensor_state(place, unit.house.nodes[place.node], now) for place in places]


def watching(unit: Unit) -> Watching:
    """Whether the watch can do its work; never "watching" on hope."""
    if unit.state.unwatched_since is not None:
        return "cannot_watch"
    if unit.state.paused is not None:
        return "paused"
    day, days = unit.watch.learning()
    return "learning" if day < days else "watching"


def air(unit: Unit, now: float) -> Climate | None:
    """The air in the unit; None when it was last measured too long ago to be how it is now."""
    last = unit.state.climate
    return last if last is not None and now - last.at <= FRESH_S else None


def presence(unit: Unit, now: float) -> Presence:
    if unit.state.paused in ("away", "hospital"):
        return "away"
    return "unknown" if unit.state.paused is not None else unit.watch.presence(now).value


def reason(unit: Unit, now: float) -> Words:
    """The watch's sentence, and how its sensors are: a worker must know whose silence it is."""
    found = unit.watch.reason(now)
    return with_sensors(unit, Words(in_japanese(found), in_english(found)), now)


def with_sensors(unit: Unit, found: Words, now: float) -> Words:
    """The sentence with how the unit's sensors are."""
    states = [sensor.state for sensor in sensors(unit, now)]
    troubled = sum(state not in ("ok", "battery_low") for state in states)
    return words.with_sensors(found, len(states), troubled)


def evidence(unit: Unit, case: Case, now: float) -> Evidence:
    """What the gateway saw, as of now."""
    state = unit.state
    usual = unit.watch.reason(now) if case.kind == "inactivity" else None
    found = _measured(unit, case, usual, now)
    return Evidence(
        signs=list(state.signs),
        silence_s=found.lasted_s,
        limit_s=found.limit_s,
        usual_max_s=found.usual_max_s,
        usual_days=found.usual_days,
        presence=presence(unit, now),
        door=_door(usual) if usual else state.door,
        climate=air(unit, now),
        sensors=sensors(unit, now),
        presses=case.presses,
        place=case.place,
    )


class _Measured(NamedTuple):
    """How long it has lasted, in seconds, beside what is usual."""

    lasted_s: float | None
    limit_s: float | None = None
    usual_max_s: float | None = None
    usual_days: int | None = None


def _measured(unit: Unit, case: Case, usual: Reason | None, now: float) -> _Measured:
    """A silence, a stay in the bathroom and water by their own measure; else how long nothing was seen."""
    if usual is not None:
        return _Measured(usual.silence_s, unit.watch.limit_s(now), usual.usual_max_s, usual.usual_days)
    known = unit.state.stays
    if case.kind == "bathroom" and known.current is not None:
        lasted_s, limit_s = max(0.0, now - known.current.since), known.current.limit_s
        return _Measured(lasted_s, limit_s, stays.longest_s(known) or None, len(known.days))
    found = None if unit.state.water is None else _of_water(unit.state.water, case, now)
    if found is not None:
        return found
    return _Measured(max(0.0, now - unit.state.signs[-1].at) if unit.state.signs else None)


def _of_water(water: Water, case: Case, now: float) -> _Measured | None:
    """How long it runs, or how long somebody at home has used none; None of what is over."""
    days, run, dry = len(water.days), water.run, water.dry
    if case.kind == "water_running" and run is not None and run.since == case.since:
        return _Measured(now - run.since, run.limit_s, flow.longest_run_s(water) or None, days)
    if case.kind == "no_water" and dry is not None and dry.since == case.since:
        return _Measured(now - dry.since - dry.out_s, dry.limit_s, flow.longest_dry_s(water) or None, days)
    return None


def _door(usual: Reason) -> Literal["open", "closed", "unknown"]:
    """The door as the sentence has it: what a contact said last counts only while the watch relies on it."""
    return "open" if usual.door == "open" else "closed" if usual.door == "closed" else "unknown"


def current(unit: Unit, now: float) -> UnitLive:
    """The unit as it is now."""
    state = unit.state
    day, days = unit.watch.learning()
    return UnitLive(
        unit.name,
        watching(unit),
        presence(unit, now),
        state.signs[-1] if state.signs else None,
        day,
        days,
        unit.watch.deadline() if state.paused is None else None,
        air(unit, now),
        sensors(unit, now),
        changes.comparing(unit),
    )


def show(unit: Unit, now: float) -> None:
    """Send the unit as it is now, whatever was sent before."""
    state = unit.state
    state.shown_state = (watching(unit), presence(unit, now))
    state.outline = _outline(unit, now)
    unit.house.out.append(Send(current(unit, now), "routine"))


def _outline(unit: Unit, now: float) -> live.Outline:
    """Of the unit as it is now, whose state was seen just now."""
    state, found = unit.state, air(unit, now)
    return live.Outline(
        *state.shown_state,
        state.signs[-1] if state.signs else None,
        unit.watch.learning()[0],
        unit.watch.deadline() if state.paused is None else None,
        None if found is None else live.in_outline(found),
        [
            (place.node, supervision.state_of(place, unit.house.nodes[place.node], now))
            for place in unit.places[:MOST_SENSORS]
        ],
    )


def show_change(unit: Unit, now: float) -> None:
    """Send it at once if it can be watched no longer or again, or the resident came, went or fell asleep."""
    state = (watching(unit), presence(unit, now))
    if state == unit.state.shown_state:
        return
    live.count(unit.state.tally, now, state[0] in ("watching", "learning"), state[1])
    show(unit, now)


def missed(unit: Unit, since: float, now: float) -> None:
    """Nothing was seen from `since` until now, and nothing of it is credited to any hour."""
    tally = unit.state.tally
    live.count(tally, since, False, "unknown")
    if since // live.HOUR_S != now // live.HOUR_S:
        unit.house.out.append(
            Send(live.close_hour(tally, unit.name, since - since % live.HOUR_S, unit.house.zone), "routine")
        )
    tally.mark = now
    live.count(tally, now, watching(unit) in ("watching", "learning"), presence(unit, now))


def pulse(unit: Unit, at: float, now: float) -> None:
    """Five minutes are over, and the unit was looked at: show it, on the hour the hour too, and once a day its dial."""
    tally, (state, where) = unit.state.tally, unit.state.shown_state
    live.count(tally, at, state in ("watching", "learning"), where)
    if at % live.HOUR_S == 0:
        unit.house.out.append(Send(live.close_hour(tally, unit.name, at - live.HOUR_S, unit.house.zone), "routine"))
        show(unit, now)
    elif _outline(unit, now) != unit.state.outline:
        show(unit, now)
    _daily(unit, at)


def _daily(unit: Unit, at: float) -> None:
    """At a time of the unit's own: what a thousand have learned, in one instant, would hold up an alert."""
    if unit.state.backup_at is None:
        slot = zlib.crc32(unit.name.encode()) % (DAY_S // PULSE_S) * PULSE_S
        unit.state.backup_at = at - at % DAY_S + slot + (DAY_S if at % DAY_S >= slot else 0)
    elif at >= unit.state.backup_at:
        unit.state.backup_at += DAY_S * (1 + (at - unit.state.backup_at) // DAY_S)
        unit.house.out.append(Account(unit.name))


def dial(unit: Unit) -> Dial:
    """What each position of the coordinator's dial costs here."""
    watch = unit.watch
    return Dial(unit.name, watch.recorded_days(), watch.tells_outings(), watch.costs())
