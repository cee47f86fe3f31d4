"""The triage list, and the head of every page that says how many alerts wait."""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request

from backend.web.frame import web
from backend.web.pages.shared import digest, looking, page_or_part
from backend.web.users import signed_in
from backend.web.views import board as view
from backend.web.views.shapes import Bar

blueprint = Blueprint("board", __name__)


@blueprint.get("/")
def board() -> Response:
    return answer()


@blueprint.get("/board")
def listed() -> Response:
    return answer()


@blueprint.get("/bar")
def bar() -> Response:
    found = head()
    if request.args.get("seen") == digest(found):
        return Response(status=204)
    return Response(render_template("parts/head.html", bar=found))


def answer() -> Response:
    """The board, whole or as a part."""
    with looking("board") as (session, _):
        found = view.board(session, web().now())
    return page_or_part("board.html", "parts/board.html", found, board=found)


def head() -> Bar:
    """What the head of the page says now."""
    with web().store.reading(signed_in().organisation_id) as session:
        return view.bar(session, datetime.now(UTC))
