"""What is sent to people, and the links by which they answer."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.alerting import Alert
from backend.adapters.store.schema.base import Base, Scoped, public_id
from backend.adapters.store.schema.organisations import Worker


class Notification(Scoped, Base):
    """The outbox: one row is one intended call or message to one person."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("alert_id", "step", "round", "person", "channel", "attempt"),
        Index("ix_notification_queue", "state", "rank", "id"),
        Index("ix_notification_phone", "organisation_id", "person", "state"),
        Index("ix_notification_ends", "channel", "state", "handed_over_real_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True, default=public_id)  # what the provider is given
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)  # None: a worker's own test
    purpose: Mapped[str]  # page · ask · contact · visit · told · test · self_test
    step: Mapped[int]
    round: Mapped[int]
    person: Mapped[str]  # worker:3, partner:2, resident:5, contact:2, fallback
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    channel: Mapped[str]  # core.kinds.Kind
    attempt: Mapped[int] = mapped_column(default=0)  # which provider of the channel, counted from the first
    rank: Mapped[int]  # P1 first
    state: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]  # when it arrived or was picked up, for the figures
    ended_at: Mapped[datetime | None]
    not_before_real_at: Mapped[datetime | None]
    lease_until_real_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)  # how often it was taken to be sent
    provider: Mapped[str] = mapped_column(default="")
    provider_ref: Mapped[str | None] = mapped_column(index=True)
    handed_over_real_at: Mapped[datetime | None]  # the earliest at which the provider can have it
    fingerprint: Mapped[str] = mapped_column(index=True, default="", server_default="")  # see ports.fingerprint
    spares: Mapped[int] = mapped_column(default=0)  # further providers of this channel
    problem: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None]  # the key that was pressed
    # the call in which it was said to wait
    said_in_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id"))
    alert: Mapped[Alert | None] = relationship()
    worker: Mapped[Worker | None] = relationship()


class ClaimLink(Scoped, Base):
    __tablename__ = "claim_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DemoMessage(Scoped, Base):
    """What the console channel handed over: the demo's phones show it."""

    __tablename__ = "demo_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    to: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str]
    links: Mapped[list[str]] = mapped_column(default=list)
    keys: Mapped[list[str]] = mapped_column(default=list)
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(Text, default="")
