"""A recording played through the watch."""

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.core.watch import WatchSettings
from gateway.replay import ReplayError, replay

TOKYO = ZoneInfo("Asia/Tokyo")
HEAD = "time,node,room,kind,value"


def when(day: int, hour: float) -> str:
    start = datetime(2025, 3, 1, tzinfo=TOKYO)
    return (start + timedelta(days=day, hours=hour)).isoformat(timespec="milliseconds")


def day_rows(day: int) -> list[str]:
    rows = [f"{when(day, 7 + n / 4)},pir-1,kitchen,motion,{1 - n % 2}" for n in range(60)]
    return [*rows, f"{when(day, 23)},pir-2,bedroom,motion,1"]


def write(path: Path, rows: list[str]) -> Path:
    text = "\n".join([HEAD, *rows]) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(folder: Path, rows: list[str]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    log = write(folder / "log.csv.gz", rows)
    replay(log, folder / "deadlines.csv", folder / "alarms.csv", TOKYO, WatchSettings())
    return table(folder / "deadlines.csv"), table(folder / "alarms.csv")


def test_every_deadline_is_said_at_the_time_of_the_row_that_changed_it(tmp_path: Path) -> None:
    rows = [row for day in range(3) for row in day_rows(day)]
    deadlines, alarms = run(tmp_path, rows)
    times = [row["time"] for row in deadlines]
    assert times == sorted(times)
    assert set(times) <= {row.split(",")[0] for row in rows if row.endswith(",1")}
    assert all(datetime.fromisoformat(row["deadline"]) > datetime.fromisoformat(row["time"]) for row in deadlines)
    assert alarms == []


def test_what_was_said_does_not_depend_on_what_came_later(tmp_path: Path) -> None:
    rows = [row for day in range(6) for row in day_rows(day)]
    whole, _ = run(tmp_path, rows)
    part, _ = run(tmp_path, rows[:200])
    assert part == whole[: len(part)]
    assert len(part) > 80


def test_a_silence_that_is_too_long_is_one_alarm_with_its_reason(tmp_path: Path) -> None:
    rows = [row for day in range(3) for row in day_rows(day)]
    _, alarms = run(tmp_path, [*rows, f"{when(5, 8)},pir-1,kitchen,motion,1", f"{when(5, 9)},pir-1,kitchen,motion,1"])
    assert [row["since"] for row in alarms] == [when(2, 23)]
    assert when(3, 10) < alarms[0]["time"] < when(3, 11)
    assert alarms[0]["reason"].startswith("No sign of life for 11 h 48 min; still learning this home, day 1 of 14.")


def test_an_outage_of_the_whole_recording_raises_nothing(tmp_path: Path) -> None:
    rows = [row for day in range(3) for row in day_rows(day)]
    outage = [f"{when(3, 1)},gateway,,link,offline", f"{when(9, 5)},gateway,,link,online"]
    deadlines, alarms = run(tmp_path, [*rows, *outage, *day_rows(9)])
    assert alarms == []
    assert {"time": when(3, 1), "deadline": ""} in deadlines


def test_power_and_batteries_are_no_signs_of_life_and_a_repeated_contact_neither(tmp_path: Path) -> None:
    rows = [f"{when(0, 7)},pir-1,kitchen,motion,1", f"{when(0, 7.1)},door-1,entrance,contact,0"]
    more = [
        f"{when(0, 8)},meter,kitchen,power,54.2",
        f"{when(0, 9)},pir-1,kitchen,battery,90",
        f"{when(0, 10)},pir-1,kitchen,link,offline",
        f"{when(0, 11)},door-1,entrance,contact,0",
        f"{when(0, 12)},pir-1,kitchen,motion,0",
    ]
    assert run(tmp_path, rows) == run(tmp_path, [*rows, *more])


def test_rows_that_cannot_be_read_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    bad = ["never,pir-1,kitchen,motion,1", "2025-03-01T08:00:00,pir-1,kitchen,motion,1", "2025", ""]
    log = write(tmp_path / "log.csv", [*day_rows(0), *bad, *day_rows(1)])
    summary = replay(log, None, None, None, WatchSettings())
    assert (summary.unread, summary.signs) == (3, 62)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("log.csv", b"when,what\n1,2\n", "has no column time, node"),
        ("log.csv", b"\xff\xfe\x00", "cannot be read"),
        ("log.csv.gz", b"not gzip at all", "cannot be read"),
        ("log.csv", b"time,node,room,kind,value\n", "no row that can be read"),
    ],
)
def test_a_file_that_is_no_recording_is_named_so(tmp_path: Path, name: str, body: bytes, says: str) -> None:
    log = tmp_path / name
    log.write_bytes(body)
    with pytest.raises(ReplayError, match=says):
        replay(log, None, None, TOKYO, WatchSettings())
    with pytest.raises(ReplayError, match="cannot be read"):
        replay(tmp_path / "nothing.csv", None, None, TOKYO, WatchSettings())


def test_progress_is_told_while_a_long_recording_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.replay.PROGRESS_ROWS", 100)
    log = write(tmp_path / "log.csv", [row for day in range(4) for row in day_rows(day)[:60]])
    told: list[float] = []
    replay(log, None, None, TOKYO, WatchSettings(), told.append)
    assert len(told) == 2
    assert told == sorted(told)
