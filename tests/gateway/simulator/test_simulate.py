"""`tomoshibi-gateway simulate`, as somebody who wants recordings meets it."""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.evaluation.home import read


def simulate(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", str(folder), *arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for folder, seed in (("one", "a"), ("two", "a"), ("other", "b")):
        done = simulate(tmp_path / folder, "--seed", seed, "--days", "3", "--fault", "all")
        assert done.exit_code == 0, done.output
    names = ["person-001.csv.gz", "person-001.outings.csv", "person-001.truth.csv"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    assert [(tmp_path / "one" / name).read_bytes() for name in names] == [
        (tmp_path / "two" / name).read_bytes() for name in names
    ]
    assert (tmp_path / "one" / names[0]).read_bytes() != (tmp_path / "other" / names[0]).read_bytes()


def test_what_was_simulated_replays_and_its_collapse_is_noticed(tmp_path: Path) -> None:
    done = simulate(tmp_path, "--days", "6", "--even", "--collapse", "2026-01-05T10:00", "--collapse-in", "bath")
    assert done.exit_code == 0, done.output
    log, alarms = tmp_path / "person-001.csv.gz", tmp_path / "alarms.csv"
    played = CliRunner().invoke(main, ["replay", str(log), "--alarms", str(alarms)])
    assert played.exit_code == 0 and "(0 unreadable)" in played.output, played.output
    with gzip.open(log, "rt", encoding="utf-8") as file:
        last = [row for row in csv.DictReader(file) if row["value"] == "1"][-1]
    assert last["room"] == "bath" and "2026-01-05T09:5" in last["time"]
    truth = [row for row in rows(tmp_path / "person-001.truth.csv") if row["what"] == "collapse"]
    assert [(row["start"], row["where"]) for row in truth] == [("2026-01-05T10:00:00.000+09:00", "bath")]


def test_a_recording_full_of_faults_can_be_read_whole(tmp_path: Path) -> None:
    done = simulate(tmp_path, "--days", "20", "--home", "studio", "--plain", "--fault", "all", "--fault", "late=0.1")
    assert done.exit_code == 0, done.output
    home = read(tmp_path / "person-001.csv")
    outages = [row for row in rows(tmp_path / "person-001.truth.csv") if row["what"] == "outage"]
    assert len(home.down) == len(outages) > 0 and home.outings
    kinds = {row["kind"] for row in rows(tmp_path / "person-001.csv")}
    assert kinds >= {"motion", "contact", "link"}


def test_what_is_to_befall_them_is_told_in_the_homes_own_time(tmp_path: Path) -> None:
    told = ["--away", "2026-07-03T09:00/2026-07-09T15:00", "--zone", "Europe/Paris", "--start", "2026-07-01"]
    done = simulate(tmp_path, "--days", "10", "--even", "--plain", "--pet", "0", *told)
    assert done.exit_code == 0, done.output
    outings = {(row["left"], row["returned"]) for row in rows(tmp_path / "person-001.outings.csv")}
    assert ("2026-07-03T09:00:00.000+02:00", "2026-07-09T15:00:00.000+02:00") in outings
    seen = [datetime.fromisoformat(row["time"]) for row in rows(tmp_path / "person-001.csv")]
    assert not [at for at in seen if "2026-07-04" <= at.isoformat() < "2026-07-09T14"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fault", "goast"], "goast is none of ghost, retrigger"),
        (["--fault", "ghost=many"], "say a rate like ghost=0.3"),
        (["--fault", "ghost=nan"], "say a rate like ghost=0.3"),
        (["--fault", "lost=5"], "say a rate like lost=0.005"),
        (["--start", "9999-12-01"], "9999-12-01 is no time like"),
        (["--zone", "Tokyo"], "no IANA zone"),
        (["--start", "tomorrow"], "tomorrow is no time like"),
        (["--away", "2026-01-03"], " is no time like"),
        (["--ill", "2026-01-03/2026-01-02"], "ends before it begins"),
        (["--collapse", "2027-01-01"], "outside"),
        (["--days", "0"], "not in the range"),
        (["--home", "castle"], "flat"),
    ],
)
def test_what_cannot_be_simulated_is_said_and_nothing_is_written(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = simulate(tmp_path / "new", *arguments)
    assert done.exit_code != 0 and says in done.output
    assert not (tmp_path / "new").exists()


def test_a_town_says_itself_who_lives_there(tmp_path: Path) -> None:
    town = tmp_path / "town.json"
    town.write_text("{}", encoding="utf-8")
    assert "is no town" in simulate(tmp_path, "--town", str(town)).output
    assert "leave out --pet, --seed" in simulate(tmp_path, "--town", str(town), "--seed", "1", "--pet", "2").output
