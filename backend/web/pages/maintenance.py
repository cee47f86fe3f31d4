"""Work on the equipment: what lasts, what is planned, what was; a coordinator plans it and ends it."""

from datetime import UTC, datetime, timedelta
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
from backend.web.numbers import is_row_id
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
            since, until = _span(session, building_id)
            maintenance.plan(
                session,
                actor,
                building_id=building_id,
                unit_id=unit_id,
                since=since,
                until=until,
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
    if not (is_row_id(building) and (is_row_id(unit) or not _dash)):
        raise BadRequest("place: a building, or a building and a unit")
    return int(building), int(unit) if unit else None


def _span(session: StoreSession, building_id: int) -> tuple[datetime, datetime]:
    hours = _hours(request.form.get("hours", ""))
    building = session.get(Building, building_id)
    if building is None:
        raise NotFound(f"building {building_id}")
    try:
        local = datetime.strptime(request.form.get("begin", ""), "%Y-%m-%dT%H:%M").replace(
            tzinfo=ZoneInfo(building.zone)
        )
        return local.astimezone(UTC), (local + timedelta(hours=hours)).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the calendar begins and ends
        raise BadRequest("begin: a local time, 2026-11-23T09:00") from error


def _hours(given: str) -> int:
    if given not in {str(each) for each in HOURS}:
        raise BadRequest(f"hours: one of {HOURS}")
    return int(given)
