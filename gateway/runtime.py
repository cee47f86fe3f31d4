"""The loop that joins everything: inputs are journalled with what they decide, and only then acknowledged and done.

One thread owns the core and the journal. The broker's and the backend's threads hand over through one queue.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from contract import topics
from contract.clock import Clock, SharedClock

from gateway.adapters.announcer import Announcer
from gateway.adapters.backups import Backups
from gateway.adapters.complaints import Complaints
from gateway.adapters.durable import DurableCore
from gateway.adapters.health import HealthReports
from gateway.adapters.inbox import Inbox
from gateway.adapters.journal import COMMAND, Journal, Refused
from gateway.adapters.last_words import LastWords
from gateway.adapters.liveness import Liveness
from gateway.adapters.mqtt import Arrived, BrokerChanged, Link
from gateway.adapters.nodetime import NodeTime
from gateway.adapters.orders import as_input
from gateway.adapters.receipts import Receipts
from gateway.adapters.service_manager import ServiceManager
from gateway.adapters.uplink import CommandPoll, CommandsArrived, Reporter
from gateway.adapters.window import Window
from gateway.config import Config
from gateway.core.decisions import Send, TellNode
from gateway.core.emergency import calls_for_help
from gateway.core.floods import Floods
from gateway.core.inputs import Flooded, NodeStatus, Observed
from gateway.core.showing import sensors, watching
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
        self._journal = Journal(data_dir)
        self._backups = Backups(config.gateway, data_dir)
        self._durable = DurableCore(config.gateway, self._journal, self._backups)
        self._sources = open_sources(config)
        self._queue: Inbox[Other] = Inbox(self._sources.may_call)
        self._floods = Floods(self._durable.core.chattering(), self._durable.now)
        self._last_words = LastWords()
        self._announcer = _announcer(config)
        self._complaints = Complaints()
        self._health = HealthReports(data_dir, self._journal)
        self._link = Link(
            config.broker,
            f"tomoshibi-gateway-{config.gateway}",
            self._filters(),
            clock.now,
            self._queue.put,
            None if self._announcer is None else self._announcer.will,
        )
        self._node_time = NodeTime(clock, time.monotonic, self._link.publish)
        self._receipts = Receipts(self._link.publish)
        self._reporter = Reporter(config.backend, data_dir, clock.now)
        self._commands = CommandPoll(config.backend, self._durable.last_command, clock.now, self._queue.put)
        self._window: Window | None = None
        if config.window is not None:
            self._window = Window(config, config.window, clock.now, lambda: self._health.broker_connected)
        self._liveness = Liveness((self._link, self._reporter, self._commands))
        self._service_manager = ServiceManager()
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
        if self._window is not None:
            self._window.start()
        try:
            while self._stopping is None:
                self._look_after_parts()
                self._work(self._gather())
            self._commit(snapshot=True)
        finally:
            self._service_manager.ending()
            self._liveness.ending()
            self._commands.stop()
            self._reporter.stop()
            if self._announcer is not None:
                self._link.publish(*self._announcer.will, retain=True)
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
            self._service_manager.turn(self._how_it_is())

    def _how_it_is(self) -> str:
        """In one line, for whoever looks after the service; what is well ends in "ok"."""
        broker = {None: "broker not tried yet", True: "broker ok", False: "broker gone"}[self._health.broker_connected]
        backend = {None: "backend not tried yet", True: "backend ok", False: "backend gone"}[self._reporter.reached]
        return f"{broker}, {backend}, {len(self._durable.core.units)} units"

    def _gather(self) -> list[Event]:
        """What has come, at once when that is all, and never so much that its commit takes long."""
        try:
            events = [self._queue.get(timeout=self._wait_s())]
        except queue.Empty:
            return []
        until = time.monotonic() + LONGEST_GATHER_S
        while len(events) < MOST_IN_COMMIT and time.monotonic() < until and not self._may_call(events[-1]):
            try:
                events.append(self._queue.get())
            except queue.Empty:
                break
        return events

    def _may_call(self, event: Event) -> bool:
        """Whether its commit must wait for nothing more; being wrong costs one small commit."""
        return isinstance(event, Arrived) and self._sources.may_call(event.topic, event.body)

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
        self._look_after_floods()
        if self._needs_commit():
            self._commit(snapshot=time.monotonic() - self._snapshot_at > SNAPSHOT_S)
        self._link.acknowledge(event for event in events if isinstance(event, Arrived))
        for event in events:
            if isinstance(event, CommandsArrived):
                event.committed.set()
        self._link.listen_to(self._filters())
        self._announce()
        self._durable.prune()
        self._node_time.due()

    def _filters(self) -> tuple[str, ...]:
        return self._sources.filters + (() if self._announcer is None else (self._announcer.birth_topic,))

    def _announce(self) -> None:
        if self._announcer is not None and self._health.broker_connected:
            units, now = self._durable.core.units.values(), self._durable.now
            shown = self._announcer.news(lambda: [(unit.name, watching(unit), sensors(unit, now)) for unit in units])
            for topic, body in shown.items():
                self._link.publish(topic, body, retain=True)

    def _look_after_floods(self) -> None:
        for entry in self._floods.news(self._durable.now):
            if isinstance(entry, Flooded):
                log.warning("node %r %s", entry.node, "floods, and is limited" if entry.on else "floods no longer")
            self._durable.take(entry)
        dropped = self._floods.dropped()
        if dropped:
            self._durable.refuse((), {"flood": sum(dropped.values())})

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
        core = self._durable.core
        health = self._health.due(self._clock.now(), core.unassigned(), lambda: self._last_words.of(core.strangers()))
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
        if self._announcer is not None and message.topic == self._announcer.birth_topic:
            self._announcer.heard_birth(message.body)
            return
        at = self._now(message.at)
        self._pass_time(at)
        try:
            readings: Iterable[Reading] = self._sources.read(message.topic, message.body, at, message.retained)
        except Unreadable as error:
            self._complaints.add(Refused(message.at, message.topic, error.reason, message.body), str(error))
            readings = error.rest
        for reading in readings:
            hangs = self._durable.core.hangs(reading.node)
            if not hangs:
                self._last_words.note(reading.node, message.topic, message.body)
            if self._floods.admits(reading, at, hangs):
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
        if event.connected and self._announcer is not None:
            self._announcer.begin()

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


def _announcer(config: Config) -> Announcer | None:
    wanted = config.homeassistant
    if wanted is None or not wanted.announce:
        return None
    return Announcer(config.gateway, version("tomoshibi"), wanted.prefix)
