"""One telephone line: a thread that keeps a baresip running and makes or takes one call after the other."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from backend.channels.desk import Desk, Spoken, Switchboard
from backend.channels.sip.baresip import Baresip
from backend.channels.sip.call import Call, Stage, Stuck
from backend.channels.sip.control import ControlLost, Event
from backend.channels.sip.incoming import Incoming
from backend.channels.sip.speech import Clip, Speech
from backend.config import Sip, SipAccount
from backend.errors import Ambiguous, DeliveryError

TELL_AGAIN_S = 1.0
REMEMBERED = 1000
REST_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before another try with a baresip that does not stay
STEADY_S = 60.0  # one that has run for so long is no failed try

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """A call to be made; `taken` gets None when it is being dialled, or what went wrong."""

    message_id: str
    uri: str
    taken: "Future[None]" = field(default_factory=Future)


class Stop:
    """The line is to be given up."""


class Line:
    """`state` is "down", "free" or "taken", and `problem` why it is down; `changed` is called after each change.

    Whoever turns "free" into "taken" may `give` one order. Every call that was begun is reported to the desk, also when
    baresip dies under it or the desk is away for a while. Without a switchboard whoever calls the line is refused.
    """

    def __init__(
        self,
        name: str,
        sip: Sip,
        account: SipAccount,
        desk: Desk,
        switchboard: Switchboard | None,
        speech: Speech,
        folder: Path,
        changed: Callable[[], None],
    ) -> None:
        self.state = "down"
        self.problem = "it is being started"
        self._name, self._sip, self._account, self._folder = name, sip, account, folder
        self._desk, self._switchboard, self._speech, self._changed = desk, switchboard, speech, changed
        self.dialled: deque[str] = deque(maxlen=REMEMBERED)  # the messages of the last calls
        self._happening: SimpleQueue[Event | Order | Stop | None] = SimpleQueue()
        self._owed: deque[Call | Incoming] = deque()  # whose end is still to be told
        self._tell_at = 0.0
        self._call: Call | Incoming | None = None
        self._caller_waits = False
        self._baresip: Baresip | None = None
        self._clips = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, order: Order) -> None:
        self._happening.put(order)

    def is_busy_with(self, message_id: str) -> bool:
        """Whether that call goes on, or its end is still to be written down."""
        call = self._call
        return any(one.name == message_id for one in (*self._owed, *([call] if call else [])))

    def stop(self) -> None:
        """End the call that is going on, and the line. Returns when both have ended."""
        self._stopping.set()
        self._happening.put(Stop())
        self._thread.join(timeout=20)

    # --- what a call does: backend.channels.sip.call.Phone ------------------------------------------------------

    def say(self, spoken: Spoken) -> Clip:
        self._clips += 1
        words = self._speech.clip(spoken.language, spoken.sentences, self._folder / f"words-{self._clips % 2}.wav")
        self._running().play(words.path)
        return words

    def pick_up(self) -> None:
        self._running().pick_up()

    def hang_up(self) -> None:
        self._running().hang_up()

    # --- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                self._serve()
            except (ControlLost, Stuck) as error:
                log.warning("%s: %s", self._name, error)
                self._set("down", str(error))
            except Exception:
                log.exception("%s: broke down and is started again", self._name)
                self._set("down", "it broke down")
            self._put_away()
            failures = 0 if time.monotonic() - begun > STEADY_S else failures + 1
            self._stopping.wait(0 if failures == 1 else REST_S[min(failures, len(REST_S)) - 1])
        self._tell(last=True)

    def _serve(self) -> None:
        """Keep one baresip until the line is given up. Raises ControlLost, Stuck."""
        happening: SimpleQueue[Event | Order | Stop | None] = SimpleQueue()  # what the one before said is over
        self._happening = happening
        self._baresip = Baresip(self._folder, self._sip, self._account, happening.put)
        if not self._sip.register:
            self._set("free")
        while not self._stopping.is_set():
            try:
                thing = happening.get(timeout=self._wait_s())
            except Empty:
                self._wake()
                continue
            if thing is None:
                raise ControlLost("baresip has ended")
            if isinstance(thing, Order):
                self._dial(thing)
            elif isinstance(thing, Event):
                self._hear(thing)

    def _wait_s(self) -> float | None:
        moments = [self._call.deadline] if self._call else []
        moments += [self._tell_at] if self._owed else []
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _wake(self) -> None:
        now = time.monotonic()
        if self._owed and now >= self._tell_at:
            self._tell()
        if self._call and now >= self._call.deadline:
            self._guarded(self._call.passed)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Let the call go on. What the desk raises is written down, and the call comes back to it."""
        try:
            act()
        except (ControlLost, Stuck):
            raise
        except Exception:
            log.exception("%s: the call could not go on and tries again", self._name)

    def _dial(self, order: Order) -> None:
        if self._call is not None:
            order.taken.set_exception(DeliveryError("a call has just come in", permanent=False))
            return
        try:
            self._running().dial(order.uri)
        except ValueError as error:
            order.taken.set_exception(DeliveryError(str(error), permanent=False))
            self._set("free")
            return
        except ControlLost as error:
            order.taken.set_exception(Ambiguous(str(error)))
            raise
        self._call = Call(order.message_id, self._desk, self, time.monotonic, self._sip)
        self.dialled.append(order.message_id)
        order.taken.set_result(None)

    def _hear(self, event: Event) -> None:
        if event.type == "REGISTER_OK" and self.state == "down":
            self._set("free")
        elif event.type == "REGISTER_FAIL" and self.state != "taken":
            self._set("down", f"the registration was refused: {event.param}")
        elif event.type == "CALL_INCOMING":
            self._take_in(event)
        elif self._call is not None and self._call.is_about(event):
            self._guarded(lambda: self._call.heard(event) if self._call else None)
            if self._call.stage is Stage.OVER:
                self._finish(self._call)

    def _take_in(self, event: Event) -> None:
        """A line that is about to call out is engaged. In a call baresip refuses others by itself, but for a race."""
        if self._call is not None:
            self._caller_waits = True
        elif self._switchboard is None or self.state != "free":
            self._running().hang_up()
        else:
            self.state = "taken"
            self._call = Incoming(event, self._account, self._switchboard, self, time.monotonic, self._sip)
            self._guarded(self._call.passed)

    def _finish(self, call: Call | Incoming) -> None:
        self._call = None
        self._owe(call)
        if self._caller_waits:
            self._caller_waits = False
            self._running().hang_up()
        self._set("free")

    def _put_away(self) -> None:
        """Give baresip up, and with it the call that it may have had."""
        if self._call is not None:
            call, self._call = self._call, None
            self._hang_up_at_last()
            call.cut_off("the worker was stopped" if self._stopping.is_set() else self.problem)
            self._owe(call)
        if self._baresip is not None:
            self._baresip.close()
            self._baresip = None
        self._set("down", self.problem or "it was stopped")
        self._refuse_orders()

    def _hang_up_at_last(self) -> None:
        try:
            self.hang_up()
        except ControlLost as error:
            log.debug("%s: %s", self._name, error)

    def _refuse_orders(self) -> None:
        """Whoever gave an order at the very last is told that nothing came of it."""
        while not self._happening.empty():
            thing = self._happening.get()
            if isinstance(thing, Order):
                thing.taken.set_exception(DeliveryError(f"{self._name}: {self.problem}", permanent=False))

    def _running(self) -> Baresip:
        if self._baresip is None:
            raise ControlLost("baresip does not run")
        return self._baresip

    def _set(self, state: str, problem: str = "") -> None:
        if (state, problem) != (self.state, self.problem):
            log.info("%s: %s", self._name, problem or state)
        self.state, self.problem = state, problem
        self._changed()

    # --- what is still to be told -------------------------------------------------------------------------------

    def _owe(self, call: Call | Incoming) -> None:
        self._owed.append(call)
        self._tell()

    def _tell(self, *, last: bool = False) -> None:
        while self._owed:
            try:
                self._owed[0].tell_end()
            except Exception:
                log.exception("%s: the end of %s could not be written down", self._name, self._owed[0].name)
                if not last:
                    self._tell_at = time.monotonic() + TELL_AGAIN_S
                    return
            self._owed.popleft()
