"""The director's hands: over HTTP to the web process and to the simulator, as a browser and a resident would."""

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec

from backend.demo.scene import Message, Phone, Scene
from backend.demo.stage import Stage
from backend.demo.story import Deed, Moment

_TIMEOUT_S = 5.0


class NotReadyError(Exception):
    """A process of the demo does not answer, or not as it should."""


class Backstage:
    """Everything outside the director's own process. `secret`: what the web process knows the director by."""

    def __init__(self, stage: Stage, secret: str) -> None:
        self._stage = stage
        self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False, headers={"X-Demo": secret})
        self._phones: list[Phone] = []
        self.began = 0.0

    def look(self) -> Moment:
        """Raises NotReadyError."""
        if not self._phones:
            self._phones = msgspec.json.decode(self._get(f"{self._stage.web_url}/demo/phones.json"), type=list[Phone])
        scene = msgspec.json.decode(self._get(f"{self._stage.web_url}/demo/scene.json"), type=Scene)
        town: dict[str, Any] = json.loads(self._get(f"{self._stage.town_url}/state"))
        return Moment(scene, town, self.began, self._phones)

    def ring_out(self, message: Message) -> None:
        """Nobody picked up. Raises NotReadyError."""
        self._post(f"{self._stage.web_url}/demo/rung-out", {"message": message.id, "key": ""})

    def do(self, deed: Deed, moment: Moment) -> None:
        """Raises NotReadyError when it cannot be done now."""
        if deed.what == "press":
            self._post(f"{self._stage.town_url}/press", {"unit": deed.unit})
        elif deed.what == "key":
            calls = moment.messages(deed.unit, deed.kind, moment.worker(deed.phone), "voice")
            ringing = [call for call in calls if not call.over]
            if not ringing:
                raise NotReadyError(f"no call rings at {deed.phone}")
            self._post(f"{self._stage.web_url}/demo/key", {"message": ringing[0].id, "key": deed.detail})
        else:
            alert = moment.alert(deed.unit, deed.kind)
            if alert is None:
                raise NotReadyError(f"no alert in {deed.unit}")
            body = {"alert": str(alert.id), "act": deed.what, "outcome": deed.detail}
            self._post(f"{self._stage.web_url}/demo/act", body)

    def _get(self, url: str) -> bytes:
        return self._reply(lambda: self._http.get(url)).content

    def _post(self, url: str, body: dict[str, str]) -> None:
        self._reply(lambda: self._http.post(url, json=body))

    def _reply(self, ask: Any) -> httpx.Response:
        try:
            reply: httpx.Response = ask()
        except httpx.HTTPError as error:
            raise NotReadyError(f"{type(error).__name__}: {error}") from error
        if reply.status_code != httpx.codes.OK:
            raise NotReadyError(f"{reply.request.url.path}: {reply.status_code} {reply.text[:200]}")
        return reply


class Wish(msgspec.Struct):
    """What the visitor asked of the director. `pace` 0 lets the story choose; `skips` counts presses of the button;
    `presses` those of the emergency buttons, before each of which time slows down, or its first call would have rung
    out when it is seen; `came`: somebody has signed in, or looks at the demo's own pages."""

    pace: float = 0.0
    skips: int = 0
    presses: int = 0
    came: bool = False


class Told(msgspec.Struct):
    """What the director tells the visitor: how far the story is. `states`: "later", "now", "done" or "passed";
    `stuck`: why it cannot go on."""

    names: list[tuple[str, str, str]]
    states: list[str]
    at: list[float]
    skipping: bool = False
    waits_for_visitor_s: float = 0.0
    stuck: str = ""


def read_wish(stage: Stage) -> Wish:
    try:
        return msgspec.json.decode(stage.path("wish.json").read_bytes(), type=Wish)
    except FileNotFoundError:
        return Wish()


def write(path: Path, body: msgspec.Struct) -> None:
    """Replace a file that another process may be reading."""
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(body))
    part.replace(path)
