"""What the backend is shown of a unit between alerts: how it is now, and each past hour in counts."""

from datetime import datetime, tzinfo

import msgspec
from contract.reports import Climate, Presence, SeenSign, UnitHour, Watching

from gateway.core.climate import band

HOUR_S = 3600
WHOLE_HOUR_S = 3300.0  # an hour watched for less tells nothing about what is usual
USUAL_DAYS, LEAST_DAYS = 14, 7


class Mean(msgspec.Struct):
    """An average on its way."""

    number: int = 0
    total: float = 0.0

    def add(self, value: float) -> None:
        self.number += 1
        self.total += value

    def rounded(self) -> float | None:
        """To a tenth; None of nothing."""
        return round(self.total / self.number, 1) if self.number else None


class Tally(msgspec.Struct):
    """The running hour: `mark` is how far time has been counted, `presence` and `observed_s` are seconds."""

    mark: float
    watched: bool = False
    now: Presence = "unknown"
    counts: dict[str, int] = {}
    observed_s: float = 0.0
    presence: dict[str, float] = {}
    temperature: Mean = msgspec.field(default_factory=Mean)  # °C
    humidity: Mean = msgspec.field(default_factory=Mean)  # %
    usual: dict[int, list[int]] = {}  # hour of the local day -> signs in that hour of the last days


def count(tally: Tally, to: float, watched: bool, presence: Presence) -> None:
    """Credit the time up to `to` as it was, and go on as it is."""
    passed = max(0.0, to - tally.mark)
    if tally.watched:
        tally.observed_s += passed
    if passed:
        tally.presence[tally.now] = tally.presence.get(tally.now, 0.0) + passed
    tally.mark, tally.watched, tally.now = max(tally.mark, to), watched, presence


def saw(tally: Tally, room: str, at: float) -> None:
    """A sign in this hour; one that comes later than its hour is in no count."""
    if _is_of_this_hour(tally, at):
        tally.counts[room] = tally.counts.get(room, 0) + 1


def felt(tally: Tally, at: float, temperature_c: float, humidity_pct: float | None) -> None:
    """The air was measured in this hour; a sensor may know its temperature alone."""
    if _is_of_this_hour(tally, at):
        tally.temperature.add(temperature_c)
        if humidity_pct is not None:
            tally.humidity.add(humidity_pct)


def _is_of_this_hour(tally: Tally, at: float) -> bool:
    return at >= tally.mark - tally.mark % HOUR_S


def close_hour(tally: Tally, unit: str, hour: float, zone: tzinfo) -> UnitHour:
    """The hour that began at `hour`, whose reckoning begins anew."""
    past = tally.usual.setdefault(datetime.fromtimestamp(hour, zone).hour, [])
    low, high = _usual(past)
    if tally.observed_s >= WHOLE_HOUR_S:
        past.append(sum(tally.counts.values()))
        del past[:-USUAL_DAYS]
    report = UnitHour(
        unit,
        hour,
        tally.counts,
        round(tally.observed_s / 60, 2),
        {who: round(seconds / 60, 2) for who, seconds in sorted(tally.presence.items())},
        temperature_c=tally.temperature.rounded(),
        humidity_pct=tally.humidity.rounded(),
        usual_low=low,
        usual_high=high,
    )
    tally.counts, tally.observed_s, tally.presence = {}, 0.0, {}
    tally.temperature, tally.humidity = Mean(), Mean()
    return report


def _usual(past: list[int]) -> tuple[float | None, float | None]:
    """What is usual without the tenth of the days with least and with most; nothing before a week is known."""
    if len(past) < LEAST_DAYS:
        return None, None
    ordered, tenth = sorted(past), len(past) // 10
    return float(ordered[tenth]), float(ordered[-1 - tenth])


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What must differ before a unit is shown again: not when a sensor last spoke, nor its radio.

    air: its band of WBGT and whole degrees. sensors: how each node is.
    """

    watching: Watching
    presence: Presence
    last_sign: SeenSign | None
    learning_day: int
    deadline: float | None
    air: tuple[str, int] | None
    sensors: list[tuple[str, str]]


def in_outline(air: Climate) -> tuple[str, int]:
    """Of the air what is worth showing a unit again for."""
    return band(air.wbgt_c), round(air.temperature_c)
