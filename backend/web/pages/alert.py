"""One alert: what a worker must know in ten seconds, and what they can do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.session import StoreSession
from backend.core import noise
from backend.core.access import Act, may
from backend.core.alerts import OUTCOMES
from backend.errors import AlreadyClaimed, IllegalStep
from backend.services import alerts, calls, snoozes
from backend.services.actors import Actor
from backend.web import words
from backend.web.frame import web
from backend.web.pages import board, leave
from backend.web.pages.shared import acting, is_part, live_page, looking
from backend.web.translate import _
from backend.web.users import signed_in
from backend.web.views import alert as view
from backend.web.views.shapes import AlertPage

blueprint = Blueprint("alert", __name__, url_prefix="/alerts/<int:alert_id>")
Do = Callable[[StoreSession, int, Actor, datetime], None]


@blueprint.get("/")
def page(alert_id: int) -> Response:
    return answer(alert_id)


@blueprint.get("/part")
def part(alert_id: int) -> Response:
    return answer(alert_id)


@blueprint.get("/119", defaults={"number": "119"})
@blueprint.get("/110", defaults={"number": "110"})
def script(alert_id: int, number: str) -> Response:
    """What to say on the telephone to fire and ambulance (119) or the police (110), large enough to read aloud."""
    return Response(render_template("script.html", page=_look(alert_id), number=number))


@blueprint.post("/<action>")
def act(alert_id: int, action: str) -> AnyResponse:
    """Do one of ACTIONS; who came second is told who was first."""
    do = ACTIONS.get(action)
    if do is None:
        raise BadRequest("no such action")
    try:
        with acting(f"{action} alert {alert_id}") as (session, actor):
            do(session, alert_id, actor, web().now())
    except AlreadyClaimed as error:
        flash(_("%(name)s さんが先に引き受けました", name=error.by))
    except IllegalStep:
        flash(_("この操作は今はできません。最新の状態を表示しました。"))
    if not is_part():
        return redirect(url_for("alert.page", alert_id=alert_id))
    return board.answer() if request.form.get("view") == "board" else answer(alert_id)


def answer(alert_id: int) -> Response:
    """The alert's page, whole or as a part."""
    found = _look(alert_id)
    return live_page(
        "alert.html",
        "parts/alert.html",
        found,
        page=found,
        outcomes={key: words.OUTCOME[key] for key in OUTCOMES},
        snooze_reasons={key: words.SNOOZE_REASON[key] for key in noise.REASONS},
        snoozes_s=noise.SNOOZES_S,
        may_take_over=may(signed_in().role, Act.TAKE_OVER),
    )


def _look(alert_id: int) -> AlertPage:
    with looking(f"alert {alert_id}", Act.SEE_RESIDENT) as (session, user):
        can_act = may(user.role, Act.ANSWER_ALERT)
        return view.page(session, alert_id, web().now(), user.id, can_act=can_act)


def _claim(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.claim(session, alert_id, actor, now=now)


def _release(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.release(session, alert_id, actor, now=now)


def _coming(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.coming(session, alert_id, actor, now=now)


def _arrived(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.arrived(session, alert_id, actor, now=now)


def _close(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    outcome, note = request.form.get("outcome", ""), request.form.get("note", "").strip()
    alerts.close(session, alert_id, actor, outcome=outcome, note=note, now=now)


def _note(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.note(session, alert_id, actor, text=request.form.get("text", ""), now=now)


def _call_resident(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.call_resident(session, alert_id, actor, now=now)


def _call_contacts(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    alerts.call_contacts(session, alert_id, actor, now=now)


def _send_visitor(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    given = request.form.get("worker", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise BadRequest("worker: whom to send")
    alerts.send_visitor(session, alert_id, actor, worker_id=int(given), now=now)


def _called(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    person, result = request.form.get("who", ""), request.form.get("result", "")
    calls.called(session, alert_id, actor, person=person, result=result, now=now)


def _absence(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    leave.begin(session, _unit_of(session, alert_id), actor, now)


def _back(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    leave.end(session, _unit_of(session, alert_id), actor, now)


def _snooze(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    given = request.form.get("for_s", "")
    if not (given.isascii() and given.isdigit() and len(given) < 6):
        raise BadRequest("for_s: seconds")
    snoozes.snooze(session, alert_id, actor, for_s=int(given), reason=request.form.get("reason", ""), now=now)


def _wake(session: StoreSession, alert_id: int, actor: Actor, now: datetime) -> None:
    snoozes.wake(session, alert_id, actor, now=now, limits=web().config.limits)


def _unit_of(session: StoreSession, alert_id: int) -> int:
    unit_id = view.load(session, alert_id).unit_id
    if unit_id is None:
        raise BadRequest("a whole building is not away")
    return unit_id


ACTIONS: Mapping[str, Do] = {
    "claim": _claim,
    "release": _release,
    "coming": _coming,
    "arrived": _arrived,
    "close": _close,
    "note": _note,
    "call": _call_resident,
    "call-contacts": _call_contacts,
    "send-visitor": _send_visitor,
    "called": _called,
    "absence": _absence,
    "back": _back,
    "snooze": _snooze,
    "wake": _wake,
}
