"""An organisation's self-test: when it is to run, what its report becomes, and what is known of the runs.

Its alert is of a kind of its own: nobody is called for it, it stands on no board and in no figure of claims, and no
storm takes it in. How a worker process carries a run through is in self_test_rounds.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time

import msgspec
from msgspec import Struct
from sqlalchemy import Select, case, func, select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Building, Gateway, Notification, Organisation, SelfTest
from backend.core import self_tests as core
from backend.core.alerts import PRIORITY, State
from backend.core.escalation import TEST
from backend.core.numbers import phone_number, takes_sms
from backend.errors import Invalid, NotAllowed
from backend.ports import Channels
from backend.services import pages
from backend.services.actors import SYSTEM, Actor
from backend.services.events import happened
from backend.services.raising import raise_alert
from backend.services.timers import set_timer

DEFAULT_ZONE = "Asia/Tokyo"
NO_TIME = "is no time of day"
NO_NUMBER = "has no test number"
NO_CALLS = "is no answer to how often the test number is called"
TOO_SOON = "is under way"

Providers = Mapping[str, Sequence[str]]  # what the installation can send by: kind → names, in order of preference


class Way(Struct, frozen=True):
    """One message of a run: its kind, and the provider with its position among those of the kind."""

    kind: str
    position: int
    provider: str


class Result(Struct, frozen=True):
    """How a message fares; `verdict` as core.self_tests.judge has it, `detail` in the provider's words."""

    way: Way
    verdict: str | None
    detail: str


REASON = ("自己点検です。異変ではありません。", "This is a self-test. Nothing has happened.")


# --- settings ----------------------------------------------------------------------------------------------------


def set_up(session: StoreSession, *, at: str, phone: str, calls: str = "weekly", now: datetime) -> None:
    """Let it run each day `at` that local time ("06:00"; empty: never) to `phone`, called as often as core's CALLS say.

    Raises Invalid naming the field.
    """
    organisation = lock(session, Organisation, session.organisation_id)
    try:
        at = time.fromisoformat(at).strftime("%H:%M") if at else ""
    except ValueError as error:
        raise Invalid("at", NO_TIME) from error
    known = organisation.self_test_phone  # one that is there already may exist nowhere, as in the demo
    phone = phone if phone in ("", known) else phone_number(phone)
    if at and not phone:
        raise Invalid("phone", NO_NUMBER)
    if calls not in core.CALLS:
        raise Invalid("calls", NO_CALLS)
    organisation.self_test_at, organisation.self_test_phone, organisation.self_test_set_at = at, phone, now
    organisation.self_test_calls = calls


def run_now(session: StoreSession, providers: Providers, now: datetime) -> SelfTest:
    """Begin one beside the daily ones. Raises Invalid."""
    organisation = lock(session, Organisation, session.organisation_id)  # of two touches at once one is first
    if not organisation.self_test_phone:
        raise Invalid("phone", NO_NUMBER)
    if session.scalar(select(SelfTest.id).where(SelfTest.ended_at.is_(None))) is not None:
        raise Invalid("run", TOO_SOON)
    ways = ways_of(session, organisation, providers, None)
    row = SelfTest(kind=kind_of(ways), sends=msgspec.to_builtins(ways), started_at=now)
    session.add(row)
    session.flush()
    return row


def providers_of(channels: Channels) -> Providers:
    """Return the names of what the installation can send by."""
    return {kind: [channel.name for channel in of] for kind, of in channels.items()}


def kind_of(ways: Sequence[Way]) -> str:
    """Return the kind of the first message; empty where there is none."""
    return ways[0].kind if ways else ""


def ways_of(session: StoreSession, organisation: Organisation, providers: Providers, day: date | None) -> list[Way]:
    """Return what goes to the test number: an SMS by each provider and a call by one; empty where nothing can.

    `day` of the daily run; None: a coordinator wanted it, and it calls unless the organisation wants no calls at all.
    """
    sms = providers.get("sms", ()) if takes_sms(organisation.self_test_phone) else ()
    voice = providers.get("voice", ())
    found = [Way("sms", position, name) for position, name in enumerate(sms)]
    if not voice:
        return found
    turn, has_failed = _turn(session, len(voice))
    calls = organisation.self_test_calls
    wanted = calls != "never" and (has_failed or day is None or core.calls_on(day, calls))
    return [*found, Way("voice", turn, voice[turn])] if wanted or not found else found


def _turn(session: StoreSession, count: int) -> tuple[int, bool]:
    """Return which of `count` voice providers is to call next, and whether the last call failed.

    They take turns, since one number cannot be called by two at once. One that failed has its turn until it passes:
    else the next day's SMS would end the fault.
    """
    calls = select(Notification).where(Notification.purpose == core.PURPOSE, Notification.channel == "voice")
    last = session.scalar(calls.order_by(Notification.id.desc()).limit(1))
    if last is None:
        return 0, False
    has_failed = not _has_arrived(last)
    return (last.attempt if has_failed else last.attempt + 1) % count, has_failed


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
    """Its timer is due: the test number gets its messages through the outbox."""
    row = session.scalars(select(SelfTest).where(SelfTest.alert_id == alert.id)).one()
    if row.ended_at is None:
        for way in _ways(row):
            pages.queue(session, alert, pages.Person(core.PERSON), way.kind, attempt=way.position,
                        purpose=core.PURPOSE, step=TEST, round_=0, now=now)  # fmt: skip
        happened(session, alert, "paged", SYSTEM, now, people=[core.PERSON])


def _ways(row: SelfTest) -> list[Way]:
    return msgspec.convert(row.sends, list[Way])


# --- what is known -----------------------------------------------------------------------------------------------


def results(session: StoreSession, runs: Iterable[SelfTest], now: datetime) -> dict[int, list[Result]]:
    """Return, for each run by its id, how each of its messages fares; None as verdict where it may still arrive."""
    runs = list(runs)
    of_runs = Notification.alert_id.in_([run.alert_id for run in runs if run.alert_id is not None])
    rows = session.scalars(select(Notification).where(of_runs, Notification.purpose == core.PURPOSE))
    sent = {(row.alert_id, row.channel, row.attempt): row for row in rows}
    return {
        run.id: [_result(run, way, sent.get((run.alert_id, way.kind, way.position)), now) for way in _ways(run)]
        for run in runs
    }


def _result(run: SelfTest, way: Way, sent: Notification | None, now: datetime) -> Result:
    handed = None if sent is None else core.Handed(sent.state, _has_arrived(sent))
    is_over = run.ended_at is not None or core.is_over(run.started_at, now)
    verdict = core.judge(handed, was_taken=run.alert_id is not None, is_over=is_over)
    return Result(way, verdict, "" if sent is None else sent.problem)


def _has_arrived(row: Notification) -> bool:
    return row.delivered_at is not None or row.state in ("delivered", "answered")


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
