"""One unit: what its nodes sense, and what follows from it for the one who lives there."""

from __future__ import annotations

import zlib
from bisect import insort

from contract.reports import AlertKind, Answered, Climate, Closed, NodePlace, Receipt, SeenSign, UnitLive

from gateway.core import (
    absences,
    bathroom,
    changes,
    climate,
    edges,
    emergency,
    faults,
    live,
    monitoring,
    night_out,
    showing,
    silence,
    stays,
    supervision,
    water,
    words,
)
from gateway.core.cases import Cases
from gateway.core.decisions import Send
from gateway.core.diary import Diary, Kept
from gateway.core.inputs import NodeStatus, Observed
from gateway.core.signs import ENTRANCE, Sign
from gateway.core.state import House, UnitState
from gateway.core.supervision import NodeState
from gateway.core.watch import UnitWatch

MOST_SIGNS = 10
BEFORE_S = 1.0  # the silence that a press ended is the one that went on just before it
ALSO_ABOUT_SILENCE = ("emergency", "bathroom", "night_out")
RELEARN_AFTER_S = 60.0
RELEARN_SPREAD_S = 900
RELEARN_LATE_S = 60.0


class Unit:
    """Takes what happens to one unit and appends what is to be done to `house.out`. `due()` says when to `wake` it.

    places: where nodes hang in it now. The order of calls is the order of inputs; nothing here reads a clock.
    """

    def __init__(self, name: str, house: House, watch: UnitWatch, state: UnitState, kept: Kept | None = None) -> None:
        self.name, self.house, self.state = name, house, state
        self._watch, self.diary = watch, Diary(watch, kept)
        self.places: list[NodePlace] = []
        self.cases = Cases(
            house.gateway,
            name,
            state.cases,
            state.standing,
            lambda case, now: showing.evidence(self, case, now),
            house.out,
        )

    @property
    def watch(self) -> UnitWatch:
        """The watch, to be asked; told it is through `diary`."""
        return self._watch

    @watch.setter
    def watch(self, watch: UnitWatch) -> None:
        self._watch, self.diary = watch, Diary(watch)

    # --- what comes in ---

    def sensed(self, seen: Observed, place: NodePlace, at: float, now: float) -> None:
        """An observation of a node that hung here when it was sensed, not seen before."""
        node = self.house.nodes[seen.node]
        kind = emergency.kind_of(seen, node, at)
        signs = edges.signs_from(seen, at, place, node)
        believed_at = self.watch.believed_at()
        lives = [self._sign(sign, now) for sign in signs]
        if kind is not None:
            self.called(kind, seen, place, at, now)
        if seen.kind == "away" and signs:
            absences.announced_by_key(self, seen.value == "out", at, now)
        elif not signs:
            self._took_state(seen, place, at, now)
        if edges.is_first_hand(seen):
            self.heard(place, now)
        else:
            self.look(now)
        if any(lives) and seen.kind == "fine" and not seen.historical:
            silence.answered(self, now)
        elif any(lives):
            silence.saw_sign(self, "fine" if seen.kind == "fine" else "sign", believed_at, now)
        if any(lives):
            bathroom.saw_sign(self, "fine" if seen.kind == "fine" else "sign", at, now)
            night_out.saw_sign(self, "fine" if seen.kind == "fine" else "sign", at, now)
        if any(lives) and seen.kind == "fine":
            water.answered(self, at, now)
        elif seen.kind == "water":
            water.took(self, seen, at, not absences.visited(self.state, at), now)

    def called(self, kind: AlertKind, seen: Observed, place: NodePlace, at: float, now: float) -> None:
        """Somebody pressed, or a detector went off, at `at`."""
        emergency.raise_alert(self.cases, kind, seen, at, place, now, self.house.zone)

    def _took_state(self, seen: Observed, place: NodePlace, at: float, now: float) -> None:
        node = self.house.nodes[seen.node]
        if seen.kind == "presence" and seen.value is False and node.stuck:
            node.stuck = False
        elif seen.kind == "health" and isinstance(seen.value, dict):
            faults.took_health(self, seen.value, place, at, now)
        elif seen.kind == "climate" and isinstance(seen.value, dict):
            self._took_climate(seen.value, at, now)
        elif seen.kind in ("leak", "tamper") and isinstance(seen.value, bool):
            faults.took_flag(self, "leak" if seen.kind == "leak" else "tamper", seen.value, seen, place, at, now)
        if seen.kind == "door" and place.room == ENTRANCE:
            self._took_door(node)

    def _took_door(self, node: NodeState) -> None:
        door = edges.level(node, "door")
        self.state.door = "open" if door == "open" else "closed" if door == "closed" else "unknown"

    def _took_climate(self, value: dict[str, object], at: float, now: float) -> None:
        temperature, humidity = value.get("temperature_c"), value.get("humidity_pct")
        if not isinstance(temperature, (int, float)):
            return
        known_humidity = float(humidity) if isinstance(humidity, (int, float)) else None
        live.felt(self.state.tally, at, float(temperature), known_humidity)
        if known_humidity is None:  # nobody can say how hot it feels
            return
        known = self.state.climate
        if known is None or at >= known.at:
            wbgt = round(climate.wbgt_c(temperature, known_humidity), 1)
            self.state.climate = Climate(at, float(temperature), known_humidity, wbgt)
            silence.weather(self, now)

    def _sign(self, sign: Sign, now: float) -> bool:
        """Whether an edge is the resident's: not a stuck sensor's, nor one while somebody else is in the flat."""
        node = self.house.nodes[sign.node]
        if not supervision.believes(node, sign):
            return False
        if sign.kind == "door" and sign.room == ENTRANCE:
            self._took_door(node)
        if absences.visited(self.state, sign.at):
            return False
        seen = SeenSign(sign.at, sign.room, sign.kind)
        insort(self.state.signs, seen, key=lambda known: known.at)
        del self.state.signs[:-MOST_SIGNS]
        live.saw(self.state.tally, sign.room, sign.at)
        changes.saw(self, sign, now)
        absences.noticed(self, sign, now)
        self._saw(sign, now)
        bathroom.noticed(self, sign)
        water.noticed(self, sign, now)
        night_out.noticed(self, sign)
        return True

    def _saw(self, sign: Sign, now: float) -> None:
        self.diary.saw(sign)
        if self.watch.is_stale and self.state.relearn_at is None:
            self._relearn_later(now)

    def _relearn_later(self, now: float) -> None:
        """Each unit at a time of its own: after an outage of the broker, signs come late to all of them at once."""
        self.state.relearn_at = now + RELEARN_AFTER_S + zlib.crc32(self.name.encode()) % RELEARN_SPREAD_S

    def clock(self, place: NodePlace, wrong: bool, now: float) -> None:
        """What the node claims about the time is, or is no longer, impossible."""
        faults.lasting(self, "clock", wrong, place, now, now)

    def heard(self, place: NodePlace, now: float) -> None:
        """The node is there: what was lost with it is back."""
        if supervision.senses_life(place) and self.state.paused is None:
            self.diary.observed(now)
        water.heard(self, place.node, now)
        faults.heard(self, place, now)
        self.look(now)

    def chatters(self, place: NodePlace, now: float) -> None:
        """A node began, or ceased, to send more than can be true."""
        faults.looks_broken(self, place, now)
        self.look(now)

    def status(self, status: NodeStatus, place: NodePlace, now: float) -> None:
        """A node signed on or off."""
        if status.state == "offline" or status.hearsay:
            self.look(now)
        else:
            self.heard(place, now)

    def receipt(self, command: Receipt, now: float) -> None:
        """The backend said how far an alert has come."""
        case = self.state.cases[command.alert]
        self.cases.receipt(case, command)
        if command.stage != "backend":
            self.cases.move(case, "claim", now, words.over("resumed"))

    def answered(self, command: Answered, now: float) -> None:
        """The resident answered the automatic call: as good a sign as a press."""
        at = min(command.at, now)
        room = self.state.signs[-1].room if self.state.signs else ENTRANCE
        self._saw(Sign(at, room, "press"), now)
        silence.answered(self, now)
        bathroom.saw_sign(self, "fine", at, now)
        night_out.saw_sign(self, "fine", at, now)
        water.answered(self, at, now)

    def closed(self, command: Closed, now: float) -> None:
        """A worker closed an alert; only a false one teaches."""
        case = self.state.cases[command.alert]
        blind, teaches = case is self.cases.of(monitoring.CAUSE), command.verdict == "false"
        self.cases.move(case, "closed", now, words.over("resumed"))
        if case.kind == "inactivity":
            silence.closed(self, case, teaches, now)
        elif blind:
            monitoring.closed(self, now)
        elif case.kind == "night_out":
            night_out.closed(self, case, teaches, now)
        if case.kind in ALSO_ABOUT_SILENCE:
            self.diary.ended(case.since - BEFORE_S, teaches)
        bathroom.closed(self, case, teaches, now)
        water.closed(self, case, teaches, now)

    # --- what time brings ---

    def due(self) -> float | None:
        """When `wake` is wanted, if nothing else happens before; None when nothing is waited for."""
        times = [silence.due(self), bathroom.due(self), night_out.due(self), water.due(self), absences.due(self.state)]
        times += [monitoring.due(self), faults.due(self), changes.due(self), self.state.relearn_at]
        return min((time for time in times if time is not None), default=None)

    def wake(self, now: float) -> None:
        """Do what is due."""
        absences.pass_time(self, now)
        self._relearn(now)
        faults.wake(self, now)
        self.look(now)
        monitoring.wake(self, now)
        silence.wake(self, now)
        bathroom.wake(self, now)
        night_out.wake(self, now)
        water.wake(self, now)
        changes.wake(self, now)

    def _relearn(self, now: float) -> None:
        """Learn from what came late when it is time, and in any case before anybody is asked."""
        at, asked_at = self.state.relearn_at, silence.due(self)
        if at is None:
            return
        if now > at + RELEARN_LATE_S:  # the gateway was away, and so all units are late
            self._relearn_later(now)
        elif now >= at:
            self.state.relearn_at = None
            self.diary.learn_anew()
        if asked_at is not None and now >= asked_at:
            self.diary.learn_anew()

    def look(self, now: float) -> None:
        """See anew whether the unit can be watched, and show a change at once."""
        monitoring.look(self, now)
        showing.show_change(self, now)

    def pulse(self, at: float, now: float) -> None:
        """Every five minutes: look, and show what changed since."""
        self.look(now)
        showing.pulse(self, at, now)

    def missed(self, since: float, now: float) -> None:
        """The gateway itself was away, or its clock was set: nobody's silence, and nothing to learn from."""
        showing.missed(self, since, now)
        if self.state.paused is None:
            self.diary.pause(since, "outage")
            self.diary.resume(now)
            bathroom.resumed(self, now)
            night_out.resumed(self, now)
        water.resumed(self, now)

    def clock_set_back(self, watch: UnitWatch, now: float) -> None:
        """The gateway's clock was ahead: what is dated later than `now` never was, and `watch` begins a new silence."""
        self.missed(now, now)
        self.watch = watch
        self.diary.observed(now)
        if self.state.paused is not None:
            self.diary.pause(now, self.state.paused)
        self.state.signs = [sign for sign in self.state.signs if sign.at <= now]
        self.state.unwatched_since = None if self.state.unwatched_since is None else now
        self.state.backup_at = self.state.relearn_at = None
        absences.clock_set_back(self.state, now)
        changes.clock_set_back(self, now)
        silence.clock_set_back(self, now)
        stays.clock_set_back(self.state.stays, now)
        night_out.clock_set_back(self, now)
        water.clock_set_back(self, now)
        monitoring.clock_set_back(self, now)
        self.look(now)

    # --- where nodes hang ---

    def place(self, places: list[NodePlace], now: float) -> None:
        """These nodes hang here from now on; what stood about one that left is over."""
        before, self.places = self.places, places
        faults.left(self, before, now)
        water.hung(self, now)
        changes.hung(self, now)
        if not any(found.room == ENTRANCE and "door" in found.kinds for found in places):
            self.state.door = "unknown"
        if self.state.unwatched_since is None and not supervision.watchable(places, self.house.nodes, now):
            self.state.unwatched_since = now  # until now others watched, whenever those that came were last heard
        self.look(now)

    def given_up(self, now: float) -> None:
        """The unit is no longer this gateway's: what it was asking, a worker must now find out."""
        case = self.cases.of("inactivity")
        if case is not None:
            self.cases.move(case, "time", now, showing.reason(self, now))
        night_out.given_up(self, now)
        water.given_up(self, now)
        self.house.out.append(Send(UnitLive(self.name, "unknown"), "routine"))
