"""Rotas over the API, for the people signed in: who is on call, when nobody is, and what coordinators change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from backend.adapters.store.schema import Building, Partner, Rota, RotaLayer, RotaOverride, WorkerLeave
from backend.adapters.store.session import StoreSession
from backend.core import rota as rules
from backend.core.access import Act, may, require
from backend.errors import Invalid
from backend.services import partners, rota_changes, rota_layers, rotas
from backend.services.actors import Actor
from backend.services.rota_checks import LeaveDraft, OverrideDraft, Part
from backend.services.rota_layers import LayerDraft
from backend.web.api import rota_shapes as shapes
from backend.web.api.routes import Route
from backend.web.formats import moment, optional_unix
from backend.web.frame import web
from backend.web.pages.shared import acting
from backend.web.users import SignedIn

USUAL = timedelta(days=14)
LONGEST = timedelta(days=100)


# --- looking ---------------------------------------------------------------------------------------------------------


def listed(user: SignedIn) -> shapes.Rotas:
    with _looking(user) as session:
        people = [shapes.NamedPerson(person, name) for person, name in rotas.names(session).items()]
        return shapes.Rotas([_summary(session, each) for each in rotas.listed(session)], people)


def one(user: SignedIn, rota_id: int) -> shapes.RotaDetail:
    with _looking(user) as session:
        return _detail(session, user, rota_id)


def on_call(user: SignedIn, rota_id: int, query: shapes.MomentQuery) -> shapes.OnCallAt:
    now = web().now()
    at = now if query.at is None else moment(query.at)
    with _looking(user) as session:
        rotas.get(session, rota_id)
        rota = rotas.load(session, rota_id, since=min(at, now), now=now)
    found = rules.whole_shifts(rota, at, at + timedelta(microseconds=1))
    return shapes.OnCallAt(at.timestamp(), _shift(found[0]) if found else None)


def coverage(user: SignedIn, rota_id: int, query: shapes.SpanQuery) -> shapes.Coverage:
    now = web().now()
    since = now if query.since is None else moment(query.since)
    until = since + USUAL if query.until is None else moment(query.until)
    if not since < until <= since + LONGEST:
        raise Invalid("until", f"has to be after since, and at most {LONGEST.days} days later")
    with _looking(user) as session:
        rotas.get(session, rota_id)
        rota = rotas.load(session, rota_id, since=min(since, now), now=now)
    return shapes.Coverage(
        since=since.timestamp(),
        until=until.timestamp(),
        shifts=[_shift(each) for each in rules.shifts(rota, since, until)],
        gaps=[shapes.Gap(each.since.timestamp(), each.until.timestamp()) for each in rules.gaps(rota, since, until)],
    )


def partners_listed(user: SignedIn) -> shapes.Partners:
    with _looking(user) as session:
        return shapes.Partners([_partner(each) for each in partners.listed(session)])


# --- changing --------------------------------------------------------------------------------------------------------


def create(user: SignedIn, given: shapes.NewRota) -> shapes.RotaDetail:
    with _changing("new rota") as (session, _actor):
        made = rota_layers.create(session, name=given.name, zone=given.zone, now=web().now())
        return _detail(session, user, made.id)


def follow(user: SignedIn, rota_id: int, given: shapes.Buildings) -> shapes.RotaDetail:
    with _changing(f"buildings of rota {rota_id}") as (session, _actor):
        rota_layers.follow(session, rota_id, given.buildings)
        return _detail(session, user, rota_id)


def put_layer(user: SignedIn, rota_id: int, given: shapes.LayerBody) -> shapes.RotaDetail:
    draft = LayerDraft(
        name=given.name,
        zone=given.zone,
        days=given.days,
        start=_day(given.start),
        handover=time.fromisoformat(given.handover),
        turns=tuple(map(tuple, given.turns)),
        hours=tuple(map(_hours, given.hours)),
    )
    since = None if given.since is None else moment(given.since)
    with _changing(f"layer of rota {rota_id}") as (session, actor):
        rota_layers.put(session, rota_id, actor, draft, ref=given.ref, since=since, now=web().now())
        return _detail(session, user, rota_id)


def end_layer(user: SignedIn, rota_id: int, ref: str, given: shapes.End) -> shapes.RotaDetail:
    at = None if given.at is None else moment(given.at)
    with _changing(f"layer of rota {rota_id}") as (session, _actor):
        rota_layers.end(session, rota_id, ref, at=at, now=web().now())
        return _detail(session, user, rota_id)


def reorder(user: SignedIn, rota_id: int, given: shapes.Order) -> shapes.RotaDetail:
    with _changing(f"layers of rota {rota_id}") as (session, actor):
        rota_layers.reorder(session, rota_id, actor, given.layers, now=web().now())
        return _detail(session, user, rota_id)


def override(user: SignedIn, rota_id: int, given: shapes.OverrideBody) -> shapes.RotaDetail:
    people = tuple(given.people)
    draft = OverrideDraft(moment(given.since), moment(given.until), people, given.instead_of, given.note)
    with _changing(f"override of rota {rota_id}") as (session, actor):
        rota_changes.override(session, rota_id, actor, draft, now=web().now())
        return _detail(session, user, rota_id)


def swap(user: SignedIn, rota_id: int, given: shapes.SwapBody) -> shapes.RotaDetail:
    one, other = (Part(each.person, moment(each.since), moment(each.until)) for each in (given.one, given.other))
    with _changing(f"swap on rota {rota_id}") as (session, actor):
        rota_changes.swap(session, rota_id, actor, one, other, note=given.note, now=web().now())
        return _detail(session, user, rota_id)


def withdraw_override(user: SignedIn, rota_id: int, override_id: int) -> shapes.RotaDetail:
    with _changing(f"override of rota {rota_id}") as (session, actor):
        rota_changes.withdraw_override(session, rota_id, override_id, actor, now=web().now())
        return _detail(session, user, rota_id)


def leave(_user: SignedIn, given: shapes.LeaveBody) -> shapes.LeaveState:
    until = None if given.until is None else moment(given.until)
    draft = LeaveDraft(given.person, moment(given.since), until, given.note)
    with _changing("leave") as (session, actor):
        return _leave(rota_changes.leave(session, actor, draft, now=web().now()))


def withdraw_leave(_user: SignedIn, leave_id: int) -> shapes.LeaveState:
    with _changing(f"leave {leave_id}") as (session, actor):
        return _leave(rota_changes.withdraw_leave(session, leave_id, actor, now=web().now()))


def add_partner(_user: SignedIn, given: shapes.PartnerBody) -> shapes.PartnerState:
    with _changing("partner") as (session, _actor):
        return _partner(partners.add(session, name=given.name, phone=given.phone, language=given.language))


def remove_partner(_user: SignedIn, partner_id: int) -> shapes.Partners:
    with _changing(f"partner {partner_id}") as (session, _actor):
        partners.remove(session, partner_id)
        return shapes.Partners([_partner(each) for each in partners.listed(session)])


@contextmanager
def _looking(user: SignedIn) -> Iterator[StoreSession]:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api rotas") as session:
        yield session


@contextmanager
def _changing(purpose: str) -> Iterator[tuple[StoreSession, Actor]]:
    with acting(purpose, Act.EDIT_ROTA, via="api") as found:
        yield found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("start", rota_layers.NO_DAY, text) from error


def _hours(given: shapes.HoursOfLayer) -> rules.Hours:
    begin, end = time.fromisoformat(given.begin), time.fromisoformat(given.end)
    return rules.Hours(frozenset(given.weekdays), begin, end, given.holidays)


# --- values ----------------------------------------------------------------------------------------------------------


def _summary(session: StoreSession, rota: Rota) -> shapes.RotaSummary:
    buildings = select(Building.id).where(Building.rota_id == rota.id).order_by(Building.id)
    return shapes.RotaSummary(rota.id, rota.name, rota.zone, list(session.scalars(buildings)))


def _detail(session: StoreSession, user: SignedIn, rota_id: int) -> shapes.RotaDetail:
    """What is noted of somebody's leave only those see who plan with it."""
    now, sees_notes = web().now(), may(user.role, Act.EDIT_ROTA)
    return shapes.RotaDetail(
        rota=_summary(session, rotas.get(session, rota_id)),
        layers=[_layer(each) for each in rota_layers.versions(session, rota_id, now)],
        overrides=[_override(each) for each in rotas.overrides(session, rota_id, now)],
        leaves=[_leave(each, noted=sees_notes) for each in rotas.leaves(session, now)],
    )


