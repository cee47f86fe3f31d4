"""確認を始める早さ: the dial of a unit, what each position of it costs, and whether the gateway has taken it over."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.core.access import Act, may
from backend.services import dial
from backend.web.frame import web
from backend.web.numbers import is_row_id
from backend.web.pages.shared import acting, live_page, looking
from backend.web.views import dial as view

blueprint = Blueprint("dial", __name__, url_prefix="/units/<int:unit_id>/dial")


@blueprint.get("/")
def page(unit_id: int) -> Response:
    return _answer(unit_id)


@blueprint.get("/part")
def part(unit_id: int) -> Response:
    return _answer(unit_id)


@blueprint.post("/")
def turn(unit_id: int) -> AnyResponse:
    """One needless check in so many months, from now on."""
    months = request.form.get("months", "")
    if not is_row_id(months):
        raise BadRequest("months: a position of the dial")
    with acting(f"turn the dial of unit {unit_id}", Act.TURN_DIAL) as (session, actor):
        dial.turn(session, unit_id, int(months), actor, now=web().now())
    return redirect(url_for("dial.page", unit_id=unit_id))


def _answer(unit_id: int) -> Response:
    with looking(f"dial of unit {unit_id}", Act.SEE_RESIDENT) as (session, user):
        found = view.page(session, unit_id)
    may_turn = may(user.role, Act.TURN_DIAL)
    return live_page("dial.html", "parts/dial.html", found, page=found, may_turn=may_turn)
