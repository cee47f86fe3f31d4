"""What workers say about themselves: their addresses, their browsers, when they sleep."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from sqlalchemy import delete, select

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Worker, WorkerBrowser
from backend.core.numbers import mobile_number
from backend.errors import Invalid, NotFound
from backend.ports import Browser
from backend.services import directory

MOST_BROWSERS = 8  # of one worker; the one that was added first gives way
NO_EMAIL = "is no e-mail address"
NO_TIME = "is no time of day"
HALF_A_SPAN = "needs a beginning and an end"
NO_ZONE = "is no time zone"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Own(Struct, frozen=True):
    """As a worker enters it; empty where they have none. Quiet hours are local times of `zone`, "22:00"."""

    phone: str = ""
    email: str = ""
    quiet_since: str = ""
    quiet_until: str = ""
    zone: str = "Asia/Tokyo"


def change(session: StoreSession, worker_id: int, own: Own) -> None:
    """Keep what the worker entered. Raises Invalid naming the field; nothing is kept then."""
    worker = lock(session, Worker, worker_id)
    # A number that is there already may be one that no check takes for real, as in the demo.
    phone = own.phone if own.phone in ("", worker.phone) else mobile_number(own.phone)
    since, until = _time("quiet_since", own.quiet_since), _time("quiet_until", own.quiet_until)
    if bool(since) != bool(until):
        raise Invalid("quiet_until" if since else "quiet_since", HALF_A_SPAN)
    email, zone = _email(own.email), _zone(own.zone)
    worker.phone, worker.email, worker.zone = phone, email, zone
    worker.quiet_since, worker.quiet_until = since, until


def change_language(session: StoreSession, worker_id: int, language: str) -> None:
    """Speak and write to the worker in "ja" or "en" from now on. Raises NotFound."""
    directory.worker(session, worker_id).language = language


def _email(text: str) -> str:
    if text and (len(text) > 200 or not _EMAIL.fullmatch(text)):
        raise Invalid("email", NO_EMAIL)
    return text


def _time(field: str, text: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M") if text else ""
    except ValueError as error:
        raise Invalid(field, NO_TIME) from error


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", NO_ZONE) from error


# --- browsers ------------------------------------------------------------------------------------------------------


def add_browser(session: StoreSession, worker_id: int, browser: Browser, name: str, now: datetime) -> None:
    """Let pushes reach a browser too. Whoever used it before, in any organisation, has to be forgotten first."""
    lock(session, Worker, worker_id)
    row = WorkerBrowser(worker_id=worker_id, name=name[:60], created_at=now)
    row.endpoint, row.p256dh, row.auth = browser.endpoint, browser.p256dh, browser.auth
    session.add(row)
    session.flush()
    for old in browsers(session, worker_id)[:-MOST_BROWSERS]:
        session.delete(old)


def browsers(session: StoreSession, worker_id: int) -> list[WorkerBrowser]:
    """Return the worker's browsers in the order in which they were added."""
    found = select(WorkerBrowser).where(WorkerBrowser.worker_id == worker_id).order_by(WorkerBrowser.id)
    return list(session.scalars(found))


def remove_browser(session: StoreSession, worker_id: int, browser_id: int) -> None:
    """Raises NotFound, also for another worker's."""
    found = session.get(WorkerBrowser, browser_id)
    if found is None or found.worker_id != worker_id:
        raise NotFound(f"browser {browser_id}")
    session.delete(found)


def forget_browser(store: Store, endpoint: str) -> None:
    """The browser takes no more pushes, as its service says, or is somebody else's from now on."""
    with store.system_session() as session:
        session.execute(delete(WorkerBrowser).where(WorkerBrowser.endpoint == endpoint))
