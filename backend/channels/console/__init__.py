"""The demo's phones: what is sent is kept, for a page to show and ring. Keys come back as from any provider."""

from collections.abc import Callable

from backend.ports import Doubt, Found, Kind, Message, Sent


class ConsoleChannel:
    """`backend.ports.Channel` that hands messages to `keep`, which stores them before it returns."""

    rate_per_s = 100.0

    def __init__(self, kind: Kind, keep: Callable[[Message], None], is_kept: Callable[[str], bool]) -> None:
        self.kind: Kind = kind
        self.name = f"console-{kind}"
        self._keep = keep
        self._is_kept = is_kept

    def send(self, message: Message) -> Sent:
        self._keep(message)
        return Sent(message.id)

    def lookup(self, doubt: Doubt) -> Found | None:
        return Found("sent", doubt.message_id) if self._is_kept(doubt.message_id) else Found("not_received")
