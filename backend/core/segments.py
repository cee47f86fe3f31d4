"""How many SMS segments a text takes (3GPP TS 23.038: GSM 7-bit, else UCS-2). Pure."""

import math

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "^{}\\[~]|€"  # each takes two places


def segments(text: str) -> int:
    """Segments of `text`: 160 places of GSM 7-bit or 70 UTF-16 units fit one, 153 or 67 each where there are more."""
    if is_plain(text):
        places, one, each = len(text) + sum(text.count(character) for character in _EXTENDED), 160, 153
    else:
        places, one, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if places <= one else math.ceil(places / each)


def is_plain(text: str) -> bool:
    """Whether GSM 7-bit has every character of `text`."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def cut(text: str) -> list[str]:
    """Return the texts of the segments that `text` takes: no character is divided between two."""
    if fits_one_segment(text):
        return [text]
    plain = is_plain(text)
    most = 153 if plain else 67
    parts, left = [""], most
    for character in text:
        places = (1 + (character in _EXTENDED)) if plain else len(character.encode("utf-16-le")) // 2
        if places > left:
            parts.append("")
            left = most
        parts[-1] += character
        left -= places
    return parts


def fits_one_segment(text: str) -> bool:
    return segments(text) == 1
