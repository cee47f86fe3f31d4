"""What a water meter tells of residents who do not exist."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.core import flow
from gateway.learning import teach
from gateway.replay import replay
from gateway.simulator.faults import Faults
from gateway.simulator.habits import Habits
from gateway.simulator.life import DAY_S, Collapse, Life, Span
from gateway.simulator.persons import Person
from gateway.simulator.residents import draw_resident, record
from tests.gateway.core.house import House, building

TOKYO = "Asia/Tokyo"
START = datetime(2026, 6, 3, tzinfo=ZoneInfo(TOKYO)).timestamp()


def test_a_meter_tells_of_water_and_changes_nothing_else_of_a_life() -> None:
    plain, metered = (
        list(Person(Habits(), "a", TOKYO, metered=metered).between(START, START + 20 * DAY_S))
        for metered in (False, True)
    )
    assert plain == [firing for firing in metered if firing.kind != "water"]
    drops = [firing for firing in metered if firing.kind == "water"]
    assert all(bool(one.value) != bool(other.value) for one, other in pairwise(drops)), "it runs and stops in turn"
    lengths = [other.at - one.at for one, other in pairwise(drops) if one.value]
    assert 10 < len(lengths) / 20 < 100
    assert 8 * 60 < max(lengths) < 30 * 60
    dry = [other.at - one.at for one, other in pairwise(drops) if not one.value]
    assert max(dry) < 12 * 3600


def made(folder: Path, life: Life, days: int) -> Path:
    path = folder / "home.csv.gz"
    record(
        draw_resident("home", "a", "metered", life, pet_trips=40),
        Span(START, START + days * DAY_S),
        TOKYO,
        Faults(),
        path,
    )
    return path


def test_a_recording_teaches_the_watch_over_water(tmp_path: Path) -> None:
    house = House(configured=building())
    unit = house.core.units["101"]
    teach(unit, made(tmp_path, Life(), 20), START + 20 * DAY_S)
    kept = unit.state.water
    assert kept is not None
    assert (kept.meters, kept.run, kept.dry) == ({}, None, None), "how it is now nobody has recorded"
    assert 19 <= len(kept.days) <= 21
    assert 8 * 60 < flow.longest_run_s(kept) < 30 * 60
    assert 4 * 3600 < flow.longest_dry_s(kept) < 12 * 3600


def test_who_collapses_with_the_water_on_is_noticed_in_a_replay(tmp_path: Path) -> None:
    # An animal is about, so that the recording goes on after the collapse.
    fills = next(
        firing.at
        for firing in Person(draw_resident("home", "a", "metered", Life()).habits, "a", TOKYO, metered=True).between(
            START + 16 * DAY_S, START + 17 * DAY_S
        )
        if (firing.room, firing.kind) == ("bath", "water") and firing.value
    )
    log = made(tmp_path, Life(collapse=Collapse(fills + 60, "bath")), 18)
    alarms = tmp_path / "alarms.csv"
    found = replay(log, None, alarms, None, kind="water_running")
    assert found.alarms == 1, alarms.read_text()
    assert "Water has been running in the kitchen" in alarms.read_text()
    assert replay(log, None, None, None, kind="no_water").alarms == 0
