"""Calls and texts from outside: what a resident can settle by a key or a word, without anybody being called out."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

KIND = "call_in"
MENU_S = 60.0  # longer than the menu lasts: whoever has pressed nothing until then has put the phone down
CASE = "case"  # somebody calls back

Elsewhere = Literal["away", "hospital"]
Wish = Literal["fine", "away", "back", "hospital"]
Role = Literal["resident", "contact", "nobody"]

# 1 is "I am all right" here as in every call of ours: who missed one and phones back presses what she knows.
BY_KEY: Mapping[str, Wish] = MappingProxyType({"1": "fine", "2": "away", "3": "back", "4": "hospital"})
BY_WORD: Mapping[str, Wish] = MappingProxyType(
    {
        "無事": "fine",
        "大丈夫": "fine",
        "外出": "away",
        "帰宅": "back",
        "入院": "hospital",
        "fine": "fine",
        "ok": "fine",
        "away": "away",
        "back": "back",
        "hospital": "hospital",
    }
)
# Who forgets to say that they are back must not stay unwatched: core.words.calling_in says these to the resident.
DAYS: Mapping[Elsewhere, int] = MappingProxyType({"away": 1, "hospital": 14})
ANSWERS = frozenset("1249")  # a reply to something that we sent, as all of core.words says


def wish_of(text: str) -> Wish | None:
    """Return what a text of a single word says; None for any other, which is for a person to read."""
    return BY_WORD.get(_plain(text).rstrip("。.!！"))


def ends(wish: Elsewhere, now: datetime, zone: str) -> datetime:
    """Return when an absence that a key or a word begins ends by itself: with a day of the building's `zone`."""
    last_day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=DAYS[wish])
    return datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(zone))


def is_answer(text: str) -> bool:
    """Whether a text is nothing but a key, which means something only as a reply."""
    return _plain(text) in ANSWERS


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def role_of(people: tuple[str, ...]) -> Role:
    """Who a number is taken for when several people share it: a resident before anybody's contact."""
    kinds = {person.split(":")[0] for person in people}
    return "resident" if "resident" in kinds else "contact" if "contact" in kinds else "nobody"
