"""What Prometheus is told: counted from the database at each scrape, for the whole installation, naming nobody."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import func, select

from backend.adapters.store.schema import Alert, Notification, ProviderProbe
from backend.adapters.store.session import StoreSession
from backend.core import figures as core
from backend.core.alerts import LIVE
from backend.services import dead_man, figures, heartbeats, self_tests
from backend.web.frame import Web

SPAN = timedelta(hours=24)

streams_open = Gauge("tomoshibi_streams_open", "Event streams that browsers hold open in this process")
alerts_live = Gauge("tomoshibi_alerts_live", "Alerts that have not ended", ["priority", "state"])
claims_due = Gauge(
    "tomoshibi_claims_due",
    "Alerts of 24 h that people were called for and that should have been claimed by now",
    ["priority", "within_s"],
)
claims_in_time = Gauge("tomoshibi_claims_in_time", "Those of them that were", ["priority", "within_s"])
hour_claims_due = Gauge("tomoshibi_hour_claims_due", "The same by the building's hour, 0-23", ["hour", "within_s"])
hour_claims_in_time = Gauge("tomoshibi_hour_claims_in_time", "Those of them that were", ["hour", "within_s"])
team_claims_due = Gauge("tomoshibi_team_claims_due", "The same by the building's number", ["team", "within_s"])
team_claims_in_time = Gauge("tomoshibi_team_claims_in_time", "Those of them that were", ["team", "within_s"])
arrival_s = Gauge("tomoshibi_arrival_seconds", "Until somebody was there, alerts of 24 h", ["priority", "quantile"])
verdicts = Gauge(
    "tomoshibi_verdicts",
    "Alerts of 24 h that have ended, and that people were called for or closed, by what they were",
    ["priority", "verdict"],
)
sends = Gauge("tomoshibi_sends", "Calls and messages of 24 h", ["provider", "state"])
handover_s = Gauge(
    "tomoshibi_handover_seconds", "From the decision until the provider had it, 24 h", ["provider", "quantile"]
)
delivery_s = Gauge(
    "tomoshibi_delivery_seconds",
    "From the decision until the provider said that it arrived, 24 h",
    ["provider", "quantile"],
)
outbox_waiting = Gauge("tomoshibi_outbox_waiting", "Calls and messages that wait to be sent", ["kind"])
outbox_oldest_s = Gauge("tomoshibi_outbox_oldest_seconds", "How long the first of them has waited (domain time)")
worker_silent_s = Gauge("tomoshibi_worker_silent_seconds", "Since the worker last beat; -1 where it never did")

pings = Gauge("tomoshibi_dead_man_pings", "Pings to the outside dead-man service since the beginning", ["result"])
ping_heard = Gauge("tomoshibi_dead_man_ok_timestamp_seconds", "When it last answered that it heard one; 0: never")
provider_up = Gauge("tomoshibi_provider_up", "Whether the provider answered its last probe", ["provider"])
provider_failures = Gauge("tomoshibi_provider_probe_failures", "Probes that failed in a row", ["provider"])
self_test_passed = Gauge(
    "tomoshibi_self_test_passed_timestamp_seconds",
    "When a self-test last passed (domain time); 0: never",
    ["organisation"],
)
ANSWERING = (claims_due, claims_in_time, hour_claims_due, hour_claims_in_time, team_claims_due, team_claims_in_time)
SENDING = (sends, handover_s, delivery_s)
WATCHING = (pings, provider_up, provider_failures, self_test_passed)


def measure(parts: Web) -> None:
    """Set every gauge anew. Raises SQLAlchemyError where the database does not answer."""
    for gauge in (alerts_live, *ANSWERING, arrival_s, verdicts, *SENDING, outbox_waiting, *WATCHING):
        gauge.clear()
    streams_open.set(parts.streams.taken)
    with parts.store.system_reading() as session:
        _alerts(session, parts.now())
        _sends(session, parts.now())
        _outbox(session, parts.now())
        _watchers(session)
        beaten = heartbeats.last(session, "worker")
    worker_silent_s.set(-1 if beaten is None else (datetime.now(UTC) - beaten).total_seconds())


def _alerts(session: StoreSession, now: datetime) -> None:
    live = select(Alert.priority, Alert.state, func.count(Alert.id)).where(Alert.state.in_(LIVE))
    for priority, state, count in session.execute(live.group_by(Alert.priority, Alert.state)):
        alerts_live.labels(priority, state).set(count)
    lives = figures.lives(session, now - SPAN, now, now)
    for priority, of in core.grouped(lives, lambda life: life.priority).items():
        answering, outcomes = core.answering(of), core.outcomes(of)
        _claims(claims_due, claims_in_time, priority, answering)
        _quantiles(arrival_s, priority, answering.arrived)
        for verdict, count in asdict(outcomes).items():
            verdicts.labels(priority, verdict).set(count)
    for hour, of in core.grouped(lives, lambda life: life.hour).items():
        _claims(hour_claims_due, hour_claims_in_time, str(hour), core.answering(of))
    for team_id, of in core.grouped(lives, lambda life: life.team_id).items():
        _claims(team_claims_due, team_claims_in_time, str(team_id), core.answering(of))


def _claims(due: Gauge, in_time: Gauge, group: str, answering: core.Answering) -> None:
    for limit_s, share in answering.within.items():
        due.labels(group, f"{limit_s:.0f}").set(share.of)
        in_time.labels(group, f"{limit_s:.0f}").set(share.hit)


def _quantiles(gauge: Gauge, group: str, span: core.Span) -> None:
    for quantile, value in (("0.5", span.median_s), ("0.95", span.p95_s)):
        if value is not None:
            gauge.labels(group, quantile).set(value)


def _sends(session: StoreSession, now: datetime) -> None:
    for provider, of in core.grouped(figures.sends(session, now - SPAN, now), lambda send: send.provider).items():
        for state, same in core.grouped(of, lambda send: send.state).items():
            sends.labels(provider, state).set(len(same))
        delivery = core.delivery(of)
        _quantiles(handover_s, provider, delivery.taken)
        _quantiles(delivery_s, provider, delivery.arrived)


def _outbox(session: StoreSession, now: datetime) -> None:
    waiting = select(Notification.channel, func.count(Notification.id), func.min(Notification.created_at))
    found = session.execute(waiting.where(Notification.state == "pending").group_by(Notification.channel)).all()
    for kind, count, _since in found:
        outbox_waiting.labels(kind).set(count)
    oldest = min((since for _kind, _count, since in found), default=now)
    outbox_oldest_s.set(max((now - oldest).total_seconds(), 0.0))


def _watchers(session: StoreSession) -> None:
    pinged = dead_man.last(session)
    if pinged is not None:
        pings.labels("ok").set(pinged.ok)
        pings.labels("failed").set(pinged.failed)
    ping_heard.set(pinged.ok_real_at.timestamp() if pinged is not None and pinged.ok_real_at else 0)
    for row in session.scalars(select(ProviderProbe).where(ProviderProbe.asked_real_at.is_not(None))):
        provider_up.labels(row.provider).set(not row.problem)
        provider_failures.labels(row.provider).set(row.failures)
    for organisation_id, at in session.execute(self_tests.last_passed()):
        self_test_passed.labels(str(organisation_id)).set(at.timestamp() if at else 0)
