"""A clock that is set back leaves rows that wait for a time far ahead: what waited so is due again within a minute.

Nothing is leased or put off for longer than a known time. What lies further ahead than that was written while the clock
of its machine was wrong. A machine whose clock differs from the others' by more than `APART_S` has its leases ended.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Alert,
    Enrolment,
    Gateway,
    Notification,
    Policy,
    PolicyStep,
    ProviderProbe,
    SelfTest,
    Timer,
)
from backend.config import Limits
from backend.core.alerts import PAGED, State
from backend.core.escalation import LAST_RESORT
from backend.services import enrolments, lost_ends, probes, self_test_rounds, sending, timers

APART_S = 60.0


class Wait(Struct, frozen=True):
    """Times of one kind. `longest_s`: how far ahead they may lie; `back_s`: where before now they are set to."""

    key: InstrumentedAttribute[Any]
    at: InstrumentedAttribute[Any]
    longest_s: float
    among: ColumnElement[bool] = true()
    back_s: float = 0.0


def bring_back(store: Store, *, now: datetime, real_now: datetime, limits: Limits) -> int:
    """Set what lies too far ahead to now or a little before; return how many times it has set."""
    found = []
    with store.system_reading() as session:
        for wait, at in [*((each, real_now) for each in _waits(limits)), (_step(session), now)]:
            ahead = _ahead(wait, at)
            if session.scalar(ahead.limit(1)) is not None:
                found.append((wait, ahead, at))
    return sum(_move(store, wait, ahead, at) for wait, ahead, at in found)


def _step(session: StoreSession) -> Wait:
    """The next step of what people are called out for and nothing holds back, in domain time."""
    waits = (session.scalar(select(func.max(each))) for each in (Policy.exhausted_every_s, PolicyStep.wait_s))
    longest_s = max(LAST_RESORT.exhausted_every_s, *(wait or 0.0 for wait in waits))
    called_out = select(Alert.id).where(
        Alert.state == State.OPEN, Alert.priority.in_(PAGED), Alert.held_why == "", Alert.claim_due_at.is_not(None)
    )
    return Wait(Timer.id, Timer.due_at, longest_s, and_(Timer.kind == "escalate", Timer.alert_id.in_(called_out)))


def _waits(limits: Limits) -> list[Wait]:
    row = Notification
    talking = and_(row.channel == "voice", row.state.in_(lost_ends.TALKING))
    under_way = or_(row.state.in_(("sending", "unknown")), talking)
    self_test_s, probe_s = self_test_rounds.LEASE.total_seconds(), probes.EVERY.total_seconds()
    return [
        Wait(row.id, row.lease_until_real_at, limits.lease_s, under_way),
        Wait(row.id, row.not_before_real_at, sending.LONGEST_REST_S, row.state == "pending"),
        # Its provider is asked about what it took from here on: it was handed over before the clock was set.
        Wait(row.id, row.handed_over_real_at, 0.0, under_way, back_s=limits.lease_s),
        Wait(Timer.id, Timer.not_before_real_at, timers.LONGEST_REST_S),
        Wait(SelfTest.id, SelfTest.lease_until_real_at, self_test_s, SelfTest.ended_at.is_(None)),
        Wait(ProviderProbe.provider, ProviderProbe.next_real_at, probe_s),
        Wait(Gateway.id, Gateway.last_seen_real_at, 0.0),
        Wait(Gateway.id, Gateway.created_real_at, 0.0),
        Wait(Enrolment.id, Enrolment.expires_real_at, enrolments.GOOD_FOR.total_seconds()),
    ]


def _ahead(wait: Wait, now: datetime) -> Select[Any]:
    return select(wait.key).where(wait.among, wait.at > now + timedelta(seconds=wait.longest_s + APART_S))


def _move(store: Store, wait: Wait, ahead: Select[Any], now: datetime) -> int:
    moved = (
        update(wait.key.class_)
        .where(wait.key.in_(ahead.with_for_update(skip_locked=True, key_share=True)))
        .values({wait.at: now - timedelta(seconds=wait.back_s)})
        .returning(wait.key)
        .execution_options(synchronize_session=False)
    )
    with store.system_session() as session:
        return len(session.execute(moved).all())
