"""What every request needs, put together once by the composition root."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from contract.clock import Clock
from flask import current_app

from backend.adapters.revision import Notifier
from backend.adapters.store.session import Store
from backend.config import Config
from backend.ports import Channels
from backend.web.attempts import Attempts
from backend.web.fragments import Fragments
from backend.web.lookout import Lookout
from backend.web.streams import Streams

EXTENSION = "tomoshibi"


@dataclass(frozen=True)
class Web:
    """The parts of one web process. `clock` is domain time."""

    config: Config
    store: Store
    channels: Channels
    clock: Clock
    notifier: Notifier
    streams: Streams
    fragments: Fragments
    attempts: Attempts  # by login, address and worker
    guesses: Attempts  # of codes, by organisation
    enrolling: Attempts  # by address
    lookout: Lookout

    def now(self) -> datetime:
        """Domain time, aware, UTC."""
        return datetime.fromtimestamp(self.clock.now(), UTC)


def web() -> Web:
    """Return the parts of the process that handles this request."""
    return cast(Web, current_app.extensions[EXTENSION])
