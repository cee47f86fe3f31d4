"""The units with their last sign of life, and the gateways that tell of them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from contract.reports import Health
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from backend.adapters.store.schema import Alert, Gateway, RefusedReport, Unit
from backend.adapters.store.session import StoreSession
from backend.core.alerts import LIVE
from backend.core.clocks import instant
from backend.errors import NotFound
from backend.services import enrolments, stuck_reports
from backend.services.residents import entry_of, photographed, residents_by_unit
from backend.web.views import board, habits, homes, present
from backend.web.views.shapes import Card, GatewayTile, Refusal, UnitPage, UnitTile

MOST_PAST = 20
MOST_REFUSED = 5  # of a gateway
LONGEST_PROBLEM = 200


def tiles(session: StoreSession, now: datetime, unit_id: int | None = None) -> tuple[UnitTile, ...]:
    """Return every unit (or one) as the list shows it, by building and number."""
    statement = select(Unit).options(joinedload(Unit.building)).order_by(Unit.building_id, Unit.name)
    if unit_id is not None:
        statement = statement.where(Unit.id == unit_id)
    units = list(session.scalars(statement))
    ids = [unit.id for unit in units]
    people = residents_by_unit(session, ids, now)
    known = present.known(session, units)
    away = present.absences(session, ids, now)
    alerts = _open_alerts(session, ids, now)
    unchecked = {each.id for each in board.open_checks(session, now)}
    found = []
    for unit in units:
        about = known[unit.id]
        last, said = about.last, about.current
        zone = unit.building.zone
        found.append(
            UnitTile(
                place=homes.unit_place(unit),
                residents=tuple(homes.person(each, now, zone) for each in people.get(unit.id, ())),
                watching=_watching(said.watching if said else "unknown", about.blind),
                presence=said.presence if said else "unknown",
                last_sign=last.last_sign if last else None,
                learning_day=said.learning_day if said else None,
                learning_days=said.learning_days if said else None,
                air=present.air(said.climate if said else None, now),
                sensors=tuple(said.sensors) if said else (),
                heard_at=about.row.at if about.row else None,
                absences=away.get(unit.id, ()),
                open_alerts=tuple(alerts.get(unit.id, ())),
                unheard=about.unheard,
                blind=about.blind,
                check_open=unit.id in unchecked,
            )
        )
    return tuple(found)


def _watching(said: str, blind: present.Blind) -> str:
    """The gateway's last word, or what has become of it."""
    return {"": said, "not_heard": "unknown"}.get(blind, "cannot_watch")


def _open_alerts(session: StoreSession, unit_ids: list[int], now: datetime) -> dict[int, list[Card]]:
    statement = select(Alert).where(Alert.unit_id.in_(unit_ids), Alert.state.in_(LIVE)).options(*board.with_places())
    found: dict[int, list[Card]] = {}
    for alert in session.scalars(statement):
        assert alert.unit_id is not None
        found.setdefault(alert.unit_id, []).append(board.card(alert, (), now))
    return found


def page(session: StoreSession, unit_id: int, now: datetime) -> UnitPage:
    """Return what the page of a unit shows. Raises NotFound, also for another organisation's."""
    found = tiles(session, now, unit_id)
    unit = session.get(Unit, unit_id)
    if not found or unit is None:
        raise NotFound(f"unit {unit_id}")
    past = select(Alert).where(Alert.unit_id == unit_id).order_by(Alert.since.desc()).limit(MOST_PAST)
    return UnitPage(
        tile=found[0],
        place=homes.unit_place(unit, entry_of(session, unit_id)),
        past=tuple(board.card(each, (), now) for each in session.scalars(past.options(*board.with_places()))),
        photos=photographed(session, [each.id for each in found[0].residents]),
        habits=habits.page(session, unit, now),
    )


def gateways(session: StoreSession) -> tuple[GatewayTile, ...]:
    """Return the gateways that are in use or were to watch over homes, those that do not work first."""
    has_homes = select(Unit.id).where(Unit.gateway_id == Gateway.id).exists()
    statement = (
        select(Gateway)
        .where(or_(Gateway.revoked_at.is_(None), has_homes), ~Gateway.is_self_test)
        .options(joinedload(Gateway.building))
    )
    refused = _refused(session)
    found = [
        _tile(row, refused.get(row.id, ()))
        for row in session.scalars(statement.order_by(Gateway.building_id, Gateway.id))
    ]
    return tuple(sorted(found, key=lambda each: not (each.silent or each.revoked_at)))


def _tile(row: Gateway, refused: Sequence[Refusal]) -> GatewayTile:
    health = None if row.health is None else msgspec.convert(row.health, Health)
    return GatewayTile(
        id=row.id,
        building_id=row.building_id,
        name=row.ref,
        building=row.building.name,
        zone=row.building.zone,
        last_seen_at=row.last_seen_at,
        silent=row.silent_stage > 0,
        heard=enrolments.is_heard(row),
        revoked_at=row.revoked_at,
        queued=row.queued,
        health=health,
        refused=tuple(refused),
        strangers=tuple((instant(one.last_at), one) for one in health.strangers) if health else (),
    )


def _refused(session: StoreSession) -> dict[int, list[Refusal]]:
    """The last reports of each gateway that were not taken, the newest first."""
    rank = func.row_number().over(partition_by=RefusedReport.gateway_id, order_by=RefusedReport.id.desc())
    ranked = select(RefusedReport.id, rank.label("rank")).subquery()
    last = select(RefusedReport).join(ranked, RefusedReport.id == ranked.c.id).where(ranked.c.rank <= MOST_REFUSED)
    found: dict[int, list[Refusal]] = {}
    for row in session.scalars(last.order_by(RefusedReport.id.desc())):
        about = stuck_reports.glimpse_of(row.body)
        shown = Refusal(row.at, row.problem[:LONGEST_PROBLEM], about.type, about.kind, about.unit)
        found.setdefault(row.gateway_id, []).append(shown)
    return found
