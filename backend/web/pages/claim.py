"""The page behind the link of an SMS. Phones open links to preview them, so looking changes nothing: only POST acts.

The link itself is the proof of who asks, so there is no sign-in here and nothing about the resident is shown.
"""

from contextlib import AbstractContextManager, suppress

from flask import Blueprint, Response, render_template, session
from flask_babel import refresh

from backend.adapters.store.schema import Alert, Worker
from backend.adapters.store.session import StoreSession
from backend.core.alerts import LIVE, UNCLAIMED, State
from backend.errors import AlreadyClaimed, IllegalStep, LinkSpent
from backend.services import alerts, links, visitors
from backend.web.frame import web
from backend.web.pages.language import KEY
from backend.web.translate import _
from backend.web.views.homes import alert_place
from backend.web.views.shapes import Reason

blueprint = Blueprint("claim", __name__, url_prefix="/c")


@blueprint.get("/<token>")
def look(token: str) -> Response:
    found = _find(token)
    return _useless() if found is None else _show(found)


@blueprint.post("/<token>")
def act(token: str) -> Response:
    found = _find(token)
    if found is None:
        return _useless()
    # Whoever comes too late is shown who has it, or how it ended.
    with suppress(AlreadyClaimed, IllegalStep, LinkSpent), _inside(found) as inside:
        links.redeem(inside, token, now=web().now())
    return _show(found)


def _find(token: str) -> links.Found | None:
    try:
        with web().store.system_reading() as system:
            return links.look(system, token, web().now())
    except LinkSpent:
        return None


def _inside(found: links.Found) -> AbstractContextManager[StoreSession]:
    return web().store.session(found.organisation_id, viewer=f"worker:{found.worker_id}", purpose="claim link")


def _show(found: links.Found) -> Response:
    viewer, purpose = f"worker:{found.worker_id}", "look at a claim link"
    with web().store.reading(found.organisation_id, viewer=viewer, purpose=purpose) as inside:
        alert = alerts.get(inside, found.alert_id)
        _speak_to(inside.get_one(Worker, found.worker_id))
        place = alert_place(alert)
        holder = alert.holder
        mine = alert.claimed_by_id == found.worker_id
        is_visit = found.purpose == visitors.PURPOSE
        goes = is_visit and visitors.is_coming(inside, alert, found.worker_id)
    page = render_template(
        "claim.html",
        title=_visit_title(alert, goes=goes) if is_visit else _title(alert, holder, mine=mine),
        place=f"{place.building} {place.unit}",
        card=alert,
        reason=Reason(alert.reason_ja, alert.reason_en),
        offer=alert.state in (LIVE if is_visit else UNCLAIMED) and not (found.used or goes),
        is_visit=is_visit,
    )
    return Response(page)


def _visit_title(alert: Alert, *, goes: bool) -> str:
    if alert.state == State.CLOSED:
        return _("この通報は完了しています")
    return _("担当の人に、行くと伝えました") if goes else _("様子を見に行ってください")


def _title(alert: Alert, holder: str, *, mine: bool) -> str:
    if alert.state == State.CLOSED:
        return _("この通報は完了しています")
    if alert.state in UNCLAIMED:
        return _("通報があります")
    if mine:
        return _("引き受けを受け付けました")
    return _("%(name)s さんが引き受けています", name=holder)


def _speak_to(worker: Worker) -> None:
    """In the worker's own language, as long as this phone has chosen none."""
    if KEY not in session:
        session[KEY] = worker.language
        refresh()


def _useless() -> Response:
    text = _("期限が切れたか、間違っています。ログインして通報一覧を見てください。")
    return Response(render_template("claim.html", title=_("このリンクは使えません"), text=text), status=404)
