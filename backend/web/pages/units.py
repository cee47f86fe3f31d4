"""The units and what is known of them."""

from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.schema import Unit
from backend.core.access import Act, may
from backend.errors import Invalid, NotFound
from backend.services import checks, daily_calls
from backend.web import words
from backend.web.frame import web
from backend.web.pages import leave
from backend.web.pages.shared import acting, live_page, looking
from backend.web.users import signed_in
from backend.web.views import dial
from backend.web.views import units as view

blueprint = Blueprint("units", __name__, url_prefix="/units")


@blueprint.get("/")
def units() -> Response:
    return _answer()


@blueprint.get("/list")
def listed() -> Response:
    return _answer()


def _answer() -> Response:
    with looking("units") as (session, _):
        tiles = view.tiles(session, web().now())
    pieces = {f"unit-{tile.place.unit_id}": tile for tile in tiles}
    groups = [(name, list(group)) for name, group in groupby(tiles, key=lambda tile: tile.place.building)]
    return live_page("units.html", "parts/units.html", tiles, pieces, groups=groups)


@blueprint.get("/<int:unit_id>")
def unit(unit_id: int) -> Response:
    with looking(f"unit {unit_id}", Act.SEE_RESIDENT) as (session, _):
        page = view.page(session, unit_id, web().now())
        turned = dial.page(session, unit_id)
    return Response(
        render_template(
            "unit.html",
            page=page,
            dial=turned,
            may_turn=may(signed_in().role, Act.TURN_DIAL),
            may_act=may(signed_in().role, Act.ANSWER_ALERT),
            may_leave=may(signed_in().role, Act.SET_ABSENCE),
            may_edit=may(signed_in().role, Act.EDIT_REGISTER),
        )
    )


@blueprint.post("/<int:unit_id>/check")
def check(unit_id: int) -> AnyResponse:
    """Today's safety check of the unit is done: a worker spoke to the resident or stood before them."""
    method = request.form.get("method", "")
    if method not in ("call", "visit"):
        raise BadRequest("method: call or visit")
    with acting(f"safety check of unit {unit_id}") as (session, actor):
        unit = session.get(Unit, unit_id)
        if unit is None:
            raise NotFound(f"unit {unit_id}")
        checks.done(session, unit, method, web().now(), actor.worker_id)
    return redirect(url_for("units.unit", unit_id=unit_id))


@blueprint.post("/<int:unit_id>/absence")
def absence(unit_id: int) -> AnyResponse:
    """The resident is away or in hospital."""
    with acting(f"absence of unit {unit_id}", Act.SET_ABSENCE) as (session, actor):
        leave.begin(session, unit_id, actor, web().now())
    return redirect(url_for("units.unit", unit_id=unit_id))


@blueprint.post("/<int:unit_id>/back")
def back(unit_id: int) -> AnyResponse:
    """The resident is back."""
    with acting(f"back in unit {unit_id}", Act.SET_ABSENCE) as (session, actor):
        leave.end(session, unit_id, actor, web().now())
    return redirect(url_for("units.unit", unit_id=unit_id))


@blueprint.post("/<int:unit_id>/daily-call")
def daily_call(unit_id: int) -> AnyResponse:
    """When a resident of the unit is called each day, empty for not at all."""
    resident, at = request.form.get("resident", 0, int), request.form.get("daily_call_at", "")
    try:
        with acting(f"daily call of unit {unit_id}", Act.EDIT_REGISTER) as (session, _actor):
            daily_calls.set_time(session, unit_id, resident, at, web().now())
    except Invalid as error:
        flash(words.word(words.PROBLEM, error.problem))
    return redirect(url_for("units.unit", unit_id=unit_id))
