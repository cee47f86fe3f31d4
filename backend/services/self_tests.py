"""An organisation's self-test: when it is to run, what its report becomes, and what is known of the runs.

Its alert is of a kind of its own: nobody is called for it, it stands on no board and in no figure of claims, and no
storm takes it in. How a worker process carries a run through is in self_test_rounds.py.
"""

from collections.abc import Collection
from datetime import datetime, time

from sqlalchemy import Select, case, func, select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Gateway, Organisation, SelfTest
from backend.core import self_tests as core
from backend.core.alerts import PRIORITY, State
from backend.core.escalation import TEST
from backend.core.numbers import phone_number, takes_sms
from backend.errors import Invalid, NotAllowed
from backend.services import pages
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened
from backend.services.raising import raise_alert
from backend.services.timers import set_timer

DEFAULT_ZONE = "Asia/Tokyo"
NO_TIME = "is no time of day"
NO_NUMBER = "has no test number"
TOO_SOON = "is under way"
REASON = ("自己点検です。異変ではありません。", "This is a self-test. Nothing has happened.")


# --- settings ----------------------------------------------------------------------------------------------------


def set_up(session: StoreSession, *, at: str, phone: str, now: datetime) -> None:
    """Let it run each day `at` that local time ("06:00"; empty: never) to `phone`. Raises Invalid naming the field."""
    organisation = lock(session, Organisation, session.organisation_id)
    try:
        at = time.fromisoformat(at).strftime("%H:%M") if at else ""
    except ValueError as error:
        raise Invalid("at", NO_TIME) from error
    known = organisation.self_test_phone  # one that is there already may exist nowhere, as in the demo
    phone = phone if phone in ("", known) else phone_number(phone)
    if at and not phone:
        raise Invalid("phone", NO_NUMBER)
    organisation.self_test_at, organisation.self_test_phone, organisation.self_test_set_at = at, phone, now


def run_now(session: StoreSession, kinds: Collection[str], now: datetime) -> SelfTest:
    """Begin one beside the daily ones; `kinds`: what the installation can send. Raises Invalid."""
    organisation = lock(session, Organisation, session.organisation_id)  # of two touches at once one is first
    if not organisation.self_test_phone:
        raise Invalid("phone", NO_NUMBER)
    if session.scalar(select(SelfTest.id).where(SelfTest.ended_at.is_(None))) is not None:
        raise Invalid("run", TOO_SOON)
    row = SelfTest(kind=kind_of(organisation, kinds), started_at=now)
    session.add(row)
    session.flush()
    return row


def kind_of(organisation: Organisation, kinds: Collection[str]) -> str:
    """Return the kind of message that goes to the test number; empty where nothing can."""
    able = ("sms", "voice") if takes_sms(organisation.self_test_phone) else ("voice",)
    return next((kind for kind in core.KINDS if kind in able and kind in kinds), "")


def zone(session: StoreSession) -> str:
    """Return where the organisation's day begins: where its first building stands."""
    first = building(session)
    return first.zone if first else DEFAULT_ZONE


def building(session: StoreSession) -> Building | None:
    """Return the organisation's first building, which alerts about none stand under."""
    return session.scalar(select(Building).order_by(Building.id).limit(1))


# --- the way of the report ---------------------------------------------------------------------------------------


def begin(session: StoreSession, gateway: Gateway, run: int, *, now: datetime) -> None:
    """The report of a run has come in through the gateways' API. Raises NotAllowed, NotFound."""
    if not gateway.is_self_test:
        raise NotAllowed("a gateway reports no self-test")
    row = lock(session, SelfTest, run)
    if row.alert_id is not None or row.ended_at is not None:
        return
    alert = raise_alert(
        session,
        source=core.KIND,
        ref=f"{core.KIND}-{run}",
        kind=core.KIND,
        priority=PRIORITY[core.KIND],
        state=State.OPEN,
        building_id=gateway.building_id,
        gateway_id=gateway.id,
        since=row.started_at,
        now=now,
        reason=REASON,
        by=Actor(f"gateway:{gateway.id}", via="gateway"),
        opened_at=now,
    )
    row.alert_id = alert.id
    set_timer(session, alert, "escalate", now)


def page(session: StoreSession, alert: Alert, now: datetime) -> None:
    """Its timer is due: the test number gets its message through the outbox."""
    row = session.scalars(select(SelfTest).where(SelfTest.alert_id == alert.id)).one()
    if row.ended_at is None:
        pages.queue(session, alert, pages.Person(core.PERSON), row.kind, purpose=core.PURPOSE, step=TEST, round_=0,
                    now=now)  # fmt: skip
        happened(session, alert, "paged", SYSTEM, now, people=[core.PERSON])


# --- what is known -----------------------------------------------------------------------------------------------


def last(session: StoreSession, most: int) -> list[SelfTest]:
    """Return the newest runs, the newest first."""
    return list(session.scalars(select(SelfTest).order_by(SelfTest.id.desc()).limit(most)))


def last_passed() -> Select[int, datetime | None]:
    """Select each organisation with self-tests, and when one of them last passed; for a system session."""
    return (
        select(SelfTest.organisation_id, func.max(case((SelfTest.result == "passed", SelfTest.ended_at))))
        .group_by(SelfTest.organisation_id)
        .order_by(SelfTest.organisation_id)
    )


def trouble(session: StoreSession, now: datetime) -> str:
    """Why nobody can rely on alerts being sent: "not_set", "failed", "missing"; empty where the last run passed."""
    organisation = session.get_one(Organisation, session.organisation_id)
    if not organisation.self_test_at:
        return "not_set"
    ended = select(SelfTest).where(SelfTest.ended_at.is_not(None)).order_by(SelfTest.id.desc()).limit(1)
    newest = session.scalar(ended)
    if newest is not None and newest.result == "failed":
        return "failed"
    due = due_at(organisation, zone(session), now)
    if due is None or not core.is_late(due, now):
        return ""
    has_begun = select(SelfTest.id).where(SelfTest.day == due.date(), SelfTest.ended_at.is_not(None))
    return "" if session.scalar(has_begun) is not None else "missing"


def due_at(organisation: Organisation, zone: str, now: datetime) -> datetime | None:
    """Return when, in `zone`, the daily run was due last; None where it never was."""
    if not organisation.self_test_at or organisation.self_test_set_at is None:
        return None
    due = core.latest(time.fromisoformat(organisation.self_test_at), zone, now)
    return due if due > organisation.self_test_set_at else None
