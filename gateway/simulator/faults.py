"""What goes wrong between a resident and a recording: sensors, batteries, clocks, ways. Each has a rate of its own.

Every fault is drawn from the seed and its own name: to switch one on does not move another to other days.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from msgspec import Struct, structs
from msgspec.structs import replace

from gateway.simulator.life import DAY_S, Span
from gateway.simulator.reports import GATEWAY, Report, Truth

_MONTH_DAYS = 30.0
_CLOCK_SET_EVERY_S = 7 * DAY_S
_STUCK_EVERY_S = 60.0
_BATTERY_TOLD_EVERY_S = DAY_S


class Faults(Struct, frozen=True, omit_defaults=True):
    """How often each comes; 0 is never. A month is 30 days. They are done to the reports in this order."""

    ghost: float = 0.0  # trips of a motion sensor by nobody, a day
    retrigger: float = 0.0  # share of trips that a motion sensor tells twice, a second or two apart
    stuck: float = 0.0  # times in a month that a motion sensor trips every minute, for 4 h to 3 days
    door: float = 0.0  # chance in a month that the door's contact dies for good
    battery: float = 0.0  # times in a month that a battery runs low; its node is away for up to 4 days
    drift: float = 0.0  # seconds a day by which a node's clock goes wrong at most; it is set once a week
    lost: float = 0.0  # share of reports that never come
    late: float = 0.0  # share that comes 2 min to 6 h late
    twice: float = 0.0  # share that comes twice
    outage: float = 0.0  # times in a month that nothing is recorded, for 20 min to 2 days


USUAL = Faults(
    ghost=0.3, retrigger=0.05, stuck=0.2, door=0.1, battery=0.3, drift=2.0, lost=0.005, late=0.005, twice=0.005,
    outage=1.0,
)  # fmt: skip
"""Our guess at a badly kept home."""

SHARES = frozenset(("retrigger", "lost", "late", "twice"))
"""Rates that are shares, and so never above 1."""


class Spoiler:
    """Spoils the reports of one home over `span`. `truths` says afterwards what was done to it."""

    def __init__(self, faults: Faults, seed: str, span: Span) -> None:
        self.truths: list[Truth] = []
        self._faults = faults
        self._seed = seed
        self._span = span

    def spoil(self, reports: Iterable[Report]) -> list[Report]:
        """In the order in which they come. The home's own reports are to be given whole."""
        found = list(reports)
        for name in structs.asdict(self._faults):
            rate = getattr(self._faults, name)
            if rate > 0:
                found = _DEEDS[name](self, found, rate, Random(f"{self._seed}|fault|{name}"))
        return sorted((report for report in found if report.at < self._span.end), key=_order)

    def _ghost(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        seeing = _nodes(reports, "motion")
        for at in self._instants(rate / DAY_S, draw) if seeing else ():
            node, room = draw.choice(seeing)
            reports += [_motion(at, node, room, "1"), _motion(at + 3, node, room, "0")]
            self._did("ghost", at, at + 3, node)
        return reports

    def _retrigger(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        def again(report: Report) -> Iterator[Report]:
            yield report
            if report.kind == "motion" and report.value == "1" and draw.random() < rate:
                at = report.at + draw.uniform(0.5, 2)
                yield replace(report, at=at, comes_at=at)

        return [spoilt for report in reports for spoilt in again(report)]

    def _stuck(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        seeing = _nodes(reports, "motion")
        for at in self._instants(rate / _MONTH_DAYS / DAY_S, draw) if seeing else ():
            node, room = draw.choice(seeing)
            end = at + draw.uniform(4 / 24, 3) * DAY_S
            count = int((end - at) / _STUCK_EVERY_S)
            reports += [_motion(at + n * _STUCK_EVERY_S, node, room, "1") for n in range(count)]
            self._did("stuck", at, end, node)
        return reports

    def _door(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        doors = [place for place in _nodes(reports, "contact") if place[1] == "entrance"]
        died = next(self._instants(rate / _MONTH_DAYS / DAY_S, draw), None)
        if died is None or not doors:
            return reports
        self._did("door", died, self._span.end, doors[0][0])
        return [report for report in reports if report.node != doors[0][0] or report.at < died]

    def _battery(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        nodes = _nodes(reports, "motion")
        for at in self._instants(rate / _MONTH_DAYS / DAY_S, draw) if nodes else ():
            node, room = draw.choice(nodes)
            back = at + draw.uniform(0.2, 4) * DAY_S
            reports = [report for report in reports if report.node != node or not at <= report.at < back]
            for days, left_pct in ((6, 18), (4, 12), (2, 7)):
                told = at - days * _BATTERY_TOLD_EVERY_S
                if told >= self._span.start:
                    reports.append(Report(told, told, node, room, "battery", str(left_pct)))
            reports += [_link(at, node, room, "offline"), _link(back, node, room, "online")]
            reports.append(Report(back, back, node, room, "battery", "100"))
            self._did("battery", at, back, node)
        return reports

    def _drift(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        """Each node's clock at its own pace."""
        wrong = {name: draw.uniform(-rate, rate) for name in sorted({report.node for report in reports})}
        wrong[GATEWAY] = 0.0

        def said(report: Report) -> float:
            since_set_s = (report.at - self._span.start) % _CLOCK_SET_EVERY_S
            return report.at + wrong[report.node] * since_set_s / DAY_S

        return [replace(report, at=said(report)) for report in reports]

    def _lost(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        return [report for report in reports if report.kind == "link" or draw.random() >= rate]

    def _late(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        def delayed(report: Report) -> Report:
            if report.kind == "link" or draw.random() >= rate:
                return report
            return replace(report, comes_at=report.comes_at + 120 * 180 ** draw.random())

        return [delayed(report) for report in reports]

    def _twice(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        again = [report for report in reports if report.kind != "link" and draw.random() < rate]
        return reports + [replace(report, comes_at=report.comes_at + draw.uniform(0.1, 30)) for report in again]

    def _outage(self, reports: list[Report], rate: float, draw: Random) -> list[Report]:
        back = 0.0
        for at in self._instants(rate / _MONTH_DAYS / DAY_S, draw):
            if at <= back:
                continue
            back = at + 1200 * (2 * DAY_S / 1200) ** draw.random()
            reports = [report for report in reports if not at <= report.comes_at < back]
            reports += [_link(at, GATEWAY, "", "offline"), _link(back, GATEWAY, "", "online")]
            self._did("outage", at, back, GATEWAY)
        return reports

    def _instants(self, a_second: float, draw: Random) -> Iterator[float]:
        at = self._span.start + draw.expovariate(a_second)
        while at < self._span.end:
            yield at
            at += draw.expovariate(a_second)

    def _did(self, what: str, start: float, end: float, where: str) -> None:
        self.truths.append(Truth(start, min(end, self._span.end), what, where))


def _order(report: Report) -> tuple[float, float, str]:
    return report.comes_at, report.at, report.node


def _nodes(reports: Sequence[Report], kind: str) -> list[tuple[str, str]]:
    return sorted({(report.node, report.room) for report in reports if report.kind == kind})


def _motion(at: float, node: str, room: str, value: str) -> Report:
    return Report(at, at, node, room, "motion", value)


def _link(at: float, node: str, room: str, state: str) -> Report:
    return Report(at, at, node, room, "link", state)


_DEEDS: dict[str, Callable[[Spoiler, list[Report], float, Random], list[Report]]] = {
    "ghost": Spoiler._ghost,
    "retrigger": Spoiler._retrigger,
    "stuck": Spoiler._stuck,
    "door": Spoiler._door,
    "battery": Spoiler._battery,
    "drift": Spoiler._drift,
    "lost": Spoiler._lost,
    "late": Spoiler._late,
    "twice": Spoiler._twice,
    "outage": Spoiler._outage,
}
