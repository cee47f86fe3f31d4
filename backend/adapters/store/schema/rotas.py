"""Who is on call: rules and exceptions, from which `core/rota` computes shifts. No shift is kept.

A person is named "worker:3" or "partner:2", as in the outbox. Rows are never changed in what they say and never
deleted: a layer that is edited ends and another takes its place, an override or leave is withdrawn. So the past stays
as it was.
"""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Document, Scoped, public_id
from backend.adapters.store.schema.organisations import Worker
from backend.adapters.store.types import Json


class Partner(Scoped, Base):
    """Another organisation that is called at a number of its own, at night for the most part. It has no login."""

    __tablename__ = "partner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(default="ja")
    active: Mapped[bool] = mapped_column(default=True)


class Rota(Scoped, Base):
    __tablename__ = "rota"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Tokyo")  # in which it is shown and its exceptions are entered
    created_at: Mapped[datetime]


class RotaLayer(Scoped, Base):
    """One version of a layer, which holds from `since` until `until`; versions of the same layer share their `ref`."""

    __tablename__ = "rota_layer"
    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rota.id"), index=True)
    ref: Mapped[str] = mapped_column(default=public_id)
    position: Mapped[int]  # the lowest first
    name: Mapped[str]
    zone: Mapped[str]
    days: Mapped[int]  # of one turn
    start: Mapped[date]
    handover: Mapped[time]
    turns: Mapped[list[list[str]]] = mapped_column(Json)
    hours: Mapped[list[Document]] = mapped_column(Json)  # core.rota.Hours
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))


class RotaOverride(Scoped, Base):
    __tablename__ = "rota_override"
    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rota.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    people: Mapped[list[str]]
    instead_of: Mapped[str | None]  # whom they stand in for; None: they are on call whatever the layers say
    swap: Mapped[str | None]  # the same on both overrides of a swap
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    made_by: Mapped[Worker | None] = relationship(foreign_keys=[made_by_id])


class WorkerLeave(Scoped, Base):
    """A worker who is on no rota for a time."""

    __tablename__ = "worker_leave"
    id: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]  # None: until further notice
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    worker: Mapped[Worker] = relationship(foreign_keys=[worker_id])
    made_by: Mapped[Worker | None] = relationship(foreign_keys=[made_by_id])


class CalendarFeed(Scoped, Base):
    """The secret address of a calendar: of a rota, or of one worker's shifts on every rota."""

    __tablename__ = "calendar_feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    rota_id: Mapped[int | None] = mapped_column(ForeignKey("rota.id"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    revoked_at: Mapped[datetime | None]
