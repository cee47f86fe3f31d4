"""Alerts, and who is told of them when."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Document, Handled, Scoped
from backend.adapters.store.schema.organisations import Worker
from backend.adapters.store.schema.places import Building, Unit
from backend.adapters.store.schema.rotas import Partner


class Policy(Scoped, Base):
    __tablename__ = "policy"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    rounds: Mapped[int] = mapped_column(default=2)  # how often the steps are gone through
    exhausted_every_s: Mapped[float] = mapped_column(default=300.0)
    claim_timeout_s: Mapped[float] = mapped_column(default=1800.0)
    steps: Mapped[list["PolicyStep"]] = relationship(order_by="PolicyStep.position")


class PolicyStep(Scoped, Base):
    __tablename__ = "policy_step"
    __table_args__ = (UniqueConstraint("policy_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    position: Mapped[int]
    target: Mapped[str]  # see core.escalation.Target
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    role: Mapped[str] = mapped_column(default="")
    contact_kinds: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # empty: all of them
    channels: Mapped[list[str]]  # core.kinds.Kind
    wait_s: Mapped[float] = mapped_column(default=60.0)  # before the next step


class Alert(Handled, Scoped, Base):
    __tablename__ = "alert"
    personal: ClassVar[frozenset[str]] = frozenset({"evidence", "note", "reason_ja", "reason_en"})
    __table_args__ = (
        UniqueConstraint("organisation_id", "source", "ref"),
        Index("ix_alert_open", "organisation_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]  # who gave the ref: gateway:<id> or backend
    ref: Mapped[str]
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    gateway_id: Mapped[int | None] = mapped_column(ForeignKey("gateway.id"))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # whom it is about, if one in particular
    kind: Mapped[str]
    priority: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime]
    received_at: Mapped[datetime]
    ask_until: Mapped[datetime | None]  # until when the node asks
    open_due_at: Mapped[datetime | None]  # when it opens if nobody answers
    opened_at: Mapped[datetime | None]
    claim_due_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    claimed_by_partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    arrived_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]  # a sign of life or an answer, also when it closed nothing
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    outcome: Mapped[str | None]
    verdict: Mapped[str | None]
    note: Mapped[str] = mapped_column(Text, default="")
    reason_ja: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    evidence: Mapped[Document] = mapped_column(default=dict)
    step: Mapped[int | None]  # the policy step last gone through; None before the first
    round: Mapped[int] = mapped_column(default=0)
    gaps: Mapped[list[str]] = mapped_column(default=list)  # steps at which nobody could be reached
    revision: Mapped[int] = mapped_column(default=0)
    called_at: Mapped[datetime | None]  # since when people are called for it: opened, given back, or held back no more
    held_why: Mapped[str] = mapped_column(default="", server_default="")  # what holds its pages back: core.noise.Why
    held_until: Mapped[datetime | None]  # None: nothing does, or the incident does until somebody has taken it
    comes_and_goes: Mapped[bool] = mapped_column(default=False, server_default=false())
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)  # the storm it is a part of
    claimed_with_incident: Mapped[bool] = mapped_column(default=False, server_default=false())
    unit: Mapped[Unit | None] = relationship()
    building: Mapped[Building] = relationship()
    claimed_by: Mapped[Worker | None] = relationship(foreign_keys=[claimed_by_id])
    closed_by: Mapped[Worker | None] = relationship(foreign_keys=[closed_by_id])
    claimed_by_partner: Mapped[Partner | None] = relationship()
    events: Mapped[list["AlertEvent"]] = relationship(order_by="AlertEvent.id")

    @property
    def holder(self) -> str:
        """The name of the worker or partner who has claimed it; empty where none of them has."""
        found = self.claimed_by or self.claimed_by_partner
        return found.name if found else ""


class AlertEvent(Handled, Scoped, Base):
    __tablename__ = "alert_event"
    personal: ClassVar[frozenset[str]] = frozenset({"detail"})
    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    who: Mapped[str]  # worker:3, gateway:1, resident, system
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    detail: Mapped[Document] = mapped_column(default=dict)
    worker: Mapped[Worker | None] = relationship()


class Timer(Scoped, Base):
    """What falls due for an alert, in domain time; deleted in the transaction that acts on it."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("alert_id", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    not_before_real_at: Mapped[datetime | None]  # after a failure, so that one broken alert holds up no other
