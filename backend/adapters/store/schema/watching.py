"""What is known of a unit: its state, its hours, its rhythm, absences and the day's safety check."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Document, Handled, Scoped
from backend.adapters.store.schema.organisations import Worker


class UnitLive(Handled, Scoped, Base):
    __tablename__ = "unit_live"
    personal: ClassVar[frozenset[str]] = frozenset({"presence", "last_sign_at", "deadline", "body"})
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"))  # who said it
    at: Mapped[datetime]
    watching: Mapped[str]
    presence: Mapped[str]
    last_sign_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    body: Mapped[Document]  # contract.reports.UnitLive


class UnitHour(Handled, Scoped, Base):
    __tablename__ = "unit_hour"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    body: Mapped[Document]  # contract.reports.UnitHour


class RhythmChange(Handled, Scoped, Base):
    __tablename__ = "rhythm_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    at: Mapped[datetime]
    body: Mapped[Document]  # contract.reports.Change


class RhythmBackup(Scoped, Base):
    """What was learned of the unit, sealed by its gateway; which ones are kept: services/backups.py."""

    __tablename__ = "rhythm_backup"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"))  # whose name is sealed with it
    at: Mapped[datetime]
    key: Mapped[str]  # which recovery key opens it; says nothing of that key
    sealed: Mapped[str] = mapped_column(Text)


class UnitDial(Handled, Scoped, Base):
    """What each position of the dial costs the unit, as its gateway reckoned last."""

    __tablename__ = "unit_dial"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"))  # who said it
    at: Mapped[datetime]
    body: Mapped[Document]  # contract.reports.Dial


class DialTurn(Scoped, Base):
    """Somebody turned a unit's dial: needless checks per 30 days, `before` and `after`."""

    __tablename__ = "dial_turn"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    at: Mapped[datetime]
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    before: Mapped[float]
    after: Mapped[float]
    worker: Mapped[Worker | None] = relationship()


class Absence(Handled, Scoped, Base):
    """Away, in hospital, or a worker's visit in progress."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str]  # away · hospital · visit
    since: Mapped[datetime]
    until: Mapped[datetime | None]  # announced end
    ended_at: Mapped[datetime | None]
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    note: Mapped[str] = mapped_column(Text, default="")


class SafetyCheck(Scoped, Base):
    """The day's safety check of a unit. An open one waits for a person."""

    __tablename__ = "safety_check"
    __table_args__ = (UniqueConstraint("unit_id", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date]  # in the building's zone
    state: Mapped[str]  # open · done
    method: Mapped[str] = mapped_column(default="")  # answer · call · visit
    why_open: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
