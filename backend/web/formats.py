"""How instants and ages are written. Filters for the templates; all take aware UTC datetimes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.web.translate import _

DEFAULT_ZONE = "Asia/Tokyo"


def unix(at: datetime) -> float:
    """Unix seconds, for the clocks that run in the page."""
    return at.timestamp()


def instant(at: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Month, day and time of day in the building: 11/23 18:52."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.month}/{local.day} {local:%H:%M}"


def short(day: date) -> str:
    """Month and day: 11/23."""
    return f"{day.month}/{day.day}"


def span(since: datetime, until: datetime, zone: str = DEFAULT_ZONE) -> str:
    """From when until when; a day that is the same is named once: 11/23 09:00〜17:00."""
    ends = until.astimezone(ZoneInfo(zone))
    is_same_day = since.astimezone(ZoneInfo(zone)).date() == ends.date()
    return f"{instant(since, zone)}〜{f'{ends:%H:%M}' if is_same_day else instant(until, zone)}"


def clock_time(at: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Time of day in the building to the second: 18:52:07."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def age(birth: date, at: datetime, zone: str = DEFAULT_ZONE) -> int:
    """Full years on the day of `at` in the building."""
    today = at.astimezone(ZoneInfo(zone)).date()
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def later(day: date, days: int) -> str:
    """A day so many days later, as an address has it."""
    return (day + timedelta(days=days)).isoformat()


def duration(seconds: float) -> str:
    """A length of time in words: 40分, 3時間20分, 2日4時間."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("%(n)d秒", n=round(seconds))
    if minutes < 60:
        return _("%(n)d分", n=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return _("%(h)d時間%(m)d分", h=hours, m=rest) if rest else _("%(h)d時間", h=hours)
    return _("%(d)d日%(h)d時間", d=hours // 24, h=hours % 24)


def about(hours: float) -> str:
    """A time that one has to expect, to the half hour: 約4時間, 約4時間半."""
    whole, half = divmod(round(hours * 2), 2)
    if not whole:
        return _("約30分") if half else _("すぐ")
    return _("約%(h)d時間半", h=whole) if half else _("約%(h)d時間", h=whole)


def moment(unix_s: float) -> datetime:
    """An instant of the contract (Unix seconds) as the store holds it."""
    return datetime.fromtimestamp(unix_s, UTC)


def optional_unix(at: datetime | None) -> float | None:
    """Unix seconds, as the API gives instants."""
    return None if at is None else at.timestamp()
