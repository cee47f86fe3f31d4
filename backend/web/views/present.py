"""Whether what was said of a unit last may be taken for how things are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from contract.reports import Climate
from contract.reports import UnitLive as LiveReport
from sqlalchemy import or_, select

from backend.adapters.store.schema import Absence, Gateway, Unit, UnitLive
from backend.adapters.store.session import StoreSession
from backend.web.formats import moment
from backend.web.views.shapes import Air, Away

AIR_AGES_AFTER = timedelta(minutes=30)
AIR_UNKNOWN_AFTER = timedelta(hours=2)
# Why a unit cannot be watched; "" where it can. The first three are its gateway's.
Blind = Literal["", "not_connected", "revoked", "silent", "not_heard", "cannot_watch"]


@dataclass(frozen=True)
class Known:
    """The last word about a unit, and what it is worth. `unheard` and `blind`: see `Blind`."""

    row: UnitLive | None
    unheard: Blind  # why its gateway is not heard
    blind: Blind

    @property
    def last(self) -> LiveReport | None:
        """The last word, however old it is and whoever said it."""
        return None if self.row is None else msgspec.convert(self.row.body, LiveReport)

    @property
    def current(self) -> LiveReport | None:
        """The same where it may be shown as the state: of a silent gateway beside the words that nobody knows it now.

        None for the word of a gateway that was revoked or replaced.
        """
        return None if self.unheard in ("not_connected", "revoked") or self.blind == "not_heard" else self.last


def known(session: StoreSession, units: Sequence[Unit]) -> dict[int, Known]:
    """Return what is known of every one of the units."""
    gateways = {row.id: row for row in session.scalars(select(Gateway))}
    ids = [unit.id for unit in units]
    live = {row.unit_id: row for row in session.scalars(select(UnitLive).where(UnitLive.unit_id.in_(ids)))}
    return {unit.id: _known(gateways.get(unit.gateway_id or 0), live.get(unit.id)) for unit in units}


def _known(gateway: Gateway | None, row: UnitLive | None) -> Known:
    said_by, watching = (row.gateway_id, row.watching) if row else (None, None)
    return Known(row, unheard(gateway), blind(gateway, said_by, watching))


def blind(gateway: Gateway | None, said_by: int | None, watching: str | None) -> Blind:
    """Why nobody can be said to watch over a unit with this gateway; `watching` is the last word, `said_by` whose."""
    if silent := unheard(gateway):
        return silent
    if gateway is None or said_by != gateway.id or watching in (None, "unknown"):
        return "not_heard"
    return "cannot_watch" if watching == "cannot_watch" else ""


def unheard(gateway: Gateway | None) -> Blind:
    """Why this gateway is not heard; "" where it is. One that is silent would not say that things have changed."""
    if gateway is not None and gateway.revoked_at is not None:
        return "revoked"
    if gateway is None or gateway.last_seen_at is None:
        return "not_connected"
    return "silent" if gateway.silent_stage else ""


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
