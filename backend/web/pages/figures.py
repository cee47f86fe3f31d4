"""How well alerts were answered: 実績."""

from flask import Blueprint, Response, render_template, request

from backend.core import figures as core
from backend.web import words
from backend.web.frame import web
from backend.web.pages.shared import looking
from backend.web.views import figures as view

blueprint = Blueprint("figures", __name__, url_prefix="/figures")


@blueprint.get("/")
def figures() -> Response:
    days = request.args.get("days", type=int)
    if days not in view.DAYS:
        days = view.DAYS[1]
    with looking("figures") as (session, _):
        found = view.of_last(session, days, web().now())
    by_priority = [(words.word(words.PRIORITY, level), of) for level, of in found.by_priority.items()]
    by_hour = [(f"{hour}:00", of) for hour, of in found.by_hour.items()]
    by_team = [(team.name, team.answering) for team in found.by_team.values()]
    groups = {"by_priority": by_priority, "by_hour": by_hour, "by_team": by_team}
    return Response(render_template("figures.html", figures=found, choices=view.DAYS, core=core, **groups))
