"""A small real HTTP backend, which keeps what it is sent and misbehaves when it is told to."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from contract import reports

PATIENCE_S = 120.0


@dataclass
class Misbehaviour:
    """What the next requests meet, instead of a good answer."""

    status: int = 0
    body: bytes = b""
    content_type: str = "text/html"
    hang_s: float = 0.0
    after_storing: bool = False  # it took the batch, and then the answer was lost


@dataclass
class BackendServer:
    """Runs from `start` to `stop`; `stop` and `start` again keep the port and what is stored."""

    stored: list[tuple[str, reports.Numbered]] = field(default_factory=list)
    stored_at: list[float] = field(default_factory=list)  # real time
    batches: list[list[int]] = field(default_factory=list)
    heartbeats: int = 0
    duplicates: int = 0
    commands: list[bytes] = field(default_factory=list)  # each a NumberedCommand as JSON, in order of n from 1
    asked_after: list[int] = field(default_factory=list)
    misbehave: list[Misbehaviour] = field(default_factory=list)  # one for each batch to come
    misbehave_commands: Misbehaviour | None = None  # what every question for commands meets
    refuse: set[int] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    port: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def received(self) -> list[reports.Report]:
        with self._lock:
            return [numbered.report for _, numbered in self.stored]

    def start(self) -> None:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                backend.tokens.add(self.headers["Authorization"])
                self.reply(*backend._take(msgspec.json.decode(body, type=reports.Batch)))

            def do_GET(self) -> None:
                wrong = backend.misbehave_commands
                if wrong is not None:
                    self.reply(wrong.status, wrong.content_type, wrong.body)
                    return
                query = parse_qs(urlsplit(self.path).query)
                self.reply(200, "application/json", backend._commands_after(int(query["after"][0])))

            def reply(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that was killed is no news here."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _take(self, batch: reports.Batch) -> tuple[int, str, bytes]:
        with self._lock:
            wrong = self.misbehave.pop(0) if self.misbehave else None
        if wrong is not None and not wrong.after_storing:
            time.sleep(wrong.hang_s)
            return wrong.status, wrong.content_type, wrong.body
        with self._lock:
            answer = self._store(batch)
        if wrong is not None:
            time.sleep(wrong.hang_s)
            return wrong.status, wrong.content_type, wrong.body
        return 200, "application/json", msgspec.json.encode(reports.BatchReply(answer))

    def _store(self, batch: reports.Batch) -> list[reports.Outcome]:
        known = {(journal, numbered.seq) for journal, numbered in self.stored}
        self.batches.append([numbered.seq for numbered in batch.reports])
        self.heartbeats += not batch.reports
        answer = []
        for numbered in batch.reports:
            if numbered.seq in self.refuse:
                answer.append(reports.Outcome(numbered.seq, "refused", "not yours"))
            elif (batch.journal, numbered.seq) in known:
                self.duplicates += 1
                answer.append(reports.Outcome(numbered.seq, "duplicate"))
            else:
                self.stored.append((batch.journal, numbered))
                self.stored_at.append(time.time())
                answer.append(reports.Outcome(numbered.seq, "stored"))
        return answer

    def _commands_after(self, after: int) -> bytes:
        self.asked_after.append(after)
        until = time.monotonic() + 1.0
        while time.monotonic() < until and len(self.commands) <= after:
            time.sleep(0.01)
        return b'{"commands":[' + b",".join(self.commands[after:]) + b"]}"

    def command(self, command: reports.Command) -> None:
        """Tell the gateway something."""
        self.commands.append(msgspec.json.encode(reports.NumberedCommand(len(self.commands) + 1, command)))

    def __enter__(self) -> "BackendServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def wait_for(what: Any, within_s: float = PATIENCE_S) -> None:
    """Return as soon as `what()` is true. Raises AssertionError when it never does, on a busy machine either."""
    until = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
