"""The installation's operator is told by a second way out when the worker is silent, and when it beats again.

The web processes do this, since the worker cannot. However many there are, each message goes out once by each way: it
is taken by a row, with a lease in real time, and what failed is taken again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from backend.adapters.store import Store, StoreSession, insert_once
from backend.adapters.store.schema import OperatorNotice
from backend.core.words.operator import What
from backend.errors import Ambiguous, DeliveryError
from backend.services import heartbeats

WORKER = "worker"
SILENT_S = 120.0
LEASE_S = 60.0  # longer than any way takes; doubled with each try
LONGEST_LEASE_S = 900.0
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # in place of the last beat of a worker that never beat

log = logging.getLogger(__name__)


class Notice(Struct, frozen=True):
    """`since`: the last beat before the silence, None where there was none."""

    what: What
    since: datetime | None


Way = Callable[[Notice], None]  # raises DeliveryError, Ambiguous


def look(store: Store, ways: Mapping[str, Way], *, looking_since: datetime, real_now: datetime) -> None:
    """Tell the operator what has to be told now. `looking_since`: before that this process could not see a beat."""
    with store.system_reading() as session:
        beaten = heartbeats.last(session, WORKER)
        silent_s = (real_now - max(beaten or looking_since, looking_since)).total_seconds()
        if silent_s >= SILENT_S:
            due = [("silent", beaten or NEVER, way) for way in ways]
        elif beaten is not None and (real_now - beaten).total_seconds() < heartbeats.STALE_AFTER_S:
            due = [("beating", since, way) for since, way in _unended(session) if way in ways]
        else:
            due = []
        told = {(row.what, row.since_real_at, row.way) for row in _told(session, due)}
    for what, since, way in due:
        if (what, since, way) not in told:
            _tell(store, ways[way], way, Notice(what, None if since == NEVER else since), since, real_now)  # type: ignore[arg-type]


def _told(session: StoreSession, due: Iterable[tuple[str, datetime, str]]) -> Iterable[OperatorNotice]:
    """The rows of what has been told already."""
    sinces = {since for _what, since, _way in due}
    return session.scalars(
        select(OperatorNotice).where(OperatorNotice.since_real_at.in_(sinces), OperatorNotice.sent_real_at.is_not(None))
    ).all()


def _unended(session: StoreSession) -> list[tuple[datetime, str]]:
    """Of which silences the operator was told, and of whose end not."""
    end = aliased(OperatorNotice)
    ended = (
        select(end.way)
        .where(
            end.since_real_at == OperatorNotice.since_real_at,
            end.way == OperatorNotice.way,
            end.what == "beating",
            end.sent_real_at.is_not(None),
        )
        .exists()
    )
    found = session.execute(
        select(OperatorNotice.since_real_at, OperatorNotice.way).where(
            OperatorNotice.what == "silent", OperatorNotice.sent_real_at.is_not(None), ~ended
        )
    )
    return [(since, way) for since, way in found]


def _tell(store: Store, send: Way, way: str, notice: Notice, since: datetime, real_now: datetime) -> None:
    with store.system_session() as session:
        if not _take(session, notice.what, since, way, real_now):
            return
    problem = ""
    try:
        send(notice)
    except (DeliveryError, Ambiguous) as error:
        # Better told twice than never: also what may have arrived goes again.
        problem = str(error)
        log.error("the operator could not be told by %s: %s", way, problem)
    with store.system_session() as session:
        row = session.get_one(OperatorNotice, (since, notice.what, way))
        row.problem = problem
        row.sent_real_at = None if problem else real_now


def _take(session: StoreSession, what: str, since: datetime, way: str, real_now: datetime) -> bool:
    """Whether it is this process that sends it now."""
    lease = real_now + timedelta(seconds=LEASE_S)
    key = {"since_real_at": since, "what": what, "way": way}
    if insert_once(session, OperatorNotice, **key, lease_until_real_at=lease, tries=1, problem=""):
        return True
    row = session.get(OperatorNotice, (since, what, way))
    assert row is not None
    wait = timedelta(seconds=min(LEASE_S * 2**row.tries, LONGEST_LEASE_S))
    taken = (
        update(OperatorNotice)
        .where(
            OperatorNotice.since_real_at == since,
            OperatorNotice.what == what,
            OperatorNotice.way == way,
            OperatorNotice.sent_real_at.is_(None),
            OperatorNotice.lease_until_real_at <= real_now,
        )
        .values(lease_until_real_at=real_now + wait, tries=OperatorNotice.tries + 1)
        .returning(OperatorNotice.tries)
    )
    return session.execute(taken).first() is not None
