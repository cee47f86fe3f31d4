"""`tomoshibi-gateway evaluate` on simulated homes, which prove that it runs and nothing about the watch."""

import json
import re
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from PIL import Image

from backend.demo import building
from gateway.cli import main

START = datetime.fromisoformat("2031-05-01T00:00+09:00").timestamp()
PNG_PX = (1320, 600)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two recordings of twenty days, with the outings of the first beside it."""
    folder = tmp_path_factory.mktemp("homes")
    rooms = ("bedroom", "living", "kitchen", "toilet", "bath")
    nodes = [{"node": f"Motion_{room}", "room": room, "kinds": ["motion"]} for room in rooms]
    nodes.append({"node": "Contact_D", "room": "entrance", "kinds": ["door"]})
    plan = {"zone": building.ZONE, "start": START, "clock_file": "", "broker_port": 0, "control_port": 0,
            "households": [{"unit": unit, "seed": unit, "habits": building.HABITS[unit],
                            "nodes": [{**node, "node": f"{node['node']}_{unit}"} for node in nodes]}
                           for unit in ("101", "202")]}  # fmt: skip
    (folder / "town.json").write_text(json.dumps(plan), encoding="utf-8")
    result = CliRunner().invoke(main, ["simulate", str(folder), "--town", str(folder / "town.json"), "--days", "20"])
    assert result.exit_code == 0, result.output
    (folder / "202.outings.csv").unlink()
    return [folder / "101.csv.gz", folder / "202.csv.gz"]


def evaluate(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["evaluate", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def compared(homes: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What is shown of both homes, and the folder of the pictures."""
    pictures = tmp_path_factory.mktemp("shown") / "pictures"
    return evaluate(*map(str, homes), "--pictures", str(pictures)), pictures


def test_every_watch_stands_in_the_tables_and_in_the_pictures(compared: tuple[str, Path]) -> None:
    shown, pictures = compared
    titles = re.findall(r"^(.*): [\d.]+ days$", shown, re.MULTILINE)
    assert titles == [
        "101",
        "202 (outings unknown)",
        "2 homes together",
        "each home judged by the dial that the others chose",
    ]
    for family in ("Tomoshibi, needless checks", "fixed limit, hours", "Cuddihy 2007, buffers ×"):
        assert f"{family} chosen elsewhere" in shown
    fixed = re.search(r"^fixed limit, hours 12 .*\) / 30 d +([\d.]+)", shown, re.MULTILINE)
    assert fixed is not None and 11.0 < float(fixed.group(1)) <= 12.0
    svg = ElementTree.fromstring((pictures / "frontier.svg").read_text(encoding="utf-8"))  # noqa: S314
    texts = {"".join(one.itertext()).strip() for one in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"goal", "2 homes together", "Tomoshibi, needless checks", "0.25"} <= texts
    with Image.open(pictures / "frontier.png") as picture:
        assert picture.size == PNG_PX


def test_a_home_gives_the_same_lines_each_time(homes: list[Path], compared: tuple[str, Path]) -> None:
    assert f"{evaluate(str(homes[1])).strip()}\n" in compared[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "2031-06-01T00:00+09:00"], "an earlier one by --from"),
        (["--from", "2031-06-01"], "no time with offset"),
        (["--tz", "Tokyo"], "no IANA zone"),
    ],
)
def test_what_cannot_be_judged_is_said(homes: list[Path], arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(main, ["evaluate", str(homes[0]), *arguments])
    assert result.exit_code != 0 and says in result.output


def test_a_recording_too_short_to_learn_from_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "short.csv"
    log.write_text("time,node,room,kind,value\n2031-05-01T07:00+09:00,m,kitchen,motion,1\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(log)])
    assert result.exit_code != 0 and "no more than 14 days" in result.output


def test_outings_that_cannot_be_read_are_named(homes: list[Path], tmp_path: Path) -> None:
    log = tmp_path / homes[0].name
    log.write_bytes(homes[0].read_bytes())
    (tmp_path / "101.outings.csv").write_text("left,returned\nyesterday,today\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(log)])
    assert result.exit_code != 0 and "101.outings.csv: is no list" in result.output
