"""The demo's two pages: phones that stand in for the phone company's, and controls for what may go wrong.

Nobody signs in here: the pages exist only where the configuration says `demo`, and the demo listens on loopback only.
"""

import hmac
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask_wtf.csrf import validate_csrf
from sqlalchemy import select
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as AnyResponse

from backend.adapters.store.schema import Organisation, Worker
from backend.app import OPEN_TO_ANYONE
from backend.demo import backstage, processes, scene, strip
from backend.demo.scene import Message, Phone, Scene
from backend.demo.stage import ENVIRONMENT, Stage, director_pass
from backend.services import alerts
from backend.services.actors import acting
from backend.services.desk import PhoneDesk
from backend.web.frame import web
from backend.web.pages.shared import page_or_part

SHOWN = 5
PACES = (0.0, 1.0, 60.0)
_TIMEOUT_S = 3.0
_SLOWS_WITHIN_S = 2.0

blueprint = Blueprint(
    "demo", __name__, url_prefix="/demo", template_folder="templates", static_folder="static", static_url_path="/static"
)
strip.put_on_every_page(blueprint)


class Demo:
    """What the pages need beyond the web process: the stage, the phone book, and what calls say."""

    def __init__(self, stage: Stage, desk: PhoneDesk) -> None:
        self.stage = stage
        self.desk = desk
        self._phones: list[Phone] = []
        self._spoken: dict[str, str] = {}

    def organisation_id(self) -> int:
        with web().store.system_session() as session:
            found = session.scalar(select(Organisation.id).order_by(Organisation.id).limit(1))
        if found is None:
            raise NotFound("the demo has not been prepared")
        return found

    def phones(self) -> list[Phone]:
        if not self._phones:
            self._phones = scene.phone_book(web().store, self.organisation_id())
        return self._phones

    def scene(self) -> Scene:
        parts = web()
        return scene.read(parts.store, self.organisation_id(), parts.clock.now(), parts.clock.rate())

    def spoken(self, message: Message) -> str:
        """What a call says; asked once, because the desk looks up who lives there."""
        if message.id not in self._spoken:
            if message.over:  # the desk would say that nothing is to be done any more
                return message.text
            script = self.desk.script(message.id, message.id)
            self._spoken[message.id] = " ".join(script.sentences) if script else message.text
        return self._spoken[message.id]


def register(app: Flask) -> None:
    """Add the pages to an app of the demo that $TOMOSHIBI_DEMO names."""
    stage = Stage.read(Path(os.environ[ENVIRONMENT]))
    parts = app.extensions["tomoshibi"]
    app.extensions["tomoshibi-demo"] = Demo(stage, PhoneDesk(parts.store, parts.clock))
    OPEN_TO_ANYONE.add(blueprint.name)
    app.extensions["csrf"].exempt(blueprint)  # check_origin looks instead, and lets the director through
    app.register_blueprint(blueprint)


def demo() -> Demo:
    found = current_app.extensions["tomoshibi-demo"]
    assert isinstance(found, Demo)
    return found


@blueprint.before_request
def check_origin() -> None:
    """A form must be ours; the director shows its pass instead."""
    if request.method != "POST":
        return
    shown = request.headers.get("X-Demo", "")
    if hmac.compare_digest(shown.encode(), director_pass(web().config.secret_key).encode()):
        return
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValueError as error:  # wtforms' ValidationError
        raise BadRequest(str(error)) from error


# --- what the director reads and does ------------------------------------------------------------------------------


@blueprint.get("/scene.json")
def scene_json() -> Response:
    return _json(demo().scene())


@blueprint.get("/phones.json")
def phones_json() -> Response:
    return _json(demo().phones())


@blueprint.post("/key")
def key_json() -> Response:
    body = _body()
    if demo().desk.press(body["message"], body["message"], body["key"]) is None:
        raise NotFound("no such call")
    return _json({})


@blueprint.post("/rung-out")
def rung_out() -> Response:
    """A phone has rung long enough: the provider would report now that nobody answered."""
    demo().desk.report(_body()["message"], _body()["message"], "unanswered", "no answer")
    return _json({})


@blueprint.post("/act")
def act() -> Response:
    """What the alert's holder does in the story: come, arrive or close."""
    body = _body()
    parts, now = web(), web().now()
    with parts.store.session(demo().organisation_id(), viewer=scene.VIEWER, purpose="demo story") as session:
        alert = alerts.get(session, int(body["alert"]))
        worker = session.get_one(Worker, alert.claimed_by_id)
        actor = acting(worker, "web")
        if body["act"] == "come":
            alerts.coming(session, alert.id, actor, now=now)
        elif body["act"] == "arrive":
            alerts.arrived(session, alert.id, actor, now=now)
        elif body["act"] == "close":
            alerts.close(session, alert.id, actor, outcome=body["outcome"], now=now)
        else:
            raise BadRequest("no such act")
    return _json({})


