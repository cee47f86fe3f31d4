"""By which kinds of message somebody is reached about an alert now: their addresses, and their quiet hours."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Building
from backend.core.alerts import PAGED
from backend.core.escalation import EXHAUSTED
from backend.core.kinds import WRITTEN, next_kind
from backend.core.quiet import holds_back
from backend.services import rotas
from backend.services.addresses import Reachable, reachable


def of_step(
    session: StoreSession, alert: Alert, person: str, step: int, wanted: Sequence[str], now: datetime
) -> list[str]:
    """Return the kinds among `wanted` that reach the person now; another one where they have no address for any.

    Empty where quiet hours hold all of them back.
    """
    kinds = reachable(session, person).kinds
    chosen = [kind for kind in wanted if kind in kinds] or kinds[:1]
    awake = _able(session, alert, person, step, now)
    return [kind for kind in chosen if kind in awake]


def after(
    session: StoreSession, alert: Alert, person: str, step: int, tried: Collection[str], now: datetime
) -> str | None:
    """Return the kind to try after those that did not reach the person; None when none is left."""
    return next_kind(tried, _able(session, alert, person, step, now))


def to_tell(session: StoreSession, alert: Alert, person: str, step: int, now: datetime) -> str | None:
    """Return the kind by which the person is told that nothing is left to do: written, and waking nobody."""
    awake = _able(session, alert, person, step, now)
    return next((kind for kind in WRITTEN if kind in awake), None)


def able(alert: Alert, found: Reachable, step: int, now: datetime, is_on_call: Callable[[], bool]) -> list[str]:
    """Return the kinds by which somebody is reached now, in the order in which they are tried."""
    if found.quiet and alert.priority in PAGED and (step == EXHAUSTED or is_on_call()):
        # The last resort wakes people: better than an alert of which nobody hears before the morning. And to be on
        # call is to be woken.
        return list(found.kinds)
    return [kind for kind in found.kinds if not holds_back(found.quiet, kind, alert.priority, now)]


def _able(session: StoreSession, alert: Alert, person: str, step: int, now: datetime) -> list[str]:
    return able(alert, reachable(session, person), step, now, lambda: _is_on_call(session, alert, person, now))


def _is_on_call(session: StoreSession, alert: Alert, person: str, now: datetime) -> bool:
    return person in rotas.on_call(session, session.get_one(Building, alert.building_id).rota_id, now)
