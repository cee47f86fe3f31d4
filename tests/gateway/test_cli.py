"""The gateway's commands, as a technician meets them."""

import csv
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from contract import reports

from gateway.adapters.database import FILE, held
from gateway.cli import main

BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings("101")],
    [reports.NodePlace("hall-101", "101", "hall", 0.0, mains=True, kinds=["motion"])],
)
END = datetime.fromtimestamp(time.time() - 600, UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "gateway.toml").write_text(
        'gateway = "g1"\ndata_dir = "data"\n[backend]\nurl = "http://127.0.0.1:1"\ncredential = "g1.s"\n',
        encoding="utf-8",
    )
    return tmp_path


def call(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(home / "gateway.toml")])


def configured(home: Path, building: reports.Building = BUILDING) -> Result:
    path = home / "building.json"
    path.write_bytes(msgspec.json.encode(building))
    return call(home, "configure", str(path))


def days(count: int) -> Iterator[tuple[str, str, str, str, str]]:
    """A resident who moves every quarter of an hour by day and sleeps by night."""
    for quarter in range(count * 96, 0, -1):
        at = END - timedelta(minutes=15 * quarter)
        if 7 <= (at.hour + 9) % 24 < 22:
            yield at.isoformat(), "hall-101", "hall", "motion", "1"


