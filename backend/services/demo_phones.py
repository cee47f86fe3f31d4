"""What the console channel keeps, for the demo's phones to show and ring."""

from collections.abc import Callable

from sqlalchemy import select

from backend.adapters.store import Store, insert_once
from backend.adapters.store.schema import DemoMessage
from backend.core.clocks import instant
from backend.ports import Message


class Kept:
    """Keeps the messages of the console channel; `now` reads domain time in Unix seconds."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store, self._now = store, now

    def keep(self, message: Message) -> None:
        """Store a message once, however often it is handed over."""
        with self._store.session(message.organisation_id) as session:
            insert_once(
                session,
                DemoMessage,
                message_id=message.id,
                to=message.to,
                kind=message.kind,
                text="\n".join(part for part in (message.title, message.text) if part),
                language=message.language,
                links=list(message.links),
                keys=list(message.keys),
                at=instant(self._now()),
                reply="",
            )

    def is_kept(self, message_id: str) -> bool:
        with self._store.system_reading() as session:
            return session.scalar(select(DemoMessage.id).where(DemoMessage.message_id == message_id)) is not None
