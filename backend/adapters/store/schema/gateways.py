"""The gateways and their nodes, what gateways are told and what they have reported."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Document, Scoped, public_id
from backend.adapters.store.schema.places import Building, Unit


class Gateway(Scoped, Base):
    __tablename__ = "gateway"
    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    ref: Mapped[str]  # what the gateway calls itself
    credential_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_real_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_seen_real_at: Mapped[datetime | None]
    silent_stage: Mapped[int] = mapped_column(default=0)  # 0 not yet · 1 red · 2 lost · 3 safety checks
    queued: Mapped[int] = mapped_column(default=0)
    health: Mapped[Document | None]
    untold_at: Mapped[datetime | None]  # when nobody could be told that a report of its is not taken
    # reports the organisation's self-tests and nothing else; stands in no building, and is not missed when it is silent
    is_self_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    building: Mapped[Building] = relationship()


class Enrolment(Base):
    """A gateway that asks to be taken in. It belongs to nobody until somebody types the code that it shows.

    One that was used is kept: its gateway may not have heard yet what became of it.
    """

    __tablename__ = "enrolment"
    id: Mapped[str] = mapped_column(primary_key=True, default=public_id)
    digest: Mapped[str] = mapped_column(unique=True)  # of the secret that the gateway has made for itself
    code_hash: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]  # from where it was asked
    expires_real_at: Mapped[datetime] = mapped_column(index=True)
    used_real_at: Mapped[datetime | None]
    gateway_id: Mapped[int | None] = mapped_column(ForeignKey("gateway.id"))  # what it has become


class GatewaySequence(Scoped, Base):
    """The last command's number; a row of its own so that whoever writes a command locks it last."""

    __tablename__ = "gateway_sequence"
    gateway_id: Mapped[int] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    last_n: Mapped[int] = mapped_column(BigInteger, default=0)


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
