"""Why the watch acts, in facts, and in one sentence that a worker can read aloud."""

from dataclasses import dataclass

from gateway.core import rooms
from gateway.core.presence import Presence

_DOORS = {"open": ("Door open.", "玄関ドアは開いています。"), "closed": ("Door closed.", "玄関ドアは閉まっています。")}


@dataclass(frozen=True, slots=True)
class Reason:
    """The facts behind an inactivity alert. `last_local_s`: local seconds since midnight of the last sign."""

    silence_s: float
    limit_s: float
    usual_max_s: float
    usual_days: int
    last_room: str
    last_at: float | None
    last_local_s: float
    door: str
    presence: Presence
    learning_day: int
    learning_days: int


def in_english(reason: Reason) -> str:
    """For example: No sign of life for 6 h 40 min; at this time of day the longest in 60 days was 4 h 10 min. …"""
    parts = [f"No sign of life for {_length(reason.silence_s, ' h', ' min', ' ')}"]
    if reason.learning_day < reason.learning_days:
        parts.append(f"; still learning this home, day {reason.learning_day} of {reason.learning_days}.")
    elif reason.usual_max_s > 0:
        days, longest = reason.usual_days, _length(reason.usual_max_s, " h", " min", " ")
        parts.append(f"; at this time of day the longest in the last {days} recorded days was {longest}.")
    else:
        parts.append(".")
    if reason.last_at is not None:
        parts.append(f" Last: {reason.last_room}, {_clock_time(reason.last_local_s)}.")
    if reason.door in _DOORS:
        parts.append(" " + _DOORS[reason.door][0])
    return "".join(parts)


def in_japanese(reason: Reason) -> str:
    """The same in Japanese."""
    parts = [f"{_length(reason.silence_s, '時間', '分')}のあいだ、生活の動きがありません。"]
    if reason.learning_day < reason.learning_days:
        parts.append(f"まだ学習中です（{reason.learning_days}日のうち{reason.learning_day}日目）。")
    elif reason.usual_max_s > 0:
        days, longest = reason.usual_days, _length(reason.usual_max_s, "時間", "分")
        parts.append(f"この時間帯では、記録のある直近{days}日間で最長{longest}でした。")
    if reason.last_at is not None:
        room, when = rooms.in_japanese(reason.last_room), _clock_time(reason.last_local_s)
        parts.append(f"最後の動きは{room}、{when}です。")
    if reason.door in _DOORS:
        parts.append(_DOORS[reason.door][1])
    return "".join(parts)


def _length(seconds: float, hour: str, minute: str, between: str = "") -> str:
    """To the nearest minute, as the worker's page says it beside this sentence."""
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours}{hour}"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes}{minute}")
    return between.join(parts)


def _clock_time(local_s: float) -> str:
    hour, minute = divmod(int(local_s // 60), 60)
    return f"{hour:02d}:{minute:02d}"
