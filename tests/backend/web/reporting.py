"""Reports as a gateway sends them, for tests that need something to look at."""

from datetime import UTC, datetime
from statistics import fmean
from typing import Literal

from contract.reports import (
    DIAL,
    Alert,
    Change,
    Climate,
    Comparing,
    Cost,
    DayValue,
    Dial,
    Evidence,
    Health,
    Numbered,
    Report,
    SeenSign,
    SensorState,
    UnitLive,
    Words,
)

ROOMS = ("living", "kitchen", "bedroom", "toilet", "entrance")


def numbered(seq: int, at: float, report: Report) -> Numbered:
    return Numbered(seq, at, report)


def sensors(at: float, **states: str) -> list[SensorState]:
    """All rooms' sensors in order, but for those named otherwise (``kitchen="offline"``)."""
    return [SensorState(f"node-{room}", room, states.get(room, "ok"), at - 60) for room in ROOMS]  # type: ignore[arg-type]


def bathroom(unit: str, at: float) -> Alert:
    """Two hours in the bathroom, with motion there ten minutes ago."""
    words = Words("浴室・トイレに入ってから2時間0分、ほかの部屋での動きがありません。", "In the bathroom for 2 h.")
    evidence = Evidence(
        signs=[SeenSign(at - 600, "bathroom", "motion")],
        silence_s=7200.0,
        limit_s=6000.0,
        usual_max_s=4200.0,
        usual_days=58,
        presence="home",
        sensors=sensors(at),
        place="bathroom",
    )
    return Alert("b", unit, "bathroom", "asking", at - 7200, words, evidence, at + 120, at + 360)


def water(unit: str, at: float, kind: Literal["water_running", "no_water"]) -> Alert:
    """Two hours of it, with motion in the living room ten minutes ago."""
    evidence = Evidence(
        signs=[SeenSign(at - 600, "living", "motion")],
        silence_s=7200.0,
        limit_s=6000.0,
        usual_max_s=4200.0,
        usual_days=58,
        presence="home",
        sensors=sensors(at),
        place="kitchen" if kind == "water_running" else "",
    )
    return Alert("w", unit, kind, "open", at - 7200, Words("2時間0分の水。", "Water for 2 h."), evidence)


def emergency(unit: str, at: float, presses: int = 1, name: str = "e") -> Alert:
    words = Words("緊急ボタンが押されました（居間）", "The emergency button was pressed (living room)")
    evidence = Evidence(
        signs=[
            SeenSign(at - 20, "living", "motion"),
            SeenSign(at - 300, "kitchen", "motion"),
            SeenSign(at - 1200, "toilet", "motion"),
        ],
        presence="home",
        door="closed",
        climate=Climate(at - 60, 26.4, 58.0, 23.1),
        sensors=sensors(at),
        presses=presses,
        place="living",
    )
    return Alert(f"gw-1-{unit}-{name}", unit, "emergency", "open", at, words, evidence)


def inactivity(
    unit: str, at: float, *, stage: str = "open", silence_s: float = 7800, wbgt_c: float = 27.6, **more: float
) -> Alert:
    words = Words(
        "ふだん動きのある時間に、2時間10分動きがありません", "No movement for 2 h 10 min at a time that is usually busy"
    )
    evidence = Evidence(
        signs=[
            SeenSign(at - 0, "toilet", "motion"),
            SeenSign(at - 240, "bedroom", "motion"),
            SeenSign(at - 900, "bedroom", "motion"),
            SeenSign(at - 3600, "living", "motion"),
        ],
        silence_s=silence_s,
        limit_s=6900,
        usual_max_s=4200,
        usual_days=58,
        presence="home",
        door="closed",
        climate=Climate(at, 30.2, 64.0, wbgt_c),
        sensors=sensors(at),
    )
    return Alert(f"gw-1-{unit}-i", unit, "inactivity", stage, at, words, evidence, **more)  # type: ignore[arg-type]


def battery(unit: str, at: float) -> Alert:
    words = Words("台所のセンサーの電池が少なくなっています", "The kitchen sensor's battery is low")
    return Alert(
        f"gw-1-{unit}-b",
        unit,
        "battery_low",
        "open",
        at,
        words,
        Evidence(sensors=sensors(at, kitchen="battery_low"), place="kitchen"),
    )


def live(
    unit: str,
    at: float,
    watching: str = "watching",
    presence: str = "home",
    ago_s: float = 300,
    comparing: Comparing | None = None,
    **states: str,
) -> UnitLive:
    return UnitLive(
        unit,
        watching,  # type: ignore[arg-type]
        presence,  # type: ignore[arg-type]
        SeenSign(at - ago_s, "living", "motion"),
        learning_day=5 if watching == "learning" else None,
        learning_days=14 if watching == "learning" else None,
        climate=Climate(at - 120, 25.8, 55.0, 22.4),
        sensors=sensors(at, **states),
        comparing=comparing,
    )


def change(unit: str, at: float, what: str = "night_rising", days: int = 56) -> Change:
    """A change of two weeks ago; the numbers differ from day to day and are the same each time."""
    low, high, later = {"rising": (6.4, 8.1, 0.2), "outings": (1, 0, 1)}.get(what, (0, 1, 1))
    numbers = [(low if n < days - 14 else high) + later * (n * 5 % 7 > 3) for n in range(days)]
    dates = [datetime.fromtimestamp(at - (days - n) * 86_400, UTC).date().isoformat() for n in range(days)]
    began = datetime.fromisoformat(dates[-14])
    said = {
        "night_rising": (
            "夜中に起きる回数が増えています：週に3回→10回",
            "Getting up at night happens more often: 3 → 10 a week",
        ),
        "rising": (
            "起きる時刻が遅くなっています：6時30分→8時10分",
            "Getting up in the morning has become later: 6:30 → 8:10",
        ),
        "outings": ("外出の回数が減っています：週に10回→3回", "Going out happens less often: 10 → 3 a week"),
    }[what]
    return Change(
        unit,
        what,
        at - 14 * 86_400,
        fmean(numbers[:-14]),
        fmean(numbers[-14:]),
        Words(
            f"{said[0]}（{began.month}月{began.day}日ごろから）。", f"{said[1]} (since about {began.day} {began:%B})."
        ),
        [DayValue(day, number) for day, number in zip(dates, numbers, strict=True)],
    )


def dial(unit: str, *, known: bool = True, outings_known: bool = True) -> Dial:
    """What the dial costs a home: help comes sooner by day, and later the seldomer somebody is asked needlessly."""
    costs = [Cost(months, 3.2 + n / 3, 6.1 + n / 2, 3.0 + n / 4, 4.6 + n / 2) for n, months in enumerate(DIAL)]
    return Dial(unit, 58 if known else 5, outings_known, costs if known else [])


def health() -> Health:
    return Health("0.1.0", 86_400.0, "ok", 21_000.0, journal_rows=120_345)
