"""The processes of the installation say that they are alive, so that another can say that one is not."""

from datetime import datetime, timedelta

from sqlalchemy import Case, case, literal, or_, select, update

from backend.adapters.store import StoreSession, insert_or_change
from backend.adapters.store.schema import Heartbeat
from backend.config import Limits

EXPECTED = ("worker",)
STALE_AFTER_S = 15.0


def beat(session: StoreSession, name: str, *, now: datetime, real_now: datetime, limits: Limits) -> None:
    """Say in a system session that the process `name` is alive."""
    beaten = session.execute(
        update(Heartbeat)
        .where(Heartbeat.name == name)
        .values(at=now, real_at=real_now, steady_since=_steady_since(real_now, limits))
        .returning(Heartbeat.name)
        .execution_options(synchronize_session=False)
    )
    if beaten.first() is None:
        insert_or_change(session, Heartbeat, ("name",), name=name, at=now, real_at=real_now, steady_since=real_now)


def steady_since(session: StoreSession, name: str, *, real_now: datetime, limits: Limits) -> datetime | None:
    """Return since when (real time) some process `name` has been alive without a longer stop; None for always.

    During a stop longer than a gateway's silence may be, no gateway could be heard either.
    """
    found = session.execute(
        select(_steady_since(real_now, limits).label("since")).where(Heartbeat.name == name)
    ).one_or_none()
    return real_now if found is None else found.since


def _steady_since(real_now: datetime, limits: Limits) -> Case[datetime | None]:
    """As the row says it before this beat. A process whose clock goes behind is alive all the same."""
    longest_ago = real_now - timedelta(seconds=limits.gateway_red_s)
    stopped = or_(Heartbeat.real_at < longest_ago, Heartbeat.steady_since > real_now)
    return case((stopped, literal(real_now, Heartbeat.real_at.type)), else_=Heartbeat.steady_since)


def last(session: StoreSession, name: str) -> datetime | None:
    """Return when (real time) the process was last heard of."""
    return session.scalar(select(Heartbeat.real_at).where(Heartbeat.name == name))


def stale(session: StoreSession, real_now: datetime, after_s: float = STALE_AFTER_S) -> list[str]:
    """Return the processes that should be alive and have not been heard of for `after_s`, or ever."""
    beats: dict[str, datetime] = {name: at for name, at in session.execute(select(Heartbeat.name, Heartbeat.real_at))}  # noqa: C416
    known = {*EXPECTED, *beats}
    return sorted(name for name in known if name not in beats or (real_now - beats[name]).total_seconds() > after_s)
