"""An alert as what messages are about."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.adapters.store.schema import Alert
from backend.core import call_in
from backend.core.words.subject import Caller, Subject


def subject_of(alert: Alert, now: datetime) -> Subject:
    """What messages say about an alert."""
    caller = caller_of(alert)
    return Subject(
        alert.kind,
        # Who called from nowhere that is known is nobody of the building that answers for them.
        "" if caller is not None and alert.unit is None else alert.building.name,
        alert.unit.name if alert.unit else "",
        max((now - alert.since).total_seconds(), 0.0),
        alert.since.astimezone(ZoneInfo(alert.building.zone)).strftime("%H:%M"),
        caller,
    )


def caller_of(alert: Alert) -> Caller | None:
    """Who has called in, as far as messages may say it; None of any other alert."""
    if alert.kind != call_in.KIND:
        return None
    said = alert.evidence
    return Caller(said["by"], said["caller"], said["number_end"])