def recording(path: Path, rows: Iterator[tuple[str, str, str, str, str]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("time", "node", "room", "kind", "value"))
        table.writerows(rows)
    return path


def status(home: Path) -> dict[str, object]:
    found = call(home, "status", "--json")
    assert found.exit_code == 0, found.output
    shown: dict[str, object] = json.loads(found.output)
    return shown


def unit(home: Path) -> dict[str, object]:
    units = status(home)["units"]
    assert isinstance(units, list)
    found: dict[str, object] = units[0]
    return found


def test_a_building_is_configured_while_the_gateway_does_not_run(home: Path) -> None:
    done = configured(home)
    assert (done.exit_code, done.output) == (0, "1 units and 1 places of nodes are configured\n")
    assert unit(home)["unit"] == "101"


def test_every_problem_of_a_building_is_named_and_nothing_is_changed(home: Path) -> None:
    configured(home)
    place = BUILDING.nodes[0]
    wrong = reports.Building(
        "Asia/Nowhere", BUILDING.units, [place, msgspec.structs.replace(place, unit="9", kinds=[])]
    )
    done = configured(home, wrong)
    assert done.exit_code == 1
    for expected in ("nothing was changed", "Asia/Nowhere", "unit 9", "kinds"):
        assert expected in done.output
    assert unit(home)["unit"] == "101"


@pytest.mark.parametrize("text", ["", "{}", '{"zone": 7}', "\x00", '{"zone":"Asia/Tokyo","units":[{}],"nodes":[]}'])
def test_a_file_that_is_no_building_is_refused_by_its_name(home: Path, text: str) -> None:
    (home / "b.json").write_text(text, encoding="utf-8")
    done = call(home, "configure", str(home / "b.json"))
    assert done.exit_code == 1
    assert "b.json: is no building" in done.output


def test_while_a_gateway_runs_its_building_is_left_alone(home: Path) -> None:
    with held(home / "data"):
        done = configured(home)
    assert done.exit_code == 1
    assert "stop that one first" in done.output


def test_a_recording_teaches_a_unit_within_seconds(home: Path) -> None:
    configured(home)
    log = recording(home / "log.csv.gz", days(60))
    began_s = time.process_time()
    done = call(home, "learn", str(log), "--unit", "101")
    assert done.exit_code == 0, done.output
    assert "3600 signs of life in 3600 rows" in done.output
    assert time.process_time() - began_s < 10
    assert unit(home)["learning_day"] == 14
    sign = unit(home)["last_sign"]
    assert isinstance(sign, dict)
    assert sign["room"] == "hall"


def test_what_was_learned_once_is_not_learned_twice(home: Path) -> None:
    configured(home)
    log = recording(home / "log.csv.gz", days(20))
    call(home, "learn", str(log), "--unit", "101")
    done = call(home, "learn", str(log), "--unit", "101")
    assert done.exit_code == 1
    assert "has learned from 14 days already" in done.output


def test_rows_that_cannot_be_are_counted_and_stop_nothing(home: Path) -> None:
    configured(home)
    rows = [
        *days(3),
        ("yesterday", "hall-101", "hall", "motion", "1"),
        ("2026-01-01T00:00:00", "x", "y", "motion", "1"),
    ]
    done = call(home, "learn", str(recording(home / "log.csv.gz", iter(rows))), "--unit", "101")
    assert done.exit_code == 0, done.output
    assert "(2 unreadable)" in done.output


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08 broken", b"time,node\n1,2\n"])
def test_a_file_that_is_no_recording_teaches_nothing(home: Path, content: bytes) -> None:
    configured(home)
    log = home / "log.csv.gz"
    log.write_bytes(content)
    done = call(home, "learn", str(log), "--unit", "101")
    assert done.exit_code == 1
    assert "log.csv.gz" in done.output
    assert unit(home)["learning_day"] == 0


def test_a_unit_that_is_not_configured_is_refused_with_those_that_are(home: Path) -> None:
    configured(home)
    done = call(home, "learn", str(recording(home / "log.csv.gz", days(1))), "--unit", "999")
    assert done.exit_code == 1
    assert "configured are: 101" in done.output


def test_status_shows_units_nodes_and_the_queue_to_a_person(home: Path) -> None:
    configured(home)
    done = call(home, "status")
    assert "unit 101: cannot_watch" in done.output
    assert "hall-101 (hall): never_seen, last seen never" in done.output
    assert "to be sent: 0 alerts" in done.output


def test_live_status_is_plain_and_once_where_nobody_sits_at_a_terminal(home: Path) -> None:
    configured(home)
    done = call(home, "status", "--live")
    assert done.exit_code == 0, done.output
    assert "unit 101: cannot watch (never seen)" in done.output
    assert "hall-101  hall  never_seen  never      unknown  unknown  unknown" in done.output
    assert "\x1b" not in done.output


def test_live_status_is_drawn_again_on_a_terminal(home: Path) -> None:
    """On a real one, until it is interrupted."""
    configured(home)
    leader, follower = pty.openpty()
    arguments = [sys.executable, "-m", "gateway", "status", "--live", "--config", str(home / "gateway.toml")]
    process = subprocess.Popen(
        arguments,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
        # Who was started in the background ignores the interrupt, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        os.close(follower)
        seen = b""
        while seen.count(b"unit 101: ") < 2:
            seen += os.read(leader, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    os.close(leader)
    assert b"\x1b[31mcannot watch" in seen


def test_a_pin_is_asked_for_twice_and_never_shown(home: Path) -> None:
    configured(home)
    done = CliRunner().invoke(main, ["window-pin", "--config", str(home / "gateway.toml")], input="274916\n274916\n")
    assert done.exit_code == 0, done.output
    assert "274916" not in done.output
    assert call(home, "window-pin", "--pin", "1").exit_code == 1


def test_status_works_while_a_gateway_runs(home: Path) -> None:
    configured(home)
    with held(home / "data"):
        assert unit(home)["unit"] == "101"


def test_status_without_a_journal_says_so(home: Path) -> None:
    done = call(home, "status")
    assert done.exit_code == 1
    assert "there is no journal yet" in done.output


def test_a_damaged_journal_is_said_in_one_sentence(home: Path) -> None:
    configured(home)
    (home / "data" / FILE).write_bytes(b"no database at all" * 500)
    done = call(home, "run")
    assert done.exit_code == 1
    assert "is damaged" in done.output
    assert "Traceback" not in done.output


def test_a_clock_file_that_is_missing_is_named(home: Path) -> None:
    with (home / "gateway.toml").open("r+", encoding="utf-8") as file:
        text = file.read()
        file.seek(0)
        file.write('clock = "nowhere.json"\n' + text)
    done = call(home, "run")
    assert done.exit_code == 1
    assert "nowhere.json cannot be read" in done.output


def test_replay_writes_deadlines_and_alarms(home: Path) -> None:
    log = recording(home / "log.csv.gz", days(3))
    deadlines, alarms = home / "d.csv", home / "a.csv"
    done = call(home, "replay", str(log), "--deadlines", str(deadlines), "--alarms", str(alarms))
    assert done.exit_code == 0, done.output
    assert deadlines.read_text(encoding="utf-8").startswith("time,deadline\n20")
    assert alarms.read_text(encoding="utf-8").startswith("time,since,reason")


def test_replay_refuses_a_zone_that_does_not_exist(home: Path) -> None:
    done = call(home, "replay", str(recording(home / "log.csv.gz", days(1))), "--tz", "Mars/Base")
    assert done.exit_code == 2
    assert "no IANA zone" in done.output


def test_replay_takes_dial_and_nodes_from_the_building(home: Path) -> None:
    log = recording(home / "log.csv.gz", days(3))
    path, alarms = home / "building.json", home / "a.csv"
    path.write_bytes(msgspec.json.encode(BUILDING))
    done = CliRunner().invoke(main, ["replay", str(log), "--alarms", str(alarms), "--config", str(path)])
    assert done.exit_code == 0, done.output
    assert done.output == "180 rows (0 unreadable), 180 signs of life, 0 alarms\n"
    done = CliRunner().invoke(main, ["replay", str(log), "--config", str(path), "--unit", "999"])
    assert (done.exit_code, "units are: 101" in done.output) == (1, True)
