"""An alert is put off for a time, by somebody and for a reason; at its end people are called again from the first step.

Not an emergency, and not an incident, whose members are held back only while it is called out.
"""

from datetime import datetime

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Alert, Snooze
from backend.config import Limits
from backend.core import noise, storms
from backend.core.alerts import HELD, Event, following
from backend.core.clocks import after, seconds
from backend.errors import IllegalStep, Invalid
from backend.services import alerts, escalation, holds
from backend.services.actors import Actor
from backend.services.events import happened


def snooze(session: StoreSession, alert_id: int, actor: Actor, *, for_s: float, reason: str, now: datetime) -> Alert:
    """Let nobody be called for `for_s` from now on; what runs already is replaced. Of a claimed alert, by its holder.

    Raises Invalid, IllegalStep, NotAllowed.
    """
    if reason not in noise.REASONS:
        raise Invalid("reason", f"{reason!r} is none of {', '.join(noise.REASONS)}")
    if not 0 < for_s <= noise.LONGEST_SNOOZE_S:
        raise Invalid("for_s", f"must be more than 0 and at most {noise.LONGEST_SNOOZE_S:g}")
    alert = lock(session, Alert, alert_id)
    if not noise.may_be_held(alert.priority) or alert.kind == storms.KIND:
        raise IllegalStep(f"{alert.priority} ({alert.kind})", Event.SNOOZE)
    state = following(alert.state, Event.SNOOZE)
    if alert.state in HELD:
        alerts.require_holder(alert, actor)
        alerts.give_back(session, alert)
    alert.state = state
    holds.end_snooze(session, alert, now)
    until = after(now, for_s)
    session.add(Snooze(alert_id=alert.id, worker_id=actor.worker_id, reason=reason, since=now, until=until))
    happened(session, alert, "snoozed", actor, now, reason=reason, until=seconds(until))
    holds.hold_back(session, alert, now)
    return alert


def wake(session: StoreSession, alert_id: int, actor: Actor, *, now: datetime, limits: Limits) -> Alert:
    """End a snooze now: people are called again, unless something else holds that back. Raises IllegalStep."""
    alert = lock(session, Alert, alert_id)
    if not holds.end_snooze(session, alert, now):
        raise IllegalStep(alert.state, "wake")
    happened(session, alert, "woken", actor, now)
    escalation.call_out(session, alert, now, limits)
    return alert