def _shift(found: rules.Shift) -> shapes.Shift:
    why = found.on_call
    since, until = found.since.timestamp(), found.until.timestamp()
    return shapes.Shift(since, until, list(why.people), why.by, why.ref, list(why.changed_by))


def _layer(row: RotaLayer) -> shapes.LayerState:
    hours = [msgspec.convert(each, rules.Hours) for each in row.hours]
    return shapes.LayerState(
        ref=row.ref,
        name=row.name,
        zone=row.zone,
        days=row.days,
        start=row.start.isoformat(),
        handover=_clock(row.handover),
        turns=row.turns,
        hours=[
            shapes.HoursOfLayer(sorted(each.weekdays), _clock(each.begin), _clock(each.end), each.holidays)
            for each in hours
        ],
        since=row.since.timestamp(),
        until=optional_unix(row.until),
    )


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _override(row: RotaOverride) -> shapes.OverrideState:
    since, until = row.since.timestamp(), rotas.ends(row).timestamp()
    return shapes.OverrideState(row.id, since, until, row.people, row.instead_of, row.swap, row.note)


def _leave(row: WorkerLeave, *, noted: bool = True) -> shapes.LeaveState:
    value, note = rotas.value_of(row), row.note if noted else ""
    return shapes.LeaveState(row.id, value.person, value.since.timestamp(), optional_unix(value.until), note)


