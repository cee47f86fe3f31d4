"""Calendars to subscribe to, of a rota or of one worker's shifts, for whoever has the address, until it is revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from backend.adapters.calendars import Entry, write
from backend.adapters.store import StoreSession
from backend.adapters.store.schema import CalendarFeed, Rota, RotaLayer, Worker
from backend.core import rota as rules
from backend.errors import Invalid, NotFound, refuse
from backend.services import rotas
from backend.services.actors import Actor

BEFORE = timedelta(days=14)
AHEAD = timedelta(days=92)
TOGETHER = "・"
ONE_OF_TWO = "has to be a rota or a worker, and not both"


def renew(
    session: StoreSession, actor: Actor, *, rota_id: int | None = None, worker_id: int | None = None, now: datetime
) -> str:
    """Return the secret of a new address, in clear for the only time; the one before leads nowhere from now on."""
    if (rota_id is None) == (worker_id is None):
        refuse([Invalid("rota", ONE_OF_TWO)])
    if rota_id is not None:
        rotas.get(session, rota_id)
    elif session.get(Worker, worker_id) is None:
        raise NotFound(f"worker {worker_id}")
    end(session, rota_id=rota_id, worker_id=worker_id, now=now)
    token = secrets.token_urlsafe(24)
    row = CalendarFeed(
        token_hash=_hash(token), rota_id=rota_id, worker_id=worker_id, made_at=now, made_by_id=actor.worker_id
    )
    session.add(row)
    session.flush()
    return token


def end(session: StoreSession, *, rota_id: int | None = None, worker_id: int | None = None, now: datetime) -> None:
    """Let the address lead nowhere from now on, where there is one."""
    for row in listed(session):
        if (row.rota_id, row.worker_id) == (rota_id, worker_id):
            row.revoked_at = now


def listed(session: StoreSession) -> list[CalendarFeed]:
    """Return the feeds that are in use."""
    return list(
        session.scalars(select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None)).order_by(CalendarFeed.id))
    )


def of_token(session: StoreSession, token: str) -> CalendarFeed | None:
    """Return the feed that an address leads to, in a session across organisations."""
    wanted = CalendarFeed.token_hash == _hash(token), CalendarFeed.revoked_at.is_(None)
    return session.scalar(select(CalendarFeed).where(*wanted))


def calendar(session: StoreSession, feed: CalendarFeed, *, now: datetime, url: str) -> bytes:
    """Return the feed's calendar; `url` is the installation's, which makes the names of events its own."""
    names = rotas.names(session)
    host = urlsplit(url).hostname or "localhost"
    if feed.rota_id is not None:
        rota = rotas.get(session, feed.rota_id)
        return write(rota.name, _entries(session, rota, names, host, now), now=now)
    person = f"worker:{feed.worker_id}"
    entries = [
        entry for rota in rotas.listed(session) for entry in _entries(session, rota, names, host, now, of=person)
    ]
    return write(names[person], entries, now=now)


def _entries(
    session: StoreSession, rota: Rota, names: dict[str, str], host: str, now: datetime, of: str = ""
) -> list[Entry]:
    """Return the shifts of a rota, or with `of` those of one person, each called by what is not known already."""
    since, until = now - BEFORE, now + AHEAD
    layers = _layer_names(session, rota.id)
    return [
        Entry(
            uid=f"{rota.id}-{shift.on_call.ref.replace(':', '-')}-{shift.since:%Y%m%dT%H%M%SZ}@{host}",
            since=shift.since,
            until=shift.until,
            zone=rota.zone,
            title=rota.name if of else TOGETHER.join(names[name] for name in shift.people),
            who=",".join(shift.people),
            category=layers.get(shift.on_call.ref, ""),
            note=TOGETHER.join(names[name] for name in shift.people if name != of) if of else "",
        )
        for shift in rules.whole_shifts(rotas.load(session, rota.id, since=since, now=now), since, until)
        if not of or of in shift.people
    ]


def _layer_names(session: StoreSession, rota_id: int) -> dict[str, str]:
    rows = select(RotaLayer.ref, RotaLayer.name).where(RotaLayer.rota_id == rota_id).order_by(RotaLayer.id)
    return {ref: name for ref, name in session.execute(rows)}  # noqa: C416  (a Row is no pair to the type checker)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
