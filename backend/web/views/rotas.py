"""A rota at a glance: who is on call now, when nobody will be, and a week of it as a picture."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from backend.adapters.store.schema import Building, PolicyStep, Rota, RotaLayer, RotaOverride, WorkerLeave
from backend.adapters.store.session import StoreSession
from backend.core import rota as rules
from backend.services import rota_layers, rotas
from backend.web.translate import _
from backend.web.views.rota_shapes import (
    Bar,
    Duty,
    ExceptionLine,
    GapLine,
    GapWarning,
    HoursLine,
    LayerLine,
    RotaPage,
    Row,
)

SEEN_AHEAD = timedelta(days=14)
WARNED_AHEAD = timedelta(hours=48)
NEXT_WITHIN = timedelta(days=35)
ONE_DAY = timedelta(days=1)
COLOURS = 7
PARTNER, GAP = COLOURS, -1  # colours of their own
TOGETHER = "・"
NOTED_EVERY_S = 300  # so often the line of now moves


@dataclass(frozen=True)
class Looked:
    """A rota with its rules and with the names of whoever and whatever stands in them."""

    row: Rota
    rules: rules.Rota
    names: Mapping[str, str]
    layers: Mapping[str, str]
    stands_in_for: Mapping[str, str]  # by override ref

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.row.zone)

    def called(self, people: Iterable[str]) -> str:
        return TOGETHER.join(self.names.get(person, person) for person in people)


def look(session: StoreSession, rota_id: int, since: datetime, now: datetime) -> Looked:
    """Read a rota as far as it bears on `since` and later. Raises NotFound."""
    names = rotas.names(session)
    overrides = rotas.overrides(session, rota_id, since)
    layers = session.execute(select(RotaLayer.ref, RotaLayer.name).where(RotaLayer.rota_id == rota_id))
    return Looked(
        row=rotas.get(session, rota_id),
        rules=rotas.load(session, rota_id, since=since, now=now),
        names=names,
        layers={ref: name for ref, name in layers},  # noqa: C416  (a Row is no pair to the type checker)
        stands_in_for={f"override:{row.id}": names.get(row.instead_of or "", "") for row in overrides},
    )


def page(session: StoreSession, rota_id: int, week: date | None, now: datetime, *, notes: bool) -> RotaPage:
    """Return what the page of a rota shows of the week that `week` lies in (None: this one). Raises NotFound."""
    zone = ZoneInfo(rotas.get(session, rota_id).zone)
    day = week or now.astimezone(zone).date()
    monday = day - day.weekday() * ONE_DAY
    begins, ends = _midnight(monday, zone), _midnight(monday + 7 * ONE_DAY, zone)
    found = look(session, rota_id, min(begins, now), now)
    rows = tuple(_row(found, monday + n * ONE_DAY, now) for n in range(7))
    shown = {person for shift in rules.shifts(found.rules, begins, ends) for person in shift.people}
    current = _duty(found, now)
    return RotaPage(
        id=rota_id,
        name=found.row.name,
        zone=found.row.zone,
        buildings=tuple(session.scalars(select(Building.name).where(Building.rota_id == rota_id))),
        now=current,
        next=_next(found, now),
        gaps=gaps(found.rules, now, SEEN_AHEAD),
        week=monday,
        rows=rows,
        people=tuple((colour(person), found.names.get(person, person)) for person in sorted(shown, key=_place)),
        exceptions=_exceptions(session, rota_id, found, now, notes=notes),
        layers=tuple(layer_line(found, row, now) for row in reversed(rota_layers.versions(session, rota_id, now))),
    )


def gaps(rota: rules.Rota, now: datetime, ahead: timedelta) -> tuple[GapLine, ...]:
    """Return when nobody is on call, seen from `now`: nothing in it changes while nothing does."""
    end = now + ahead
    found = rules.gaps(rota, now, end)
    return tuple(
        GapLine(each.since if each.since > now else None, each.until if each.until < end else None) for each in found
    )


def warnings(session: StoreSession, now: datetime) -> tuple[GapWarning, ...]:
    """Return the gaps of the next 48 hours, in the buildings whose policy asks a rota."""
    asking = select(PolicyStep.policy_id).where(PolicyStep.target == "rota")
    found: list[GapWarning] = []
    seen: dict[int, tuple[str, tuple[GapLine, ...]]] = {}
    for building in session.scalars(select(Building).where(Building.policy_id.in_(asking)).order_by(Building.id)):
        if building.rota_id is None:
            found.append(GapWarning(building.name, None, building.zone, None))
            continue
        if building.rota_id not in seen:
            rota = rotas.load(session, building.rota_id, since=now, now=now)
            zone = rotas.get(session, building.rota_id).zone
            seen[building.rota_id] = zone, gaps(rota, now, WARNED_AHEAD)
        zone, lines = seen[building.rota_id]
        found += [GapWarning(building.name, building.rota_id, zone, line) for line in lines]
    return tuple(found)


# --- now and next --------------------------------------------------------------------------------------------------


def _duty(found: Looked, at: datetime) -> Duty | None:
    shifts = rules.whole_shifts(found.rules, at, at + timedelta(microseconds=1))
    return _as_duty(found, shifts[0]) if shifts else None


def _next(found: Looked, now: datetime) -> Duty | None:
    later = (each for each in rules.whole_shifts(found.rules, now, now + NEXT_WITHIN) if each.since > now)
    return next((_as_duty(found, each) for each in later), None)


def _as_duty(found: Looked, shift: rules.Shift) -> Duty:
    return Duty(found.called(shift.people), _why(found, shift.on_call), shift.since, shift.until)


def _why(found: Looked, held: rules.OnCall) -> str:
    said = [found.layers.get(held.ref, "") if held.by == "layer" else _("差し替え")]
    said += [_("%(name)sの代わり", name=found.stands_in_for.get(ref, "")) for ref in held.changed_by]
    return TOGETHER.join(each for each in said if each)


# --- the picture ---------------------------------------------------------------------------------------------------


def _row(found: Looked, day: date, now: datetime) -> Row:
    begins, ends = _midnight(day, found.zone), _midnight(day + ONE_DAY, found.zone)
    parts: list[rules.Shift | rules.Gap] = [*rules.shifts(found.rules, begins, ends)]
    parts += rules.gaps(found.rules, begins, ends)
    ticks = [rules.instant_of(day, time(hour), found.zone) for hour in (6, 12, 18)]
    whole_s = (ends - begins).total_seconds()

    def place(at: datetime) -> float:
        return round(100 * (at - begins).total_seconds() / whole_s, 2)

    def bar(part: rules.Shift | rules.Gap) -> Bar:
        people = part.people if isinstance(part, rules.Shift) else ()
        return Bar(
            x=place(part.since),
            width=round(place(part.until) - place(part.since), 2),
            begin=_clock(part.since, found.zone),
            end="24:00" if part.until == ends else _clock(part.until, found.zone),
            label=found.called(people) if people else _("不在"),
            colour=colour(people[0]) if people else GAP,
        )

    noted = datetime.fromtimestamp(now.timestamp() // NOTED_EVERY_S * NOTED_EVERY_S, now.tzinfo)
    return Row(
        day=day,
        rest=day.weekday() > 4 or rules.is_holiday(day),
        bars=tuple(map(bar, sorted(parts, key=lambda part: part.since))),
        ticks=tuple(map(place, ticks)),
        now_x=place(noted) if begins <= noted < ends else None,
    )


def colour(person: str) -> int:
    """A colour that stays with a person, whoever else is in the picture."""
    kind, _colon, number = person.partition(":")
    return int(number) % COLOURS if kind == "worker" else PARTNER


def _place(person: str) -> tuple[bool, int]:
    kind, _colon, number = person.partition(":")
    return kind != "worker", int(number)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return rules.instant_of(day, time(), zone)


def _clock(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.hour}:{local:%M}"


# --- rules in words ------------------------------------------------------------------------------------------------


def layer_line(found: Looked, row: RotaLayer, now: datetime) -> LayerLine:
    hours = [msgspec.convert(each, rules.Hours) for each in row.hours]
    return LayerLine(
        ref=row.ref,
        name=row.name,
        zone=row.zone,
        days=row.days,
        handover=f"{row.handover.hour}:{row.handover:%M}",
        turns=tuple(found.called(turn) for turn in row.turns),
        hours=tuple(
            HoursLine(tuple(sorted(each.weekdays)), f"{each.begin:%H:%M}", f"{each.end:%H:%M}", each.holidays)
            for each in hours
        ),
        begins=row.since if row.since > now else None,
        ends=row.until,
    )


def _exceptions(
    session: StoreSession, rota_id: int, found: Looked, now: datetime, *, notes: bool
) -> tuple[ExceptionLine, ...]:
    """What holds now or is to hold later, in the order in which it begins."""
    lines = [_override(row, found) for row in rotas.overrides(session, rota_id, now)]
    lines += [_leave(row, found, notes=notes) for row in rotas.leaves(session, now)]
    return tuple(sorted(lines, key=lambda line: (line.since, line.key)))


def _override(row: RotaOverride, found: Looked) -> ExceptionLine:
    return ExceptionLine(
        key=f"override-{row.id}",
        kind="swap" if row.swap else "instead" if row.instead_of else "override",
        people=found.called(row.people),
        instead_of=found.called([row.instead_of]) if row.instead_of else "",
        since=row.since,
        until=rotas.ends(row),
        note=row.note,
        made_by=found.names.get(f"worker:{row.made_by_id}", ""),
        made_at=row.made_at,
    )


def _leave(row: WorkerLeave, found: Looked, *, notes: bool) -> ExceptionLine:
    value = rotas.value_of(row)
    return ExceptionLine(
        key=f"leave-{row.id}",
        kind="leave",
        people=found.called([value.person]),
        instead_of="",
        since=row.since,
        until=value.until,
        note=row.note if notes else "",
        made_by=found.names.get(f"worker:{row.made_by_id}", ""),
        made_at=row.made_at,
    )
