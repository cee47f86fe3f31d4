"""Who is on call: now, this week, and when nobody will be; overrides, swaps and leave."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.session import StoreSession
from backend.core.access import Act, may
from backend.errors import Invalid, ManyInvalid, refuse
from backend.services import rota_changes, rota_layers, rotas
from backend.services.actors import Actor
from backend.services.rota_checks import LeaveDraft, OverrideDraft, Part
from backend.web.frame import web
from backend.web.pages.rota_input import NO_TIME, Form
from backend.web.pages.shared import acting, live_page, looking
from backend.web.rota_words import said
from backend.web.translate import _
from backend.web.views import rota_forms, rota_shapes
from backend.web.views import rotas as view

blueprint = Blueprint("rota", __name__, url_prefix="/rota")
EVERYBODY = ""  # an override that is instead of nobody in particular
Change = Callable[[StoreSession, Actor, Form, datetime], object]


@blueprint.get("/")
def first() -> AnyResponse:
    """The only rota, mostly; where there is none yet, the way to one."""
    with looking("rota") as (session, user):
        found = rotas.listed(session)
    if found:
        return redirect(url_for("rota.page", rota_id=found[0].id))
    return Response(render_template("rota_none.html", may_edit=may(user.role, Act.EDIT_ROTA), wrong=()))


@blueprint.post("/")
def create() -> AnyResponse:
    form = Form("Asia/Tokyo")
    try:
        with acting("new rota", Act.EDIT_ROTA) as (session, _actor):
            made = rota_layers.create(session, name=form.text("name"), now=web().now())
    except ManyInvalid as error:
        page = render_template("rota_none.html", may_edit=True, wrong=said(error.problems), name=form.text("name"))
        return Response(page, status=422)
    return redirect(url_for("rota_plan.plan", rota_id=made.id))


@blueprint.get("/<int:rota_id>/")
def page(rota_id: int) -> Response:
    return answer(rota_id)


@blueprint.get("/<int:rota_id>/part")
def part(rota_id: int) -> Response:
    return answer(rota_id)


@blueprint.post("/<int:rota_id>/override")
def override(rota_id: int) -> AnyResponse:
    return _change(rota_id, "override", partial(_override, rota_id), _("差し替えを登録しました"))


@blueprint.post("/<int:rota_id>/swap")
def swap(rota_id: int) -> AnyResponse:
    return _change(rota_id, "swap", partial(_swap, rota_id), _("交代を登録しました"))


@blueprint.post("/<int:rota_id>/leave")
def leave(rota_id: int) -> AnyResponse:
    return _change(rota_id, "leave", _leave, _("休みを登録しました"))


@blueprint.post("/<int:rota_id>/withdraw")
def withdraw(rota_id: int) -> AnyResponse:
    return _change(rota_id, "withdraw", partial(_withdraw, rota_id), _("取り消しました"))


def answer(
    rota_id: int, *, wrong: tuple[str, ...] = (), at: str = "", address: str = "", status: int = 200
) -> Response:
    """The page of a rota, whole or as a part. `wrong` is what is wrong with the form `at`; `address` of a new feed."""
    week = _week()
    with looking("rota") as (session, user):
        edits, now = may(user.role, Act.EDIT_ROTA), web().now()
        found = view.page(session, rota_id, week, now, notes=edits)
        forms = rota_forms.choices(session, rota_id, now, user.id)
        others = [rota_shapes.Choice(str(each.id), each.name) for each in rotas.listed(session)]
    response = live_page(
        "rota.html",
        "parts/rota.html",
        (found, others, edits),
        page=found,
        forms=forms,
        others=others,
        may_edit=edits,
        this_week=week is None,
        wrong=wrong,
        wrong_at=at,
        address=address,
        entered=request.form,
    )
    response.status_code = status if status != 200 else response.status_code
    return response


def _week() -> date | None:
    """The week that is asked for; anything that is none, or far away, is this one."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return None
    return day if abs(day.year - web().now().year) < 3 else None


def _change(rota_id: int, at: str, do: Change, done: str) -> AnyResponse:
    """Do what a form asks for; what is wrong with it is said at the form, which keeps what was entered."""
    with looking("rota") as (session, _user):
        form = Form(rotas.get(session, rota_id).zone)
    try:
        with acting(f"{at} on rota {rota_id}", Act.EDIT_ROTA) as (session, actor):
            do(session, actor, form, web().now())
    except ManyInvalid as error:
        return answer(rota_id, wrong=said(error.problems), at=at, status=422)
    flash(done)
    return redirect(url_for("rota.page", rota_id=rota_id))


def _override(rota_id: int, session: StoreSession, actor: Actor, form: Form, now: datetime) -> None:
    draft = OverrideDraft(
        since=form.instant("since"),
        until=form.instant("until"),
        people=form.people("people"),
        instead_of=form.text("instead_of") or None,
        note=form.text("note"),
    )
    refuse(form.problems)
    rota_changes.override(session, rota_id, actor, draft, now=now)


def _swap(rota_id: int, session: StoreSession, actor: Actor, form: Form, now: datetime) -> None:
    one, other = _part(form.text("one")), _part(form.text("other"))
    if one is None or other is None:
        raise ManyInvalid([Invalid(name, NO_TIME) for name, part in (("one", one), ("other", other)) if part is None])
    rota_changes.swap(session, rota_id, actor, one, other, note=form.text("note"), now=now)


def _part(text: str) -> Part | None:
    """One of the choices of the form: person|since|until."""
    person, *ends = text.split("|")
    try:
        since, until = map(datetime.fromisoformat, ends)
        if since.tzinfo is None or until.tzinfo is None:
            return None
        return Part(person, since.astimezone(UTC), until.astimezone(UTC))
    except (ValueError, OverflowError):  # the calendar begins and ends
        return None


def _leave(session: StoreSession, actor: Actor, form: Form, now: datetime) -> None:
    draft = LeaveDraft(
        person=form.text("person"),
        since=form.instant("since"),
        until=form.optional_instant("until"),
        note=form.text("note"),
    )
    refuse(form.problems)
    rota_changes.leave(session, actor, draft, now=now)


def _withdraw(rota_id: int, session: StoreSession, actor: Actor, form: Form, now: datetime) -> None:
    kind, _dash, number = form.text("what").partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadRequest("what: override-… or leave-…")
    if kind == "override":
        rota_changes.withdraw_override(session, rota_id, int(number), actor, now=now)
    elif kind == "leave":
        rota_changes.withdraw_leave(session, int(number), actor, now=now)
    else:
        raise BadRequest("what: override-… or leave-…")
