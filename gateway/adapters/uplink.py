"""The way to the backend and back: reports leave the outbox, commands come in. One thread for each.

A report is forgotten only when an answer lists it. Until then it is sent again, for as long as it takes; the backend
knows it by (journal, seq).
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from contract import reports

from gateway.adapters.liveness import Worker
from gateway.adapters.outbox import BACKUP_AT, MOST_IN_BATCH, REFUSED_AT, Outbox
from gateway.config import BackendConfig
from gateway.core.delivery import wait_s
from gateway.errors import GatewayError, JournalError, UplinkError

HEARTBEAT_S = 30.0
GATHER_S = 1.0  # how long a routine report waits for company
COMMAND_WAIT_S = 25.0
_REPORTS, _COMMANDS = "/api/v1/gateway/reports", "/api/v1/gateway/commands"
_ENROLMENTS, _RESTORES = "/api/v1/gateway/enrolments", "/api/v1/gateway/restores"
_REFUSED = "it was revoked, or another one took its place: it goes on watching, but nobody hears of it"
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_TOO_MUCH = (400, 413, 422)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_BETWEEN_POLLS_S = 0.2
Shape = TypeVar("Shape")
_Command = tuple[int, reports.Command | None]

log = logging.getLogger(__name__)


class _NumberedRaw(msgspec.Struct):
    n: reports.Seq
    command: msgspec.Raw


class _RawCommands(msgspec.Struct):
    commands: list[_NumberedRaw]


@dataclass(frozen=True, slots=True)
class CommandsArrived:
    """Commands in order as they came at domain time `at`; None for one that nobody could read.

    Whoever commits them says so by `committed`.
    """

    commands: list[_Command]
    at: float
    committed: threading.Event = field(default_factory=threading.Event)


class Backend:
    """The backend's addresses. Every method raises UplinkError when the answer is not what it should be."""

    def __init__(self, config: BackendConfig) -> None:
        self._http = httpx.Client(
            base_url=config.url,
            headers={"Authorization": f"Bearer {config.credential}"} if config.credential else {},
            timeout=_TIMEOUT,
        )

    def close(self) -> None:
        self._http.close()

    def send(self, batch: reports.Batch) -> reports.BatchReply:
        body = msgspec.json.encode(batch)
        return _understood(self.post(_REPORTS, body), reports.BatchReply)

    def commands(self, after: int, within_s: float) -> list[_Command]:
        """What comes after number `after`, as soon as there is something, but at most `within_s` later."""
        answer = self.ask(
            "GET",
            _COMMANDS,
            params={"after": after, "wait_s": within_s},
            timeout=httpx.Timeout(10.0, read=within_s + 10.0),
        )
        found: list[_Command] = []
        for numbered in _understood(answer, _RawCommands).commands:
            try:
                found.append((numbered.n, msgspec.json.decode(numbered.command, type=reports.Command)))
            except _UNREADABLE as error:
                log.error("command %d of the backend is skipped, it cannot be read: %s", numbered.n, error)
                found.append((numbered.n, None))
        return sorted(found, key=lambda numbered: numbered[0])

    def enrol(self, digest: str) -> reports.Enrolling:
        """Ask for a code by which this gateway is taken in."""
        return _understood(self.post(_ENROLMENTS, msgspec.json.encode(reports.Enrol(digest))), reports.Enrolling)

    def enrolment(self, name: str) -> reports.Enrolment:
        """What became of it; the credential is the gateway's secret alone."""
        return _understood(self.ask("GET", f"{_ENROLMENTS}/{name}"), reports.Enrolment)

    def want_restores(self, key: str) -> reports.Restores:
        """Ask to be told once more what was learned, sealed with the recovery key of that name if there is such."""
        return _understood(self.post(_RESTORES, msgspec.json.encode(reports.WantRestores(key))), reports.Restores)

    def post(self, path: str, body: bytes) -> httpx.Response:
        return self.ask("POST", path, content=body, headers={"Content-Type": "application/json"})

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **how)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UplinkError(f"the backend cannot be reached ({type(error).__name__}: {error})") from error
        if answer.status_code in (401, 403):
            raise UplinkError(f"the backend refuses this gateway ({answer.status_code}); {_REFUSED}", refused=True)
        if not answer.is_success:
            # A hotel's login page may answer anything; only our own backend's word counts for a body it cannot take.
            ours = answer.headers.get("Content-Type", "").startswith("application/problem+json")
            too_much = ours and answer.status_code in _TOO_MUCH
            raise UplinkError(f"the backend answered {answer.status_code}: {answer.text[:200]}", too_much=too_much)
        return answer


