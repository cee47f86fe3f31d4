"""All that has been learned of a unit, and nothing of where its resident is now.

It is what the daily backup holds, what a unit knows again that was left out of the building, and what a recording
teaches. One more thing that is learned is one more field here, and one more line in `of`, `give`, `go_on_with` and
`_set_back`.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, TypeVar

import msgspec
from contract.reports import UnitSettings

from gateway.core import changes, daybook, flow, outings, stays
from gateway.core.agenda import FOREVER
from gateway.core.daybook import Daybook
from gateway.core.flow import Water
from gateway.core.live import Tally
from gateway.core.outings import Outings
from gateway.core.state import UnitState
from gateway.core.stays import Day, Stays
from gateway.core.watch import UnitWatch
from gateway.core.watches import Watches

if TYPE_CHECKING:
    from gateway.core.unit import Unit

_ZLIB = b"x"
OneDay = TypeVar("OneDay")


class Learned(msgspec.Struct):
    """`since` (Unix seconds) nothing more was learned. A field that whoever wrote it did not know yet is empty."""

    since: float
    watch: bytes
    days: dict[int, Day] = {}  # of stays in the bathroom
    outings: Outings = msgspec.field(default_factory=Outings)
    daybook: Daybook = msgspec.field(default_factory=Daybook)
    hours: dict[int, list[int]] = {}  # hour of the local day -> signs in that hour of the last days
    water: Water | None = None  # of a unit with a meter


def of(unit: Unit, now: float) -> Learned:
    """What is known of the unit; to be written down before the unit learns more."""
    state = unit.state
    return Learned(
        now,
        unit.watch.dump(),
        days=state.stays.days,
        outings=outings.learned(state.outings),
        daybook=changes.learned(unit, now),
        hours=state.tally.usual,
        water=None if state.water is None else flow.learned(state.water),
    )


def give(state: UnitState, found: Learned, now: float, zone: tzinfo) -> None:
    """Let the state know all but the watch's part. Of where the resident is now nobody has told it."""
    state.stays = Stays(days=found.days, watched_from=now)
    state.outings = found.outings
    state.daybook = found.daybook
    state.tally.usual = found.hours
    state.water = found.water
    if now < found.since:
        _set_back(state, now, zone)


def go_on_with(state: UnitState, before: Learned, now: float, zone: tzinfo) -> None:
    """Let the state of a unit that goes on learning know what was known `before`, but for the watch's part.

    What it has learned itself goes first, and where the resident is now is not touched. Told twice is told once.
    """
    past = UnitState(Tally(now))
    give(past, before, now, zone)
    state.stays.days = _latest(past.stays.days | state.stays.days, stays.WINDOW_DAYS)
    outings.go_on_with(state.outings, past.outings)
    daybook.go_on_with(state.daybook, past.daybook)
    hours = past.tally.usual | state.tally.usual
    state.tally.usual = {hour: max(past.tally.usual.get(hour, []), own, key=len) for hour, own in hours.items()}
    if past.water is not None:
        state.water = state.water or Water()
        state.water.days = _latest(past.water.days | state.water.days, flow.WINDOW_DAYS)


def _latest(days: dict[int, OneDay], window: int) -> dict[int, OneDay]:
    """The window's days, and the one that is not over yet."""
    return {number: days[number] for number in sorted(days)[-window - 1 :]}


def _set_back(state: UnitState, now: float, zone: tzinfo) -> None:
    """It was written down while the gateway's clock was ahead."""
    stays.clock_set_back(state.stays, now)
    outings.clock_set_back(state.outings, now)
    daybook.clock_set_back(state.daybook, now, zone)
    if state.water is not None:
        flow.clock_set_back(state.water, now)


def restore(
    found: Learned, watches: Watches, settings: UnitSettings, zone: tzinfo, now: float
) -> tuple[UnitWatch, UnitState]:
    """Watch and state of a unit that knows what was known; the time since then teaches nothing.

    Raises ValueError where the watch's part is no dump of a watch.
    """
    before = watches.load(found.watch, settings, zone)
    watch = watches.relearn(before, settings, zone)
    watch.leave_out(min(found.since, before.believed_at() or now, now), now, "outage")
    state = UnitState(Tally(now))
    give(state, found, now, zone)
    return watch, state


def pack(found: Learned) -> bytes:
    """The bytes of a backup: 65,000 for the busiest home with 64 sensors, sealed and in base64 less than 100,000."""
    return msgspec.msgpack.encode(found)


def unpack(body: bytes) -> Learned:
    """What `pack` wrote, or the bytes of a watch alone, which a backup was before. Raises ValueError for any other."""
    if body.startswith(_ZLIB):
        return Learned(FOREVER, body)
    found = msgspec.msgpack.decode(body, type=Learned)
    book = found.daybook
    if any(len(day.visits) != stays.PARTS for day in found.days.values()) or any(
        len(column) != len(book.days) for column in book.values.values()
    ):
        raise ValueError("what was learned contradicts itself")
    return found
