"""Rotas as calendars: addresses to subscribe to, and files that are brought in."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from contextlib import suppress

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.core.access import Act, require
from backend.errors import ManyInvalid, NotFound
from backend.services import calendar_import, feeds, rotas
from backend.services.calendar_import import Target
from backend.web.frame import web
from backend.web.pages import rota as rota_page
from backend.web.pages.shared import acting, looking
from backend.web.translate import _
from backend.web.users import signed_in

blueprint = Blueprint("rota_calendar", __name__, url_prefix="/rota/<int:rota_id>")
feed = Blueprint("rota_feed", __name__, url_prefix="/rota")  # for whoever has the address


@feed.get("/<token>.ics")
def calendar(token: str) -> Response:
    """The calendar behind a secret address."""
    parts = web()
    with parts.store.system_reading() as system:
        found = feeds.of_token(system, token)
    if found is None:
        raise NotFound("this address leads nowhere")
    with parts.store.reading(found.organisation_id) as session:
        data = feeds.calendar(session, found, now=parts.now(), url=parts.config.public_url)
    return Response(data, mimetype="text/calendar", headers={"Content-Disposition": "inline; filename=rota.ics"})


@blueprint.post("/feed")
def renew(rota_id: int) -> AnyResponse:
    """Make a new address, of the rota or of one's own shifts, and show it this once; or end the one there is."""
    whose, ends = request.form.get("whose", ""), request.form.get("do") == "revoke"
    user = signed_in()
    if whose not in ("rota", "own"):
        raise BadRequest("whose: rota or own")
    act = Act.EDIT_ROTA if whose == "rota" else Act.SEE_BOARD
    of = {"rota_id": rota_id} if whose == "rota" else {"worker_id": user.id}
    with acting("calendar address", act) as (session, actor):
        rotas.get(session, rota_id)
        if ends:
            feeds.end(session, **of, now=web().now())
            token = ""
        else:
            token = feeds.renew(session, actor, **of, now=web().now())
    if ends:
        flash(_("カレンダーのアドレスを無効にしました"))
        return redirect(url_for("rota.page", rota_id=rota_id))
    return rota_page.answer(rota_id, address=f"{web().config.public_url.rstrip('/')}/rota/{token}.ics", at=whose)


@blueprint.post("/calendar")
def upload(rota_id: int) -> AnyResponse:
    """Show what a file would come to; bring it in once that was confirmed."""
    require(signed_in().role, Act.EDIT_ROTA)
    target, data, confirmed = _target(rota_id), _data(), request.form.get("do") == "confirm"
    with looking("calendar for a rota", Act.EDIT_ROTA) as (session, _user):
        zone = rotas.get(session, rota_id).zone
    found = calendar_import.read(data, zone, web().now())
    if confirmed:
        # Where somebody has changed something since it was shown, it is shown anew.
        with suppress(ManyInvalid), acting(f"calendar for rota {rota_id}", Act.EDIT_ROTA) as (session, actor):
            made = calendar_import.bring_in(session, found, target, actor, now=web().now())
            flash(_("%(n)d件を取り込みました", n=len(made.adds)))
            return redirect(url_for("rota.page", rota_id=rota_id))
    with looking("calendar for a rota", Act.EDIT_ROTA) as (session, _user):
        plan = calendar_import.plan(session, found, target, now=web().now())
        names = rotas.names(session)
    shown = render_template(
        "rota_import.html",
        plan=plan,
        target=target,
        names=names,
        zone=zone,
        rota_id=rota_id,
        data=b64encode(data).decode(),
    )
    return Response(shown, status=422 if plan.problems else 200)


def _target(rota_id: int) -> Target:
    kind = request.form.get("kind", "")
    if kind not in ("leave", "override"):
        raise BadRequest("kind: leave or override")
    return Target(kind, rota_id, request.form.get("person", "")[:40])  # type: ignore[arg-type]


def _data() -> bytes:
    """The file itself, or what a confirmation sends back of it."""
    given = request.files.get("file")
    if given is not None:
        return bytes(given.read())
    try:
        return b64decode(request.form.get("data", ""), validate=True)
    except (NoBase64, ValueError) as error:
        raise BadRequest("data: is no file that was shown") from error
