"""Whose LINE account is whose: a worker asks for a code on the screen and writes it to us in LINE, once."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import LineCode, Worker
from backend.services import codes, directory

GOOD_FOR = timedelta(minutes=15)


def create_code(session: StoreSession, worker_id: int, real_now: datetime) -> str:
    """Return a new code for the worker, in place of any earlier one; only its hash is kept."""
    code = codes.new()
    session.merge(
        LineCode(
            worker_id=worker_id,
            organisation_id=session.organisation_id,
            code_hash=codes.hashed(code),
            expires_real_at=real_now + GOOD_FOR,
        )
    )
    return code


def link(store: Store, text: str, line_user: str, sent_real_at: datetime, real_now: datetime) -> Worker | None:
    """Link a LINE account to whoever made the code, and to nobody else; None where the code is unknown or too old.

    `sent_real_at`: when the code was written, by LINE's clock.
    """
    with store.system_session() as session:
        found = session.scalar(select(LineCode).where(LineCode.code_hash == codes.hashed(text)))
        if found is None:
            return None
        session.delete(found)
        if found.expires_real_at <= real_now:
            return None
        for other in session.scalars(select(Worker).where(Worker.line_user == line_user)):
            other.line_user = ""
        worker = session.get_one(Worker, found.worker_id)
        worker.line_user, worker.line_linked_real_at = line_user, sent_real_at
        return worker if worker.active else None


def unlink(session: StoreSession, worker_id: int) -> None:
    """The worker wants no more messages in LINE."""
    directory.worker(session, worker_id).line_user = ""


def blocked(store: Store, line_user: str, blocked_real_at: datetime) -> None:
    """The person has blocked us in LINE: nothing arrives there, and the worker's own page says so.

    `blocked_real_at`: by LINE's clock. Told late, it does not end a link that was made after it.
    """
    linked_before = or_(Worker.line_linked_real_at.is_(None), Worker.line_linked_real_at <= blocked_real_at)
    with store.system_session() as session:
        for worker in session.scalars(select(Worker).where(Worker.line_user == line_user, linked_before)):
            worker.line_user = ""
