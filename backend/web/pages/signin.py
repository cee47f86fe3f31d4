"""Signing in and out."""

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from backend.services import directory
from backend.web import users
from backend.web.frame import web
from backend.web.pages.language import KEY, within
from backend.web.translate import _

blueprint = Blueprint("signin", __name__)


@blueprint.get("/sign-in")
def enter() -> AnyResponse:
    there = within(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(there)
    return _form("", "", there)


@blueprint.post("/sign-in")
def check() -> AnyResponse:
    login, password = request.form.get("login", "").strip()[:100], request.form.get("password", "")[:200]
    there = within(request.form.get("next", ""))
    attempts = web().attempts
    keys = (f"login:{login.lower()}", f"address:{request.remote_addr}:{login.lower()}")
    wait_s = max(attempts.wait_s(key) for key in keys)
    if wait_s > 0:
        response = _form(login, _("続けて間違えたため、%(n)d分待ってください", n=wait_s // 60 + 1), there, 429)
        response.headers["Retry-After"] = str(int(wait_s) + 1)
        return response
    worker = directory.sign_in(web().store, login, password)
    if worker is None:
        for key in keys:
            attempts.count(key)
        return _form(login, _("ログイン名かパスワードが違います"), there, 401)
    for key in keys:
        attempts.forget(key)
    language = session.get(KEY)
    session.clear()  # nothing from before the sign-in may survive it
    session.permanent = True
    session[KEY] = language or worker.language
    login_user(users.of(worker))
    return redirect(there)


@blueprint.post("/sign-out")
def leave() -> AnyResponse:
    language = session.get(KEY)
    logout_user()
    session.clear()
    if language:
        session[KEY] = language
    return redirect(url_for("signin.enter"))


def _form(login: str, error: str, there: str, status: int = 200) -> Response:
    return Response(render_template("signin.html", login=login, error=error, next=there), status=status)
