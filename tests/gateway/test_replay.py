"""A recording played through the watch."""

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.core.building import BuildingCore
from gateway.core.inputs import Observed, Ticked, Told
from gateway.errors import GatewayError, RecordingError
from gateway.replay import only_unit, replay

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


def unix(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def place(node: str, room: str, kinds: list[str]) -> NodePlace:
    return NodePlace(node, "101", room, 0.0, source="zigbee2mqtt", kinds=kinds)


def building(*nodes: NodePlace, dial: float = 0.25) -> Building:
    return Building("Asia/Tokyo", [UnitSettings("101", dial)], list(nodes))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(
    folder: Path, rows: list[str], configured: Building | None = None
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    log = write(folder / "log.csv.gz", rows)
    replay(log, folder / "deadlines.csv", folder / "alarms.csv", TOKYO, configured)
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
    assert alarms[0]["reason"].startswith("No sign of life for 11 h 49 min; still learning this home, day 1 of 14.")


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


def test_the_deadlines_are_those_of_a_building_that_hears_every_node_every_hour(tmp_path: Path) -> None:
    rows = [f"{when(0, 7)},door-1,entrance,contact,0", *(row for day in range(4) for row in day_rows(day))]
    rows += [f"{when(4, 9)},door-1,entrance,contact,1", f"{when(4, 9.01)},door-1,entrance,contact,0"]
    rows += [f"{when(4, 10)},gateway,,link,offline", f"{when(4, 20)},gateway,,link,online"]
    rows += [f"{when(4, 21)},pir-1,kitchen,motion,1", *day_rows(5)]
    deadlines, _ = run(tmp_path, rows)
    said = {row["time"]: row["deadline"] for row in deadlines}
    heard = heard_in_a_building(rows, (unix(when(4, 10)), unix(when(4, 20))))
    assert len(heard) > 150
    for time, deadline in heard.items():
        assert unix(said[time]) == pytest.approx(deadline, abs=1), time


def heard_in_a_building(rows: list[str], down: tuple[float, float]) -> dict[str, float]:
    """The deadlines of a core after each sign of life: every node tells its health hourly, but in the outage `down`."""
    rooms = {"pir-1": "kitchen", "pir-2": "bedroom", "door-1": "entrance"}
    core, now, found = BuildingCore("g"), unix(when(0, 7)), {}
    kinds = {node: ["door" if node == "door-1" else "motion"] for node in rooms}
    core.apply(Told(now, Configure(building(*[place(node, rooms[node], kinds[node]) for node in rooms]))))
    reports: list[tuple[float, str, str, Any]] = [
        (at, node, "health", {})
        for node in rooms
        for at in [unix(when(0, 7)) + hour * 3600 for hour in range(136)]
        if not down[0] < at < down[1]
    ]
    levels = {("motion", "1"): ("motion", {"count": 1}), ("contact", "1"): ("door", "open")}
    levels["contact", "0"] = ("door", "closed")
    for time, node, _, kind, value in (row.split(",") for row in rows):
        if (kind, value) in levels:
            reports.append((unix(time), node, *levels[kind, value]))
    for at, node, kind, reported in sorted(reports, key=lambda report: report[0]):
        until = down[0] if now < down[1] <= at else at
        while (due := core.next_deadline()) is not None and due <= until:
            core.apply(Ticked(due))
        before = core.units["101"].watch.since()
        core.apply(Observed(at, at, node, kind, reported))
        now, watch = at, core.units["101"].watch
        if watch.since() != before and (deadline := watch.deadline()) is not None:
            found[datetime.fromtimestamp(at, TOKYO).isoformat(timespec="milliseconds")] = deadline
    return found


def test_the_first_word_of_a_contact_is_no_sign_of_life(tmp_path: Path) -> None:
    rows = [f"{when(0, 7)},pir-1,kitchen,motion,1", f"{when(0, 8)},door-1,entrance,contact,0"]
    deadlines, _ = run(tmp_path, [*rows, f"{when(0, 9)},door-1,entrance,contact,1"])
    assert [row["time"] for row in deadlines] == [when(0, 7), when(0, 9)]


def test_an_alarm_is_raised_at_the_deadline_that_was_said(tmp_path: Path) -> None:
    rows = [row for day in range(3) for row in day_rows(day)]
    deadlines, alarms = run(tmp_path, [*rows, f"{when(4, 8)},pir-1,kitchen,motion,1"])
    said = [row for row in deadlines if row["time"] < when(3, 0)][-1]
    assert [row["time"] for row in alarms] == [said["deadline"]]


def test_without_one_sensor_that_is_there_nothing_can_be_raised(tmp_path: Path) -> None:
    rows = [*day_rows(0)[:-1], f"{when(0, 22)},pir-1,kitchen,link,offline", f"{when(1, 6)},pir-1,kitchen,link,online"]
    deadlines, alarms = run(tmp_path, [*rows, *day_rows(1)])
    assert {"time": when(0, 22), "deadline": ""} in deadlines
    assert next(row["time"] for row in deadlines if row["time"] > when(0, 22)) == when(1, 6)
    assert alarms == []


def test_a_sensor_that_reports_from_two_rooms_is_two_nodes(tmp_path: Path) -> None:
    rows = [f"{when(0, 7)},pir-1,kitchen,motion,1", f"{when(0, 8)},pir-1,study,motion,1"]
    _, alarms = run(tmp_path, [*rows, f"{when(0, 23)},pir-1,kitchen,motion,1"])
    assert "Last: study, 08:00." in alarms[0]["reason"]


def test_a_building_says_where_its_nodes_hang_and_how_sharp_the_watch_is(tmp_path: Path) -> None:
    rows = [*(row for day in range(6) for row in day_rows(day)), f"{when(7, 7)},pir-1,kitchen,motion,1"]
    nodes = [NodePlace("pir-1", "101", "hall", 9e8, kinds=["motion"]), place("pir-2", "loft", ["motion"])]
    calm, alarms = run(tmp_path, rows, building(*nodes))
    assert "Last: loft, 23:00." in alarms[0]["reason"]
    sharp, _ = run(tmp_path, rows, building(*nodes, dial=10.0))
    assert sharp[-2]["time"] == calm[-2]["time"]
    assert sharp[-2]["deadline"] < calm[-2]["deadline"]


def test_of_several_units_one_is_to_be_named() -> None:
    two = Building("Asia/Tokyo", [UnitSettings("101"), UnitSettings("102")], [NodePlace("pir-1", "102", "hall", 0.0)])
    assert [unit.unit for unit in only_unit(two, "102").units] == ["102"]
    assert only_unit(two, "101").nodes == []
    with pytest.raises(GatewayError, match="units are: 101, 102"):
        only_unit(two, None)


def test_rows_that_cannot_be_read_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    bad = ["never,pir-1,kitchen,motion,1", "2025-03-01T08:00:00,pir-1,kitchen,motion,1", "2025", ""]
    log = write(tmp_path / "log.csv", [*day_rows(0), *bad, *day_rows(1)])
    summary = replay(log, None, None, None)
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
    with pytest.raises(RecordingError, match=says):
        replay(log, None, None, TOKYO)
    with pytest.raises(RecordingError, match="cannot be read"):
        replay(tmp_path / "nothing.csv", None, None, TOKYO)


def test_progress_is_told_while_a_long_recording_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.replay.PROGRESS_ROWS", 100)
    log = write(tmp_path / "log.csv", [row for day in range(4) for row in day_rows(day)[:60]])
    told: list[float] = []
    replay(log, None, None, TOKYO, progress=told.append)
    assert len(told) == 2
    assert told == sorted(told)
