"""An alert as what messages are about."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.adapters.store.schema import Alert
from backend.core.words.subject import Subject


def subject_of(alert: Alert, now: datetime) -> Subject:
    """What messages say about an alert."""
    return Subject(
        alert.kind,
        alert.building.name,
        alert.unit.name if alert.unit else "",
        max((now - alert.since).total_seconds(), 0.0),
        alert.since.astimezone(ZoneInfo(alert.building.zone)).strftime("%H:%M"),
    )
