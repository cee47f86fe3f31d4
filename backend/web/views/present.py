"""Whether what was said of a unit last may be taken for how things are now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from contract.reports import Climate
from sqlalchemy import or_, select

from backend.adapters.store.schema import Absence, Gateway
from backend.adapters.store.session import StoreSession
from backend.web.formats import moment
from backend.web.views.shapes import Air, Away

AIR_AGES_AFTER = timedelta(minutes=30)
AIR_UNKNOWN_AFTER = timedelta(hours=2)
# Why a unit cannot be watched; "" where it can.
Blind = Literal["", "not_connected", "silent", "not_heard", "cannot_watch"]


def blind(gateway: Gateway | None, watching: str | None) -> Blind:
    """Why nobody can be said to watch over a unit with this gateway and its last word about it; "" where they can."""
    if gateway is None or gateway.last_seen_at is None:
        return "not_connected"
    if not is_heard(gateway):
        return "silent"
    if watching is None or watching == "unknown":
        return "not_heard"
    return "cannot_watch" if watching == "cannot_watch" else ""


def is_heard(gateway: Gateway | None) -> bool:
    """Whether what this gateway said last is still so: one that is silent would not say that things have changed."""
    return (
        gateway is not None
        and gateway.revoked_at is None
        and gateway.last_seen_at is not None
        and gateway.silent_stage == 0
    )


def blind_units(session: StoreSession, said: Iterable[tuple[int, int | None, str | None]]) -> dict[int, Blind]:
    """Return for every (unit, its gateway, that gateway's last word about it) why it cannot be watched."""
    gateways = {row.id: row for row in session.scalars(select(Gateway))}
    return {unit_id: blind(gateways.get(gateway_id or 0), watching) for unit_id, gateway_id, watching in said}


def air(climate: Climate | None, now: datetime) -> Air | None:
    """A reading of the air with what its age makes of it."""
    if climate is None:
        return None
    age = now - moment(climate.at)
    return Air(climate, aged=age > AIR_AGES_AFTER, known=age <= AIR_UNKNOWN_AFTER)


def absences(session: StoreSession, unit_ids: Sequence[int], now: datetime) -> dict[int, tuple[Away, ...]]:
    """Return which units are announced as empty (or being visited) at `now`, the newest announcement last."""
    statement = select(Absence).where(
        Absence.unit_id.in_(unit_ids),
        Absence.ended_at.is_(None),
        Absence.since <= now,
        or_(Absence.until.is_(None), Absence.until > now),
    )
    found: dict[int, tuple[Away, ...]] = {}
    for row in session.scalars(statement.order_by(Absence.id)):
        found[row.unit_id] = (*found.get(row.unit_id, ()), Away(row.id, row.kind, row.since, row.until))
    return found