def _understood(answer: httpx.Response, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except _UNREADABLE as error:
        raise UplinkError(f"whoever answered is not the backend ({error}); check backend.url") from error


class Reporter(Worker):
    """Empties the outbox: alerts at once, routine reports in company, and an empty batch as a sign of life.

    data_dir: whose outbox. now: domain time, which the batch is dated by.
    """

    def __init__(self, config: BackendConfig, data_dir: Path, now: Callable[[], float]) -> None:
        super().__init__("reporter")
        self._backend = Backend(config)
        self._data_dir = data_dir
        self._now = now
        self._most = MOST_IN_BATCH
        self._sent_at = -HEARTBEAT_S  # real time of the last batch that was taken
        self._is_refused: bool | None = None  # by the backend, as noted for `status`; None: nothing was noted yet
        self._wake = threading.Event()
        self._stopping = False
        self.reached: bool | None = None
        """Whether the backend took the last batch; None before the first."""

    def wake(self) -> None:
        """There is something that must not wait."""
        self._wake.set()

    def stop(self) -> None:
        """End after the request that is under way, if there is one; what is not sent stays in the outbox."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        outbox = Outbox(self._data_dir)
        failures = 0
        while not self._stopping:
            self.beat()
            self._wake.clear()
            try:
                pause_s = 0.0 if self._sent_some(outbox) else GATHER_S
                failures = 0
            except GatewayError as error:
                if isinstance(error, JournalError) and error.permanent:
                    raise
                failures += 1
                self.reached = self.reached if isinstance(error, JournalError) else False
                pause_s = wait_s(failures, random.random())
                _say_failure(error, failures, "reports")
            self._wake.wait(pause_s)
        outbox.close()
        self._backend.close()

    def _sent_some(self, outbox: Outbox) -> bool:
        """Send one batch if there is a reason to; whether another one should follow at once."""
        waiting = outbox.first(self._most)
        if not waiting and time.monotonic() - self._sent_at < HEARTBEAT_S:
            return False
        batch = reports.Batch(outbox.journal, self._now(), waiting, outbox.queued())
        try:
            reply = self._backend.send(batch)
        except UplinkError as error:
            if error.refused:
                self._note_refused(outbox, refused=True)
            # Whatever was wrong: what comes before a report over which the backend breaks must not wait for it.
            self._most = max(1, len(waiting) // 2)
            if not error.too_much or not waiting:
                raise
            self._narrow(outbox, waiting, error)
            return True
        self._note_refused(outbox, refused=False)
        settled = _settle(outbox, waiting, reply)
        if waiting and not settled:
            raise UplinkError("the backend took a batch and said nothing about what was in it")
        self._sent_at, self.reached = time.monotonic(), True
        more = len(waiting) == self._most
        self._most = min(MOST_IN_BATCH, self._most * 2)
        return more

    def _note_refused(self, outbox: Outbox, *, refused: bool) -> None:
        if refused != self._is_refused:
            outbox.note(REFUSED_AT, self._now() if refused else None)
            self._is_refused = refused

    def _narrow(self, outbox: Outbox, waiting: list[reports.Numbered], error: UplinkError) -> None:
        """By halves it comes to the one report that the backend cannot take; put that aside so that others pass."""
        log.warning("%s; trying fewer than %d reports", error, len(waiting))
        if len(waiting) == 1:
            outbox.settle((), [(waiting[0].seq, str(error))])


def _settle(outbox: Outbox, sent: list[reports.Numbered], reply: reports.BatchReply) -> int:
    """Forget what the reply lists, and only what was sent; returns how many that were."""
    ours = {numbered.seq for numbered in sent}
    listed = [outcome for outcome in reply.results if outcome.seq in ours]
    refused = [(outcome.seq, outcome.problem) for outcome in listed if outcome.result == "refused"]
    for seq, problem in refused:
        log.error("the backend refused report %d and it is put aside: %s", seq, problem)
    stored = {outcome.seq for outcome in listed if outcome.result != "refused"}
    outbox.settle(stored, refused)
    backups = [one.at for one in sent if one.seq in stored and isinstance(one.report, reports.RhythmBackup)]
    if backups:
        outbox.note(BACKUP_AT, max(backups))
    return len(listed)


class CommandPoll(Worker):
    """Asks for commands, hands them over, and asks for the next ones only when these are committed.

    after: the number of the last committed command. now: domain time, which what came is dated by.
    """

    def __init__(
        self, config: BackendConfig, after: int, now: Callable[[], float], arrived: Callable[[CommandsArrived], None]
    ) -> None:
        super().__init__("commands")
        self._backend = Backend(config)
        self._after = after
        self._now = now
        self._arrived = arrived
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask no more. A poll that is under way is left to end by itself, with the process."""
        self._stopping.set()

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.beat()
            try:
                found = self._backend.commands(self._after, COMMAND_WAIT_S)
                failures = 0
            except UplinkError as error:
                failures += 1
                _say_failure(error, failures, "commands")
                self._stopping.wait(wait_s(failures, random.random()))
                continue
            portions = list(_portions([numbered for numbered in found if numbered[0] > self._after]))
            for portion in portions:
                self._hand_over(portion)
            if not portions:
                self._stopping.wait(_BETWEEN_POLLS_S)  # a backend that answers at once must not be asked without pause

    def _hand_over(self, found: list[_Command]) -> None:
        if self._stopping.is_set():
            return
        arrived = CommandsArrived(found, self._now())
        self._arrived(arrived)
        while not arrived.committed.wait(1.0):
            self.beat()
            if self._stopping.is_set():
                return
        self._after = found[-1][0]


def _portions(found: list[_Command]) -> Iterator[list[_Command]]:
    """What was learned of a unit comes alone: taking it over takes a tenth of a second, and a press may wait behind."""
    portion: list[_Command] = []
    for numbered in found:
        portion.append(numbered)
        if isinstance(numbered[1], reports.Restore):
            yield portion
            portion = []
    if portion:
        yield portion


def _say_failure(error: GatewayError, failures: int, what: str) -> None:
    """The first failure in a row, then ever fewer: the log must not fill the disk in a long outage."""
    if failures & (failures - 1) == 0:
        log.warning("%s: %s; it is tried again (failures in a row: %d)", what, error, failures)