def _body() -> dict[str, str]:
    try:
        return msgspec.json.decode(request.get_data(), type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(str(error)) from error


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), mimetype="application/json")


# --- phones --------------------------------------------------------------------------------------------------------


@blueprint.get("/phones")
def phones() -> Response:
    now_shown = demo().scene()
    cards = [_card(phone, now_shown) for phone in demo().phones()]
    # Who is being called stands first; a visitor should not have to look for the ringing.
    cards.sort(key=lambda card: not card["rings"])
    return page_or_part("demo/phones.html", "demo/phones_part.html", cards, cards=cards)


@blueprint.post("/phones/<message_id>/<key>")
def press(message_id: str, key: str) -> AnyResponse:
    """A key pressed by the visitor; "x" hangs up, "s" says nothing until the call ends."""
    if key == "x":
        demo().desk.report(message_id, message_id, "unanswered", "hung up")
    elif demo().desk.press(message_id, message_id, key[:1]) is None:
        raise NotFound("no such call")
    return redirect(url_for("demo.phones"))


def _card(phone: Phone, now_shown: Scene) -> dict[str, Any]:
    mine = [one for one in now_shown.messages if one.to == phone.number][-SHOWN:]
    shown = [_shown(one, now_shown.now) for one in reversed(mine)]
    return {"phone": phone, "messages": shown, "rings": any(one["rings"] for one in shown)}


def _shown(one: Message, now: float) -> dict[str, Any]:
    rings = one.rings(now)
    text = demo().spoken(one) if one.kind == "voice" else one.text
    for link in one.links:  # shown below it, to be touched
        text = text.replace(link, "").strip()
    return {"message": one, "rings": rings, "text": text}


# --- controls ------------------------------------------------------------------------------------------------------


@blueprint.get("/")
@blueprint.get("/controls")
def controls() -> Response:
    shown = _controls()
    return page_or_part("demo/controls.html", "demo/controls_part.html", shown, **shown)


def _controls() -> dict[str, Any]:
    stage = demo().stage
    gateway = processes.find(stage.home, "gateway")
    return {
        "town": _town("state"),
        "told": strip.told(stage),
        "wish": backstage.read_wish(stage),
        "paces": PACES,
        "silent_s": web().config.limits.gateway_red_s,
        "lost_s": web().config.limits.gateway_lost_s,
        "network_cut": stage.network_cut.exists(),
        "gateway": "stopped" if any(map(processes.is_stopped, gateway)) else "runs" if gateway else "gone",
    }


@blueprint.post("/controls/<deed>")
def control(deed: str) -> AnyResponse:
    """Do what one of the buttons says."""
    stage = demo().stage
    if deed == "press":
        _slow_down(stage)
    if deed in ("press", "fine", "collapse", "rise", "cut", "mend"):
        _town(deed, {name: request.form[name] for name in ("unit", "node") if name in request.form})
    elif deed == "network":
        _toggle(stage.network_cut)
    elif deed == "gateway":
        for pid in processes.find(stage.home, "gateway"):
            processes.send(pid, signal.SIGCONT if processes.is_stopped(pid) else signal.SIGSTOP)
    elif deed in ("skip", "pace"):
        wish = backstage.read_wish(stage)
        if deed == "skip":
            wish.skips += 1
        else:
            wish.pace = next((pace for pace in PACES if f"{pace:g}" == request.form.get("pace")), 0.0)
        backstage.write(stage.path("wish.json"), wish)
    else:
        raise NotFound("no such button")
    return redirect(url_for("demo.controls"))


def _slow_down(stage: Stage) -> None:
    """Have the director slow time before an emergency, unless the visitor fixed its pace."""
    wish = backstage.read_wish(stage)
    wish.presses += 1
    backstage.write(stage.path("wish.json"), wish)
    until = time.monotonic() + _SLOWS_WITHIN_S
    while web().clock.rate() > 1.0 and not wish.pace and time.monotonic() < until:
        time.sleep(0.05)


def _toggle(file: Path) -> None:
    if file.exists():
        file.unlink(missing_ok=True)
    else:
        file.touch()


def _town(path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    """Ask the simulator; empty when it does not answer."""
    url = f"{demo().stage.town_url}/{path}"
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as http:
            reply = http.get(url) if body is None else http.post(url, json=body)
            return dict(reply.json())
    except (httpx.HTTPError, json.JSONDecodeError):
        return {}
