"""How workers are reached beside their phone, and what comes back from people without a call."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.adapters.store.schema.base import Base, Scoped


class WorkerBrowser(Scoped, Base):
    """A browser that shows a worker's pushes, as it subscribed (ports.Browser)."""

    __tablename__ = "worker_browser"
    id: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    name: Mapped[str] = mapped_column(default="")  # for the worker to tell their browsers apart
    created_at: Mapped[datetime]


class LineCode(Scoped, Base):
    """A code that a worker writes to us in LINE, once, to show whose account it is; of each worker the latest."""

    __tablename__ = "line_code"
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    expires_real_at: Mapped[datetime]


class InboundReply(Base):
    """A message from a person, once for each name its provider gave it, so that a repeated one has no second effect.

    It belongs to no organisation where nobody knows the sender, of whom only the last digits are kept.
    """

    __tablename__ = "inbound_reply"
    __table_args__ = (UniqueConstraint("provider", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    provider: Mapped[str]
    ref: Mapped[str]
    sender_end: Mapped[str]
    real_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(default="")  # see services/replies.py
    answer: Mapped[str] = mapped_column(default="")
