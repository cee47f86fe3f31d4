"""Buildings and their units."""

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Personal, Scoped


class Building(Scoped, Base):
    __tablename__ = "building"
    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    rota_id: Mapped[int | None] = mapped_column(ForeignKey("rota.id"))
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Tokyo")
    address: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")


class Unit(Scoped, Base):
    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    gateway_id: Mapped[int | None] = mapped_column(ForeignKey("gateway.id"), index=True)
    ref: Mapped[str]  # its name in the contract
    name: Mapped[str]  # the number on the door
    floor: Mapped[int] = mapped_column(default=1)
    protocol: Mapped[str] = mapped_column(Text, default="")  # what to do here, in which order
    false_alarms_per_30_days: Mapped[float] = mapped_column(default=0.25)
    building: Mapped[Building] = relationship()


class UnitEntry(Personal, Scoped, Base):
    """How to get in."""

    __tablename__ = "unit_entry"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    key_place: Mapped[str] = mapped_column(Text, default="")
    entry_consent: Mapped[bool] = mapped_column(default=False)
    consent_note: Mapped[str] = mapped_column(Text, default="")
