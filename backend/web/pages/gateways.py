"""The gateways and whether they are heard; taking one in, and revoking one; who wrote to us whom nobody knows."""

from datetime import UTC, datetime

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.core.access import Act, may, require
from backend.errors import Invalid
from backend.services import enrolments, replies
from backend.web import words
from backend.web.frame import web
from backend.web.numbers import is_row_id
from backend.web.pages.shared import acting, live_page, looking
from backend.web.translate import _
from backend.web.users import SignedIn, signed_in
from backend.web.views import quiet
from backend.web.views import units as view

blueprint = Blueprint("gateways", __name__, url_prefix="/gateways")


@blueprint.get("/")
def gateways() -> Response:
    return _answer()


@blueprint.get("/list")
def listed() -> Response:
    return _answer()


@blueprint.post("/")
def pair() -> AnyResponse:
    """Take in the gateway that shows `code`; `place` is "new-" and a building, or "for-" and a gateway."""
    code, place = request.form.get("code", "").strip()[:40], request.form.get("place", "")
    user = signed_in()
    require(user.role, Act.EDIT_GATEWAYS)
    wait_s = _wait_s(user)
    if wait_s > 0:
        wrong = {"code": _("続けて間違えたため、%(n)d分待ってください", n=wait_s // 60 + 1)}
        response = _answer(code, place, wrong, 429)
        response.headers["Retry-After"] = str(int(wait_s) + 1)
        return response
    now, real_now = web().now(), datetime.now(UTC)
    try:
        with acting("pair a gateway", Act.EDIT_GATEWAYS) as (session, _actor):
            enrolments.pair(session, code, **_chosen(place), now=now, real_now=real_now)
    except Invalid as error:
        if error.field == "code":
            _count_wrong(user)
        return _answer(code, place, {error.field: words.word(words.PROBLEM, error.problem)}, 422)
    flash(_("ゲートウェイを登録しました。まもなく動き始め、ここに表示されます。"))
    return redirect(url_for("gateways.gateways"))


@blueprint.post("/<int:gateway_id>/revoke")
def revoke(gateway_id: int) -> AnyResponse:
    """It is lost: whoever has it can tell us nothing any more, and is told nothing."""
    with acting(f"revoke gateway {gateway_id}", Act.EDIT_GATEWAYS) as (session, _actor):
        enrolments.revoke(session, gateway_id, web().now())
    flash(_("ゲートウェイを止めました。代わりが動くまで、この建物の住戸は人が確認してください。"))
    return redirect(url_for("gateways.gateways"))


def _chosen(place: str) -> dict[str, int]:
    what, _dash, number = place.partition("-")
    if what not in ("new", "for") or not is_row_id(number):
        raise BadRequest("place: a building, or a gateway to be replaced")
    return {"building_id" if what == "new" else "in_place_of": int(number)}


def _wait_s(user: SignedIn) -> float:
    """How long this worker, or the organisation, may type no code."""
    return max(web().attempts.wait_s(f"code:{user.who}"), web().guesses.wait_s(f"code:{user.organisation_id}"))


def _count_wrong(user: SignedIn) -> None:
    web().attempts.count(f"code:{user.who}")
    web().guesses.count(f"code:{user.organisation_id}")


def _answer(code: str = "", place: str = "", wrong: dict[str, str] | None = None, status: int = 200) -> Response:
    with looking("gateways") as (session, user):
        found = view.gateways(session)
        buildings = quiet.places(session)
    with web().store.system_reading() as everywhere:  # whom nobody knows belongs to no organisation
        strangers = replies.strangers(everywhere, datetime.now(UTC))
    may_edit = may(user.role, Act.EDIT_GATEWAYS)
    answer = live_page(
        "gateways.html",
        "parts/gateways.html",
        (found, strangers, may_edit),
        gateways=found,
        buildings=buildings,
        strangers=strangers,
        may_test=may(user.role, Act.RUN_SELF_TESTS),
        may_edit=may_edit,
        entered={"code": code, "place": place},
        wrong=wrong or {},
    )
    if status != 200:
        answer.status_code = status
    return answer
