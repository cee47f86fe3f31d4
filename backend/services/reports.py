"""What the gateways report becomes alerts, live states and hours; the caller commits, and only then replies."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import singledispatch
from typing import Any

import msgspec
from contract import reports as contract
from sqlalchemy import or_, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import joinedload

from backend.adapters.store import TROUBLE, StoreSession, attempt, lock
from backend.adapters.store.schema import (
    Alert,
    Gateway,
    RefusedReport,
    RhythmChange,
    Unit,
    UnitDial,
    UnitHour,
    UnitLive,
)
from backend.config import Limits
from backend.core.alerts import (
    RANK,
    Event,
    Priority,
    State,
    asks_and_pages,
    closes_itself,
    following,
    priority,
    waits_for_answer,
)
from backend.core.clocks import instant, seconds
from backend.errors import NotAllowed, TomoshibiError
from backend.services import (
    absences,
    alerts,
    backups,
    directory,
    escalation,
    journals,
    self_tests,
    stuck_reports,
    supervision,
)
from backend.services.actors import Actor
from backend.services.commands import REPEATED, tell_about
from backend.services.events import happened
from backend.services.raising import raise_alert

LONGEST_KEPT = 10_000

log = logging.getLogger(__name__)


class Taking(msgspec.Struct, frozen=True):
    """One report on its way in."""

    session: StoreSession
    gateway: Gateway
    at: datetime  # when the gateway wrote it
    now: datetime
    limits: Limits

    def unit(self, ref: str) -> Unit:
        """Return the gateway's unit of that name. Raises NotAllowed for one that is not its."""
        named = select(Unit).where(Unit.ref == ref, Unit.gateway_id == self.gateway.id)
        found = self.session.scalar(named.options(joinedload(Unit.building)))
        if found is None:
            raise NotAllowed(f"unit {ref} is not this gateway's")
        return found


def apply(
    session: StoreSession,
    gateway: Gateway,
    batch: contract.Batch,
    *,
    now: datetime,
    real_now: datetime,
    limits: Limits,
) -> contract.BatchReply:
    """Take a batch; each report counts once, however often it comes, and one that cannot be taken stops no other.

    The answer leaves out a report over which this program itself stumbled: its gateway keeps it and sends it again, and
    people are told. Raises NotAllowed for a gateway that was revoked or replaced meanwhile.
    """
    known, gateway = gateway, lock(session, Gateway, gateway.id)
    directory.require_same(known, gateway)
    supervision.heard(session, gateway, now=now, real_now=real_now)
    gateway.queued = batch.queued
    taken = [_take(session, gateway, batch.journal, one, now, limits) for one in batch.reports]
    return contract.BatchReply([outcome for outcome in taken if outcome is not None])


def _take(
    session: StoreSession, gateway: Gateway, journal: str, one: contract.Numbered, now: datetime, limits: Limits
) -> contract.Outcome | None:
    try:
        with attempt(session):
            if not journals.take(session, gateway, journal, one.seq, now):
                return contract.Outcome(one.seq, "duplicate")
            store(one.report, Taking(session, gateway, instant(one.at), now, limits))
            session.flush()
    except (TomoshibiError, DataError) as error:
        problem = str(error.orig) if isinstance(error, DataError) else str(error)
        _refuse(session, gateway, journal, one, problem, now, limits)
        return contract.Outcome(one.seq, "refused", problem[:1000])
    except TROUBLE:
        raise  # the database's trouble is the whole batch's
    except Exception:
        log.exception("report %d of gateway %s is not taken and will come again", one.seq, gateway.id)
        stuck_reports.tell(session, gateway, journal, one, now, limits)
        return None
    return contract.Outcome(one.seq, "stored")


def _refuse(
    session: StoreSession,
    gateway: Gateway,
    journal: str,
    one: contract.Numbered,
    problem: str,
    now: datetime,
    limits: Limits,
) -> None:
    # It is remembered as taken as well, so that a repetition is a duplicate and is not counted twice.
    journals.take(session, gateway, journal, one.seq, now)
    outcome = contract.Outcome(one.seq, "refused", problem[:1000])
    keep_refused(session, gateway, journal, outcome, msgspec.json.encode(one.report), now, limits)


