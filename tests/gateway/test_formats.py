"""The files of others, read as recordings: by what each line says."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import RecordingError
from gateway.recordings import UNREADABLE, Row, opened, parse
from gateway.replay import replay

PARIS = ZoneInfo("Europe/Paris")

HOMEASSIST = """2031-04-01T07:00:05.250;MotionD_K;1
2031-04-01T07:00:35.250;MotionD_K;0
2031-04-01T07:01:00.000;MotionD_Ba;1
2031-04-01T07:02:00.000;ContactS_E;1
2031-04-01T07:02:01.000;ContactS_Fridge;0
2031-04-01T07:03:00.000;EMeter_Coffeemaker;650.5
2031-04-01T07:03:01.000;EMeter_Coffeemaker.Status;1
2031-04-01T07:04:00.000;MotionD_K.BatteryLevel;81
2031-04-01T07:05:00.000;MotionD_K.CommFailure;1
2031-04-01T07:06:00.000;MotionD_K.CommFailure;0
2031-04-01T07:07:00.000;Thermo_K;21.5
"""
CASAS = """2031-04-01 07:00:05.25\tM003\tON\tSleeping begin
2031-04-01 07:00:06.25 M003 OFF
2031-04-01 07:01:00.0 Chair LivingRoom ON Watch_TV
2031-04-01 07:02:00 FrontDoor Entry CLOSE
2031-04-01 07:03:00 D002 OPEN
2031-04-01 07:04:00 T001 21.5
2031-04-01 07:05:00 I006 ABSENT

"""


def read(tmp_path: Path, text: str, *entrance: str) -> tuple[list[Row], int]:
    """The rows that can be parsed, and how many cannot."""
    log = tmp_path / "home.txt"
    log.write_text(text, encoding="utf-8")
    rows, unread = [], 0
    with opened(log, PARIS, entrance) as (lines, _):
        for line in lines:
            try:
                rows.append(parse(line))
            except UNREADABLE:
                unread += 1
    return rows, unread


def said(rows: list[Row]) -> list[tuple[str, str, str, str]]:
    return [(row.node, row.room, row.kind, row.value) for row in rows]


def test_homeassist(tmp_path: Path) -> None:
    rows, unread = read(tmp_path, HOMEASSIST)
    assert unread == 0
    assert said(rows) == [
        ("MotionD_K", "kitchen", "motion", "1"),
        ("MotionD_K", "kitchen", "motion", "0"),
        ("MotionD_Ba", "bathroom", "motion", "1"),
        ("ContactS_E", "entrance", "contact", "1"),
        ("ContactS_Fridge", "kitchen", "contact", "0"),
        ("EMeter_Coffeemaker", "kitchen", "power", "650.5"),
        ("MotionD_K", "kitchen", "battery", "81"),
        ("MotionD_K", "kitchen", "link", "offline"),
        ("MotionD_K", "kitchen", "link", "online"),
    ]
    assert rows[0].offset_s == 7200.0 and rows[0].at % 60 == 5.25


def test_casas(tmp_path: Path) -> None:
    rows, unread = read(tmp_path, CASAS)
    assert unread == 0
    assert said(rows) == [
        ("M003", "m003", "motion", "1"),
        ("M003", "m003", "motion", "0"),
        ("LivingRoom", "chair", "motion", "1"),
        ("Entry", "entrance", "contact", "0"),
        ("D002", "d002", "contact", "1"),
    ]


def test_a_sensor_hangs_at_the_entrance_where_one_says_so(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, CASAS, "D002")
    assert said(rows)[-1] == ("D002", "entrance", "contact", "1")


@pytest.mark.parametrize("text", [HOMEASSIST, CASAS], ids=["homeassist", "casas"])
def test_what_cannot_be_read_is_counted_and_stops_nothing(tmp_path: Path, text: str) -> None:
    first, *rest = text.splitlines(keepends=True)
    broken = [first, "2031-04-01T99:00:00;MotionD_K;1\n", "2031-99-01 07:00:00 M003 ON\n", "nonsense\n", *rest]
    rows, unread = read(tmp_path, "".join(broken))
    assert said(rows) == said(read(tmp_path, text)[0])
    assert unread == 3


def test_the_hour_that_an_autumn_night_has_twice_is_told_by_the_order(tmp_path: Path) -> None:
    night = [f"2030-10-27T{at};MotionD_K;1\n" for at in ("01:59:00", "02:40:00", "02:10:00", "03:05:00")]
    rows, _ = read(tmp_path, "".join(night))
    assert [row.at - rows[0].at for row in rows] == [0, 41 * 60, 71 * 60, 126 * 60]


@pytest.mark.parametrize("text", [HOMEASSIST, CASAS], ids=["homeassist", "casas"])
def test_without_a_zone_it_is_said_what_is_missing(tmp_path: Path, text: str) -> None:
    log = tmp_path / "home.txt"
    log.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError, match="--tz"):
        replay(log, None, None, None)
    assert replay(log, None, None, PARIS).rows > 0
