"""The parts of long SMS, of which gammu-smsd makes a row each, as one message (3GPP TS 23.040, 9.2.3.24). Pure."""

from collections.abc import Iterable

from msgspec import Struct

PARTS_S = 60.0  # how long missing parts are waited for, after gammu-smsd's own waiting
MISSING = " […] "  # no word and no key beside it is taken for the whole text


class Row(Struct, frozen=True):
    """A row of gammu-smsd's inbox. `header`: its user data header in hex, empty where it has none.

    `age_s` counts from its arrival at the modem, `network_age_s` from its arrival in the network. Negative after the
    clock was set back, or where clocks differ.
    """

    id: int
    number: str
    text: str
    received: str
    age_s: float
    network_age_s: float
    header: str = ""


class Arrived(Struct, frozen=True):
    """An SMS that nobody has read. `ids`: of all its rows; `waits`: parts are missing that may still come.

    `age_s`: since the person sent it, as far as network and modem know: the longer of what they say.
    """

    id: int
    number: str
    text: str
    received: str  # with `id` a name that is never given again, also by a new database
    age_s: float
    ids: tuple[int, ...]
    waits: bool


class _Place(Struct, frozen=True):
    reference: bytes
    total: int
    number: int


def joined(rows: Iterable[Row]) -> list[Arrived]:
    """Make one message of the parts that belong together; in the order of `rows`, the oldest first.

    The first part's row may hold the whole text, and the others' none: so gammu-smsd writes what it had all parts of.
    """
    messages: list[tuple[int, dict[int, Row]]] = []
    latest: dict[tuple[str, bytes, int], dict[int, Row]] = {}
    for row in rows:
        place = _place(row.header)
        if place is None:
            messages.append((1, {1: row}))
            continue
        key = (row.number, place.reference, place.total)
        parts = latest.get(key)
        # A sender uses a reference again after a while.
        if parts is None or place.number in parts or _first(parts).age_s - row.age_s > PARTS_S:
            parts = latest[key] = {}
            messages.append((place.total, parts))
        parts[place.number] = row
    return [_arrived(total, parts) for total, parts in messages]


def _first(parts: dict[int, Row]) -> Row:
    return next(iter(parts.values()))


def _arrived(total: int, parts: dict[int, Row]) -> Arrived:
    first = _first(parts)
    return Arrived(
        first.id,
        first.number,
        "".join(parts[n].text if n in parts else MISSING for n in range(1, total + 1)),
        first.received,
        max(first.age_s, first.network_age_s, 0.0),
        tuple(row.id for row in parts.values()),
        len(parts) < total and 0 <= first.age_s < PARTS_S,
    )


def _place(header: str) -> _Place | None:
    """Return which part of what a header makes a row; None where it is a message of its own."""
    try:
        left = bytes.fromhex(header)[1:]
    except ValueError:
        return None
    while len(left) >= 2:
        element, content, left = left[0], left[2 : 2 + left[1]], left[2 + left[1] :]
        if (element, len(content)) in ((0x00, 3), (0x08, 4)):  # a reference of 8 bits, of 16
            reference, total, number = content[:-2], content[-2], content[-1]
            return _Place(reference, total, number) if 1 <= number <= total else None
    return None
