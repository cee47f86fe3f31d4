"""From a local time to an instant, also on the days on which the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when the clocks of `zone` first reach `at` on `day`, aware and in UTC.

    A time that comes twice is the first of the two; one that the clocks skip is when they skip it. So the instants of
    later local times are never earlier.
    """
    wall = datetime.combine(day, at).replace(fold=0)
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return _skip(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found, zone)


def _skip(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find, to the second, when the clocks were put forward between the two."""
    new = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        is_new = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == new
        low, high = (low, middle) if is_new else (middle, high)
    return before + timedelta(seconds=high)
