"""Workers whom a colleague asks to go and look. Whoever has the alert keeps it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, AlertEvent, Building, Notification, Worker
from backend.core.escalation import VISIT
from backend.services import pages, rotas, ways
from backend.services.addresses import can_be_reached, reachable

PURPOSE = "visit"
COMING = "visitor_coming"


def able(session: StoreSession, alert: Alert, now: datetime) -> list[tuple[Worker, bool]]:
    """Return whom a call or message reaches now, with whether they are on call: those who are come first."""
    on_call = _on_call(session, alert, now)
    found = select(Worker).where(can_be_reached()).options(joinedload(Worker.browsers)).order_by(Worker.kana, Worker.id)
    workers = session.scalars(found).unique().all()
    marked = [(one, one.id in on_call) for one in workers if _kinds(session, alert, one.id, on_call, now)]
    return sorted(marked, key=lambda each: not each[1])


def ask(session: StoreSession, alert: Alert, worker_id: int, now: datetime) -> bool:
    """Queue a call to the worker, or what else reaches them now; return False where nothing does."""
    kinds = _kinds(session, alert, worker_id, _on_call(session, alert, now), now)
    if not kinds:
        return False
    last = session.scalar(
        select(func.max(Notification.round)).where(Notification.alert_id == alert.id, Notification.step == VISIT)
    )
    round_ = 0 if last is None else last + 1
    person = pages.Person(f"worker:{worker_id}", worker_id)
    return pages.queue(session, alert, person, kinds[0], purpose=PURPOSE, step=VISIT, round_=round_, now=now)


def coming(session: StoreSession, alert_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return, by alert, the names of the workers who have said that they go and look."""
    said = select(AlertEvent.alert_id, Worker.name).join(Worker, Worker.id == AlertEvent.worker_id)
    said = said.where(AlertEvent.alert_id.in_(alert_ids), AlertEvent.what == COMING).order_by(AlertEvent.id)
    found: dict[int, tuple[str, ...]] = {}
    for alert_id, name in session.execute(said):
        found[alert_id] = tuple(dict.fromkeys((*found.get(alert_id, ()), name)))
    return found


def is_coming(session: StoreSession, alert: Alert, worker_id: int | None) -> bool:
    """Whether this worker has said that they go and look."""
    said = select(AlertEvent.id).where(AlertEvent.alert_id == alert.id, AlertEvent.what == COMING)
    return session.scalar(said.where(AlertEvent.worker_id == worker_id).limit(1)) is not None


def _on_call(session: StoreSession, alert: Alert, now: datetime) -> set[int | None]:
    people = rotas.on_call(session, session.get_one(Building, alert.building_id).rota_id, now)
    return {pages.person_of(name).worker_id for name in people}


def _kinds(
    session: StoreSession, alert: Alert, worker_id: int, on_call: Collection[int | None], now: datetime
) -> list[str]:
    found = reachable(session, f"worker:{worker_id}")
    return ways.able(alert, found, VISIT, now, lambda: worker_id in on_call)
