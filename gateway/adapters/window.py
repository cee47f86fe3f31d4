"""The local window: a page for the technician on the building's LAN, and `/metrics`. It changes nothing.

A thread of its own beside the loop, fed by the journal alone. When it dies the log says so, and the gateway goes on.
"""

import html
import logging
import threading
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from gateway.adapters import metrics
from gateway.adapters.bounded import BoundedServer
from gateway.adapters.pin import SignIns
from gateway.adapters.view import View
from gateway.config import Config, WindowConfig
from gateway.errors import JournalError

LOOK_S = 0.5
MOST_BODY_BYTES = 1024
COOKIE = "tomoshibi-window"
_ASSETS = {
    name: (kind, files("gateway.adapters").joinpath("page", name).read_bytes())
    for name, kind in (
        ("window.html", "text/html; charset=utf-8"),
        ("sign-in.html", "text/html; charset=utf-8"),
        ("window.css", "text/css; charset=utf-8"),
        ("window.js", "text/javascript; charset=utf-8"),
        ("words.js", "text/javascript; charset=utf-8"),
    )
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NO_PIN = (
    "このゲートウェイには暗証番号がありません。ゲートウェイで「tomoshibi-gateway window-pin」を実行してください。\n"
    "This gateway has no PIN: run `tomoshibi-gateway window-pin` on it.\n"
)

log = logging.getLogger(__name__)


class Window(threading.Thread):
    """Serves from `start` until the process ends.

    now: domain time. broker: whether the gateway is connected to its broker.
    """

    def __init__(
        self, config: Config, window: WindowConfig, now: Callable[[], float], broker: Callable[[], bool | None]
    ) -> None:
        super().__init__(name="window", daemon=True)
        self._config = window
        self._view = View(config, now, broker)
        self._sign_ins = SignIns(Path(config.data_dir))

    def run(self) -> None:
        try:
            server = _Server(self._config, self._view, self._sign_ins)
        except OSError as error:
            log.error("no local window on %s:%d: %s", self._config.host, self._config.port, error)
            return
        if self._sign_ins.kept() is None:
            log.warning("the local window is shut: it has no PIN; run `tomoshibi-gateway window-pin`")
        log.info("local window on %s:%d", self._config.host, self._config.port)
        try:
            server.serve_forever(LOOK_S)
        except Exception:  # whatever it is, it must not end the gateway
            log.exception("the local window has ended; the gateway goes on without it")


class _Server(BoundedServer):
    def __init__(self, config: WindowConfig, view: View, sign_ins: SignIns) -> None:
        super().__init__(config, _Handler)
        self.view, self.sign_ins = view, sign_ins

    def service_actions(self) -> None:
        super().service_actions()
        self.view.rest()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        open_to = {"/metrics": self._metrics, "/sign-in": self._ask_pin}
        inside = {"/": self._page, "/building.json": self._building, "/walk.json": self._walk}
        if path.removeprefix("/") in _ASSETS and not path.endswith(".html"):
            self._asset(path.removeprefix("/"))
        elif path in open_to:
            self._safely(open_to[path])
        elif path not in inside:
            self._text(404, "Not here.\n")
        elif self._has_signed_in() or path == "/":
            self._safely(inside[path])
        else:
            self._text(401, "Sign in first.\n")

    def do_POST(self) -> None:
        form = self._form()
        inside = {"/walk": self._begin_walk, "/walk/end": self._end_walk, "/sign-out": self._sign_out}
        if form is None:
            return
        if self.path == "/sign-in":
            self._sign_in(form)
        elif self.path not in inside:
            self._text(404, "Not here.\n")
        elif self._has_signed_in():
            self._safely(lambda: inside[self.path](form))
        else:
            self._text(401, "Sign in first.\n")

    # --- pages ---

    def _page(self) -> None:
        if self._has_signed_in():
            self._asset("window.html")
        else:
            self._see_other("/sign-in")

    def _building(self) -> None:
        self._json(self.server.view.building())

    def _walk(self) -> None:
        self._json(self.server.view.walk(self._token()))

    def _begin_walk(self, form: dict[str, str]) -> None:
        unit = form.get("unit", "")
        if not self.server.view.begin_walk(self._token(), unit):
            self._text(404, "There is no such unit.\n")
            return
        log.info("walk test of unit %s, by %s", unit, self.client_address[0])
        self._walk()

    def _end_walk(self, _form: dict[str, str]) -> None:
        self.server.view.end_walk(self._token())
        self._json(None)

    def _metrics(self) -> None:
        if not ip_address(self.client_address[0]).is_loopback:
            self._text(403, "Only from this machine.\n")
            return
        self._send(200, metrics.CONTENT_TYPE, metrics.exposition(self.server.view.figures()))

    # --- signing in ---

    def _ask_pin(self, said: str = "", status: int = 200) -> None:
        if self.server.sign_ins.kept() is None:
            self._text(503, _NO_PIN)
            return
        kind, page = _ASSETS["sign-in.html"]
        self._send(status, kind, page.replace(b"<!-- said -->", html.escape(said).encode()))

    def _sign_in(self, form: dict[str, str]) -> None:
        address = str(self.client_address[0])
        found = self.server.sign_ins.enter(form.get("pin", ""), address)
        if isinstance(found, str):
            log.info("a technician has signed in at the local window from %s", address)
            secure = "; Secure" if self.server.is_secure else ""
            self._see_other("/", f"{COOKIE}={found}; Path=/; HttpOnly; SameSite=Strict{secure}")
            return
        log.warning("a wrong PIN at the local window, or one too many, from %s", address)
        minutes = int(found // 60) + 1
        if found:
            said = f"試行回数が多すぎます。{minutes}分後に試してください。 Too many tries: wait {minutes} min."
        else:
            said = "暗証番号が違います。 That is not the PIN."
        self._ask_pin(said, 429 if found else 403)

    def _sign_out(self, _form: dict[str, str]) -> None:
        self.server.view.end_walk(self._token())
        self.server.sign_ins.leave(self._token())
        self._see_other("/sign-in", f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")

    def _token(self) -> str:
        try:
            cookies: SimpleCookie = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return ""
        return cookies[COOKIE].value if COOKIE in cookies else ""

    def _has_signed_in(self) -> bool:
        return self.server.sign_ins.knows(self._token())

    # --- answering ---

    def _safely(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except JournalError as error:
            log.warning("the local window cannot be looked through: %s", error)
            self._text(503, f"{error}\n")

    def _form(self) -> dict[str, str] | None:
        """What was posted; None: it has been answered already."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MOST_BODY_BYTES:
            self.close_connection = True
            self._text(413, f"At most {MOST_BODY_BYTES} bytes, with their length.\n")
            return None
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        try:
            return {name: values[-1] for name, values in parse_qs(body, max_num_fields=10).items()}
        except ValueError:
            self._text(400, "That is no form.\n")
            return None

    def _asset(self, name: str) -> None:
        self._send(200, *_ASSETS[name])

    def _json(self, value: object) -> None:
        self._send(200, "application/json", msgspec.json.encode(value))

    def _text(self, status: int, text: str) -> None:
        self._send(status, "text/plain; charset=utf-8", text.encode())

    def _see_other(self, where: str, cookie: str | None = None) -> None:
        more = {"Location": where} if cookie is None else {"Location": where, "Set-Cookie": cookie}
        self._send(303, "text/plain; charset=utf-8", b"", more)

    def _send(self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **(more or {}), "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Nothing for a stranger."""
        return "tomoshibi"

    def log_message(self, *_: Any) -> None:
        """The log is not for every look."""
