"""The plan of a rota: its layers, the buildings that follow it, and the organisations that answer at night."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.session import StoreSession
from backend.core.access import Act
from backend.errors import ManyInvalid, refuse
from backend.services import partners, rota_layers, rotas
from backend.services.actors import Actor
from backend.web.frame import web
from backend.web.numbers import is_row_id
from backend.web.pages.rota_input import Form, layer_draft, layer_entry
from backend.web.pages.shared import acting, looking
from backend.web.rota_words import said
from backend.web.translate import _
from backend.web.views import rota_plan as view
from backend.web.views.rota_plan import LayerEntry

blueprint = Blueprint("rota_plan", __name__, url_prefix="/rota/<int:rota_id>/plan")
NEW = "new"
Change = Callable[[StoreSession, Actor, datetime], object]


@blueprint.get("/")
def plan(rota_id: int) -> Response:
    return _page(rota_id)


@blueprint.post("/layers/<ref>")
def put_layer(rota_id: int, ref: str) -> AnyResponse:
    """Let what was entered take the layer's place, or add it on top."""

    def do(session: StoreSession, actor: Actor, now: datetime) -> None:
        form = Form(rotas.get(session, rota_id).zone)
        draft, since = layer_draft(form), form.optional_instant("since")
        refuse(form.problems)
        rota_layers.put(session, rota_id, actor, draft, ref=None if ref == NEW else ref, since=since, now=now)

    return _change(rota_id, f"layer-{ref}", do, _("層を保存しました"), entered=layer_entry(ref))


@blueprint.post("/layers/<ref>/end")
def end_layer(rota_id: int, ref: str) -> AnyResponse:
    def do(session: StoreSession, _actor: Actor, now: datetime) -> None:
        rota_layers.end(session, rota_id, ref, now=now)

    return _change(rota_id, f"layer-{ref}", do, _("層を終わりにしました"))


@blueprint.post("/layers/<ref>/<any(up,down):way>")
def move_layer(rota_id: int, ref: str, way: str) -> AnyResponse:
    """Put the layer one higher or lower, from now on."""

    def do(session: StoreSession, actor: Actor, now: datetime) -> None:
        refs = list(dict.fromkeys(row.ref for row in rota_layers.versions(session, rota_id, now)))
        place = refs.index(ref) if ref in refs else -1
        to = place + (1 if way == "up" else -1)
        if place >= 0 and 0 <= to < len(refs):
            refs[place], refs[to] = refs[to], refs[place]
            rota_layers.reorder(session, rota_id, actor, refs, now=now)

    return _change(rota_id, f"layer-{ref}", do, _("順番を変えました"))


@blueprint.post("/about")
def about(rota_id: int) -> AnyResponse:
    """The rota's name, and which buildings follow it."""

    def do(session: StoreSession, _actor: Actor, _now: datetime) -> None:
        chosen = [int(each) for each in request.form.getlist("building") if is_row_id(each)]
        rota_layers.rename(session, rota_id, request.form.get("name", ""))
        rota_layers.follow(session, rota_id, chosen)

    return _change(rota_id, "about", do, _("保存しました"))


@blueprint.post("/partners")
def add_partner(rota_id: int) -> AnyResponse:
    def do(session: StoreSession, _actor: Actor, _now: datetime) -> None:
        name, phone = request.form.get("name", ""), request.form.get("phone", "")
        partners.add(session, name=name, phone=phone, language=request.form.get("language", ""))

    return _change(rota_id, "partners", do, _("連携先を登録しました"))


@blueprint.post("/partners/<int:partner_id>/remove")
def remove_partner(rota_id: int, partner_id: int) -> AnyResponse:
    def do(session: StoreSession, _actor: Actor, _now: datetime) -> None:
        partners.remove(session, partner_id)

    return _change(rota_id, "partners", do, _("連携先を外しました"))


def _change(rota_id: int, at: str, do: Change, done: str, entered: LayerEntry | None = None) -> AnyResponse:
    try:
        with acting(f"plan of rota {rota_id}", Act.EDIT_ROTA) as (session, actor):
            rotas.get(session, rota_id)
            do(session, actor, web().now())
    except ManyInvalid as error:
        return _page(rota_id, wrong=said(error.problems), at=at, layer=entered, status=422)
    flash(done)
    return redirect(url_for("rota_plan.plan", rota_id=rota_id))


def _page(
    rota_id: int, *, wrong: tuple[str, ...] = (), at: str = "", layer: LayerEntry | None = None, status: int = 200
) -> Response:
    with looking("plan of a rota", Act.EDIT_ROTA) as (session, _user):
        found = view.page(session, rota_id, web().now())
    shown = render_template("rota_plan.html", page=found, wrong=wrong, wrong_at=at, layer=layer, entered=request.form)
    return Response(shown, status=status)
