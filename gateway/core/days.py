"""A day in numbers: how often somebody was up at night, went out, and when they rose, from the signs of that day.

A day runs from one local noon to the next, so that a night is whole and lies in its middle. It is cut into slots of
five minutes, and of each only this is kept: in what kinds of rooms there was a sign, and whether the entrance door
moved. So the numbers are a function of the set of signs, in whatever order they came.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from gateway.core.signs import Sign

SLOT_S = 300
DAY_SLOTS = 288
TOILET, BATHROOM, BEDROOM, ELSEWHERE, DOOR = 1, 2, 4, 8, 16
_ROOMS = {"toilet": TOILET, "bathroom": BATHROOM, "bedroom": BEDROOM}

REST_FROM = 60  # 17:00: a sleep that begins before is a nap
REST_LEAST = 24  # two hours more in bed than up; of another night nobody can say when it began
AWAKE_COSTS = 2  # an hour up at night splits a sleep only where less than two hours of it follow
APART = 2  # slots of quiet between two times up
OUT_LEAST = 2  # slots without a sign between two movements of the door: an outing, and not the post
LONGEST_SILENCE = 168  # 14 h: nobody was at home, or something was wrong
LEAST_SEEN = 12  # an empty flat has a mouse, and the sun in a sensor

Slots = Mapping[int, int]
"""Slot of the day -> what there was in it; slots without a sign are left out."""


def seen_in(sign: Sign) -> int:
    """What a slot keeps of a sign."""
    return DOOR | ELSEWHERE if sign.is_exit_door else _ROOMS.get(sign.room, ELSEWHERE)


def numbers(slots: Slots) -> dict[str, int] | None:
    """What the day came to, by measure; None for one on which nobody lived there.

    `night_rising`, `outings`, `toilet_night`, `toilet_day` and the same of the bathroom are counts, `bedtime` and
    `rising` slots since the noon with which the day begins, `active_day` is how many slots had a sign outside the
    night's sleep. Of a night in which no sleep can be made out there is `outings` alone.
    """
    seen = sorted(slots)
    longest = max(after - before for before, after in pairwise((-1, *seen, DAY_SLOTS)))
    if longest > LONGEST_SILENCE or len(seen) < LEAST_SEEN:
        return None
    outings = _outings(slots, seen)
    rest = _rest(slots, outings)
    if rest is None:
        return {"outings": len(outings)}
    start, end = rest
    night = [slot for slot in seen if start <= slot < end]
    day = [slot for slot in seen if not start <= slot < end]
    return {
        "outings": len(outings),
        "bedtime": start,
        "rising": end,
        "active_day": len(day),
        "night_rising": _runs((slot for slot in night if slots[slot] & ~BEDROOM), APART),
        "toilet_night": _runs((slot for slot in night if slots[slot] & TOILET), 1),
        "toilet_day": _runs((slot for slot in day if slots[slot] & TOILET), 1),
        "bathroom_night": _runs((slot for slot in night if slots[slot] & BATHROOM), 1),
        "bathroom_day": _runs((slot for slot in day if slots[slot] & BATHROOM), 1),
    }


def _outings(slots: Slots, seen: list[int]) -> list[tuple[int, int]]:
    """Silences between two movements of the door: a sensor still sees somebody a minute after it, or before."""
    gaps = ((left, back) for left, back in pairwise(seen) if back - left > OUT_LEAST)
    return [
        (left, back)
        for left, back in gaps
        if (slots[left] | slots.get(left - 1, 0)) & DOOR and (slots[back] | slots.get(back + 1, 0)) & DOOR
    ]


def _runs(slots: Iterable[int], apart: int) -> int:
    """How many groups of slots that lie no further than `apart` from each other."""
    found = list(slots)
    return bool(found) + sum(after - before > apart for before, after in pairwise(found))


def _rest(slots: Slots, outings: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The night's sleep: the stretch in which quiet in bed outweighs being up, or out, by most.

    Where a bedroom can be told, quiet after a sign elsewhere is the television as likely as sleep and weighs nothing.
    Who comes from the toilet is where they were before.
    """
    out = {slot for left, back in outings for slot in range(left, back)}
    beds = {slot for slot, rooms in slots.items() if rooms & BEDROOM}
    best, span, total, start, in_bed = 0, (0, 0), 0, REST_FROM, not beds
    for slot in range(REST_FROM, DAY_SLOTS):
        if slots.get(slot, 0) & (BEDROOM | ELSEWHERE):
            in_bed = not beds or slot in beds
        if total <= 0:
            total, start = 0, slot
        total += -AWAKE_COSTS if slot in slots or slot in out else int(in_bed)
        if total > best:
            best, span = total, (start, slot + 1)
    return span if best >= REST_LEAST else None
