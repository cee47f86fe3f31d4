"""The strip on top of every page of the demo: what happens now, where to see it, who is being called."""

from dataclasses import dataclass

import msgspec
from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_login import current_user

from backend.demo import backstage, captions, people
from backend.demo.backstage import Told
from backend.demo.captions import Caption
from backend.demo.scene import Phone, Scene
from backend.demo.stage import Stage
from backend.web.pages.shared import digest, is_part

_BEGINS = "<main"
_PLACES = {"board": "board.board", "units": "units.units", "phones": "demo.phones", "controls": "demo.controls"}
_ROLES = {
    "worker": ("支援員", "worker"),
    "coordinator": ("コーディネーター", "coordinator"),
    "resident": ("本人", "resident"),
    "fallback": ("最後の連絡先", "last resort"),
}
_LOOK = {
    "board": ("通報一覧を見る", "See the list"),
    "units": ("住戸の様子を見る", "See the flats"),
    "alert": ("通報の画面を見る", "See the alert"),
    "phones": ("電話の画面を見る", "See the phones"),
    "controls": ("操作の画面を見る", "See the controls"),
}


@dataclass(frozen=True)
class Strip:
    """What the strip shows. `turn_s`: how long the demo waits for the visitor; `rings`: whose, and their role."""

    caption: Caption
    look: tuple[str, str]
    href: str
    rate: int
    at_work: bool
    step: int
    steps: int
    turn_s: int
    rings: tuple[tuple[str, tuple[str, str]], ...]
    stuck: str

    @property
    def seen(self) -> str:
        return digest(self)


def told(stage: Stage) -> Told | None:
    """What the director last said; None before it began."""
    try:
        return msgspec.json.decode(stage.path("told.json").read_bytes(), type=Told)
    except FileNotFoundError:
        return None


def now(said: Told | None, scene: Scene, phones: list[Phone]) -> Strip:
    """The strip for this moment."""
    number = _step(said)
    caption = _caption(said, number)
    called = {one.to for one in scene.messages if one.rings(scene.now)}
    return Strip(
        caption=caption,
        look=_LOOK[caption.look],
        href=_href(caption, scene),
        rate=round(scene.rate),
        at_work=any(alert.holds_time for alert in scene.alerts),
        step=min(number + 1, len(said.names)) if said else 0,
        steps=len(said.names) if said else 0,
        turn_s=-int(-said.waits_for_visitor_s // 1) if said else 0,
        rings=tuple((phone.name, _ROLES.get(phone.role, ("", ""))) for phone in phones if phone.number in called),
        stuck=said.stuck if said else "",
    )


def _step(said: Told | None) -> int:
    """The position of the step that is under way; after the last one, how many there are."""
    states = said.states if said else []
    return next((number for number, state in enumerate(states) if state in ("now", "later")), len(states))


def _caption(said: Told | None, number: int) -> Caption:
    if said is None:
        return captions.BEFORE
    if number == len(said.names):
        return captions.OVER
    recorded = any(name == "recording cut" for name, _, _ in said.names)
    return captions.caption(said.names[number][0], recorded=recorded)


def _href(caption: Caption, scene: Scene) -> str:
    if caption.look == "alert":
        latest = max((alert.id for alert in scene.alerts), default=None)
        return url_for("alert.page", alert_id=latest) if latest is not None else url_for("board.board")
    return url_for(_PLACES[caption.look])


def put_on_every_page(blueprint: Blueprint) -> None:
    """Let every whole page carry the strip above its main part: the product's own templates know of no story."""

    @blueprint.get("/strip")
    def strip() -> Response:
        if current_user.is_authenticated or request.args.get("at", "").startswith(f"{blueprint.url_prefix}/"):
            _come()
        shown = _shown()
        if request.args.get("seen") == shown.seen:
            return Response(status=204)
        return Response(render_template("demo/strip_now.html", strip=shown, at=request.args.get("at", "")))

    @blueprint.after_app_request
    def add_strip(response: Response) -> Response:
        if response.mimetype != "text/html" or response.is_streamed or is_part() or request.method != "GET":
            return response
        head, found, rest = response.get_data(as_text=True).partition(_BEGINS)
        if found:
            strip = render_template(
                "demo/strip.html", strip=_shown(), at=request.path, guest=not current_user.is_authenticated,
                workers=people.WORKERS[:3], password=people.PASSWORD,
            )  # fmt: skip
            response.set_data(head + strip + found + rest)
        return response


def _come() -> None:
    """Tell the director that somebody is there."""
    stage = current_app.extensions["tomoshibi-demo"].stage
    wish = backstage.read_wish(stage)
    if not wish.came:
        wish.came = True
        backstage.write(stage.path("wish.json"), wish)


def _shown() -> Strip:
    demo = current_app.extensions["tomoshibi-demo"]
    return now(told(demo.stage), demo.scene(), demo.phones())
