"""The backend's own web application over SQLite, in this process, on a port of loopback."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from werkzeug.serving import make_server

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Enrolment, GatewayCommand, RhythmBackup
from backend.app import create_app
from backend.config import Config
from backend.core.clocks import instant
from backend.services import beginning, directory, enrolments
from backend.services.seed import seed
from backend.web.frame import EXTENSION
from tests.fakes import Clock


class RealBackend:
    """One organisation with one building; `loses` so many answers after it has acted on the request."""

    def __init__(self, home: Path) -> None:
        self.store = Store(f"sqlite:///{home}/backend.db")
        migrate(self.store)
        now = datetime.now(UTC)
        self.seeded = seed(self.store, beginning.register(), now=now, real_now=now, password="long enough for this")
        self._app = create_app(Config(secret_key="k" * 40), self.store, {}, Clock())
        self.loses = 0
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, environ: Any, start: Callable[..., Any]) -> Any:
        if not self.loses:
            return self._app(environ, start)
        self.loses -= 1
        b"".join(self._app(environ, lambda *_: lambda _: None))
        start("502 Bad Gateway", [("Content-Type", "text/html")])
        return [b"<h1>on the way the answer was lost</h1>"]

    def pair(self, code: str, now: datetime | None = None) -> int:
        now = now or datetime.now(UTC)
        with self.store.session(self.seeded.organisation_id, viewer="worker:1", purpose="pair") as session:
            return enrolments.pair(session, code, in_place_of=self.seeded.gateway_id, now=now, real_now=now).id

    def revoke(self) -> None:
        """The gateway was lost."""
        with self.store.session(self.seeded.organisation_id, viewer="worker:1", purpose="revoke") as session:
            enrolments.revoke(session, self.seeded.gateway_id, datetime.now(UTC))

    def backed_up(self) -> int:
        """Of how many units there is a backup."""
        with self.store.reading(self.seeded.organisation_id) as session:
            return session.scalar(select(func.count(RhythmBackup.unit_id.distinct()))) or 0

    def untold(self) -> int:
        """How many commands wait to be fetched."""
        with self.store.reading(self.seeded.organisation_id) as session:
            waiting = select(func.count(GatewayCommand.id)).where(GatewayCommand.delivered_at.is_(None))
            return session.scalar(waiting) or 0

    def expire(self) -> None:
        with self.store.system_session() as session:
            for row in session.query(Enrolment):
                row.expires_real_at = instant(time.time() - 1)

    def knows(self, credential: str) -> int | None:
        with self.store.system_reading() as session:
            found = directory.gateway_of(session, credential)
            return None if found is None else found.id

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._app.extensions[EXTENSION].notifier.stop()
        self.store.close()
