"""What workers set for themselves: how they are reached, when they sleep, and whether their phone really rings."""

from datetime import UTC, datetime

import msgspec
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.channels.webpush import are_keys, is_service
from backend.errors import Invalid
from backend.ports import KINDS, Browser
from backend.services import line_accounts, own_settings, trials
from backend.services.own_settings import Own
from backend.web import words
from backend.web.frame import web
from backend.web.pages.shared import acting, digest, looking, page_or_part
from backend.web.translate import _
from backend.web.views import own as view

blueprint = Blueprint("own", __name__, url_prefix="/own")
FIELDS = ("phone", "email", "quiet_since", "quiet_until", "zone")


class Subscription(Struct, frozen=True):
    """What a browser says when it has subscribed (PushSubscription.toJSON())."""

    class Keys(Struct, frozen=True):
        p256dh: str
        auth: str

    endpoint: str
    keys: Keys


@blueprint.get("/")
def own() -> Response:
    return _page()


@blueprint.get("/tests")
def tests() -> Response:
    """The state of the tests alone, which the page fetches anew whenever something rings."""
    with looking("own settings") as (session, user):
        found = view.page(session, user.id, web())
    shown = {"page": found, "entered": found.own, "wrong": {}, "code": ""}
    return page_or_part("own.html", "parts/own_tests.html", found.tries, **shown)


@blueprint.post("/")
def change() -> AnyResponse:
    """Keep the addresses and the quiet hours; what cannot be is said beside its field."""
    entered = Own(**{name: request.form.get(name, "").strip()[:200] for name in FIELDS})
    try:
        with acting("own settings") as (session, actor):
            own_settings.change(session, actor.worker_id or 0, entered)
    except Invalid as error:
        return _page(entered=entered, wrong={error.field: words.word(words.PROBLEM, error.problem)}, status=422)
    flash(_("保存しました"))
    return redirect(url_for("own.own"))


@blueprint.post("/test/<kind>")
def test(kind: str) -> AnyResponse:
    """Send a real message by the kind's real provider to the worker's own address."""
    if kind not in KINDS:
        raise BadRequest("no such kind")
    try:
        with acting(f"test {kind}") as (session, actor):
            trials.start(session, actor.worker_id or 0, kind, web().now())
    except Invalid as error:
        flash(words.word(words.PROBLEM, error.problem))
    return redirect(url_for("own.own"))


@blueprint.post("/line")
def line() -> AnyResponse:
    """Show a code for LINE, or end the link."""
    with acting("own LINE account") as (session, actor):
        if request.form.get("do") == "unlink":
            line_accounts.unlink(session, actor.worker_id or 0)
            code = ""
        else:
            code = line_accounts.create_code(session, actor.worker_id or 0, datetime.now(UTC))
    return _page(code=code) if code else redirect(url_for("own.own"))


@blueprint.post("/browsers")
def add_browser() -> AnyResponse:
    """Take a subscription of this browser, as static/js/push.js sends it."""
    try:
        given = msgspec.json.decode(request.get_data(), type=Subscription)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(str(error)) from error
    push = web().config.push
    if push is None or len(given.endpoint) > 1000 or not is_service(given.endpoint, push.services):
        raise BadRequest("endpoint: is no push service that is used here")
    if not are_keys(given.keys.p256dh, given.keys.auth):
        raise BadRequest("keys: are none that a browser makes")
    own_settings.forget_browser(web().store, given.endpoint)
    browser = Browser(given.endpoint, given.keys.p256dh, given.keys.auth)
    with acting("own browser") as (session, actor):
        own_settings.add_browser(session, actor.worker_id or 0, browser, _browser_name(), web().now())
    return Response(status=204)


@blueprint.post("/browsers/<int:browser_id>/remove")
def remove_browser(browser_id: int) -> AnyResponse:
    with acting("own browser") as (session, actor):
        own_settings.remove_browser(session, actor.worker_id or 0, browser_id)
    return redirect(url_for("own.own"))


def _page(
    entered: Own | None = None, wrong: dict[str, str] | None = None, code: str = "", status: int = 200
) -> Response:
    with looking("own settings") as (session, user):
        found = view.page(session, user.id, web())
    text = render_template(
        "own.html", page=found, entered=entered or found.own, wrong=wrong or {}, code=code, seen=digest(found.tries)
    )
    return Response(text, status=status)


def _browser_name() -> str:
    """What the worker knows this browser by: "Chrome, Android"."""
    agent = request.user_agent.string
    browser = next((name for key, name in _BROWSERS if key in agent), "?")
    system = next((name for key, name in _SYSTEMS if key in agent), "?")
    return f"{browser}, {system}"


_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