def keep_refused(
    session: StoreSession,
    gateway: Gateway,
    journal: str,
    outcome: contract.Outcome,
    body: bytes,
    now: datetime,
    limits: Limits,
) -> None:
    """Keep a report that is not taken, or could not be read, for a person to look at; an alert's calls people out."""
    text = body[:LONGEST_KEPT].decode("utf-8", "replace")
    session.add(
        RefusedReport(
            gateway_id=gateway.id, journal=journal, seq=outcome.seq, at=now, problem=outcome.problem, body=text
        )
    )
    stuck_reports.tell_refused(session, gateway, journal, outcome.seq, body, now, limits)


# --- by kind -----------------------------------------------------------------------------------------------------


@singledispatch
def store(report: object, taking: Taking) -> None:
    """Keep one report. Raises TomoshibiError when it cannot be kept."""
    raise TypeError(f"no way to keep a {type(report).__name__}")


@store.register
def _(report: contract.UnitLive, taking: Taking) -> None:
    unit = taking.unit(report.unit)
    row = taking.session.get(UnitLive, unit.id, with_for_update=True)
    if row is not None and row.gateway_id == taking.gateway.id and row.at > taking.at:
        return  # an older state, sent late
    row = row or UnitLive(unit_id=unit.id)
    row.gateway_id = taking.gateway.id
    row.at, row.watching, row.presence, row.body = taking.at, report.watching, report.presence, _plain(report)
    row.last_sign_at = instant(report.last_sign.at) if report.last_sign else None
    row.deadline = instant(report.deadline) if report.deadline else None
    taking.session.add(row)
    absences.noticed_back(taking.session, unit, row)


@store.register
def _(report: contract.UnitHour, taking: Taking) -> None:
    taking.session.merge(
        UnitHour(
            unit_id=taking.unit(report.unit).id,
            hour=instant(report.hour),
            organisation_id=taking.gateway.organisation_id,
            body=_plain(report),
        )
    )


@store.register
def _(report: contract.Change, taking: Taking) -> None:
    taking.session.add(RhythmChange(unit_id=taking.unit(report.unit).id, at=taking.at, body=_plain(report)))


@store.register
def _(report: contract.Dial, taking: Taking) -> None:
    unit = taking.unit(report.unit)
    row = taking.session.get(UnitDial, unit.id, with_for_update=True)
    if row is not None and row.gateway_id == taking.gateway.id and row.at > taking.at:
        return  # an older reckoning, sent late
    row = row or UnitDial(unit_id=unit.id)
    row.gateway_id, row.at, row.body = taking.gateway.id, taking.at, _plain(report)
    taking.session.add(row)


@store.register
def _(report: contract.Health, taking: Taking) -> None:
    taking.gateway.health = _plain(report)


@store.register
def _(report: contract.RhythmBackup, taking: Taking) -> None:
    backups.keep(taking.session, taking.unit(report.unit), taking.gateway.id, report, taking.at)


@store.register
def _(report: contract.SelfTest, taking: Taking) -> None:
    self_tests.begin(taking.session, taking.gateway, report.run, now=taking.now)


@store.register
def _(report: contract.Alert, taking: Taking) -> None:
    unit = taking.unit(report.unit)
    alert = _known(taking, report.alert)
    if alert is not None and not _pressed_again(alert, report):
        _renew(taking, alert, report)
        if report.stage == "asking":
            return  # the asking goes on
    else:
        alert = _begin(taking, unit, report, again=alert is not None)
    _follow(taking, alert, report)


def _plain(report: object) -> Any:
    return msgspec.to_builtins(report)


# --- alerts ------------------------------------------------------------------------------------------------------


def _actor(taking: Taking) -> Actor:
    return Actor(f"gateway:{taking.gateway.id}", via="gateway")


def _known(taking: Taking, name: str) -> Alert | None:
    """Return the alert the gateway calls `name`: of several after repeated presses the latest."""
    alert_id = taking.session.scalar(
        select(Alert.id)
        .where(
            Alert.source == f"gateway:{taking.gateway.id}",
            or_(Alert.ref == name, Alert.ref.startswith(name + REPEATED, autoescape=True)),
        )
        .order_by(Alert.id.desc())
        .limit(1)
    )
    return None if alert_id is None else lock(taking.session, Alert, alert_id)


