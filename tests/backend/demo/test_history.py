"""The demo's residents are known when it begins: their days can be compared with those that are played."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner
from contract.reports import Building, Configure, NodePlace, UnitSettings

from backend.demo import building
from backend.demo.building import COLLAPSES, PRESSES, UNITS
from gateway.cli import main
from gateway.core.building import BuildingCore
from gateway.core.inputs import Told
from gateway.learning import teach

DAYS = 10
START = datetime(2026, 11, 26, 10, 30, tzinfo=ZoneInfo(building.ZONE)).timestamp()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    hanging = tuple(sensor for unit in UNITS for sensor in building.sensors(unit))
    plan = building.town(
        zone=building.ZONE,
        start=START,
        clock_file=str(folder / "clock.json"),
        broker_port=1,
        control_port=2,
        bench_port=3,
        hanging=hanging,
    )
    (folder / "town.json").write_bytes(msgspec.json.encode(plan))
    command = ["simulate", str(folder), "--town", str(folder / "town.json"), "--days", str(DAYS)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("unit", [PRESSES, COLLAPSES])
def test_the_units_own_sensors_are_those_of_its_history(history: Path, unit: str) -> None:
    hang = [
        NodePlace(one.node, unit, one.room, 0.0, mains=one.mains, kinds=list(one.kinds))
        for one in building.sensors(unit)
    ]
    core = BuildingCore("hikari")
    core.apply(Told(START, Configure(Building(building.ZONE, [UnitSettings(unit)], hang))))
    learned = teach(core.units[unit], history / f"{unit}.csv.gz", START)
    assert learned.days >= DAYS - 4, "from the day on that has heard all of them"
    assert core.units[unit].state.stays.days.keys()
