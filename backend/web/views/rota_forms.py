"""What there is to choose from in the forms of a rota."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from backend.adapters.store.schema import Worker
from backend.adapters.store.session import StoreSession
from backend.core import rota as rules
from backend.services import feeds, partners
from backend.services.addresses import can_be_reached
from backend.web.formats import span
from backend.web.views.rota_shapes import Choice, RotaForms
from backend.web.views.rotas import Looked, look

SWAPPED_WITHIN = timedelta(days=35)
LOCAL = "%Y-%m-%dT%H:%M"  # as <input type="datetime-local"> has it


def choices(session: StoreSession, rota_id: int, now: datetime, viewer_id: int) -> RotaForms:
    """Return the choices of a rota's forms. Raises NotFound."""
    found = look(session, rota_id, now, now)
    soon = now.astimezone(found.zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    made_at = {(feed.rota_id, feed.worker_id): feed.made_at for feed in feeds.listed(session)}
    return RotaForms(
        people=people(session),
        workers=tuple(each for each in people(session) if each.value.startswith("worker:")),
        parts=_parts(found, now),
        since=f"{soon:{LOCAL}}",
        until=f"{soon + timedelta(days=1):{LOCAL}}",
        feed_made_at=made_at.get((rota_id, None)),
        own_feed_made_at=made_at.get((None, viewer_id)),
    )


def people(session: StoreSession) -> tuple[Choice, ...]:
    """Everybody who can be on call: the workers in the order of their kana, then the partners."""
    workers = session.execute(select(Worker.id, Worker.name).where(can_be_reached()).order_by(Worker.kana, Worker.id))
    found = [Choice(f"worker:{row_id}", name) for row_id, name in workers]
    return (*found, *(Choice(f"partner:{each.id}", each.name) for each in partners.listed(session)))


def _parts(found: Looked, now: datetime) -> tuple[Choice, ...]:
    """What can be given away: each whole turn of a worker, as the layers have it, in the order in which they begin."""
    parts = [
        (max(turn.since, layer.since or turn.since), turn.until, person, found.layers.get(layer.ref, ""))
        for layer in found.rules.layers
        for turn in rules.periods(layer, now, now + SWAPPED_WITHIN)
        if (layer.until is None or turn.since < layer.until) and (layer.since is None or turn.until > layer.since)
        for person in turn.people
        if person.startswith("worker:")
    ]
    return tuple(_part(found, *part) for part in sorted(parts))


def _part(found: Looked, since: datetime, until: datetime, person: str, layer: str) -> Choice:
    value = f"{person}|{since.isoformat()}|{until.isoformat()}"
    return Choice(value, f"{found.called([person])} {span(since, until, found.row.zone)} {layer}".strip())


def local(at: datetime, zone: str) -> str:
    """An instant as a form writes it."""
    return f"{at.astimezone(ZoneInfo(zone)):{LOCAL}}"
