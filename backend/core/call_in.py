"""Calls and texts from outside: what a resident can settle by a key or a word, without anybody being called out."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

KIND = "call_in"
MENU_S = 60.0  # longer than the menu lasts: whoever has pressed nothing until then has put the phone down
CASE = "case"  # somebody calls back

Wish = Literal["away", "back", "hospital"]
Role = Literal["resident", "contact", "nobody"]

BY_KEY: Mapping[str, Wish] = MappingProxyType({"1": "away", "2": "back", "3": "hospital"})
BY_WORD: Mapping[str, Wish] = MappingProxyType(
    {"外出": "away", "帰宅": "back", "入院": "hospital", "away": "away", "back": "back", "hospital": "hospital"}
)
ANSWERS = frozenset("1249")  # a reply to something that we sent, as all of core.words says


def wish_of(text: str) -> Wish | None:
    """Return what a text of a single word says; None for any other, which is for a person to read."""
    return BY_WORD.get(_plain(text).rstrip("。.!！"))


def is_answer(text: str) -> bool:
    """Whether a text is nothing but a key, which means something only as a reply."""
    return _plain(text) in ANSWERS


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def role_of(people: tuple[str, ...]) -> Role:
    """Who a number is taken for when several people share it: a resident before anybody's contact."""
    kinds = {person.split(":")[0] for person in people}
    return "resident" if "resident" in kinds else "contact" if "contact" in kinds else "nobody"
