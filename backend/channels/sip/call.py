"""One call, from dialling to its end. Told what happens and when time is up, it does the next thing and returns."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Protocol

from backend.channels.desk import ROUNDS, Desk, Progress, Spoken
from backend.channels.sip.control import Event
from backend.channels.sip.speech import Clip, Speechless
from backend.config import Sip

LONGEST_S = 300.0  # whatever is pressed
PAUSE_S = 0.5  # after the last words, before hanging up
HANG_UP_S = 3.0
RETRY_S = 1.0

# How a call that nobody took ended, by the SIP status it ended with. All others: the line refused.
REFUSALS: Mapping[int, tuple[Progress, str]] = {
    486: ("unanswered", "busy"),
    600: ("unanswered", "busy"),
    603: ("unanswered", "declined"),
    408: ("unanswered", "no answer"),
    480: ("unanswered", "no answer"),
    487: ("unanswered", "no answer"),
    404: ("failed", "number cannot be called"),
    410: ("failed", "number cannot be called"),
    484: ("failed", "number cannot be called"),
    604: ("failed", "number cannot be called"),
}


class Stuck(Exception):  # noqa: N818  (says what happened)
    """The call does not end although it was hung up."""


class Phone(Protocol):
    """What a call does."""

    def pick_up(self) -> None: ...

    def say(self, spoken: Spoken) -> Clip:
        """Say that from now on, in place of what was being said. Raises Speechless."""

    def hang_up(self) -> None: ...


class Stage(Enum):
    DIALLING = auto()  # nothing was heard of it yet
    RINGING = auto()
    PICKED_UP = auto()  # the words are still to be said
    LISTENING = auto()  # the words are being said, or were; a key counts
    ENDING = auto()  # the last words are being said; a key counts
    HANGING_UP = auto()
    OVER = auto()


class Call:
    """`heard` and `passed` may raise whatever the desk does; the call stays as it was and comes back at `deadline`."""

    def __init__(
        self,
        message_id: str,
        desk: Desk,
        phone: Phone,
        clock: Callable[[], float],
        waits: Sip,
    ) -> None:
        self.name = message_id
        self.deadline = clock() + waits.set_up_s  # when to call `passed`, as `clock` tells it
        self.stage = Stage.DIALLING
        self._desk, self._phone, self._clock, self._waits = desk, phone, clock, waits
        self._latest = clock() + waits.set_up_s + waits.ring_s + LONGEST_S
        self._rounds = 0
        self._if_silent = ""
        self._language = "ja"
        self._end: tuple[Progress, str] | None = None

    def is_about(self, event: Event) -> bool:
        return event.direction == "outgoing"

    def tell_end(self) -> None:
        """Report to the desk how it ended."""
        progress, problem = self.end
        self._desk.report(self.name, self.name, progress, problem)

    def cut_off(self, why: str) -> None:
        """The line was lost."""
        self._end = ("failed", f"cut off: {why}")

    @property
    def end(self) -> tuple[Progress, str]:
        """How it ended, for the desk. A key that was pressed stands: the desk knows."""
        return self._end or ("unanswered", "no key")

    def heard(self, event: Event) -> None:
        """Go on after something has happened to the call."""
        if event.type in ("CALL_RINGING", "CALL_PROGRESS") and self.stage is Stage.DIALLING:
            self.stage, self.deadline = Stage.RINGING, self._clock() + self._waits.ring_s
        elif event.type == "CALL_ESTABLISHED" and self.stage in (Stage.DIALLING, Stage.RINGING):
            self.stage, self.deadline = Stage.PICKED_UP, self._clock()
        elif event.type == "CALL_DTMF_START" and self.stage in (Stage.PICKED_UP, Stage.LISTENING, Stage.ENDING):
            self._rounds = 0
            self._go_on(self._desk.press(self.name, self.name, event.param))
        elif event.type == "CALL_CLOSED":
            self._closed(event.param)

    def passed(self) -> None:
        """Go on after `deadline`. Raises Stuck."""
        if self.stage is Stage.HANGING_UP:
            raise Stuck("baresip does not hang up")
        stage, self.deadline = self.stage, self._clock() + RETRY_S
        if stage is Stage.DIALLING:
            self._hang_up("failed", "the line does not answer")
        elif stage is Stage.RINGING:
            self._hang_up("unanswered", "no answer")
        elif stage is Stage.ENDING or self._clock() >= self._latest:
            self._hang_up()
        elif stage is Stage.LISTENING and self._rounds >= ROUNDS:
            self._go_on(Spoken(self._language, (self._if_silent,)))
        else:
            self._begin_round()

    def _begin_round(self) -> None:
        """Ask for the words anew each time: somebody may have taken the alert meanwhile."""
        if self.stage is Stage.PICKED_UP:
            self._desk.report(self.name, self.name, "reached", "")
        self._go_on(self._desk.script(self.name, self.name))

    def _go_on(self, spoken: Spoken | None) -> None:
        if spoken is None:
            self._hang_up("failed", "the call is no longer known")
            return
        try:
            clip = self._phone.say(spoken)
        except Speechless as error:
            self._hang_up("failed", f"cannot be said: {error}")
            return
        self._language, self._if_silent = spoken.language, spoken.if_silent
        self._rounds += 1
        self.stage = Stage.LISTENING if spoken.if_silent else Stage.ENDING
        self.deadline = self._clock() + clip.words_s + (self._waits.key_wait_s if spoken.if_silent else PAUSE_S)

    def _hang_up(self, *end: str) -> None:
        if end:
            progress, problem = end
            self._end = (progress, problem)  # type: ignore[assignment]
        self.stage, self.deadline = Stage.HANGING_UP, self._clock() + HANG_UP_S
        self._phone.hang_up()

    def _closed(self, reason: str) -> None:
        if self._end is None and self.stage in (Stage.DIALLING, Stage.RINGING):
            self._end = refusal(reason)
        self.stage = Stage.OVER


def refusal(reason: str) -> tuple[Progress, str]:
    """What baresip's reason for the end of a call that nobody took means ("486 Busy Here", "Connection refused")."""
    status = reason[:3]
    if status.isdigit() and int(status) in REFUSALS:
        progress, problem = REFUSALS[int(status)]
        return progress, problem if progress == "unanswered" else f"{problem} ({reason})"
    return "failed", f"the line refused: {reason or 'no reason given'}"
