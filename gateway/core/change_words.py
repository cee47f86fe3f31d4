"""What a worker reads of a change: what, by how much, since when, in Japanese and English."""

from datetime import date
from math import floor
from typing import Literal

from contract.reports import Words

from gateway.core.words import length

Course = Literal["new", "further", "back"]

_NAMES: dict[str, tuple[str, str]] = {
    "night_rising": ("夜中に起きる回数", "Getting up at night"),
    "toilet_night": ("夜中のトイレの回数", "Going to the toilet at night"),
    "toilet_day": ("昼間のトイレの回数", "Going to the toilet by day"),
    "bathroom_night": ("夜中の浴室・トイレの回数", "Going to the bathroom at night"),
    "bathroom_day": ("昼間の浴室・トイレの回数", "Going to the bathroom by day"),
    "outings": ("外出の回数", "Going out"),
    "rising": ("起きる時刻", "Getting up in the morning"),
    "bedtime": ("寝る時刻", "Going to bed"),
    "active_day": ("日中に家の中で動いている時間", "The time spent moving about the home by day"),
}
_BY_DAY = ("toilet_day", "bathroom_day")
_TIMES = ("rising", "bedtime")
_COUNTED_AT = ("toilet_night", "toilet_day", "bathroom_night", "bathroom_day", "outings")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def sentence(name: str, course: Course, before: float, now: float, since: date) -> Words:
    """For example: 夜中に起きる回数が増えています：週に3回→9回（10月12日ごろから）。

    before, now: see `contract.reports.Change`.
    """
    (ja, en), direction, per = _NAMES[name], _direction(name, course, now > before), _per(name)
    was, is_now = _level(name, before), _level(name, now)
    doubt = _doubt() if name in _COUNTED_AT and now == 0 else Words("", "")
    day = f"{since.day} {_MONTHS[since.month - 1]}"
    return Words(
        f"{ja}が{direction.ja}：{per.ja}{was.ja}→{is_now.ja}（{since.month}月{since.day}日ごろから）。{doubt.ja}",
        f"{en} {direction.en}: {was.en} → {is_now.en}{per.en} (since about {day}).{doubt.en}",
    )


def _direction(name: str, course: Course, up: bool) -> Words:
    if course == "back":
        return Words("もとに戻りました", "is as it was before again")
    again, further = ("さらに", "still ") if course == "further" else ("", "")
    if name in _TIMES:
        ja, en = ("遅く", "later") if up else ("早く", "earlier")
        return Words(f"{again}{ja}なっています", f"has become {further}{en}")
    if name == "active_day":
        ja, en = ("長く", "longer") if up else ("短く", "shorter")
        return Words(f"{again}{ja}なっています", f"has become {further}{en}")
    ja, en = ("増えて", "more often") if up else ("減って", "less often")
    return Words(f"{again}{ja}います", f"happens {further}{en}")


def _per(name: str) -> Words:
    if name in _TIMES:
        return Words("", "")
    by_day = name in _BY_DAY or name == "active_day"
    return Words("1日に", " a day") if by_day else Words("週に", " a week")


def _level(name: str, level: float) -> Words:
    if name in _TIMES:
        hour, minute = divmod(_rounded(level * 6) % 144, 6)
        return Words(f"{hour}時{minute}0分", f"{hour}:{minute}0")
    if name == "active_day":
        return length(_rounded(level * 6) * 600)
    count = _rounded(level if name in _BY_DAY else level * 7)
    return Words(f"{count}回", f"{count}")


def _rounded(number: float) -> int:
    return floor(number + 0.5)


def _doubt() -> Words:
    """Nothing at all may be a sensor that has died without a word."""
    return Words(
        "一度も反応がないため、センサーの故障かもしれません。", " Nothing at all was sensed: it may be the sensor."
    )
