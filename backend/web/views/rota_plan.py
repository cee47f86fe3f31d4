"""The plan of a rota as its forms show it: layers, the buildings that follow it, partners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import select

from backend.adapters.store.schema import Building, RotaLayer
from backend.adapters.store.session import StoreSession
from backend.core import rota as rules
from backend.core.numbers import as_written
from backend.services import partners, rota_layers, rotas
from backend.web.views.rota_forms import local, people
from backend.web.views.rota_shapes import Choice, LayerLine
from backend.web.views.rotas import layer_line, look

FREE_TURNS, FREE_HOURS = 2, 1  # so many empty ones to fill in


@dataclass(frozen=True)
class HoursEntry:
    days: tuple[str, ...] = ()
    begin: str = ""
    end: str = ""
    holidays: str = "ignored"


@dataclass(frozen=True)
class LayerEntry:
    """A layer as its form has it, with room for more turns and hours. `ref` is empty for a new one."""

    ref: str
    name: str
    zone: str
    days: str
    start: str
    handover: str
    since: str
    turns: tuple[tuple[str, ...], ...]
    hours: tuple[HoursEntry, ...]

    @classmethod
    def of(cls, ref: str, *, turns: Sequence[Sequence[str]], hours: Sequence[HoursEntry], **texts: str) -> "LayerEntry":
        roomy = [(*turn, "") if len(turn) < 2 else tuple(turn) for turn in turns]
        free = [("", "")] * FREE_TURNS
        return cls(ref, turns=(*roomy, *free), hours=(*hours, *[HoursEntry()] * FREE_HOURS), **texts)


@dataclass(frozen=True)
class PlannedLayer:
    line: LayerLine
    entry: LayerEntry


@dataclass(frozen=True)
class BuildingChoice:
    id: int
    name: str
    follows: bool
    other: str  # the rota that it follows now, where that is another


@dataclass(frozen=True)
class PartnerLine:
    id: int
    name: str
    phone: str
    language: str


@dataclass(frozen=True)
class PlanPage:
    """`layers`: the highest first."""

    id: int
    name: str
    zone: str
    layers: tuple[PlannedLayer, ...]
    new: LayerEntry
    people: tuple[Choice, ...]
    buildings: tuple[BuildingChoice, ...]
    partners: tuple[PartnerLine, ...]


def page(session: StoreSession, rota_id: int, now: datetime) -> PlanPage:
    """Return what the page of a rota's plan shows. Raises NotFound."""
    found = look(session, rota_id, now, now)
    rows = list(reversed(rota_layers.versions(session, rota_id, now)))
    today = now.astimezone(found.zone).date()
    names = {rota.id: rota.name for rota in rotas.listed(session)}
    return PlanPage(
        id=rota_id,
        name=found.row.name,
        zone=found.row.zone,
        layers=tuple(PlannedLayer(layer_line(found, row, now), _entry(row, now)) for row in rows),
        new=_new(found.row.zone, today),
        people=people(session),
        buildings=tuple(
            BuildingChoice(
                row.id, row.name, row.rota_id == rota_id, names.get(row.rota_id or 0, "") * (row.rota_id != rota_id)
            )
            for row in session.scalars(select(Building).order_by(Building.id))
        ),
        partners=tuple(
            PartnerLine(each.id, each.name, as_written(each.phone), each.language) for each in partners.listed(session)
        ),
    )


def _entry(row: RotaLayer, now: datetime) -> LayerEntry:
    hours = [msgspec.convert(each, rules.Hours) for each in row.hours]
    return LayerEntry.of(
        row.ref,
        name=row.name,
        zone=row.zone,
        days=str(row.days),
        start=row.start.isoformat(),
        handover=f"{row.handover:%H:%M}",
        since=local(row.since, row.zone) if row.since > now else "",
        turns=row.turns,
        hours=[
            HoursEntry(
                tuple(map(str, sorted(each.weekdays))), f"{each.begin:%H:%M}", f"{each.end:%H:%M}", each.holidays
            )
            for each in hours
        ],
    )


def _new(zone: str, today: date) -> LayerEntry:
    return LayerEntry.of(
        "", name="", zone=zone, days="7", start=today.isoformat(), handover="09:00", since="", turns=[], hours=[]
    )
