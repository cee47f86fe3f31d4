"""Who calls or writes to the service number."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.adapters.store.schema.base import Base, Personal, Scoped


class CallIn(Personal, Scoped, Base):
    """A call or a text from outside, once for each name its provider gave it."""

    __tablename__ = "call_in"
    __table_args__ = (UniqueConstraint("provider", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    ref: Mapped[str]
    kind: Mapped[str]  # voice · sms
    number: Mapped[str]  # E.164; empty where the caller withholds it
    people: Mapped[list[str]] = mapped_column(default=list)  # everybody with that number: resident:5, contact:2
    language: Mapped[str]
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(default="")  # a key of core.words.calling_in.SAID, empty until it is decided
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)
