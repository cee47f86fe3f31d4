"""Calls through SIP: which line makes a call, and what can be said of one afterwards."""

import logging
import re
import tempfile
import threading
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path
from types import TracebackType

from backend.channels.desk import Desk, Switchboard
from backend.channels.sip.line import Line, Order
from backend.channels.sip.speech import Speech, Speechless
from backend.config import Sip
from backend.core.words import spoken
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Doubt, Found, Kind, Message, Sent

FREE_LINE_S = 12.0  # how long a free line is waited for; with the dialling less than any send may take
DIAL_S = 6.0
VOICE_AGAIN_S = 60.0  # after a voice that failed

log = logging.getLogger(__name__)


class SipVoice:
    """`backend.ports.Channel` for calls. Its lines run inside the `with` block, which the worker is in.

    A process knows the calls it has dialled itself, and of no others: there is nobody to ask.
    """

    name = "sip-voice"
    kind: Kind = "voice"

    def __init__(
        self, sip: Sip, desk: Desk, speech: Speech | None = None, switchboard: Switchboard | None = None
    ) -> None:
        """`switchboard` answers callers, who are refused without; `speech` speaks, where somebody has one already."""
        self.rate_per_s = float(len(sip.lines))
        self._sip, self._desk, self._switchboard = sip, desk, switchboard
        self._lines: list[Line] = []
        self._change = threading.Condition()
        self._speech = speech
        self._voiceless: dict[str, str] = {}
        self._stopping = threading.Event()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "SipVoice":
        self._folder = tempfile.TemporaryDirectory(prefix="tomoshibi-sip-")
        folder = Path(self._folder.name)
        if self._speech is None:
            (folder / "sentences").mkdir()
            self._speech = Speech(folder / "sentences", Path(self._sip.recordings) if self._sip.recordings else None)
        for n, account in enumerate(self._sip.lines, 1):
            name = f"sip line {n}"
            home = folder / f"line-{n}"
            line = Line(name, self._sip, account, self._desk, self._switchboard, self._speech, home, self._changed)
            self._lines.append(line)
            line.start()
        threading.Thread(target=self._try_voices, args=(self._speech,), name="sip voices", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for line in self._lines:
            line.stop()
        self._lines = []
        if self._folder is not None:
            self._folder.cleanup()

    def send(self, message: Message) -> Sent:
        if not re.fullmatch(r"\+[1-9][0-9]{2,14}", message.to):
            raise DeliveryError("not a number that can be called", permanent=True)
        if message.language in self._voiceless:
            raise DeliveryError(f"no voice: {self._voiceless[message.language]}", permanent=True)
        line = self._take_line()
        order = Order(message.id, f"sip:{self.digits(message.to)}@{self._sip.server}")
        line.give(order)
        try:
            order.taken.result(timeout=DIAL_S)
        except TookTooLong as error:
            raise Ambiguous("the line does not say whether it dials") from error
        # While it rings, so that nobody who picks up waits for the words.
        threading.Thread(target=self._prepare, args=(message,), name="sip words", daemon=True).start()
        return Sent(message.id)

    def probe(self) -> None:
        """Look at the lines. Raises DeliveryError where any is down: each is room for one call less."""
        down = [line for line in self._lines if line.state == "down"]
        if down or not self._lines:
            raise DeliveryError(self._problems(down), permanent=False)

    def lookup(self, doubt: Doubt) -> Found | None:
        if not any(doubt.message_id in line.dialled for line in self._lines):
            return None
        goes_on = any(line.is_busy_with(doubt.message_id) for line in self._lines)
        return Found("sent" if goes_on else "ended", doubt.message_id)

    def digits(self, number: str) -> str:
        """An E.164 number as the telephone system wants it dialled."""
        if self._sip.numbers == "national" and number.startswith("+81"):
            number = "0" + number.removeprefix("+81")
        return self._sip.prefix + number

    # --- lines -------------------------------------------------------------------------------------------------------

    def _take_line(self) -> Line:
        with self._change:
            if not self._change.wait_for(self._has_free_line, timeout=FREE_LINE_S):
                raise DeliveryError(self._why_no_line(), permanent=False)
            line = next(line for line in self._lines if line.state == "free")
            line.state = "taken"
            return line

    def _has_free_line(self) -> bool:
        return any(line.state == "free" for line in self._lines)

    def _why_no_line(self) -> str:
        if any(line.state == "taken" for line in self._lines):
            return "all lines are taken"
        return f"no line works: {self._problems(self._lines)}"

    def _problems(self, lines: list[Line]) -> str:
        return "; ".join(line.problem for line in lines) or "they are kept by the worker"

    def _changed(self) -> None:
        with self._change:
            self._change.notify_all()

    # --- words -------------------------------------------------------------------------------------------------------

    def _prepare(self, message: Message) -> None:
        try:
            if self._speech is not None:
                self._speech.prepare(message.language, message.text)
        except Speechless as error:
            log.warning("the words of a call: %s", error)  # the call itself comes upon the same, and ends

    def _try_voices(self, speech: Speech) -> None:
        """Find out before the first call who cannot be spoken to; what a claim is answered with is then ready too."""
        untried = {"ja", "en"}
        while untried:
            for language in sorted(untried):
                try:
                    speech.prepare(language, spoken.reply("claimed", language))
                except Speechless as error:
                    log.error("nobody can be called in %s: %s", language, error)
                    self._voiceless[language] = str(error)
                    continue
                self._voiceless.pop(language, None)
                untried.discard(language)
            if untried and self._stopping.wait(VOICE_AGAIN_S):
                return
