"""What holds whatever is sent, in whatever order, by whatever clock."""

from collections import defaultdict
from typing import Any, Literal

from contract.reports import (
    Absence,
    AbsenceEnded,
    Alert,
    Answered,
    Closed,
    Command,
    Configure,
    Receipt,
    UnitLive,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core import showing, silence
from gateway.core.building import BuildingCore
from gateway.core.decisions import Decision, Send
from gateway.core.inputs import Acked, Input, NodeStatus, Observed, Ticked, Told, decode, encode
from tests.gateway.core.house import HOUR, START, House, building, place
from tests.scale import scaled

PLACES = (
    place("button"),
    place("door", "101", "entrance", "door", "health"),
    place("pir", "102", "bedroom", "motion", "presence", "health", mains=False),
    place("smoke", "102", "kitchen", "smoke", "leak", "climate"),
    place("meter", "102", "washroom", "water", "health", mains=False),
)
NODES = st.sampled_from([*(found.node for found in PLACES), "stranger"])
ODD: list[Any] = ["", "on", True, False, -1.0, float("nan"), float("inf"), {}, {"count": "many"}, {"battery_v": "x"}]
VALUES: dict[str, list[Any]] = {
    "motion": [{"count": 1}, {"count": 2, "last_at": START + 5000}, {"count": 1, "last_at": 9e9}],
    "door": ["open", "closed"],
    "emergency": ["pressed", "released"],
    "fine": ["pressed"],
    "away": ["out", "back"],
    "presence": [True, False],
    "climate": [{"temperature_c": 36.0, "humidity_pct": 70.0}, {"temperature_c": 20.0}],
    "power": [{"w": 3.0}],
    "water": [{"l_per_min": 3.0}, {"l_per_min": 0.0}],
    "smoke": [True, False],
    "leak": [True, False],
    "tamper": [True, False],
    "health": [{"uptime_s": 1, "battery_v": 2.0}, {"uptime_s": 1, "battery_v": 3.0}],
}
KIND_VALUES = st.sampled_from([(kind, value) for kind, values in VALUES.items() for value in values] * 4) | st.tuples(
    st.sampled_from(sorted(VALUES)), st.sampled_from(ODD)
)
STEPS_S = st.sampled_from([0.0, 0.05, 1.0, 30.0, 61.0, 200.0, 290.0, 301.0, 800.0])
JUMPS_S = STEPS_S | st.sampled_from([1000.0, 6 * HOUR, 40 * 24 * HOUR, -5.0, -800.0, -2000.0, -30 * 24 * HOUR])
LAGS_S = st.sampled_from([0.0, 0.0, 0.0, 0.1, 60.0, 3 * HOUR, -50.0, -5000.0, 1.7e9, -4e9, float("nan"), float("-inf")])
ABSENCES: st.SearchStrategy[Literal["away", "hospital", "visit"]] = st.sampled_from(("away", "hospital", "visit"))
COMMANDS = st.sampled_from(["receipt", "closed", "answered", "absence", "ended", "configure"])


class Story:
    """Turns drawn choices into inputs, and answers alerts that the core has raised."""

    def __init__(self) -> None:
        self.core = BuildingCore("gw1")
        self.now = START
        self.journal: list[Input] = []
        self.decided: list[list[Decision]] = []
        self.alerts: list[str] = ["no such alert"]
        self.take(Told(START, Configure(building(*PLACES))))

    def take(self, entry: Input) -> None:
        found = self.core.apply(decode(encode(entry)))
        self.journal.append(entry)
        self.decided.append(found)
        self.alerts += [d.report.alert for d in found if isinstance(d, Send) and isinstance(d.report, Alert)]

    @property
    def core_now(self) -> float:
        return self.core._now or 0.0

    def restart(self) -> None:
        body, self.core = self.core.dump(), BuildingCore("gw1")
        self.core.load(body)

    def tick(self) -> None:
        if self.core.is_due(self.now):
            self.take(Ticked(self.now))

    def command(self, data: st.DataObject) -> None:
        alert = data.draw(st.sampled_from(self.alerts[-3:]))
        kind = data.draw(ABSENCES)
        unit = data.draw(st.sampled_from(["101", "102", "999"]))
        until = data.draw(st.none() | st.sampled_from([self.now - 5, self.now + 700, self.now + HOUR]))
        commands: dict[str, Command] = {
            "receipt": Receipt(alert, data.draw(st.sampled_from(["backend", "claimed", "coming"]))),
            "closed": Closed(alert, self.now, data.draw(st.sampled_from(["false", "real", "unknown"]))),
            "answered": Answered(alert, self.now),
            "absence": Absence(unit, kind, max(0.0, self.now + data.draw(LAGS_S.filter(lambda s: s == s))), until),
            "ended": AbsenceEnded(unit, kind, self.now),
            "configure": Configure(building(*PLACES[: data.draw(st.integers(1, 5))])),
        }
        self.take(Told(self.now, commands[data.draw(COMMANDS)]))

    def event(self, data: st.DataObject) -> None:
        kind, value = data.draw(KIND_VALUES)
        boot, seq = data.draw(st.sampled_from(["", "a", "b"])), data.draw(st.integers(0, 40))
        at = self.now - data.draw(LAGS_S)
        self.take(Observed(at, self.now, data.draw(NODES), kind, value, data.draw(st.booleans()), boot, seq))

    def happen(self, data: st.DataObject, steps: st.SearchStrategy[float]) -> None:
        self.now = max(0.0, self.now + data.draw(steps))
        what = data.draw(st.sampled_from(["event"] * 5 + ["tick"] * 3 + ["command", "status", "ack"]))
        if what == "event":
            self.event(data)
        elif what == "command":
            self.command(data)
        elif what == "status":
            state = data.draw(st.sampled_from(["online", "offline", "sleeping"]))
            wake_by, hearsay = data.draw(st.none() | st.just(self.now + HOUR)), data.draw(st.booleans())
            self.take(NodeStatus(self.now, data.draw(NODES), state, wake_by, hearsay=hearsay))
        elif what == "ack":
            self.take(Acked(self.now, data.draw(NODES), "ask-1", data.draw(st.booleans())))
        self.tick()


def replayed(journal: list[Input], cut: int) -> list[list[Decision]]:
    """The decisions of a gateway that lost its power after `cut` inputs and came back from its second snapshot."""
    core = BuildingCore("gw1")
    decided = [core.apply(entry) for entry in journal[: cut // 2]]
    core.dump()
    decided += [core.apply(entry) for entry in journal[cut // 2 : cut]]
    again = BuildingCore("gw1")
    again.load(core.dump())
    return decided + [again.apply(entry) for entry in journal[cut:]]


@settings(max_examples=scaled(400))
@given(st.data())
def test_nothing_that_is_sent_stops_the_core_and_a_restart_anywhere_changes_nothing(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(1, 40))):
        story.happen(data, JUMPS_S)
        due = story.core.next_deadline()
        assert due is None or due > story.now or story.now < START
    cut = data.draw(st.integers(0, len(story.journal)))
    found = replayed([decode(encode(entry)) for entry in story.journal], cut)
    assert found == story.decided


@settings(max_examples=scaled(300))
@given(st.data())
def test_a_redelivery_of_what_came_before_changes_no_alert(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(1, 25))):
        story.happen(data, STEPS_S)
    placed = [
        n for n, entry in enumerate(story.journal) if isinstance(entry, Told) and isinstance(entry.command, Configure)
    ]
    after = story.journal[
        placed[-1] :
    ]  # what came while a node hung nowhere was not taken, and counts when it comes again
    numbered = [
        entry
        for entry in after
        if isinstance(entry, Observed) and entry.boot and entry.node not in story.core.unassigned()
    ]
    before = len(story.alerts)
    for entry in numbered[-data.draw(st.integers(1, 10)) :]:
        again = Observed(
            entry.at, story.now, entry.node, entry.kind, entry.value, entry.historical, entry.boot, entry.seq
        )
        known = [d for d in story.core.apply(decode(encode(again))) if isinstance(d, Send)]
        raised = [d.report for d in known if isinstance(d.report, Alert)]
        assert all(alert.stage == "resumed" for alert in raised), "at most a node that had been lost is back"
    assert before == len(story.alerts)


def assert_stages_follow(alerts: list[Alert]) -> None:
    stages: dict[str, list[str]] = defaultdict(list)
    for alert in alerts:
        stages[alert.alert].append(alert.stage)
    for found in stages.values():
        ends = [n for n, stage in enumerate(found) if stage in ("resumed", "answered")]
        assert ends in ([], [len(found) - 1]), found
        assert "asking" not in found[1:], found
    kinds: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for alert in alerts:
        kinds[alert.alert].add((alert.unit, alert.kind))
    assert all(len(one) == 1 for one in kinds.values())


@settings(max_examples=scaled(300))
@given(st.data())
def test_an_alert_never_goes_back_and_never_speaks_after_its_end(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(1, 40))):
        story.happen(data, JUMPS_S)
    sent = [d.report for found in story.decided for d in found if isinstance(d, Send)]
    assert_stages_follow([report for report in sent if isinstance(report, Alert)])


@settings(max_examples=scaled(80))
@given(st.data())
def test_a_silence_always_leads_to_something_that_is_seen(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(1, 20))):
        story.happen(data, STEPS_S)
    until = story.now + 60 * HOUR
    beat = data.draw(st.booleans())
    seq = 1000
    while story.now < until:
        story.now = story.core.next_deadline() or until
        story.tick()
        if beat:
            seq += 1
            story.take(Observed(story.now, story.now, "door", "health", {"uptime_s": seq}, False, "c", seq))
    assert_seen(story)


def assert_seen(story: Story) -> None:
    """Either an alert stands for the silence, or the unit is shown as one that is not being watched, and why."""
    sent = [d.report for found in story.decided for d in found if isinstance(d, Send)]
    for unit in ("101", "102"):
        shown = [
            report for report in sent if type(report).__name__ == "UnitLive" and getattr(report, "unit", "") == unit
        ]
        alerts = [report for report in sent if isinstance(report, Alert) and report.unit == unit]
        silent = [alert for alert in alerts if alert.kind == "inactivity" and alert.stage == "open"]
        assert silent or getattr(shown[-1], "watching", "") in ("cannot_watch", "paused", "unknown"), unit


MOST_AHEAD_S = 24 * HOUR + 1.0
"""No limit is longer than the one of a closed entrance door."""


def assert_noticed(story: Story) -> None:
    """Each unit's silence is noticed within the longest limit, or something visible says why it is not."""
    shown: dict[str, UnitLive] = {}
    stages: dict[str, Alert] = {}
    for found in story.decided:
        for report in [d.report for d in found if isinstance(d, Send)]:
            if isinstance(report, UnitLive):
                shown[report.unit] = report
            elif isinstance(report, Alert):
                stages[report.alert] = report
    wake = story.core.next_deadline()
    assert wake is None or wake <= story.core_now + 300.0, "the core looks at every unit within five minutes"
    for name, unit in story.core.units.items():
        live = shown.get(name)
        assert live is not None, "a unit is shown from the beginning"
        assert live.watching == showing.watching(unit), "what is shown is how it is"
        case = unit.cases.of("inactivity")
        if case is not None and not case.alive:
            assert stages[case.alert].stage in ("asking", "open")
            if case.phase != "asking":
                continue
            due = case.open_at
        elif unit.state.paused is not None:
            assert live.watching in ("cannot_watch", "paused")
            announced = [a for a in unit.state.absences.values() if a.since <= story.core_now]
            assert live.watching == "cannot_watch" or announced
            assert unit.state.paused == "lost" or announced, "an announced pause has its reason"
            continue
        else:
            due = silence.due(unit)
        if due is None:
            assert live.watching == "cannot_watch", "never heard at all"
            continue
        assert story.core_now < due <= story.core_now + MOST_AHEAD_S, name
        assert unit.due() <= due, "and somebody is woken then"  # type: ignore[operator]  # due is there


@settings(max_examples=scaled(600))
@given(st.data())
def test_at_every_moment_each_silence_is_waited_for_or_something_visible_says_why_not(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(1, 40))):
        if data.draw(st.integers(0, 9)) == 0:
            story.restart()
        story.happen(data, JUMPS_S)
        assert_noticed(story)


