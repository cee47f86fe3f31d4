"""Who can be sent to go and look, and what became of those who were asked."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backend.adapters.store.schema import Alert, Notification, Worker
from backend.adapters.store.session import StoreSession
from backend.core.alerts import HELD
from backend.core.storms import KIND
from backend.services import visitors
from backend.web import words
from backend.web.views.shapes import Reached, Visitor

ANSWERS = {"1": visitors.COMING, "9": "visitor_cannot"}


def of(session: StoreSession, alert: Alert, viewer_id: int, now: datetime) -> tuple[Visitor, ...]:
    """Return those who were asked, and while somebody has the alert, whom they can ask; without the viewer."""
    tried: dict[int, tuple[Reached, ...]] = {}
    workers: dict[int, Worker] = {}
    asked = select(Notification).where(Notification.alert_id == alert.id, Notification.purpose == visitors.PURPOSE)
    for row in session.scalars(asked.options(joinedload(Notification.worker)).order_by(Notification.id)):
        if row.worker is not None:
            workers[row.worker.id] = row.worker
            tried[row.worker.id] = (*tried.get(row.worker.id, ()), _tried(row))
    able = visitors.able(session, alert, now) if alert.state in HELD and alert.kind != KIND else []
    on_call = {worker.id: is_on_call for worker, is_on_call in able}
    everybody = [*workers.values(), *(worker for worker, _ in able if worker.id not in workers)]
    return tuple(
        Visitor(each.id, each.name, on_call.get(each.id, False), each.id in on_call, tried.get(each.id, ()))
        for each in everybody
        if each.id != viewer_id
    )


def _tried(row: Notification) -> Reached:
    state = words.word(words.EVENT, ANSWERS[row.key]) if row.key in ANSWERS else words.word(words.SENDING, row.state)
    return Reached(row.ended_at or row.sent_at or row.created_at, f"{words.word(words.CHANNEL, row.channel)}: {state}")
