"""The people in the units, and whom to call about them. Every reading is audited by the session."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import contains_eager

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Contact, Resident, ResidentPhoto, Tenancy, Unit, UnitEntry


def residents_of(session: StoreSession, unit_id: int, now: datetime) -> list[Resident]:
    """Return who lives in the unit at `now`, longest there first."""
    tenancies = session.scalars(
        select(Tenancy)
        .join(Tenancy.resident)
        .options(contains_eager(Tenancy.resident))
        .where(Tenancy.unit_id == unit_id, *_lasts(now))
        .order_by(Tenancy.since, Tenancy.id)
    )
    return [tenancy.resident for tenancy in tenancies]


def residents_by_unit(session: StoreSession, unit_ids: Sequence[int], now: datetime) -> dict[int, list[Resident]]:
    """Return who lives where, for a page of many units in one query."""
    tenancies = session.scalars(
        select(Tenancy)
        .join(Tenancy.resident)
        .options(contains_eager(Tenancy.resident))
        .where(Tenancy.unit_id.in_(unit_ids), *_lasts(now))
        .order_by(Tenancy.since, Tenancy.id)
    )
    found: dict[int, list[Resident]] = {unit_id: [] for unit_id in unit_ids}
    for tenancy in tenancies:
        found[tenancy.unit_id].append(tenancy.resident)
    return found


def moved_in(session: StoreSession, unit_id: int, now: datetime) -> datetime | None:
    """Return since when somebody who lives in the unit at `now` has lived there; None where nobody does."""
    tenancies = session.scalars(select(Tenancy).where(Tenancy.unit_id == unit_id, *_lasts(now)))
    return min((tenancy.since for tenancy in tenancies), default=None)


def lived_in(at: datetime) -> ColumnElement[bool]:
    """Say in a statement on units which of them somebody lives in at that instant, without reading who."""
    return select(Tenancy.id).where(Tenancy.unit_id == Unit.id, *_lasts(at)).exists()


def _lasts(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Say of a tenancy that it lasts at that instant."""
    return Tenancy.since <= at, or_(Tenancy.until.is_(None), Tenancy.until > at)


def photographed(session: StoreSession, resident_ids: Sequence[int]) -> tuple[int, ...]:
    """Return those of whom there is a photo, without reading any."""
    found = select(ResidentPhoto.resident_id).where(ResidentPhoto.resident_id.in_(resident_ids))
    return tuple(session.scalars(found.order_by(ResidentPhoto.resident_id)))


def photo_of(session: StoreSession, resident_id: int, now: datetime) -> ResidentPhoto | None:
    """Return the photo of a resident, as long as they live in one of the units."""
    lives = select(Tenancy.id).where(Tenancy.resident_id == resident_id, *_lasts(now)).exists()
    return session.scalars(select(ResidentPhoto).where(ResidentPhoto.resident_id == resident_id, lives)).first()


def to_call(session: StoreSession, alert: Alert, now: datetime) -> Resident | None:
    """Return the resident who can be called about the alert, if there is one: whom it is about, else of the unit."""
    if alert.resident_id is not None:
        found = [session.get_one(Resident, alert.resident_id)]
    else:
        found = residents_of(session, alert.unit_id, now) if alert.unit_id is not None else []
    return next((resident for resident in found if resident.phone), None)


def contacts_of(session: StoreSession, resident_id: int) -> list[Contact]:
    """Return the resident's contacts in the order in which to call them."""
    return list(
        session.scalars(
            select(Contact).where(Contact.resident_id == resident_id).order_by(Contact.position, Contact.id)
        )
    )


def entry_of(session: StoreSession, unit_id: int) -> UnitEntry | None:
    """Return how to get into the unit."""
    return session.get(UnitEntry, unit_id)
