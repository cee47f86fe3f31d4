"""A call to a line of ours, from its first ring to its end; driven as `call.Call` is, answered by the switchboard."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from backend.channels.desk import InboundCall, Spoken, Switchboard
from backend.channels.sip.call import HANG_UP_S, PAUSE_S, RETRY_S, Phone, Stage, Stuck
from backend.channels.sip.control import Event
from backend.channels.sip.speech import Speechless
from backend.config import Sip, SipAccount

PROVIDER = "sip-voice"
LONGEST_S = 90.0  # the line is wanted for calling out


class Incoming:
    """It is written down before it is picked up. `heard` and `passed` may raise whatever the switchboard does."""

    def __init__(
        self,
        event: Event,
        account: SipAccount,
        switchboard: Switchboard,
        phone: Phone,
        clock: Callable[[], float],
        waits: Sip,
    ) -> None:
        self.name = event.id
        self.stage = Stage.RINGING
        self.deadline = clock()  # when to call `passed`, as `clock` tells it
        self._came = InboundCall(PROVIDER, event.id, number_in(event.peeruri), account.number)
        self._switchboard, self._phone, self._clock, self._waits = switchboard, phone, clock, waits
        self._latest = clock() + waits.set_up_s
        self._first: Spoken | None = None
        self._was_picked_up = False

    def is_about(self, event: Event) -> bool:
        return event.id == self.name

    def heard(self, event: Event) -> None:
        """Go on after something has happened to the call."""
        if event.type == "CALL_ESTABLISHED" and self.stage is Stage.RINGING:
            self.stage, self.deadline, self._was_picked_up = Stage.PICKED_UP, self._clock(), True
            self._latest = self._clock() + LONGEST_S
        elif event.type == "CALL_DTMF_START" and self.stage is Stage.LISTENING:
            self._go_on(self._switchboard.press(PROVIDER, self.name, event.param))
        elif event.type == "CALL_CLOSED":
            self.stage = Stage.OVER

    def passed(self) -> None:
        """Go on after `deadline`. Raises Stuck."""
        if self.stage is Stage.HANGING_UP:
            raise Stuck("baresip does not hang up")
        stage, self.deadline = self.stage, self._clock() + RETRY_S
        if stage is Stage.ENDING or self._clock() >= self._latest:
            self._hang_up()
        elif stage is Stage.RINGING and self._first is None:
            self._first = self._switchboard.answer(self._came)
            self._phone.pick_up()
        elif stage is Stage.PICKED_UP:
            self._go_on(self._first)
        elif stage is Stage.LISTENING:
            self._go_on(self._switchboard.press(PROVIDER, self.name, ""))

    def tell_end(self) -> None:
        """Let the switchboard know that it is over: whoever said nothing is called back.

        Not of a call that was never picked up here: another worker's line may have it. Its case opens by its timer.
        """
        if self._was_picked_up:
            self._switchboard.over(PROVIDER, self.name)

    def cut_off(self, _why: str) -> None:
        """The line was lost. What was said until then stands."""

    def _go_on(self, spoken: Spoken | None) -> None:
        if spoken is None:
            self._hang_up()
            return
        try:
            clip = self._phone.say(spoken)
        except Speechless:
            self._hang_up()  # somebody calls back
            return
        self.stage = Stage.LISTENING if spoken.if_silent else Stage.ENDING
        self.deadline = self._clock() + clip.words_s + (self._waits.key_wait_s if spoken.if_silent else PAUSE_S)

    def _hang_up(self) -> None:
        self.stage, self.deadline = Stage.HANGING_UP, self._clock() + HANG_UP_S
        self._phone.hang_up()


def number_in(uri: str) -> str:
    """The number in a SIP address ("sip:09011112222@host;user=phone"), empty where it is withheld or none."""
    found = re.match(r"(?:sips?|tel):([^@;>]*)", unquote(uri))
    number = found[1] if found else ""
    return number if re.fullmatch(r"\+?[0-9]{3,15}", number) else ""
