"""A small HTTP server on loopback through which the demo's page moves the town: GET /state, POST /<deed>.

A body is JSON with "unit" or "node". What a browser could send across sites without asking is refused, because a body
must be declared as application/json.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.simulator.town import Town, UnknownNameError

_MAX_BYTES = 1000
_DEEDS: dict[str, Callable[[Town, dict[str, str], float], None]] = {
    "/press": lambda town, body, now: town.press(body["unit"], now),
    "/fine": lambda town, body, now: town.fine(body["unit"], now),
    "/collapse": lambda town, body, now: town.collapse(body["unit"], now),
    "/rise": lambda town, body, now: town.rise(body["unit"]),
    "/cut": lambda town, body, now: town.cut(body["node"]),
    "/mend": lambda town, body, now: town.mend(body["node"], now),
}


class Control(ThreadingHTTPServer):
    """Listens on 127.0.0.1:`port`; `lock` is held whenever the town is touched. Raises OSError when it is taken."""

    daemon_threads = True

    def __init__(self, port: int, town: Town, now: Callable[[], float], lock: threading.Lock) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._town = town
        self._now = now
        self._lock = lock

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def state(self) -> dict[str, Any]:
        with self._lock:
            now = self._now()
            return {"now": now, "units": self._town.state(now)}

    def do(self, deed: str, body: dict[str, str]) -> None:
        """Raises KeyError for a name that is missing, UnknownNameError for one nobody bears."""
        with self._lock:
            _DEEDS[deed](self._town, body, self._now())


class _Handler(BaseHTTPRequestHandler):
    server: Control

    def do_GET(self) -> None:
        if self.path == "/state":
            self._answer(200, self.server.state())
        else:
            self._answer(404, {"problem": "no such page"})

    def do_POST(self) -> None:
        if self.path not in _DEEDS:
            self._answer(404, {"problem": "no such deed"})
            return
        try:
            self.server.do(self.path, self._body())
        except UnknownNameError as error:
            self._answer(404, {"problem": f"no such name: {error.args[0]}"})
        except (ValueError, KeyError, RecursionError) as error:
            self._answer(400, {"problem": str(error)})
        except OSError as error:
            self._answer(502, {"problem": f"the node does not answer: {error}"})
        else:
            self._answer(200, {})

    def _body(self) -> dict[str, str]:
        length = int(self.headers.get("Content-Length", "0"))
        if self.headers.get_content_type() != "application/json" or not 0 < length <= _MAX_BYTES:
            raise ValueError("send a short JSON object")
        body = json.loads(self.rfile.read(length))
        if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
            raise ValueError("send a JSON object of texts")
        return body

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        packed = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the page asks every second."""
