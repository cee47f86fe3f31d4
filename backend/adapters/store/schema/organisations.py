"""The organisation that runs the service, and who works for it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.adapters.store.schema.base import Base, Scoped
from backend.adapters.store.schema.reaching import WorkerBrowser


class Organisation(Base):
    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    fallback_phone: Mapped[str] = mapped_column(default="")  # called when the policy is exhausted
    created_at: Mapped[datetime]
    service_number: Mapped[str] = mapped_column(default="", server_default="")  # E.164: whom a call to it is for
    self_test_at: Mapped[str] = mapped_column(default="", server_default="")  # "06:00" where it is; empty: no self-test
    self_test_phone: Mapped[str] = mapped_column(default="", server_default="")
    self_test_calls: Mapped[str] = mapped_column(default="weekly", server_default="weekly")  # core.self_tests.CALLS
    self_test_set_at: Mapped[datetime | None]  # what was to be before the setting was made has not been missed


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
    email: Mapped[str] = mapped_column(default="", server_default="")
    line_user: Mapped[str] = mapped_column(default="", server_default="", index=True)  # LINE's name for the account
    line_linked_real_at: Mapped[datetime | None]  # by LINE's clock
    quiet_since: Mapped[str] = mapped_column(default="", server_default="")  # "22:00" in `zone`; both empty: none
    quiet_until: Mapped[str] = mapped_column(default="", server_default="")
    zone: Mapped[str] = mapped_column(default="Asia/Tokyo", server_default="Asia/Tokyo")
    active: Mapped[bool] = mapped_column(default=True)
    browsers: Mapped[list[WorkerBrowser]] = relationship(viewonly=True, order_by="WorkerBrowser.id")
