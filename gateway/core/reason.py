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
    hours, minutes = _hours_minutes(reason.silence_s)
    parts = [f"No sign of life for {hours} h {minutes} min"]
    if reason.learning_day < reason.learning_days:
        parts.append(f"; still learning this home, day {reason.learning_day} of {reason.learning_days}.")
    elif reason.usual_max_s > 0:
        hours, minutes = _hours_minutes(reason.usual_max_s)
        days = reason.usual_days
        parts.append(f"; at this time of day the longest in the last {days} recorded days was {hours} h {minutes} min.")
    else:
        parts.append(".")
    if reason.last_at is not None:
        parts.append(f" Last: {reason.last_room}, {_clock_time(reason.last_local_s)}.")
    if reason.door in _DOORS:
        parts.append(" " + _DOORS[reason.door][0])
    return "".join(parts)


def in_japanese(reason: Reason) -> str:
    """The same in Japanese."""
    hours, minutes = _hours_minutes(reason.silence_s)
    parts = [f"{hours}時間{minutes}分のあいだ、生活の動きがありません。"]
    if reason.learning_day < reason.learning_days:
        parts.append(f"まだ学習中です（{reason.learning_days}日のうち{reason.learning_day}日目）。")
    elif reason.usual_max_s > 0:
        hours, minutes = _hours_minutes(reason.usual_max_s)
        parts.append(f"この時間帯では、記録のある直近{reason.usual_days}日間で最長{hours}時間{minutes}分でした。")
    if reason.last_at is not None:
        room, when = rooms.in_japanese(reason.last_room), _clock_time(reason.last_local_s)
        parts.append(f"最後の動きは{room}、{when}です。")
    if reason.door in _DOORS:
        parts.append(_DOORS[reason.door][1])
    return "".join(parts)


def _hours_minutes(seconds: float) -> tuple[int, int]:
    return divmod(int(seconds // 60), 60)


def _clock_time(local_s: float) -> str:
    hour, minute = _hours_minutes(local_s)
    return f"{hour:02d}:{minute:02d}"
