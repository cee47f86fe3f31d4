"""Who is away, in hospital or being visited, recorded and ended from a page."""

from datetime import datetime, timedelta

from flask import request
from werkzeug.exceptions import BadRequest

from backend.adapters.store.schema import Absence
from backend.adapters.store.session import StoreSession
from backend.errors import NotFound
from backend.services import absences
from backend.services.actors import Actor


def begin(session: StoreSession, unit_id: int, actor: Actor, now: datetime) -> None:
    """From now on, for so many days or until further notice, as the form's `absence` says; a visit has no days."""
    kind, _dash, days = request.form.get("absence", "").partition("-")
    if kind not in absences.KINDS or days not in (("0",) if kind == "visit" else ("0", "1", "7")):
        raise BadRequest("absence: away or hospital, for 0, 1 or 7 days, or visit-0")
    until = now + timedelta(days=int(days)) if days != "0" else None
    absences.begin(session, unit_id, kind, actor, since=now, until=until, now=now)


def end(session: StoreSession, unit_id: int, actor: Actor, now: datetime) -> None:
    """The resident is back from the form's `away`, the id of an absence, or the visit is over.

    Raises NotFound for another unit's.
    """
    given = request.form.get("away", "")
    found = session.get(Absence, int(given)) if given.isascii() and given.isdigit() and len(given) < 10 else None
    if found is None or found.unit_id != unit_id:
        raise NotFound(f"absence {given[:20]} of unit {unit_id}")
    absences.end(session, found.id, actor, now=now)
