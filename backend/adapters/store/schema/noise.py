"""What holds pages back for a time, and who wanted that."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Scoped
from backend.adapters.store.schema.organisations import Worker
from backend.adapters.store.schema.places import Building, Unit


class Snooze(Scoped, Base):
    """Somebody has put an alert off, with a reason, until a time at which people are called again."""

    __tablename__ = "snooze"
    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    reason: Mapped[str]  # one of core.noise.REASONS
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # claimed, closed or woken before its end
    worker: Mapped[Worker | None] = relationship()


class Maintenance(Scoped, Base):
    """Work on the equipment of a building or of one unit."""

    __tablename__ = "maintenance"
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)  # None: the whole building
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # before its time
    reason: Mapped[str] = mapped_column(Text)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    stage: Mapped[str] = mapped_column(
        default="planned"
    )  # what the worker process has acted on: planned · running · over
    building: Mapped[Building] = relationship()
    unit: Mapped[Unit | None] = relationship()
    worker: Mapped[Worker | None] = relationship(foreign_keys=[worker_id])
    ended_by: Mapped[Worker | None] = relationship(foreign_keys=[ended_by_id])
