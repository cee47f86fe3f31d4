"""Rotas and their layers: the plan itself, and which buildings follow it.

A layer that is edited ends when the change takes effect, and a new version of it begins: the past stays as it was.
Every change raises NotFound, or ManyInvalid with everything that is wrong.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct
from sqlalchemy import or_, select

from backend.adapters.store import StoreSession, lock
from backend.adapters.store.schema import Building, Rota, RotaLayer, public_id
from backend.core import rota as rules
from backend.errors import Invalid, NotFound, refuse
from backend.services import rotas
from backend.services.actors import Actor
from backend.services.rota_checks import FURTHEST, TOO_FAR, Checks, name_problems

LONGEST_TURN_DAYS = 91
MOST_TURNS = 60
MOST_HOURS = 14
EARLIEST = date(2000, 1, 1)

NO_ZONE = "is no time zone"
NO_DAY = "is no date"
NO_BUILDING = "is no building of yours"
DAYS_WRONG = f"has to be 1 to {LONGEST_TURN_DAYS}"
START_WRONG = "lies too far away"
TURNS_WRONG = f"have to be 1 to {MOST_TURNS}"
HOURS_WRONG = f"are more than {MOST_HOURS}"
NO_SUCH_DAY = "has days that no week has"
ON_NO_DAY = "falls on no day"
ORDER_WRONG = "are not the layers of this rota"


class LayerDraft(Struct, frozen=True):
    """See core.rota.Layer: the first of `turns` begins on `start` at `handover`, local time of `zone`."""

    name: str
    zone: str
    days: int
    start: date
    handover: time
    turns: tuple[tuple[str, ...], ...]
    hours: tuple[rules.Hours, ...] = ()


def create(session: StoreSession, *, name: str, zone: str = "Asia/Tokyo", now: datetime) -> Rota:
    """Make a rota without any layer: one gap until it gets some."""
    refuse([*name_problems(name), *_zone(zone)])
    row = Rota(name=name.strip(), zone=zone, created_at=now)
    session.add(row)
    session.flush()
    return row


def rename(session: StoreSession, rota_id: int, name: str) -> None:
    refuse(name_problems(name))
    rotas.get(session, rota_id).name = name.strip()


def follow(session: StoreSession, rota_id: int, buildings: Collection[int]) -> None:
    """Let just these buildings of all be answered for by the rota; each follows one rota at most."""
    rotas.get(session, rota_id)
    rows = list(session.scalars(select(Building).order_by(Building.id)))
    unknown = set(buildings) - {row.id for row in rows}
    refuse([Invalid("buildings", NO_BUILDING, str(each)) for each in sorted(unknown)])
    for row in rows:
        if row.id in buildings:
            row.rota_id = rota_id
        elif row.rota_id == rota_id:
            row.rota_id = None


def put(
    session: StoreSession,
    rota_id: int,
    actor: Actor,
    draft: LayerDraft,
    *,
    ref: str | None = None,
    since: datetime | None = None,
    now: datetime,
) -> RotaLayer:
    """Add a layer above all others, or with `ref` let the draft take that one's place, from `since` (or now) on."""
    lock(session, Rota, rota_id)
    begins = now if since is None else max(since, now)
    refuse(_problems(session, draft, begins, now))
    older = versions(session, rota_id, begins, ref) if ref else []
    if ref and not older:
        raise NotFound(f"layer {ref[:40]}")
    _end(older, begins)
    row = RotaLayer(
        rota_id=rota_id,
        ref=ref or public_id(),
        position=older[0].position if older else _top(session, rota_id),
        since=begins,
        until=None,
        made_at=now,
        made_by_id=actor.worker_id,
        **_columns(draft),
    )
    session.add(row)
    session.flush()
    return row


def end(session: StoreSession, rota_id: int, ref: str, *, at: datetime | None = None, now: datetime) -> None:
    """End a layer at `at` (or now)."""
    lock(session, Rota, rota_id)
    ends = now if at is None else max(at, now)
    rows = versions(session, rota_id, ends, ref)
    if not rows:
        raise NotFound(f"layer {ref[:40]}")
    _end(rows, ends)


