"""Rotas as they are kept, and as the values that `core.rota` computes with; who of them can be reached."""

from datetime import datetime

import msgspec
from sqlalchemy import not_, or_, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Partner, Rota, RotaLayer, RotaOverride, Worker, WorkerLeave
from backend.core import rota as rules
from backend.errors import NotFound
from backend.services.addresses import can_be_reached


def get(session: StoreSession, rota_id: int) -> Rota:
    """Return a rota of this organisation. Raises NotFound."""
    found = session.get(Rota, rota_id)
    if found is None:
        raise NotFound(f"rota {rota_id}")
    return found


def listed(session: StoreSession) -> list[Rota]:
    return list(session.scalars(select(Rota).order_by(Rota.id)))


def load(session: StoreSession, rota_id: int, *, since: datetime, now: datetime) -> rules.Rota:
    """Return the rules of a rota as far as they bear on any instant from `since` on.

    Whoever has left, or has no address to be reached at, counts as on leave from `now` on: nobody would answer.
    """
    return rules.Rota(
        layers=tuple(map(_layer, _versions(session, rota_id, since))),
        overrides=tuple(_override(row) for row in overrides(session, rota_id, since)),
        leaves=(*(value_of(row) for row in leaves(session, since)), *out_of_reach(session, now)),
    )


def names(session: StoreSession) -> dict[str, str]:
    """Return what everybody who can stand on a rota, or did, is called."""
    found = {f"worker:{row_id}": name for row_id, name in session.execute(select(Worker.id, Worker.name))}
    return found | {f"partner:{row_id}": name for row_id, name in session.execute(select(Partner.id, Partner.name))}


def on_call(session: StoreSession, rota_id: int | None, now: datetime) -> tuple[str, ...]:
    """Return whom a page at `now` goes to; nobody where there is a gap, or no rota at all."""
    if rota_id is None:
        return ()
    found = rules.on_call(load(session, rota_id, since=now, now=now), now)
    return found.people if found else ()


# --- rows ----------------------------------------------------------------------------------------------------------


def _versions(session: StoreSession, rota_id: int, since: datetime) -> list[RotaLayer]:
    """Return every version of every layer that holds at `since` or later, the lowest layer first."""
    held = or_(RotaLayer.until.is_(None), RotaLayer.until > since)
    rows = select(RotaLayer).where(RotaLayer.rota_id == rota_id, held)
    return list(session.scalars(rows.order_by(RotaLayer.position, RotaLayer.id)))


def overrides(session: StoreSession, rota_id: int, since: datetime) -> list[RotaOverride]:
    """Return the overrides that hold at `since` or later, the oldest first."""
    held = RotaOverride.until > since, or_(RotaOverride.withdrawn_at.is_(None), RotaOverride.withdrawn_at > since)
    rows = select(RotaOverride).where(RotaOverride.rota_id == rota_id, *held)
    return [row for row in session.scalars(rows.order_by(RotaOverride.id)) if ends(row) > row.since]


def leaves(session: StoreSession, since: datetime) -> list[WorkerLeave]:
    """Return the leave that holds at `since` or later."""
    held = (
        or_(WorkerLeave.until.is_(None), WorkerLeave.until > since),
        or_(WorkerLeave.withdrawn_at.is_(None), WorkerLeave.withdrawn_at > since),
    )
    return list(session.scalars(select(WorkerLeave).where(*held).order_by(WorkerLeave.since, WorkerLeave.id)))


def ends(row: RotaOverride) -> datetime:
    return min(row.until, row.withdrawn_at) if row.withdrawn_at else row.until


# --- values --------------------------------------------------------------------------------------------------------


def _layer(row: RotaLayer) -> rules.Layer:
    return rules.Layer(
        ref=row.ref,
        zone=row.zone,
        rotation=rules.Rotation(row.days, row.start, row.handover),
        turns=tuple(map(tuple, row.turns)),
        hours=tuple(msgspec.convert(each, rules.Hours) for each in row.hours),
        since=row.since,
        until=row.until,
    )


def _override(row: RotaOverride) -> rules.Override:
    return rules.Override(f"override:{row.id}", row.since, ends(row), tuple(row.people), row.instead_of)


def value_of(row: WorkerLeave) -> rules.Leave:
    until = min((at for at in (row.until, row.withdrawn_at) if at is not None), default=None)
    return rules.Leave(f"worker:{row.worker_id}", row.since, until)


def out_of_reach(session: StoreSession, now: datetime) -> list[rules.Leave]:
    """Return, as leave from `now` on, everybody whom no page would reach."""
    workers = select(Worker.id).where(not_(can_be_reached()))
    partners = select(Partner.id).where(Partner.active.is_(False))
    gone = [f"worker:{row_id}" for row_id in session.scalars(workers)]
    gone += [f"partner:{row_id}" for row_id in session.scalars(partners)]
    return [rules.Leave(name, now, None) for name in gone]
