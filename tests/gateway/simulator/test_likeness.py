"""Simulated homes beside two real ones, by figures alone (`quantiles.json`, made by the command at its head).

It holds the simulator in a range in which it is of use for tests. It proves nothing about the watch.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.simulator.quantiles import Figures, measure
from gateway.simulator.reports import Report, write_recording

HOMES: dict[str, Figures] = json.loads(Path(__file__).with_name("quantiles.json").read_text(encoding="utf-8"))["homes"]
TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 4, 6, tzinfo=TOKYO).timestamp()
DAYS = 30
ONE, TYPICAL = 3.0, 1.75
"""How many times less or more than in either real home a figure of one person may be, and their median."""
HOURS = {ONE: 2.0, TYPICAL: 1.0}
"""The same for times of day."""
SLACK = {ONE: 0.25, TYPICAL: 0.15}
"""The same for what is counted by day, where it is next to nothing."""
NOT_HELD = {
    "day.bed": "neither real resident lies down by day",
    "evening.bed": "they go to bed later",
    "morning.bed": "and lie longer",
    "evening.exit": "and go out of an evening",
    "morning.exit": "one of them was seen to leave too seldom",
    "gap_min.day.exit": "how many ways lead through a hall is the flat's, not the resident's",
}
"""In which our residents mean to live otherwise than these two."""


def outside(figures: Figures, factor: float) -> list[str]:
    """Which of the figures that both real homes have lie too far from them. What ours have too little of for a quantile
    is told by its count."""
    found = []
    for name in sorted(set.intersection(set(figures), *(set(home) for home in HOMES.values()))):
        if name.endswith(tuple(NOT_HELD)):
            continue
        real = [as_list(home[name]) for home in HOMES.values()]
        for place, value in enumerate(as_list(figures[name])):
            low, high = band(name, [values[place] for values in real], factor)
            if not low <= value <= high:
                found.append(f"{name}[{place}]: {value:g} is not in {low:.2f} to {high:.2f}")
    return found


def band(name: str, real: Sequence[float], factor: float) -> tuple[float, float]:
    if name.endswith("_h"):
        return min(real) - HOURS[factor], max(real) + HOURS[factor]
    slack = SLACK[factor] if "_a_day" in name else 0.0
    return min(real) / factor - slack, max(real) * factor + slack


def as_list(value: Sequence[float] | float) -> list[float]:
    return [value] if isinstance(value, (int, float)) else list(value)


def typical(persons: Sequence[Figures]) -> Figures:
    names = {name for figures in persons for name in figures}
    found: dict[str, list[float]] = {}
    for name in names:
        values = [as_list(figures[name]) for figures in persons if name in figures]
        found[name] = [median(place) for place in zip(*values, strict=True)]
    return found


def simulated(folder: Path, *arguments: str) -> list[Figures]:
    command = ["simulate", str(folder), "--plain", "--even", "--seed", "likeness", "--start", "2026-04-06", *arguments]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return [measure(log) for log in sorted(folder.glob("person-???.csv"))]


@pytest.fixture(scope="module")
def persons(tmp_path_factory: pytest.TempPathFactory) -> list[Figures]:
    """Four in flats with slow motion sensors."""
    return simulated(tmp_path_factory.mktemp("persons"), "--persons", "4", "--days", str(DAYS))


def figures_of(path: Path, instants: Iterable[float], room: str = "living") -> Figures:
    write_recording(path, [Report(at, at, "m", room, "motion", "1") for at in instants], TOKYO)
    return measure(path)


def test_every_person_is_like_the_real_residents(persons: list[Figures]) -> None:
    assert [problem for figures in persons for problem in outside(figures, ONE)] == []


def test_quick_sensors_see_the_same_life(tmp_path: Path) -> None:
    (figures,) = simulated(tmp_path, "--home", "quick", "--days", "12")
    assert outside(figures, ONE) == []


def test_most_of_them_are_more_like_the_real_residents(persons: list[Figures]) -> None:
    assert outside(typical(persons), TYPICAL) == []


def test_the_real_residents_are_like_each_other_by_the_same_rule() -> None:
    for figures in HOMES.values():
        assert outside(figures, ONE) == []


def test_a_person_whose_gaps_are_all_alike_is_refused(tmp_path: Path) -> None:
    waking = [START + 86400 * day + 3600 * 6.5 + 300 * n for day in range(DAYS) for n in range(186)]
    problems = outside(figures_of(tmp_path / "constant.csv", waking), ONE)
    assert any(problem.startswith("silences_a_day.day.other") for problem in problems), problems
    assert any(problem.startswith("gap_min.day.other[0]") for problem in problems), problems


def test_a_person_who_moves_at_random_is_refused(tmp_path: Path) -> None:
    """As residents did who rested for an exponential time: without the long silences of a real day."""
    draw, instants = Random("memoryless"), []
    for day in range(DAYS):
        at = START + 86400 * day + 3600 * 6.5
        while at < START + 86400 * day + 3600 * 22:
            instants.append(at)
            at += draw.expovariate(1 / 200)
    problems = outside(figures_of(tmp_path / "memoryless.csv", instants), ONE)
    assert any(problem.startswith("silence_min.day.other[1]") for problem in problems), problems
