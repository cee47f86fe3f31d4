"""The dial of a unit: how many needless checks its resident may be asked for, and so how soon they are asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from contract import reports as contract
from contract.reports import DIAL
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import DialTurn, Gateway, Unit, UnitDial
from backend.errors import Invalid
from backend.services import commands
from backend.services.actors import Actor

NO_POSITION = "is no position of the dial"
MOST_TURNS = 10

# not_turned: since the unit was registered · no_gateway: none is there to be told
TakenOver = Literal["not_turned", "no_gateway", "under_way", "taken_over"]


@dataclass(frozen=True)
class Reckoned:
    """What the unit's own gateway said last, and when."""

    at: datetime
    said: contract.Dial


def turn(session: StoreSession, unit_id: int, months: int, actor: Actor, *, now: datetime) -> None:
    """Allow one needless check in so many months, and tell the unit's gateway. Raises Invalid, NotFound.

    The gateway's row is held as well: where two turn two dials of a building at once, neither's may be forgotten.
    """
    if months not in DIAL:
        raise Invalid("months", NO_POSITION, str(months))
    unit = commands.hold_unit(session, unit_id)
    before, after = unit.false_alarms_per_30_days, DIAL[months]
    if before == after:
        return
    unit.false_alarms_per_30_days = after
    session.add(DialTurn(unit_id=unit_id, at=now, worker_id=actor.worker_id, before=before, after=after))
    session.flush()
    if unit.gateway_id is not None:
        commands.configure(session, unit.gateway_id, now)


def position(checks_per_30_days: float) -> int | None:
    """The months of that position of the dial; None where it is none of them."""
    return next((months for months, checks in DIAL.items() if checks == checks_per_30_days), None)


def reckoned(session: StoreSession, unit: Unit) -> Reckoned | None:
    """What each position costs this unit; None where its gateway has not said it, or another one did."""
    row = session.get(UnitDial, unit.id)
    if row is None or row.gateway_id != unit.gateway_id:
        return None
    return Reckoned(row.at, msgspec.convert(row.body, contract.Dial))


def turns(session: StoreSession, unit_id: int) -> list[DialTurn]:
    """Who turned it last, the newest first."""
    statement = select(DialTurn).where(DialTurn.unit_id == unit_id).order_by(DialTurn.id.desc()).limit(MOST_TURNS)
    return list(session.scalars(statement.options(joinedload(DialTurn.worker))))


def taken_over(session: StoreSession, unit: Unit, last: DialTurn | None) -> tuple[TakenOver, datetime | None]:
    """Whether, and when, the gateway has taken the last turn over; what it was told last holds all that was before."""
    if last is None:
        return "not_turned", None
    gateway = None if unit.gateway_id is None else session.get(Gateway, unit.gateway_id)
    if gateway is None or gateway.revoked_at is not None:
        return "no_gateway", None
    at = commands.configured_at(session, gateway.id)
    return ("under_way", None) if at is None else ("taken_over", at)