def reorder(session: StoreSession, rota_id: int, actor: Actor, refs: Sequence[str], *, now: datetime) -> None:
    """Put the layers into this order, the lowest first, from now on."""
    lock(session, Rota, rota_id)
    rows = versions(session, rota_id, now)
    if sorted(refs) != sorted({row.ref for row in rows}):
        refuse([Invalid("layers", ORDER_WRONG)])
    for row in rows:
        position = refs.index(row.ref)
        if row.position == position:
            continue
        if row.since < now:
            later = {"since": now, "until": row.until, "made_at": now, "made_by_id": actor.worker_id}
            session.add(RotaLayer(**_copy(row), **later, position=position))
            row.until = now
        else:
            row.position = position


def always(session: StoreSession, actor: Actor, people: Sequence[str], *, name: str, now: datetime) -> Rota:
    """Make a rota on which the same people are on call together at all times, beginning now."""
    rota = create(session, name=name, now=now)
    before = now.date() - timedelta(days=2)  # in every zone
    put(session, rota.id, actor, LayerDraft("常時", rota.zone, 7, before, time(9), (tuple(people),)), now=now)
    return rota


# --- versions ------------------------------------------------------------------------------------------------------


def versions(session: StoreSession, rota_id: int, at: datetime, ref: str | None = None) -> list[RotaLayer]:
    """Return the versions that hold at `at` or are to hold later, the lowest layer first."""
    rows = select(RotaLayer).where(
        RotaLayer.rota_id == rota_id,
        or_(RotaLayer.until.is_(None), RotaLayer.until > at),
        *([RotaLayer.ref == ref] if ref else []),
    )
    return list(session.scalars(rows.order_by(RotaLayer.position, RotaLayer.id)))


def _end(rows: list[RotaLayer], at: datetime) -> None:
    for row in rows:
        row.until = max(at, row.since)  # what was to begin later never begins


def _top(session: StoreSession, rota_id: int) -> int:
    positions = session.scalars(select(RotaLayer.position).where(RotaLayer.rota_id == rota_id))
    return max(positions, default=-1) + 1


def _columns(draft: LayerDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "zone": draft.zone,
        "days": draft.days,
        "start": draft.start,
        "handover": draft.handover,
        "turns": [list(turn) for turn in draft.turns],
        "hours": [msgspec.to_builtins(each) for each in draft.hours],
    }


def _copy(row: RotaLayer) -> dict[str, Any]:
    kept = ("rota_id", "ref", "name", "zone", "days", "start", "handover", "turns", "hours")
    return {name: getattr(row, name) for name in kept}


# --- what can be wrong ---------------------------------------------------------------------------------------------


def _problems(session: StoreSession, draft: LayerDraft, begins: datetime, now: datetime) -> list[Invalid]:
    problems = [*name_problems(draft.name), *_zone(draft.zone)]
    if not 1 <= draft.days <= LONGEST_TURN_DAYS:
        problems.append(Invalid("days", DAYS_WRONG))
    if not EARLIEST <= draft.start <= (now + FURTHEST).date():
        problems.append(Invalid("start", START_WRONG, str(draft.start)))
    if begins > now + FURTHEST:
        problems.append(Invalid("since", TOO_FAR))
    return problems + _turns(session, draft, now) + _hours(draft)


def _turns(session: StoreSession, draft: LayerDraft, now: datetime) -> list[Invalid]:
    if not 1 <= len(draft.turns) <= MOST_TURNS:
        return [Invalid("turns", TURNS_WRONG)]
    checks = Checks(session, None, now)
    return [
        problem
        for number, turn in enumerate(draft.turns, start=1)
        for problem in checks.turn("turns", turn, str(number))
    ]


def _hours(draft: LayerDraft) -> list[Invalid]:
    problems = [Invalid("hours", HOURS_WRONG)] if len(draft.hours) > MOST_HOURS else []
    for hours in draft.hours:
        if not hours.weekdays <= rules.EVERY_DAY:
            problems.append(Invalid("hours", NO_SUCH_DAY))
        if not hours.weekdays and hours.holidays != "included":
            problems.append(Invalid("hours", ON_NO_DAY))
    return problems


def _zone(zone: str) -> list[Invalid]:
    return [] if zone in _zones() else [Invalid("zone", NO_ZONE, zone[:40])]


@cache
def _zones() -> set[str]:
    return available_timezones()
