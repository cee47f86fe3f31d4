"""The triage list, and the head of every page that says how many alerts wait."""

from dataclasses import replace
from itertools import chain

from flask import Blueprint, Response, render_template, request

from backend.core.access import Act, may
from backend.services import self_tests
from backend.web.frame import web
from backend.web.pages.shared import digest, head, live_page, looking
from backend.web.views import board as view

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
    with looking("board") as (session, user):
        found = view.board(session, web().now())
        if may(user.role, Act.RUN_SELF_TESTS):
            found = replace(found, self_test=self_tests.trouble(session, web().now()))
    cards = chain(found.unclaimed, found.held, found.asking, found.done)
    return live_page("board.html", "parts/board.html", found, {f"card-{card.id}": card for card in cards}, board=found)
