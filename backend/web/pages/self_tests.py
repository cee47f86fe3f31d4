"""自己点検: when the system tests the way of its own alerts, to which number, and what came of it."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.core.access import Act
from backend.errors import Invalid
from backend.services import self_tests
from backend.web import words
from backend.web.frame import web
from backend.web.pages.shared import acting, digest, looking, page_or_part
from backend.web.translate import _
from backend.web.views import self_tests as view

blueprint = Blueprint("self_tests", __name__, url_prefix="/self-tests")
FIELDS = ("at", "phone", "calls")


@blueprint.get("/")
def page() -> Response:
    return _page()


@blueprint.get("/runs")
def runs() -> Response:
    """The last runs alone, which the page fetches anew whenever something rings."""
    with looking("self-tests", Act.RUN_SELF_TESTS) as (session, _user):
        found = view.page(session, web().now())
    return page_or_part("self_tests.html", "parts/self_test_runs.html", found, page=found, entered={}, wrong={})


@blueprint.post("/")
def change() -> AnyResponse:
    """Keep when and to which number it runs; what cannot be is said beside its field."""
    entered = {name: request.form.get(name, "").strip()[:30] for name in FIELDS}
    try:
        with acting("set up self-tests", Act.RUN_SELF_TESTS) as (session, _actor):
            self_tests.set_up(session, **entered, now=web().now())
    except Invalid as error:
        return _page(entered, {error.field: words.word(words.PROBLEM, error.problem)}, status=422)
    flash(_("保存しました"))
    return redirect(url_for("self_tests.page"))


@blueprint.post("/run")
def run() -> AnyResponse:
    try:
        with acting("run a self-test", Act.RUN_SELF_TESTS) as (session, _actor):
            self_tests.run_now(session, self_tests.providers_of(web().channels), web().now())
    except Invalid as error:
        flash(words.word(words.PROBLEM, error.problem))
    return redirect(url_for("self_tests.page"))


def _page(entered: dict[str, str] | None = None, wrong: dict[str, str] | None = None, status: int = 200) -> Response:
    with looking("self-tests", Act.RUN_SELF_TESTS) as (session, _user):
        found = view.page(session, web().now())
    kept = {"at": found.at, "phone": found.phone, "calls": found.calls}
    shown = {"page": found, "entered": entered or kept, "wrong": wrong or {}}
    return Response(render_template("self_tests.html", seen=digest(found), **shown), status=status)
