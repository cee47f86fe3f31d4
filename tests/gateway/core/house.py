"""A small building to tell stories in: one core, a clock that the test moves, and everything it decided."""

from contract import reports
from contract.reports import Alert, Building, Command, Configure, NodePlace, UnitLive, UnitSettings

from gateway.core.building import BuildingCore
from gateway.core.decisions import Decision, Send, TellNode
from gateway.core.inputs import Input, NodeStatus, Observed, Ticked, Told, Value

START = 1795402800.0  # 2026-11-23 12:00 in Tokyo
HOUR = 3600.0
MAINS = ("motion", "emergency", "fine", "health")


def place(node: str, unit: str = "101", room: str = "living", *kinds: str, mains: bool = True) -> NodePlace:
    return NodePlace(node, unit, room, 0.0, mains=mains, kinds=list(kinds or MAINS))


def building(*places: NodePlace, ask_node_s: float = 120.0, ask_total_s: float = 360.0) -> Building:
    units = sorted({found.unit for found in places} | {"101"})
    return Building("Asia/Tokyo", [UnitSettings(unit) for unit in units], list(places), ask_node_s, ask_total_s)


class House:
    """Feeds a core and keeps what it decided. Nodes on the mains beat every minute unless they are cut off."""

    def __init__(
        self, *places: NodePlace, configured: Building | None = None, core: BuildingCore | None = None
    ) -> None:
        self.core = core or BuildingCore("gw1")
        self.now = START
        self.decided: list[Decision] = []
        self.journal: list[Input] = []
        self.cut: set[str] = set()
        self.seq = 0
        self.places = places or (place("button"), place("door", "101", "entrance", "door", "health"))
        self.tell(Configure(configured or building(*self.places)))

    def take(self, entry: Input) -> list[Decision]:
        self.journal.append(entry)
        found = self.core.apply(entry)
        self.decided += found
        return found

    def tell(self, command: Command) -> list[Decision]:
        return self.take(Told(self.now, command))

    def sense(
        self, node: str, kind: str, value: Value, *, at: float | None = None, historical: bool = False, boot: str = "b1"
    ) -> list[Decision]:
        self.seq += 1
        when = self.now if at is None else at
        return self.take(Observed(when, self.now, node, kind, value, historical, boot, self.seq))

    def move(self, node: str = "button") -> list[Decision]:
        return self.sense(node, "motion", {"count": 1})

    def press(self, node: str = "button", *, at: float | None = None) -> list[Decision]:
        return self.sense(node, "emergency", "pressed", at=at)

    def say(self, node: str, state: str, wake_by: float | None = None, *, hearsay: bool = False) -> list[Decision]:
        return self.take(NodeStatus(self.now, node, state, wake_by, hearsay=hearsay))

    def wait(self, seconds: float) -> None:
        """Let time pass: the core is woken when it asked to be, and the nodes report their health."""
        until, beat = self.now + seconds, 60.0
        while self.now < until:
            self.now = min(until, self.now + beat)
            self._tick()
            for found in self.places:
                if found.node not in self.cut:
                    self.sense(found.node, "health", {"uptime_s": 1})

    def idle(self, seconds: float) -> None:
        """Let time pass without a word from any node."""
        until = self.now + seconds
        while (due := self.core.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self._tick()
        self.now = until

    def _tick(self) -> None:
        while (due := self.core.next_deadline()) is not None and due <= self.now:
            self.take(Ticked(self.now))

    def alerts(self, kind: str | None = None) -> list[Alert]:
        sent = [d.report for d in self.decided if isinstance(d, Send) and isinstance(d.report, Alert)]
        return [alert for alert in sent if kind is None or alert.kind == kind]

    def stages(self, kind: str) -> list[str]:
        return [alert.stage for alert in self.alerts(kind)]

    def live(self, unit: str = "101") -> UnitLive:
        sent = [d.report for d in self.decided if isinstance(d, Send) and isinstance(d.report, UnitLive)]
        return [report for report in sent if report.unit == unit][-1]

    def sent(self, kind: type[reports.UnitHour]) -> list[reports.UnitHour]:
        return [d.report for d in self.decided if isinstance(d, Send) and isinstance(d.report, kind)]

    def told(self, node: str) -> list[TellNode]:
        return [d for d in self.decided if isinstance(d, TellNode) and d.node == node]
