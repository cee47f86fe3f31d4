"""Leaving the flat at night, as far as the entrance door tells, and which such outings are this resident's habit."""

from datetime import datetime, tzinfo

import msgspec

from gateway.core.signs import Sign

NIGHT_FROM_H, NIGHT_TO_H = 22, 6
BACK_WITHIN_S = 30 * 60.0  # the dustbin, the letter box and the machine at the corner take less
LEARNING_DAYS = 14
HABIT = 2  # outings about this time of day in the window
HABIT_WITHIN_S = 3600.0
WINDOW_S = 60 * 86400.0
MOST_PAST = 120
DAY_S = 86400.0


class Outings(msgspec.Struct):
    """Instants are those of sensing, Unix seconds, so that signs may come in any order."""

    door_at: float | None = None  # the latest sign of the entrance door
    inside_at: float | None = None  # the latest sign of anything else
    settled_until: float = 0.0  # what began before is not asked about: all was said to be well, or nobody could see
    teaches_from: float = 0.0  # what began before does not teach
    past: list[float] = []  # when nightly outings began that lasted, oldest first
    recorded_days: int = 0
    latest_day: int = 0  # the number of the latest recorded day


def saw(outings: Outings, sign: Sign, zone: tzinfo) -> None:
    """Take in a believed sign of life."""
    began = out_since(outings)
    lasted = began is not None and sign.at - began >= BACK_WITHIN_S
    if began is not None and lasted and began >= outings.teaches_from and _is_night(began, zone):
        outings.past = [*(at for at in outings.past if began - at < WINDOW_S), began][-MOST_PAST:]
    day = datetime.fromtimestamp(sign.at, zone).toordinal()
    if day > outings.latest_day:
        outings.latest_day, outings.recorded_days = day, outings.recorded_days + 1
    if sign.is_exit_door:
        outings.door_at = max(sign.at, outings.door_at or sign.at)
    else:
        outings.inside_at = max(sign.at, outings.inside_at or sign.at)


def out_since(outings: Outings) -> float | None:
    """When the entrance door was heard that nothing has followed; None while the resident is in."""
    if outings.door_at is None or (outings.inside_at is not None and outings.inside_at >= outings.door_at):
        return None
    return outings.door_at


def deadline(outings: Outings, zone: tzinfo) -> float | None:
    """When an outing at an unusual hour of the night has lasted too long; None where none is under way.

    Never before enough days are known to tell what is unusual.
    """
    began = out_since(outings)
    if began is None or began < outings.settled_until or outings.recorded_days <= LEARNING_DAYS:
        return None
    if not _is_night(began, zone) or _is_habit(outings, began):
        return None
    return began + BACK_WITHIN_S


def _is_night(at: float, zone: tzinfo) -> bool:
    hour = datetime.fromtimestamp(at, zone).hour
    return hour >= NIGHT_FROM_H or hour < NIGHT_TO_H


def _is_habit(outings: Outings, began: float) -> bool:
    apart = [(began - at) % DAY_S for at in outings.past if began - at < WINDOW_S]
    return sum(min(each, DAY_S - each) <= HABIT_WITHIN_S for each in apart) >= HABIT


def settle(outings: Outings, until: float) -> None:
    """What began before is not asked about any more."""
    outings.settled_until = max(outings.settled_until, until)


def leave_out(outings: Outings, began: float, now: float) -> None:
    """The outing that began then must not become a habit."""
    outings.past = [at for at in outings.past if at != began]
    outings.teaches_from = now


def learned(outings: Outings) -> Outings:
    """The same habits, and nothing known of where the resident is now."""
    return Outings(past=outings.past, recorded_days=outings.recorded_days, latest_day=outings.latest_day)


def go_on_with(outings: Outings, before: Outings) -> None:
    """Know as well the habits that were known before these."""
    outings.past = sorted({*before.past, *outings.past})[-MOST_PAST:]
    outings.recorded_days = max(before.recorded_days, outings.recorded_days)


def clock_set_back(outings: Outings, now: float) -> None:
    """The clock was ahead: what is dated later than `now` never was."""
    outings.door_at = outings.inside_at = None
    outings.settled_until = outings.teaches_from = now
    outings.latest_day = 0
    outings.past = [at for at in outings.past if at <= now]
