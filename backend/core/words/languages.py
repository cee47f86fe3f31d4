"""In which language somebody is told things: their own where we have its words.

Else residents are told in Japanese, since what is said to them is やさしい日本語, which is made for those who learn it;
everybody else, who would hear the Japanese of an office, in English.
"""

from collections.abc import Mapping
from typing import Literal

Language = Literal["ja", "en"]
OURS: Mapping[str, Language] = {"ja": "ja", "en": "en"}
RESIDENTS_ELSE: Language = "ja"
OTHERS_ELSE: Language = "en"


def told_in(language: str, *, resident: bool = False) -> Language:
    """Return the language of words to somebody who speaks `language` (BCP 47: "vi", "en-GB")."""
    return OURS.get(language.partition("-")[0].lower(), RESIDENTS_ELSE if resident else OTHERS_ELSE)
