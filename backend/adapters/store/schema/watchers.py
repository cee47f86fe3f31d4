"""What watches over the system itself: self-tests, probes of providers, the outside ping, words to the operator."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.adapters.store.schema.base import Base, Document, Scoped
from backend.adapters.store.types import Json


class SelfTest(Scoped, Base):
    """One run of an organisation's self-test, see core/self_tests.py."""

    __tablename__ = "self_test"
    __table_args__ = (UniqueConstraint("organisation_id", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date | None]  # of the daily run; None: a coordinator wanted it
    kind: Mapped[str]  # core.kinds.Kind of the first message; empty where no provider could send one
    sends: Mapped[list[Document]] = mapped_column(Json, default=list, server_default="[]")  # services.self_tests.Way
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="")  # passed, failed; empty while it runs
    problem: Mapped[str] = mapped_column(default="")  # core.self_tests.Problem
    detail: Mapped[str] = mapped_column(Text, default="")  # the provider or building, and what was said of it
    also: Mapped[list[list[str]]] = mapped_column(Json, default=list, server_default="[]")  # further (problem, detail)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)
    lease_until_real_at: Mapped[datetime | None]  # until when one process hands its report in


class ProviderProbe(Base):
    """How a provider answered when it was asked last, by whichever worker process had the turn."""

    __tablename__ = "provider_probe"
    provider: Mapped[str] = mapped_column(primary_key=True)
    next_real_at: Mapped[datetime]  # whoever moves it on asks
    asked_real_at: Mapped[datetime | None]
    ok_real_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    problem: Mapped[str] = mapped_column(Text, default="")


class DeadManPing(Base):
    """What came of the pings to the outside service, by all worker processes."""

    __tablename__ = "dead_man_ping"
    name: Mapped[str] = mapped_column(primary_key=True)
    ok: Mapped[int] = mapped_column(BigInteger, default=0)
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    ok_real_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")  # of the last one; empty where it arrived


class OperatorNotice(Base):
    """One message to the installation's operator by one way: that the worker is silent, or beats again."""

    __tablename__ = "operator_notice"
    since_real_at: Mapped[datetime] = mapped_column(primary_key=True)  # the last beat before the silence
    what: Mapped[str] = mapped_column(primary_key=True)  # silent, beating
    way: Mapped[str] = mapped_column(primary_key=True)  # email, webhook
    lease_until_real_at: Mapped[datetime]  # whoever took it sends it; after that anybody may
    tries: Mapped[int] = mapped_column(default=1)
    sent_real_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
