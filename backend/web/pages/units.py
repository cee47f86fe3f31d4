"""The units and what is known of them."""

from itertools import groupby

from flask import Blueprint, Response, render_template

from backend.core.access import Act
from backend.web.frame import web
from backend.web.pages.shared import looking, page_or_part
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
    groups = [(name, list(group)) for name, group in groupby(tiles, key=lambda tile: tile.place.building)]
    return page_or_part("units.html", "parts/units.html", tiles, groups=groups)


@blueprint.get("/<int:unit_id>")
def unit(unit_id: int) -> Response:
    with looking(f"unit {unit_id}", Act.SEE_RESIDENT) as (session, _):
        page = view.page(session, unit_id, web().now())
    return Response(render_template("unit.html", page=page))
