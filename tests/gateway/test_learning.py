"""A unit that is taught from a recording knows what a core knows that has heard it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from contract.reports import Alert, Change, Configure, NodePlace

from gateway.core import changes, learned
from gateway.core.building import BuildingCore
from gateway.core.decisions import Decision, Send
from gateway.core.inputs import Observed, Ticked, Told
from gateway.core.unit import Unit
from gateway.learning import teach
from tests.gateway.test_replay import TOKYO, building, day_rows, place, run, unix, when, write

SENSORS = {"bed": "bedroom", "wc": "toilet", "sofa": "living", "hall": "entrance"}
PLACES = [place(node, room, ["door" if node == "hall" else "motion"]) for node, room in SENSORS.items()]
WORSE = 35  # the night with which more of them are broken


def nights(days: int) -> Iterator[str]:
    """Up at six, to bed at half past ten, for a walk at midnight; broken nights, from `WORSE` on by four times more."""
    for day in range(days):
        found = [(6 + n / 2, "sofa") for n in range(33)] + [(22.5, "bed"), (24.0, "hall"), (24.01, "hall")]
        found += [(24.75, "bed")] + [(25.2 + n, node) for n in range(1 + 4 * (day >= WORSE)) for node in ("wc",)]
        found += [(25.3 + n, "bed") for n in range(1 + 4 * (day >= WORSE))]
        for number, (hour, node) in enumerate(sorted(found)):
            value = number % 2 if node == "hall" else 1
            yield f"{when(day, hour)},{node},{SENSORS[node]},{'contact' if node == 'hall' else 'motion'},{value}"


def new(now: float, *nodes: NodePlace) -> tuple[BuildingCore, Unit]:
    core = BuildingCore("g")
    core.apply(Told(now, Configure(building(*nodes))))
    return core, core.units["101"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("home") / "log.csv.gz", [*nights(48)])


def live(core: BuildingCore, until: float) -> Iterator[tuple[float, Decision]]:
    """What is decided, and when, while nobody moves and all nodes tell that they are there."""
    while (due := core.next_deadline()) is not None and due < until:
        entries = [Observed(due, due, node, "health", {}) for node in SENSORS] if due % 3600 == 0 else []
        for entry in (Ticked(due), *entries):
            yield from ((due, decision) for decision in core.apply(entry))


def test_learning_from_a_recording_is_to_hear_it(tmp_path: Path) -> None:
    rows = [f"{when(0, 6.9)},door-1,entrance,contact,0", *[row for day in range(5) for row in day_rows(day)]]
    deadlines, _ = run(tmp_path, rows)
    core, begin = BuildingCore("g"), unix(when(4, 23.5))
    core.apply(Told(begin, Configure(building(place("pir-1", "kitchen", ["motion"])))))
    learned = teach(core.units["101"], tmp_path / "log.csv.gz", begin)
    core.apply(Observed(begin, begin, "pir-1", "health", {}))
    deadline = core.units["101"].watch.deadline()
    assert deadline == pytest.approx(unix(deadlines[-1]["deadline"]), abs=1)
    assert learned.signs == 5 * 31


def test_a_recording_teaches_stays_outings_days_and_hours_too(log: Path) -> None:
    now = unix(when(48, 12))  # a Friday
    _, unit = new(now, *PLACES)
    lesson = teach(unit, log, now)
    found = learned.of(unit, now)
    assert lesson.days == len(found.daybook.days) == 46, "not the first, nor the one not over yet"
    assert len(found.days) >= 47
    assert len(found.outings.past) >= 45
    assert set(found.hours) == set(range(24))
    assert unit.state.stays.current is None
    assert changes.comparing(unit).days == 28
    assert changes.comparing(unit).at is None, "nobody was told of what was found"
    assert unit.house.out == []


def test_what_has_changed_in_a_recording_is_said_on_the_next_monday_and_once(log: Path) -> None:
    now = unix(when(48, 12))
    core, unit = new(now, *PLACES)
    teach(unit, log, now)
    sent = [(at, one.report) for at, one in live(core, now + 11 * 86_400.0) if isinstance(one, Send)]
    said = [(datetime.fromtimestamp(at, TOKYO), report) for at, report in sent if isinstance(report, Change)]
    assert {report.what for _, report in said} == {"night_rising", "toilet_night"}
    assert len(said) == 2
    assert {(at.weekday(), 13 <= at.hour < 15) for at, _ in said} == {(0, True)}
    assert not [report for _, report in sent if isinstance(report, Alert) and report.since < now - 86_400]


def test_days_that_other_sensors_saw_are_not_compared_and_the_rest_is_learned(log: Path) -> None:
    now = unix(when(48, 12))
    _, unit = new(now, place("other", "living", ["motion"]))
    assert teach(unit, log, now).days == 0
    assert changes.comparing(unit).days == 0
    assert len(unit.state.outings.past) >= 45
    assert unit.watch.recorded_days() >= 47


def test_a_unit_taught_knows_nothing_of_later_rows(tmp_path: Path) -> None:
    rows = [*nights(10)]
    whole, part = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", [r for r in rows if r < when(8, 12)])
    found = []
    for log in (whole, part):
        _, unit = new(unix(when(8, 12)), *PLACES)
        teach(unit, log, unix(when(8, 12)))
        found.append(learned.of(unit, 0.0))
    assert found[0] == found[1]
