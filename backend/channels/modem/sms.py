"""SMS through gammu-smsd, and the thread that tells the desk what became of them and brings in the replies."""

import logging
import sqlite3
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from backend.channels.desk import Desk, Inbound, Inbox
from backend.channels.modem.parts import Arrived
from backend.channels.modem.spool import Spool, State, Waiting
from backend.config import Modem
from backend.core.numbers import phone_number
from backend.errors import DeliveryError, Invalid
from backend.ports import Doubt, Fate, Found, Kind, Message, Sent

LOOK_S = 1.0
REPORTS_S = 86400.0  # how long a delivery report is waited for
LONGEST_REST_S = 60.0
STUCK_AFTER = 5  # failures: by then half a minute has gone by
LONGEST_TEXT = 1600
FATES: Mapping[str, Fate] = {"outbox": "sent", "sent": "sent", "delivered": "delivered", "failed": "failed"}

log = logging.getLogger(__name__)


class ModemSms:
    """`backend.ports.Channel` for SMS. Inside the `with` block, in which the worker is, a thread looks after them."""

    name = "modem"
    kind: Kind = "sms"

    def __init__(self, modem: Modem, desk: Desk, inbox: Inbox) -> None:
        self.rate_per_s = modem.rate_per_s
        self._modem, self._desk, self._inbox = modem, desk, inbox
        self._spool = Spool(Path(modem.database), modem.phone_id)
        self._watched: dict[int, tuple[str, float]] = {}  # gammu-smsd's name → ours, and since when (time.monotonic())
        self._began = False
        self._rests: dict[int, tuple[int, float]] = {}  # SMS that nobody could act on → failures, not before
        self._failing: dict[str, str] = {}  # which half of the thread's work fails, and how
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="modem", daemon=True)

    def __enter__(self) -> "ModemSms":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(timeout=20)

    def send(self, message: Message) -> Sent:
        try:
            problem = self._spool.problem(self._modem.silent_s)
            if problem:
                raise DeliveryError(problem, permanent=False)
            id_ = self._spool.lay_in(message.id, message.to, message.text)
            self._watched[id_] = (message.id, time.monotonic())
        except sqlite3.Error as error:
            # Laid in or not: another try with the same name adds nothing.
            raise DeliveryError(f"gammu-smsd's database: {error}", permanent=False) from error
        return Sent(str(id_))

    def probe(self) -> None:
        """Look when gammu-smsd gave its last sign of life, and whether the thread gets on. Raises DeliveryError."""
        try:
            problem = self._spool.problem(self._modem.silent_s)
        except sqlite3.Error as error:
            raise DeliveryError(f"gammu-smsd's database: {error}", permanent=False) from error
        problem = problem or "; ".join(self._failing.values()) or self._unread()
        if problem:
            raise DeliveryError(problem, permanent=False)

    def _unread(self) -> str:
        stuck = [id_ for id_, (failures, _not_before) in self._rests.copy().items() if failures >= STUCK_AFTER]
        return f"SMS that came in and could not be acted on: {stuck}" if stuck else ""

    def lookup(self, doubt: Doubt) -> Found | None:
        try:
            found = self._spool.find(doubt.message_id)
        except sqlite3.Error:
            return None
        return Found(FATES[found.state], str(found.id)) if found else Found("not_received")

    # --- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            for work in (self.tell_what_became_of_them, self.bring_in_replies):
                try:
                    work()
                    self._failing.pop(work.__name__, None)
                except Exception as error:
                    # Whatever is wrong with one half, the other must go on.
                    log.exception("the modem's messages could not be looked after; trying again")
                    self._failing[work.__name__] = f"{work.__name__.replace('_', ' ')}: {error}"
            self._stopping.wait(LOOK_S)

    def tell_what_became_of_them(self) -> None:
        """Report what has moved on since the last time, and take back what the modem has not sent in time."""
        now = time.monotonic()
        if not self._began:  # what happened while no worker was there
            self._watched |= {id_: (message_id, now) for id_, message_id in self._spool.recent().items()}
            self._began = True
        for waiting in self._spool.waiting():
            self._watched.setdefault(waiting.id, (waiting.message_id, now))
            # What was refused once gammu-smsd would try again ten minutes later: too late for a page.
            is_late = waiting.age_s > self._modem.give_up_s and not waiting.is_being_sent
            if is_late or waiting.failure is not None:
                self._give_up(waiting)
        for found in self._spool.states(list(self._watched)).values():
            message_id, since = self._watched[found.id]
            self._tell(message_id, found)
            if found.state in ("delivered", "failed") or now - since > REPORTS_S:
                del self._watched[found.id]

    def _give_up(self, waiting: Waiting) -> None:
        """Told before it is taken back: a message that is lost in between is better sent late than never told of."""
        problem = "the modem does not send"
        if waiting.failure is not None:
            problem = f"the network refused it ({waiting.failure})"
        problem = self._spool.problem(self._modem.silent_s) or problem
        self._desk.report(waiting.message_id, str(waiting.id), "failed", problem)
        self._spool.take_back(waiting.id)
        self._watched.pop(waiting.id, None)

    def _tell(self, message_id: str, found: State) -> None:
        if found.state == "delivered":
            self._desk.report(message_id, str(found.id), "reached", "")
        elif found.state == "failed":
            self._desk.report(message_id, str(found.id), "failed", found.status)

    def bring_in_replies(self) -> None:
        """Let the inbox decide on every SMS that came, and send what it answers; what fails is tried again later."""
        for arrived in self._spool.unread():
            failures, not_before = self._rests.get(arrived.id, (0, 0.0))
            if arrived.waits or time.monotonic() < not_before:
                continue
            try:
                self._bring_in(arrived)
                self._rests.pop(arrived.id, None)
            except Exception:
                log.exception("SMS %s could not be acted on and is tried again", arrived.id)
                rest_s = min(LOOK_S * 2**failures, LONGEST_REST_S)
                self._rests[arrived.id] = (failures + 1, time.monotonic() + rest_s)

    def _bring_in(self, arrived: Arrived) -> None:
        sent = datetime.now(UTC) - timedelta(seconds=arrived.age_s)
        ref = f"{arrived.id}:{arrived.received}"
        inbound = Inbound(self.name, "sms", ref, _sender(arrived.number), arrived.text[:LONGEST_TEXT], sent)
        self._spool.read(arrived, self._inbox.receive(inbound))


def _sender(number: str) -> str:
    """The sender in E.164; a name in letters, as shops send, stays what it is."""
    try:
        return phone_number(number)
    except Invalid:
        return number[:100]
