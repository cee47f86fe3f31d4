"""Which of a gateway's reports were taken. A repeated one has no second effect, however late it comes.

A row says "from `seq` through `through`". Old rows that follow each other are folded into one, so that nothing is
forgotten and the table does not grow for ever; a number that never came stays a gap, and may still come.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from backend.adapters.store import Store, StoreSession, insert_once, lock
from backend.adapters.store.schema import Gateway, GatewayReport

KEPT = timedelta(days=30)  # as single rows, which tell when each came
MOST_FOLDED = 1000


def take(session: StoreSession, gateway: Gateway, journal: str, seq: int, now: datetime) -> bool:
    """Note that a report was taken, `gateway` being locked; return False where it was taken before."""
    last_run = session.scalar(
        select(GatewayReport.through)
        .where(GatewayReport.gateway_id == gateway.id, GatewayReport.journal == journal, GatewayReport.seq <= seq)
        .order_by(GatewayReport.seq.desc())
        .limit(1)
    )
    if last_run is not None and seq <= last_run:
        return False
    return insert_once(
        session, GatewayReport, gateway_id=gateway.id, journal=journal, seq=seq, through=seq, received_at=now
    )


def fold_old(store: Store, *, now: datetime, most: int = MOST_FOLDED) -> int:
    """Fold the rows older than `KEPT`, at most `most` of each journal in one transaction; return how many went."""
    before = now - KEPT
    with store.system_reading() as session:
        old = select(GatewayReport.organisation_id, GatewayReport.gateway_id, GatewayReport.journal)
        journals = session.execute(old.where(GatewayReport.received_at < before).distinct()).all()
    gone = 0
    for organisation_id, gateway_id, journal in journals:
        with store.session(organisation_id) as session:
            lock(session, Gateway, gateway_id)
            gone += _fold(session, gateway_id, journal, before, most)
    return gone


def _fold(session: StoreSession, gateway_id: int, journal: str, before: datetime, most: int) -> int:
    of_journal = (GatewayReport.gateway_id == gateway_id, GatewayReport.journal == journal)
    rows = select(GatewayReport).where(*of_journal, GatewayReport.received_at < before)
    run, *later = session.scalars(rows.order_by(GatewayReport.seq).limit(most)).all()
    swallowed = []
    for row in later:
        if row.seq == run.through + 1:
            run.through = row.through
            swallowed.append(row.seq)
        else:
            run = row
    session.execute(
        delete(GatewayReport)
        .where(*of_journal, GatewayReport.seq.in_(swallowed))
        .execution_options(synchronize_session=False)
    )
    return len(swallowed)