def _partner(row: Partner) -> shapes.PartnerState:
    return shapes.PartnerState(row.id, row.name, row.phone, row.language)


# --- routes ----------------------------------------------------------------------------------------------------------

NOT_FOUND = (404,)


def _get(path: str, name: str, summary: str, handler: Callable[..., object], reply: object, **more: Any) -> Route:
    return Route("GET", path, name, summary, "worker", handler, reply=reply, **more)


def _post(
    path: str, name: str, summary: str, handler: Callable[..., object], body: object = None, reply: object = None
) -> Route:
    reply = reply or shapes.RotaDetail
    return Route("POST", path, name, summary, "worker", handler, reply=reply, body=body, problems=(404, 422))


ROTA = "/rotas/<int:rota_id>"
ROUTES = [
    _get("/rotas", "listRotas", "The rotas, and everybody who can stand on one", listed, shapes.Rotas),
    _post("/rotas", "createRota", "Make a rota without layers", create, shapes.NewRota),
    _get(ROTA, "getRota", "The rules of a rota", one, shapes.RotaDetail, problems=NOT_FOUND),
    _get(f"{ROTA}/on-call", "getOnCall", "Who is on call at an instant, and why", on_call, shapes.OnCallAt,
         query=shapes.MomentQuery, problems=NOT_FOUND),
    _get(f"{ROTA}/shifts", "getShifts", "Who is on call when, and when nobody is", coverage, shapes.Coverage,
         query=shapes.SpanQuery, problems=(404, 422)),
    _post(f"{ROTA}/buildings", "setBuildings", "Say which buildings follow the rota", follow, shapes.Buildings),
    _post(f"{ROTA}/layers", "putLayer", "Add a layer, or let one take another's place", put_layer, shapes.LayerBody),
    _post(f"{ROTA}/layers/<ref>/end", "endLayer", "End a layer", end_layer, shapes.End),
    _post(f"{ROTA}/order", "orderLayers", "Put the layers in order", reorder, shapes.Order),
    _post(f"{ROTA}/overrides", "override", "Put somebody on call for a time", override, shapes.OverrideBody),
    _post(f"{ROTA}/overrides/<int:override_id>/withdraw", "withdrawOverride",
          "Take an override back, or both halves of a swap", withdraw_override),
    _post(f"{ROTA}/swaps", "swap", "Let two people take each other's part", swap, shapes.SwapBody),
    _post("/leaves", "takeLeave", "Take a worker out of every rota for a time", leave, shapes.LeaveBody,
          shapes.LeaveState),
    _post("/leaves/<int:leave_id>/withdraw", "withdrawLeave", "End a leave, or take it back", withdraw_leave,
          None, shapes.LeaveState),
    _get("/partners", "listPartners", "The organisations that can be called", partners_listed, shapes.Partners),
    _post("/partners", "addPartner", "Add an organisation that can be called", add_partner, shapes.PartnerBody,
          shapes.PartnerState),
    _post("/partners/<int:partner_id>/remove", "removePartner", "Call a partner no more", remove_partner,
          None, shapes.Partners),
]  # fmt: skip
