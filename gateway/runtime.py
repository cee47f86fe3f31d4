"""The loop that joins everything: inputs are journalled with what they decide, and only then acknowledged and done.

One thread owns the core and the journal. The broker's and the backend's threads hand over through one queue.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contract import topics
from contract.clock import Clock, SharedClock

from gateway.adapters.backups import Backups
from gateway.adapters.complaints import Complaints
from gateway.adapters.durable import DurableCore
from gateway.adapters.health import HealthReports
from gateway.adapters.inbox import Inbox
from gateway.adapters.journal import COMMAND, Journal, Refused
from gateway.adapters.liveness import Liveness
from gateway.adapters.mqtt import Arrived, BrokerChanged, Link
from gateway.adapters.nodetime import NodeTime
from gateway.adapters.orders import as_input
from gateway.adapters.receipts import Receipts
from gateway.adapters.uplink import CommandPoll, CommandsArrived, Reporter
from gateway.config import Config
from gateway.core.decisions import Send, TellNode
from gateway.core.emergency import calls_for_help
from gateway.core.inputs import NodeStatus, Observed
from gateway.errors import JournalError
from gateway.sources import Reading, Unreadable, open_sources

MOST_IN_COMMIT = 500
LONGEST_GATHER_S = 0.05
SNAPSHOT_S = 300.0
ALIVE_S = 30.0  # domain and real time: how exactly the core knows, after a power cut, how long nobody listened
LONGEST_WAIT_S = 1.0
LONGEST_WAIT_SHARED_S = 0.25  # the clock's rate may change at any moment
JOURNAL_RETRY_S = 1.0
HUNG_S = 30.0  # real time
STRIDE_S = 300.0  # domain time; only at a scaled pace does more pass in one turn
STOP_WITHIN_S = 5.0
_URGENT = (b'"emergency"', b'"smoke"', b'"sos"')
_CLOCK_STEP_S = 60.0  # a clock set back by less is waited for

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order; with `failure` because another thread died of it."""

    failure: BaseException | None = None


Other = BrokerChanged | CommandsArrived | Stop
Event = Arrived | Other