REASONS: tuple[Literal["away", "hospital", "visit"], ...] = ("away", "hospital", "visit")


@settings(max_examples=scaled(400))
@given(st.data())
def test_a_unit_is_paused_while_and_only_while_one_of_overlapping_reasons_holds(data: st.DataObject) -> None:
    house = House(place("button"))
    house.wait(60)
    house.move()
    held: dict[str, tuple[float, float]] = {}
    for _ in range(data.draw(st.integers(1, 15))):
        kind = data.draw(st.sampled_from(REASONS))
        what = data.draw(st.sampled_from(["begin", "end", "cut", "back", "outage", "restart", "wait"]))
        if what == "begin":
            since, lasts = (
                data.draw(st.sampled_from([-600.0, 0.0, 600.0])),
                data.draw(st.sampled_from([900.0, 7200.0, 1e9])),
            )
            held[kind] = (house.now + since, house.now + lasts)
            house.tell(Absence(kind=kind, unit="101", since=held[kind][0], until=held[kind][1]))
        elif what == "end":
            held.pop(kind, None)
            house.tell(AbsenceEnded("101", kind, house.now))
        elif what in ("cut", "back"):
            house.cut = {"button"} if what == "cut" else set()
        elif what == "outage":
            house.now += 4000
        elif what == "restart":
            body, house.core = house.core.dump(), BuildingCore("gw1")
            house.core.load(body)
        house.wait(data.draw(st.sampled_from([60.0, 600.0, 3600.0])))
        unit = house.core.units["101"]
        reasons = [kind for kind, (since, until) in held.items() if since <= house.now < until]
        if unit.state.unwatched_since is not None:
            reasons.append("lost")
            assert house.cut
        assert (unit.state.paused is not None) == bool(reasons), reasons
        assert (unit.watch.deadline() is None) == bool(reasons), reasons
    house.cut = set()
    for ended in REASONS:
        house.tell(AbsenceEnded("101", ended, house.now))
    house.wait(60)
    deadline = house.core.units["101"].watch.deadline()
    assert house.live().watching == "learning"
    assert deadline is not None
    assert deadline <= house.now + MOST_AHEAD_S
