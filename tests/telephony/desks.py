"""A desk and a switchboard that remember, in place of the product's."""

import threading

from backend.channels.desk import InboundCall, Progress, Spoken


class RememberingDesk:
    """Says `script`; key 1 is taken and answered with "Thank you."; `away` makes it fail, as a database does."""

    def __init__(self, script: Spoken | None = None) -> None:
        self.script_now = script or Spoken("en", ("Fire.", "Press 1."), "Goodbye.")
        self.scripts = 0
        self.pressed: list[str] = []
        self.reported: list[tuple[str, Progress, str]] = []
        self.away = False
        self.failures = 0
        self._lock = threading.Lock()

    def script(self, message_id: str, provider_ref: str) -> Spoken | None:
        self._be_there()
        self.scripts += 1
        return self.script_now

    def press(self, message_id: str, provider_ref: str, key: str) -> Spoken | None:
        self._be_there()
        self.pressed.append(key)
        return Spoken("en", ("Thank you.",)) if key == "1" else self.script_now

    def report(self, message_id: str, provider_ref: str, progress: Progress, problem: str) -> bool:
        self._be_there()
        with self._lock:
            self.reported.append((message_id, progress, problem))
        return True

    def end(self, message_id: str) -> tuple[Progress, str] | None:
        """How that call ended; None while it has not."""
        ends = [(progress, problem) for name, progress, problem in self.reported if name == message_id]
        return next((end for end in ends if end[0] in ("unanswered", "failed")), None)

    def _be_there(self) -> None:
        if self.away:
            self.failures += 1
            raise RuntimeError("the database is away")


class RememberingSwitchboard:
    """Greets whoever calls and awaits a key; `away` makes it fail, as a database does."""

    def __init__(self) -> None:
        self.first = Spoken("en", ("Hello.", "Press 1 if you are away."), "Somebody calls you back.")
        self.calls: list[InboundCall] = []
        self.pressed: list[str] = []
        self.ended: list[str] = []
        self.away = False

    def answer(self, call: InboundCall) -> Spoken:
        self._be_there()
        self.calls.append(call)
        return self.first

    def press(self, provider: str, ref: str, key: str) -> Spoken | None:
        self._be_there()
        self.pressed.append(key)
        return Spoken("en", ("Noted.",) if key else (self.first.if_silent,))

    def over(self, provider: str, ref: str) -> bool:
        self._be_there()
        self.ended.append(ref)
        return True

    def _be_there(self) -> None:
        if self.away:
            raise RuntimeError("the database is away")
