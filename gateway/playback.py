"""A recording as the building's own core hears it, with the recording's times as the clock.

What a source of the gateway would make of a row goes into `BuildingCore`, which is woken when it asks to be. A node
once heard goes on telling that it is there, unless its link is down. Where the whole recording was down nothing comes
and nobody wakes the core, as when the gateway itself was off.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from contract.reports import Building, Configure, NodePlace, UnitHour, UnitSettings
from msgspec.structs import replace

from gateway.core.agenda import FOREVER, Agenda
from gateway.core.building import BuildingCore, check
from gateway.core.decisions import Decision, Send
from gateway.core.inputs import Input, NodeStatus, Observed, Ticked, Told, taken_at
from gateway.core.supervision import expected_within_s
from gateway.core.unit import Unit
from gateway.errors import RecordingError
from gateway.recordings import UNREADABLE, Hanging, Outages, Row, find_zone, observed, parse

UNIT = "home"


class Playback:
    """Takes a recording line by line. `decided` hears what the core decides, whenever something may be new.

    building: of one unit, whose nodes are named as in the recording; without nodes, every recorded sensor is one.
    zone: goes before the building's; with neither, one that agrees with the recording's first offset.
    until: rows from then on are not heard. `rows` and `unread` count the lines, `now` is the time reached.
    """

    def __init__(
        self,
        zone: ZoneInfo | None,
        building: Building | None,
        decided: Callable[[list[Decision]], None],
        until: float = FOREVER,
    ) -> None:
        self._zone, self._building, self._decided, self._until = zone, building, decided, until
        self._core = BuildingCore("replay")
        self._hanging = Hanging(UNIT if building is None else building.units[0].unit)
        self._places: dict[str, NodePlace] = {}
        self._are_named = False  # by the building, and not by the recording
        self._beats = Agenda()
        self._outages = Outages()
        self._counted = 0
        self.unit: Unit | None = None  # as soon as a row could be read
        self.is_down = False
        self.now = 0.0
        self.rows = self.unread = 0

    @property
    def zone(self) -> ZoneInfo | None:
        """The home's, where the building or whoever asked says it."""
        if self._zone is not None or self._building is None:
            return self._zone
        return ZoneInfo(self._building.zone)

    @property
    def signs(self) -> int:
        """Signs of life so far."""
        return self._counted + (0 if self.unit is None else sum(self.unit.state.tally.counts.values()))

    def take(self, line: dict[str, str]) -> None:
        """One line of the recording."""
        self.rows += 1
        try:
            row = parse(line)
        except UNREADABLE:
            self.unread += 1
            return
        if row.at >= self._until:
            return
        if self.unit is None:
            self.unit = self._begin(row)
        self._switch(self._outages.before(row))
        if not self.is_down:
            self._walk(row.at)
            self._hear(row)

    def end(self, at: float) -> None:
        """Nothing more was recorded until `at`; what is short of a day is silence."""
        self._switch(self._outages.end(at))
        self._walk(at)

    def _begin(self, row: Row) -> Unit:
        """The building is configured when the recording begins; where its nodes hang now is where they always hung."""
        zone = self._zone.key if self._zone is not None else None
        if self._building is None:
            self._building = Building(zone or find_zone([row]), [UnitSettings(UNIT)], [])
        elif zone is not None:
            self._building = replace(self._building, zone=zone)
        nodes = [replace(place, since=0.0) for place in self._building.nodes if place.until is None]
        self._configure(replace(self._building, nodes=nodes), row.at)
        self._are_named = bool(nodes)
        (unit,) = self._core.units.values()
        return unit

    def _configure(self, building: Building, at: float) -> None:
        problems = check(building)
        if problems:
            raise RecordingError("no building can be made for this recording: " + "; ".join(problems))
        self._building, self._zone = building, ZoneInfo(building.zone)
        self._places = {place.node: place for place in building.nodes}
        self._apply(Told(at, Configure(building)))

    def _switch(self, changes: list[tuple[float, bool]]) -> None:
        """The gateway goes off, which says nothing any more, or is back, and takes notice of the time."""
        for at, up in changes:
            if up:
                self.is_down = False
                self._apply(Ticked(max(at, self.now)))
            else:
                self._walk(at)
                self.is_down = True
                self._decided([])

    def _walk(self, to: float) -> None:
        """Let time pass: the core is woken when it asked to be, and the nodes tell that they are there."""
        while True:
            beat, due = self._beats.first_due(), self._core.next_deadline() or FOREVER
            if min(beat, due) > to:
                return
            if due <= beat:
                self._apply(Ticked(due))
            else:
                self._beat(self._beats.first(), max(beat, self.now))

    def _beat(self, node: str, at: float) -> None:
        self._apply(Observed(at, at, node, "health", {}))
        self._await_beat(node)

    def _await_beat(self, node: str) -> None:
        """Twice within the time after which a node is lost is as good to the core as every minute or hour."""
        place = self._places.get(node)
        if place is not None:
            self._beats.put(node, self.now + expected_within_s(place) / 2)

    def _hear(self, row: Row) -> None:
        node = row.node if self._are_named else self._hang(row)
        try:
            entry = None if node is None else observed(row, node, max(row.at, self.now))
        except UNREADABLE:
            self.unread += 1
            return
        if node is None or entry is None:
            return
        self._apply(entry)
        if isinstance(entry, NodeStatus) and entry.state == "offline":
            self._beats.put(node, None)
        else:
            self._await_beat(node)

    def _hang(self, row: Row) -> str | None:
        """The node that a recorded sensor is, hung up when it first senses something."""
        place, is_new = self._hanging.find(row)
        if is_new and self._building is not None:
            nodes = list(self._hanging.places.values())
            self._configure(replace(self._building, nodes=nodes), max(row.at, self.now))
        return None if place is None else place.node

    def _apply(self, entry: Input) -> None:
        self.now = max(self.now, taken_at(entry))
        decided = self._core.apply(entry)
        for decision in decided:
            if isinstance(decision, Send) and isinstance(decision.report, UnitHour):
                self._counted += sum(decision.report.counts.values())
        self._decided(decided)
