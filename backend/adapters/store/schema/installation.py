"""What the installation writes about itself."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.adapters.store.schema.base import Base, Scoped


class Audit(Scoped, Base):
    """Who looked at whose data or did what, and for what. Holds ids ("resident:5") and no personal text."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    real_at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    subjects: Mapped[list[str]]  # personal rows that were read
    changed: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # rows that a person changed


class Revision(Scoped, Base):
    """Counts the organisation's news of each topic (SQLite; PostgreSQL notifies instead)."""

    __tablename__ = "revision"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)  # see adapters/store/topics.py
    n: Mapped[int] = mapped_column(BigInteger, default=0)


class Heartbeat(Base):
    """A process of the installation says that it is alive."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(primary_key=True)
    real_at: Mapped[datetime]
    at: Mapped[datetime]
    steady_since: Mapped[datetime | None]  # real time; it stopped for long just before, None where it never did


class ProviderRate(Base):
    """How many more sends a provider takes, counted by all worker processes together (core/rates.py)."""

    __tablename__ = "provider_rate"
    provider: Mapped[str] = mapped_column(primary_key=True)
    remaining: Mapped[float]
    real_at: Mapped[datetime]
