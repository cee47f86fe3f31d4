"""Work on the equipment: what lasts, what is planned, what was; a coordinator plans it and ends it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.schema import Building
from backend.adapters.store.session import StoreSession
from backend.core.access import Act, may
from backend.errors import Invalid, NotFound
from backend.services import maintenance
from backend.web.formats import DEFAULT_ZONE
from backend.web.frame import web
from backend.web.pages.shared import acting, looking
from backend.web.translate import _
from backend.web.views import quiet

HOURS = (1, 2, 4, 8, 12, 24)
blueprint = Blueprint("maintenance", __name__, url_prefix="/maintenance")


@blueprint.get("/")
def page() -> Response:
    with looking("maintenance") as (session, user):
        now = web().now()
        to_come, over = quiet.works(session, now)
        places = quiet.places(session)
    return Response(
        render_template(
            "maintenance.html",
            to_come=to_come,
            over=over,
            places=places,
            hours=HOURS,
            begin=now.astimezone(ZoneInfo(DEFAULT_ZONE)).strftime("%Y-%m-%dT%H:%M"),
            may_plan=may(user.role, Act.SET_MAINTENANCE),
        )
    )


@blueprint.post("/")
def plan() -> AnyResponse:
    """Plan work from the form: `place` is "building" or "building-unit", `begin` a local time there."""
    building_id, unit_id = _place(request.form.get("place", ""))
    try:
        with acting("plan maintenance", Act.SET_MAINTENANCE) as (session, actor):
            since = _begin(session, building_id, request.form.get("begin", ""))
            maintenance.plan(
                session,
                actor,
                building_id=building_id,
                unit_id=unit_id,
                since=since,
                until=since + timedelta(hours=_hours(request.form.get("hours", ""))),
                reason=request.form.get("reason", ""),
                now=web().now(),
            )
    except Invalid as error:
        flash({"reason": _("何の作業かを書いてください"), "until": _("もう過ぎた時間です")}[error.field])
    return redirect(url_for("maintenance.page"))


@blueprint.post("/<int:maintenance_id>/end")
def end(maintenance_id: int) -> AnyResponse:
    """It is over now, or does not take place."""
    with acting(f"end maintenance {maintenance_id}", Act.SET_MAINTENANCE) as (session, actor):
        maintenance.end(session, maintenance_id, actor, now=web().now())
    return redirect(url_for("maintenance.page"))


def _place(given: str) -> tuple[int, int | None]:
    building, _dash, unit = given.partition("-")
    if not (_is_id(building) and (_is_id(unit) or not _dash)):
        raise BadRequest("place: a building, or a building and a unit")
    return int(building), int(unit) if unit else None


def _is_id(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) < 10


def _begin(session: StoreSession, building_id: int, given: str) -> datetime:
    building = session.get(Building, building_id)
    if building is None:
        raise NotFound(f"building {building_id}")
    try:
        at = datetime.strptime(given, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  (the building's zone is put in below)
    except ValueError as error:
        raise BadRequest("begin: a local time, 2026-11-23T09:00") from error
    return at.replace(tzinfo=ZoneInfo(building.zone))


def _hours(given: str) -> int:
    if given not in {str(each) for each in HOURS}:
        raise BadRequest(f"hours: one of {HOURS}")
    return int(given)
