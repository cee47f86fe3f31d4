"""How a text is made to fit one SMS: ever shorter words, and at last a name that is cut."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from backend.core.segments import fits_one_segment, is_plain

_NUMBERED = re.compile(r"\d\D{0,3}$")


def fullest(texts: Sequence[str], name: str, least: Callable[[str], str]) -> str:
    """The first of `texts` in one segment, else `least` of as much of `name` (a room's or a building's) as fits.

    Where not even that fits, the last of `texts`: a second segment is better than a cut link.
    """
    cut_ones = (least(cut) for cut in chain([name], _cuts(name)))
    return next((text for text in chain(texts, cut_ones) if fits_one_segment(text)), texts[-1])


def line(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _cuts(name: str) -> Iterator[str]:
    """Ever less of a name. Of one that ends in a number the end stays: that tells it from its neighbours."""
    numbered = _NUMBERED.search(name) is not None
    for length in range(len(name) - 1, 0, -1):
        kept = name[-length:] if numbered else name[:length]
        dots = ".." if is_plain(kept) else "…"
        yield dots + kept if numbered else kept + dots
