"""The processes of the installation say that they are alive, so that another can say that one is not."""

from datetime import datetime

from sqlalchemy import select

from backend.adapters.store import StoreSession, insert_or_change
from backend.adapters.store.schema import Heartbeat

EXPECTED = ("worker",)
STALE_AFTER_S = 15.0


def beat(session: StoreSession, name: str, *, now: datetime, real_now: datetime) -> None:
    """Say in a system session that the process `name` is alive."""
    insert_or_change(session, Heartbeat, ("name",), name=name, at=now, real_at=real_now)


def last(session: StoreSession, name: str) -> datetime | None:
    """Return when (real time) the process was last heard of."""
    return session.scalar(select(Heartbeat.real_at).where(Heartbeat.name == name))


def stale(session: StoreSession, real_now: datetime, after_s: float = STALE_AFTER_S) -> list[str]:
    """Return the processes that should be alive and have not been heard of for `after_s`, or ever."""
    beats: dict[str, datetime] = {name: at for name, at in session.execute(select(Heartbeat.name, Heartbeat.real_at))}  # noqa: C416
    known = {*EXPECTED, *beats}
    return sorted(name for name in known if name not in beats or (real_now - beats[name]).total_seconds() > after_s)
