"""Who lives in the units, and whom to call about them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Personal, Scoped


class Resident(Personal, Scoped, Base):
    __tablename__ = "resident"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="ja")
    medical_notes: Mapped[str] = mapped_column(Text, default="")
    communication_needs: Mapped[str] = mapped_column(Text, default="")
    risks: Mapped[str] = mapped_column(Text, default="")  # to the visitor
    daily_call_at: Mapped[str] = mapped_column(default="", server_default="")  # "09:30" at the building; empty: none
    daily_call_from: Mapped[date | None]  # the first day of it


class ResidentPhoto(Personal, Scoped, Base):
    """A picture of a resident, with the day on which they agreed to it: without it there can be none."""

    __tablename__ = "resident_photo"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True)
    image: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str]  # image/jpeg, image/png
    consented_on: Mapped[date]


class Tenancy(Personal, Scoped, Base):
    __tablename__ = "tenancy"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    resident: Mapped[Resident] = relationship()


class Contact(Personal, Scoped, Base):
    """Family, neighbour, doctor …: in the order in which to call them, with what they may be told."""

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="ja")
    disclosure: Mapped[str] = mapped_column(Text, default="")  # in words, for whoever speaks with them
    may_know: Mapped[str] = mapped_column(default="concern", server_default="concern")  # see core/words/contacts.py
