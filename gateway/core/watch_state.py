"""What a unit's watch keeps over a restart, and its bytes."""

import zlib
from array import array
from dataclasses import dataclass, field

import msgspec

from gateway.core.limits import BINS, Limits
from gateway.core.rhythm import DAY_S, MOST_PLACES, Rhythm, Span
from gateway.core.signs import Sign

VERSION = 1
PACKING = 4  # of zlib: a millisecond for 60 busy days; 9 takes ten times as long and saves one byte in thirty
MOST_BYTES = 1_000_000
"""No honest state unpacks to more; a body that does is an attack or damage."""


@dataclass(slots=True)
class State:
    """Where the watch stands; what it has learned is in its rhythm."""

    anchor: Sign | None = None
    """The sign that the silence counts from."""
    doubted: list[Sign] = field(default_factory=list)
    trail: list[Sign] = field(default_factory=list)
    """The latest signs in order of time, so that one that comes late finds its place."""
    base_anchor: Sign | None = None
    base_doubted: list[Sign] = field(default_factory=list)
    """What anchor and doubted signs were before the trail."""
    door: Sign | None = None
    """The latest word of the entrance door."""
    seen_from: float | None = None
    paused: tuple[float, str] | None = None
    carried: list[tuple[float, float]] = field(default_factory=list)
    """Pauses within this silence, whose time does not count as silence."""
    restarted_at: float | None = None
    limits_day: int = 0
    stale: bool = False
    """Signs from before the day of the limits have come since these were learned."""


class _Dump(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: int
    state: State
    places: list[str]
    days: dict[int, list[int]]
    untaught: list[Span]
    limits: Limits | None


def pack(state: State, rhythm: Rhythm, limits: Limits | None) -> bytes:
    """The bytes of a watch; the same knowledge gives the same bytes, in whatever order it was gained."""
    used = sorted({rhythm.places[mark & 255] for marks in rhythm.days.values() for mark in marks})
    index = {place: n for n, place in enumerate(used)}
    days = {
        day: [mark >> 8 << 8 | index[rhythm.places[mark & 255]] for mark in rhythm.days[day]]
        for day in sorted(rhythm.days)
    }
    dump = _Dump(VERSION, state, used, {d: _differences(marks) for d, marks in days.items()}, rhythm.untaught, limits)
    return zlib.compress(msgspec.msgpack.encode(dump), PACKING)


def unpack(body: bytes, window_days: int) -> tuple[State, Rhythm, Limits | None]:
    """What `pack` wrote. Raises ValueError that says what is wrong with any other body."""
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(body, MOST_BYTES)
        if not inflater.eof or inflater.unused_data:
            raise ValueError("the state of a watch is cut off, too long, or followed by something else")
        dump = msgspec.msgpack.decode(raw, type=_Dump)
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"these bytes are not the state of a watch: {error}") from None
    if dump.version != VERSION:
        raise ValueError(f"the state of a watch has version {dump.version}; this program reads {VERSION}")
    rhythm = Rhythm(window_days)
    rhythm.places = dump.places
    rhythm.untaught = dump.untaught
    for day, differences in dump.days.items():
        rhythm.days[day] = _marks(differences, len(dump.places))
    _check(dump)
    return dump.state, rhythm, dump.limits


def _check(dump: _Dump) -> None:
    if len(dump.places) > MOST_PLACES or dump.untaught != sorted(dump.untaught):
        raise ValueError("the state of a watch contradicts itself")
    limits = dump.limits
    if limits is not None and any(len(row) != BINS for row in (limits.anywhere, *limits.by_place.values())):
        raise ValueError("the state of a watch holds limits for another division of the day")


def _differences(marks: list[int]) -> list[int]:
    """Seconds since the previous mark, with the place: small numbers, which pack well."""
    seconds = [0, *(mark >> 8 for mark in marks)]
    return [(now - before) << 8 | (mark & 255) for before, now, mark in zip(seconds, seconds[1:], marks, strict=False)]


def _marks(differences: list[int], places: int) -> "array[int]":
    marks = array("I")
    second = 0
    for n, difference in enumerate(differences):
        second += difference >> 8
        if difference < 0 or (n and difference < 256) or second >= DAY_S or difference & 255 >= places:
            raise ValueError("the state of a watch holds a mark that cannot be")
        marks.append(second << 8 | (difference & 255))
    return marks