class Runtime:
    """One run of the gateway, from what the journal holds to `stop`. data_dir must be held (see `database.held`)."""

    def __init__(self, config: Config, clock: Clock) -> None:
        data_dir = Path(config.data_dir)
        self._clock = clock
        self._longest_wait_s = LONGEST_WAIT_SHARED_S if isinstance(clock, SharedClock) else LONGEST_WAIT_S
        self._queue: Inbox[Other] = Inbox()
        self._journal = Journal(data_dir)
        self._backups = Backups(config.gateway, data_dir)
        self._durable = DurableCore(config.gateway, self._journal, self._backups)
        self._sources = open_sources(config)
        self._complaints = Complaints()
        self._health = HealthReports(data_dir, self._journal)
        self._link = Link(
            config.broker, f"tomoshibi-gateway-{config.gateway}", self._sources.filters, clock.now, self._queue.put
        )
        self._node_time = NodeTime(clock, time.monotonic, self._link.publish)
        self._receipts = Receipts(self._link.publish)
        self._reporter = Reporter(config.backend, data_dir, clock.now)
        self._commands = CommandPoll(config.backend, self._durable.last_command, clock.now, self._queue.put)
        self._liveness = Liveness((self._link, self._reporter, self._commands))
        self._committed_at = self._snapshot_at = time.monotonic()
        self._turn = (time.monotonic(), clock.now(), clock.rate())
        self._listened = False
        self._stop_asked = threading.Event()
        self._stopping: Stop | None = None

    def stop(self, failure: BaseException | None = None) -> None:
        """End `run` soon; may be called from any thread and from a signal handler."""
        self._stop_asked.set()
        self._queue.put(Stop(failure))

    def run(self) -> None:
        """Work until `stop`. Raises the failure given to it, JournalError for a damaged journal, or ThreadError."""
        log.info("journal %s, %d reports to be sent", self._journal.id, self._journal.sizes()[0])
        self._link.start()
        self._reporter.start()
        self._commands.start()
        try:
            while self._stopping is None:
                self._look_after_parts()
                self._work(self._gather())
            self._commit(snapshot=True)
        finally:
            self._liveness.ending()
            self._commands.stop()
            self._reporter.stop()
            self._link.stop()
            self._reporter.join(STOP_WITHIN_S)
            self._journal.close()
            self._liveness.ended()
        if self._stopping.failure is not None:
            raise self._stopping.failure

    # --- one turn of the loop ---

    def _look_after_parts(self) -> None:
        if not self._stop_asked.is_set():  # what a part died of is on its way here, or we end anyhow
            self._liveness.turn()

    def _gather(self) -> list[Event]:
        """What has come, at once when that is all, and never so much that its commit takes long."""
        try:
            events = [self._queue.get(timeout=self._wait_s())]
        except queue.Empty:
            return []
        until = time.monotonic() + LONGEST_GATHER_S
        while len(events) < MOST_IN_COMMIT and time.monotonic() < until and not _is_emergency(events[-1]):
            try:
                events.append(self._queue.get())
            except queue.Empty:
                break
        return events

    def _wait_s(self) -> float:
        """Real seconds until the core wants to be woken, or until it is time to look at the clock again."""
        due, rate = self._durable.core.next_deadline(), self._clock.rate()
        if due is None or rate <= 0:
            return self._longest_wait_s
        return min(max((due - self._clock.now()) / rate, 0.001), self._longest_wait_s)

    def _work(self, events: list[Event]) -> None:
        turn = (time.monotonic(), self._clock.now(), self._clock.rate())
        self._listened = self._has_listened(turn)
        for event in events:
            self._take(event)
        if self._queue.empty():  # what still waits came before now, and is taken at its own time
            self._turn = turn
            self._pass_time(self._now(self._clock.now()))
        self._durable.refuse(*self._complaints.take())
        self._count_dropped()
        if self._needs_commit():
            self._commit(snapshot=time.monotonic() - self._snapshot_at > SNAPSHOT_S)
        self._link.acknowledge(event for event in events if isinstance(event, Arrived))
        for event in events:
            if isinstance(event, CommandsArrived):
                event.committed.set()
        self._durable.prune()
        self._node_time.due()

    def _count_dropped(self) -> None:
        dropped = self._queue.dropped()
        if dropped:
            log.error("%d routine messages at QoS 0 were dropped: too many waited for the journal", dropped)
            self._durable.refuse((), {"overflow": dropped})

    def _has_listened(self, turn: tuple[float, float, float]) -> bool:
        """Whether domain time passed at its pace since nothing waited, and not by a leap or while this process hung."""
        (real, domain, rate), (real_before, domain_before, rate_before) = turn, self._turn
        passed_s = real - real_before
        return passed_s < HUNG_S and domain - domain_before <= 1.0 + 1.5 * passed_s * max(rate, rate_before)

    def _pass_time(self, to: float) -> None:
        if self._listened and to - self._durable.now > STRIDE_S:
            self._durable.walk(to)
        self._durable.tick(to)

    def _needs_commit(self) -> bool:
        health = self._health.due(self._clock.now(), self._durable.core.unassigned())
        if health is not None:
            self._durable.send(Send(health, "routine"))
        rate = max(1.0, self._clock.rate())
        quiet_s = (time.monotonic() - self._committed_at) * rate
        return self._durable.has_something or self._receipts.are_owed or quiet_s > max(ALIVE_S, rate)

    def _commit(self, *, snapshot: bool = False) -> None:
        """Until it succeeds: what is not on the disk is not acknowledged, so the broker keeps it for us."""
        urgent = self._durable.is_urgent
        while True:
            try:
                tell = self._durable.commit(self._clock.now(), snapshot=snapshot)
                break
            except JournalError as error:
                if error.permanent or self._stop_asked.wait(JOURNAL_RETRY_S):
                    raise
                log.error("%s", error)
                self._durable.refuse((), {"journal": 1})
                self._look_after_parts()
        self._committed_at = time.monotonic()
        if snapshot:
            self._snapshot_at = self._committed_at
        if urgent:
            self._reporter.wake()
        self._receipts.settle()
        for one in tell:
            self._tell(one)

    def _tell(self, one: TellNode) -> None:
        leaf = topics.receipt if one.kind == "receipt" else topics.command
        try:
            self._link.publish(leaf(one.node), one.encode())
        except ValueError as error:  # a node whose name or command no topic or contract allows
            log.error("not told to node %r: %s", one.node, error)

    # --- what an event means ---

    def _take(self, event: Event) -> None:
        match event:
            case Arrived():
                self._take_message(event)
            case BrokerChanged():
                self._take_broker(event)
            case CommandsArrived():
                self._take_commands(event)
            case Stop():
                self._stopping = event

    def _now(self, at: float) -> float:
        """Domain time for the core of what came `at`. It runs backwards only when the clock was really set back.

        That something waited long, and is older than what was taken already, says nothing about the clock.
        """
        clock, last = self._clock.now(), self._durable.now
        now = min(at, clock)
        return now if last - clock >= _CLOCK_STEP_S else max(last, now)

    def _take_message(self, message: Arrived) -> None:
        at = self._now(message.at)
        self._pass_time(at)
        try:
            readings: Iterable[Reading] = self._sources.read(message.topic, message.body, at, message.retained)
        except Unreadable as error:
            self._complaints.add(Refused(message.at, message.topic, error.reason, message.body), str(error))
            readings = error.rest
        for reading in readings:
            self._take_reading(reading, message.topic)

    def _take_reading(self, reading: Reading, topic: str) -> None:
        if isinstance(reading, Observed):
            repeated = self._durable.is_repeated(reading)
            self._receipts.owe(reading)
            # A call for help that is repeated is for the core to confirm; everything else repeated is no news.
            if repeated and calls_for_help(reading) is None:
                return
            self._durable.take(reading, repeated=repeated)
            return
        self._durable.take(reading)
        if isinstance(reading, NodeStatus) and topics.split(topic) is not None:
            if reading.state == "online":
                self._node_time.connected(reading.node)
            else:
                self._node_time.gone(reading.node)

    def _take_broker(self, event: BrokerChanged) -> None:
        if event.connected != self._health.broker_connected:
            log.log(logging.INFO if event.connected else logging.WARNING, "broker: %s", event.problem or "connected")
        self._health.broker_connected = event.connected

    def _take_commands(self, event: CommandsArrived) -> None:
        at = self._now(event.at)
        for n, command in event.commands:
            if n <= self._durable.last_command:
                continue
            entry, problems = as_input(command, at, self._durable.core, self._backups)
            if entry is None:
                text = "; ".join(problems)
                log.error("command %d is skipped: %s", n, text)
                self._complaints.keep(Refused(at, f"command {n}", COMMAND, text.encode()))
            else:
                self._durable.take(entry)
            self._durable.commanded(n)


def _is_emergency(event: Event) -> bool:
    """Whether its commit must wait for nothing more. A guess from the bytes; being wrong costs one small commit."""
    return isinstance(event, Arrived) and any(word in event.body for word in _URGENT)
