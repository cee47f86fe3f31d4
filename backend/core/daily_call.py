"""The daily automatic call: when it is due, in the building's own time of day."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from backend.errors import Invalid

KIND = "daily_call"
ANSWER_WITHIN_S = 240.0  # as in any asking: a call, one more halfway, then the workers
EARLIEST, LATEST = time(6), time(21)  # nobody is rung out of bed to be asked whether all is well
LAST_BEGUN = "21:30"  # who is to be called at the latest time may wait for others

NO_TIME = "is no time of day"
NOT_BY_NIGHT = "is too early or too late to call somebody"


def time_of_day(text: str, field: str = "daily_call_at") -> str:
    """Return "09:30" as it is kept, or "" for no daily call. Raises Invalid."""
    if not text.strip():
        return ""
    try:
        chosen = time.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(field, NO_TIME) from error
    if chosen.tzinfo is not None:
        raise Invalid(field, NO_TIME)
    if not EARLIEST <= chosen <= LATEST:
        raise Invalid(field, NOT_BY_NIGHT)
    return f"{chosen:%H:%M}"


def local(now: datetime, zone: str) -> tuple[date, str]:
    """Return the day and the time of day ("09:30") that it is in `zone`: what is due at or before it is due now.

    A time that the day of a change of clocks does not have has passed once the clock stands later; one that it has
    twice has passed the first time, and the day is the same.
    """
    there = now.astimezone(ZoneInfo(zone))
    return there.date(), f"{there:%H:%M}"


def ref(resident_id: int, day: date) -> str:
    """The call's name: there is one for each resident and day, whoever makes it."""
    return f"{KIND}-{resident_id}-{day.isoformat()}"