def _pressed_again(alert: Alert, report: contract.Alert) -> bool:
    """A button pressed after its alert was closed is a new alert: a press is never hidden."""
    pressed = report.evidence.presses > int(alert.evidence.get("presses", 0))
    return alert.state == State.CLOSED and alert.priority == Priority.P1 and report.stage == "open" and pressed


def _begin(taking: Taking, unit: Unit, report: contract.Alert, *, again: bool) -> Alert:
    evidence = _plain(report.evidence)
    level = priority(report.kind, evidence, seconds(taking.at))
    alert = raise_alert(
        taking.session,
        source=f"gateway:{taking.gateway.id}",
        ref=f"{report.alert}{REPEATED}{report.evidence.presses}" if again else report.alert,
        kind=report.kind,
        priority=level,
        state=State.ASKING,
        building_id=unit.building_id,
        unit_id=unit.id,
        gateway_id=taking.gateway.id,
        since=instant(report.since),
        now=taking.now,
        reason=(report.reason.ja, report.reason.en),
        by=_actor(taking),
        said={"stage": report.stage},
        evidence=evidence,
        ask_until=instant(report.ask_until) if report.ask_until else None,
        open_due_at=instant(report.open_at) if report.open_at else None,
    )
    if level == Priority.P1:
        tell_about(taking.session, alert, contract.Receipt(report.alert, "backend"), taking.now)
    return alert


def _renew(taking: Taking, alert: Alert, report: contract.Alert) -> None:
    """A later stage: what was seen since replaces what was seen then, and may make it more urgent."""
    if alert.state == State.CLOSED:
        return
    evidence = _plain(report.evidence)
    if evidence.get("presses", 0) > alert.evidence.get("presses", 0):
        happened(taking.session, alert, "pressed_again", _actor(taking), taking.now, presses=evidence["presses"])
    alert.evidence, alert.reason_ja, alert.reason_en = evidence, report.reason.ja, report.reason.en
    alert.revision += 1
    level = priority(alert.kind, evidence, seconds(taking.at))
    if RANK[level] < RANK[alert.priority]:
        escalation.raise_priority(taking.session, alert, level, taking.now, taking.limits)


def _follow(taking: Taking, alert: Alert, report: contract.Alert) -> None:
    """Bring the alert to the stage the gateway reports."""
    stages: dict[str, Callable[[Taking, Alert], None]] = {
        "asking": _ask,
        "open": _opened,
        "resumed": _resume,
        "answered": _answer,
    }
    if report.stage in ("resumed", "answered") and not closes_itself(alert.priority):
        _open(taking, alert)  # its opening was never taken, and what does not close itself must not sleep either
    stages[report.stage](taking, alert)


def _ask(taking: Taking, alert: Alert) -> None:
    happened(taking.session, alert, "asking", _actor(taking), taking.now)
    if not waits_for_answer(alert.kind, alert.priority):
        _open(taking, alert)
    escalation.start_asking(taking.session, alert, taking.now)


def _open(taking: Taking, alert: Alert) -> None:
    if alert.state == State.ASKING:
        alert.state = following(alert.state, Event.NO_ANSWER)
        escalation.open_to_workers(taking.session, alert, taking.now, taking.limits)


def _opened(taking: Taking, alert: Alert) -> None:
    # It comes open where the gateway could not ask, or could not reach us while it did: the call is made up for.
    unasked = alert.state == State.ASKING and asks_and_pages(alert.kind, alert.priority)
    _open(taking, alert)
    if unasked:
        escalation.start_asking(taking.session, alert, taking.now)


def _resume(taking: Taking, alert: Alert) -> None:
    alerts.resumed(taking.session, alert.id, _actor(taking), now=taking.now)


def _answer(taking: Taking, alert: Alert) -> None:
    alerts.answered(taking.session, alert.id, _actor(taking), now=taking.now, method="answer")
