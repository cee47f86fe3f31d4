"""The tables. Everything but `organisation` and `heartbeat` carries the organisation it belongs to.

Instants are aware UTC datetimes of domain time, except columns named `*_real_at`, which are of real time. Classes
marked `Personal` hold personal data: reading one is written into `audit` by the session (see session.py).
"""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from backend.adapters.store.types import Json, UtcDateTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
Document = dict[str, Any]


def public_id() -> str:
    """A name that may stand in an address: it cannot be guessed and tells nothing."""
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        Document: Json,
        list[str]: Json,
        str: String(),
    }


class Scoped:
    """A row that belongs to one organisation."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805  (a declared_attr is given the class)
        return mapped_column(ForeignKey("organisation.id"), index=True)


class Personal:
    """A row that says something about a resident, or how to get into their home."""


class Organisation(Base):
    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    fallback_phone: Mapped[str] = mapped_column(default="")  # called when the policy is exhausted
    created_at: Mapped[datetime]


class Building(Scoped, Base):
    __tablename__ = "building"
    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Tokyo")
    address: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")


class Gateway(Scoped, Base):
    __tablename__ = "gateway"
    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    ref: Mapped[str]  # what the gateway calls itself
    credential_hash: Mapped[str]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_seen_real_at: Mapped[datetime | None]
    silent_stage: Mapped[int] = mapped_column(default=0)  # 0 heard · 1 red · 2 the building's P2 · 3 safety checks
    queued: Mapped[int] = mapped_column(default=0)
    health: Mapped[Document | None]
    building: Mapped[Building] = relationship()


class GatewaySequence(Scoped, Base):
    """The last command's number; a row of its own so that whoever writes a command locks it last."""

    __tablename__ = "gateway_sequence"
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    last_n: Mapped[int] = mapped_column(BigInteger, default=0)


class Unit(Scoped, Base):
    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    gateway_id: Mapped[int | None] = mapped_column(ForeignKey("gateway.id"))
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


class Node(Scoped, Base):
    __tablename__ = "node"
    __table_args__ = (UniqueConstraint("gateway_id", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"))
    ref: Mapped[str]
    source: Mapped[str] = mapped_column(default="native")
    mains: Mapped[bool] = mapped_column(default=False)
    kinds: Mapped[list[str]] = mapped_column(default=list)


class NodePlace(Scoped, Base):
    """Where a node hung, from when until when."""

    __tablename__ = "node_place"
    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    room: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    node: Mapped[Node] = relationship()
    unit: Mapped[Unit] = relationship()


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
    disclosure: Mapped[str] = mapped_column(Text, default="")


class Worker(Scoped, Base):
    __tablename__ = "worker"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="worker")  # see core/access.py
    language: Mapped[str] = mapped_column(default="ja")
    password_hash: Mapped[str]
    on_duty: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


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
    target: Mapped[str]  # worker · role · on_duty
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    role: Mapped[str] = mapped_column(default="")
    channels: Mapped[list[str]]  # sms, voice
    wait_s: Mapped[float] = mapped_column(default=60.0)  # before the next step


class Alert(Scoped, Base):
    __tablename__ = "alert"
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
    unit: Mapped[Unit | None] = relationship()
    building: Mapped[Building] = relationship()
    claimed_by: Mapped[Worker | None] = relationship(foreign_keys=[claimed_by_id])
    closed_by: Mapped[Worker | None] = relationship(foreign_keys=[closed_by_id])
    events: Mapped[list["AlertEvent"]] = relationship(order_by="AlertEvent.id")


class AlertEvent(Scoped, Base):
    __tablename__ = "alert_event"
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


class Notification(Scoped, Base):
    """The outbox: one row is one intended call or message to one person."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("alert_id", "step", "round", "person", "channel", "attempt"),
        Index("ix_notification_queue", "state", "rank", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True, default=public_id)  # what the provider is given
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    purpose: Mapped[str]  # page · ask · told
    step: Mapped[int]
    round: Mapped[int]
    person: Mapped[str]  # worker:3, resident:5, fallback
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    channel: Mapped[str]  # sms · voice
    attempt: Mapped[int] = mapped_column(default=0)  # which provider of the channel, counted from the first
    rank: Mapped[int]  # P1 first
    state: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
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
    alert: Mapped[Alert] = relationship()
    worker: Mapped[Worker | None] = relationship()


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


class GatewayCommand(Scoped, Base):
    __tablename__ = "gateway_command"
    __table_args__ = (UniqueConstraint("gateway_id", "n"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"))
    n: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    body: Mapped[str] = mapped_column(Text)  # the contract's JSON
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class GatewayReport(Scoped, Base):
    """Which reports were taken, so that a repeated one has no second effect: those from `seq` through `through`."""

    __tablename__ = "gateway_report"
    __table_args__ = (Index("ix_gateway_report_received_at", "received_at"),)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    journal: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    through: Mapped[int] = mapped_column(BigInteger)  # `seq` itself, until old ones are folded together
    received_at: Mapped[datetime]


class RefusedReport(Scoped, Base):
    __tablename__ = "refused_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"), index=True)
    journal: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


class UnitLive(Scoped, Base):
    __tablename__ = "unit_live"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    at: Mapped[datetime]
    watching: Mapped[str]
    presence: Mapped[str]
    last_sign_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    body: Mapped[Document]  # contract.reports.UnitLive


class UnitHour(Scoped, Base):
    __tablename__ = "unit_hour"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    body: Mapped[Document]  # contract.reports.UnitHour


class RhythmChange(Scoped, Base):
    __tablename__ = "rhythm_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    at: Mapped[datetime]
    body: Mapped[Document]  # contract.reports.Change


class RhythmBackup(Scoped, Base):
    __tablename__ = "rhythm_backup"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    at: Mapped[datetime]
    sealed: Mapped[str] = mapped_column(Text)


class Absence(Scoped, Base):
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


class Audit(Scoped, Base):
    """Who looked at whose data, and for what. Holds ids and no personal text."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    real_at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    subjects: Mapped[list[str]]


class Revision(Scoped, Base):
    """Counts what a screen of the organisation would show differently (SQLite; PostgreSQL notifies instead)."""

    __tablename__ = "revision"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, default=0)


class Heartbeat(Base):
    """A process of the installation says that it is alive."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(primary_key=True)
    real_at: Mapped[datetime]
    at: Mapped[datetime]
