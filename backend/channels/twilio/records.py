"""Finding a send among Twilio's records, since Twilio takes no reference of ours."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from backend.ports import Doubt, Fate, Found, fingerprint

CLOCKS_APART = timedelta(seconds=30)  # between Twilio's clock and ours, which also rounds to seconds
LISTED = 100  # the newest to one number: enough for the minutes that are asked about


class Record(Protocol):
    """One SMS or call, as Twilio lists it."""

    sid: str
    to: str
    status: object
    date_created: datetime | None


Listed = TypeVar("Listed", bound=Record)


def find(
    doubt: Doubt, newest: Iterable[Listed], text_of: Callable[[Listed], str], fates: Mapping[str, Fate]
) -> Found | None:
    """Return what became of the send, from the `LISTED` newest records of its number.

    None when it may be one of several, or may stand further back than what was listed.
    """
    listed = list(newest)
    fitting = [record for record in listed if _fits(record, doubt, text_of(record))]
    if not fitting:
        may_be_further_back = len(listed) >= LISTED and all(_is_late_enough(record, doubt) for record in listed)
        return None if may_be_further_back else Found("not_received")
    if len(fitting) > 1 or not doubt.is_alone:
        return None
    fate = fates.get(str(fitting[0].status))
    return Found(fate, fitting[0].sid) if fate else None


def _fits(record: Record, doubt: Doubt, text: str) -> bool:
    if record.sid in doubt.others or fingerprint(record.to, text) != doubt.fingerprint:
        return False
    is_early_enough = record.date_created is None or record.date_created <= doubt.until + CLOCKS_APART
    return is_early_enough and _is_late_enough(record, doubt)


def _is_late_enough(record: Record, doubt: Doubt) -> bool:
    return record.date_created is None or record.date_created >= doubt.since - CLOCKS_APART
