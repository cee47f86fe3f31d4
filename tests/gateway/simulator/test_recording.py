import gzip
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from contract.topics import valid_node

from gateway.simulator import recording
from gateway.simulator.habits import Habits
from gateway.simulator.persons import Person
from gateway.simulator.reports import reported, write_recording

START = datetime.fromisoformat("2026-06-03T10:30+09:00").timestamp()
DAY_S = 86400.0
HANGING = {(room, "motion"): (f"Motion_{room[0].upper()}", room) for room in ("bedroom", "living", "kitchen", "toilet")}
HANGING["entrance", "contact"] = ("Door", "entrance")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv.gz"
    firings = Person(Habits(), "a", "Asia/Tokyo").between(START - 20 * DAY_S, START + 2 * DAY_S)
    write_recording(path, reported(firings, HANGING), ZoneInfo("Asia/Tokyo"))
    return path


def test_every_recorded_sensor_becomes_a_node_with_a_lawful_name(log: Path):
    found = recording.sensors(recording.rows(log))
    assert found["rec-motion-l"] == ("living", {"motion"})
    assert found["rec-door"] == ("entrance", {"door"})
    assert all(valid_node(name) for name in found)
    assert valid_node(recording.node_name("  M/Flur №7 " * 9))


def test_the_zone_is_the_one_that_agrees_with_summer_and_winter():
    def lines(*days: str) -> list[recording.Row]:
        times = [datetime.fromisoformat(day) for day in days]
        return [recording.Row(t.timestamp(), t.utcoffset().total_seconds(), "n", "r", "motion", "1") for t in times]

    assert recording.find_zone(lines("2017-02-22T16:00+01:00", "2017-06-01T12:00+02:00")) == "Europe/Paris"
    assert recording.find_zone(lines("2011-06-15T01:03-07:00", "2011-12-15T01:03-08:00")) == "America/Los_Angeles"
    with pytest.raises(recording.RecordingError, match="time zone"):
        recording.find_zone(lines("2017-02-22T16:00+01:17"))


def test_what_is_not_said_about_the_span_is_chosen(log: Path):
    lines = list(recording.rows(log))
    chosen = recording.choose_span(lines, None, None)
    assert chosen.start % 3600 == 1800
    assert chosen.cut_at == chosen.start + 1800
    assert recording.choose_span(lines, None, START).start == START - 1800
    assert recording.choose_span(lines, START, None) == recording.Span("Asia/Tokyo", START, START + 1800)


def test_a_morning_on_which_nobody_was_seen_is_not_chosen(log: Path):
    lines = list(recording.rows(log))
    chosen = recording.choose_span(lines, None, None).start
    absent = [line for line in lines if not chosen <= line.at < chosen + 1800]
    assert recording.choose_span(absent, None, None).start == chosen - DAY_S


def test_a_span_outside_the_recording_is_refused_saying_what_it_holds(log: Path):
    lines = list(recording.rows(log))
    with pytest.raises(recording.RecordingError, match="between 2026-05-14"):
        recording.choose_span(lines, START + 9 * DAY_S, None)
    with pytest.raises(recording.RecordingError):
        recording.choose_span(lines, START, START - 60)


def test_the_past_ends_where_playing_begins(log: Path, tmp_path: Path):
    past = tmp_path / "past.csv.gz"
    count = recording.write_past(past, recording.rows(log), START)
    lines = list(recording.rows(past))
    assert len(lines) == count and lines[-1].at < START
    assert {line.node for line in lines} <= set(recording.sensors(recording.rows(log)))


@pytest.mark.parametrize(
    "line", ["yesterday,a,b,motion,1", "2026-06-03T10:31+09:00,a,b,power,+", "2026-06-03T10:31+09:00"]
)
def test_a_line_nobody_can_read_is_named(tmp_path: Path, line: str):
    path = tmp_path / "log.csv.gz"
    with gzip.open(path, "wt") as out:
        out.write(f"time,node,room,kind,value\n2026-06-03T10:30+09:00,a,b,motion,1\n{line}\n")
    with pytest.raises(recording.RecordingError, match="line 3"):
        list(recording.rows(path))
    path.write_text("no gzip at all")
    with pytest.raises(recording.RecordingError, match="cannot be read"):
        list(recording.rows(path))


def test_only_what_a_node_would_say_is_reported():
    def report(kind: str, value: str) -> object:
        return recording.report(recording.Row(5.0, 0.0, "n", "r", kind, value))

    assert report("motion", "1") == ("motion", {"count": 1, "last_at": 5.0})
    assert report("motion", "0") is None
    assert report("contact", "1") == ("door", "open")
    assert report("contact", "0") == ("door", "closed")
    assert report("power", "54.7") == ("power", {"w": 54.7})
    assert report("water", "6") == ("water", {"l_per_min": 6.0})
    assert report("battery", "80") is None
    assert report("link", "offline") is None
