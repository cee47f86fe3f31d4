"""A phone provider that takes every order at once and notes when it came: Twilio's REST with nothing behind it."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar
from urllib.parse import parse_qs

from tests.phone_company.records import new_sid


class Provider:
    """`ordered`: for each order its kind ("Messages", "Calls"), to whom, what was to be said, and when it came."""

    def __init__(self) -> None:
        self.ordered: list[tuple[str, str, str, float]] = []
        self._came = threading.Condition()
        self.call_status = "ringing"  # what it says of any call when asked
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.api_url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Provider":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def first_of(self, pattern: str) -> dict[str, float]:
        """When the first message came that names what `pattern` finds in its text, by what it found."""
        first: dict[str, float] = {}
        for _kind, _to, text, at in list(self.ordered):
            found = re.search(pattern, text)
            if found:
                first.setdefault(found.group(), at)
        return first

    def first_to(self, phone: str, since: float, within_s: float) -> float:
        """When the first order to that phone came, of any kind, since then. TimeoutError where none comes."""
        with self._came:
            orders = self._came.wait_for(lambda: self._times_to(phone, since), within_s)
        if not orders:
            raise TimeoutError(f"nothing was ordered to {phone} within {within_s} s")
        return min(orders)

    def _times_to(self, phone: str, since: float) -> list[float]:
        return [at for _kind, to, _text, at in self.ordered if to == phone and at >= since]

    def note(self, kind: str, to: str, text: str) -> None:
        at = time.monotonic()
        with self._came:
            self.ordered.append((kind, to, text, at))
            self._came.notify_all()


class _Handler(BaseHTTPRequestHandler):
    provider: ClassVar[Provider]

    def do_POST(self) -> None:
        kind = self.path.rpartition("/")[2].removesuffix(".json")
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.provider.note(kind, form["To"][0], form.get("Body", [""])[0])
        self._answer(201, {"sid": new_sid("SM" if kind == "Messages" else "CA"), "status": "queued"})

    def do_GET(self) -> None:
        """What became of a call."""
        sid = self.path.rpartition("/")[2].removesuffix(".json")
        self._answer(200, {"sid": sid, "status": self.provider.call_status})

    def _answer(self, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""
