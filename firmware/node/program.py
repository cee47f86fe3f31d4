"""The node's program: the board's pins through the core into the store, and from there over the link to the gateway."""

import asyncio

from contract import topics
from contract.observations import Ack, Command, ContractError, Event, Receipt, Status, TimeSignal

from node import VERSION
from node.clock import Clock, seconds
from node.core import Core, Note
from node.link import Link, LinkError
from node.sensors import Sensors
from node.signals import Signals
from node.store import Entry, Store

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

LATE_MS = 60000
REPEAT_MS = 5000
REPEAT_SELDOM_MS = 60000
REPEATS_OFTEN = 12
REMEMBERED = 8


class Program:
    """One node. `config` is as `node.config` describes it; `board` is one of `hal`."""

    def __init__(self, config: "dict[str, Any]", board: "Any") -> None:
        self._board = board
        self._node: str = config["node"]
        self._boot: str = board.boot_id()
        self._seq = 0
        self._refused = 0
        self._clock = Clock()
        self._core = Core(config.get("mains", True))
        self._sensors = Sensors(config["inputs"])
        self._signals = Signals()
        self._store = Store(config["data_dir"] + "/unsent.jsonl")
        self._presses = self._store.urgent_ids()
        self._acks: list[Ack] = []
        self._answers: list[Ack] = []
        self._look = asyncio.Event()
        self._news = asyncio.Event()
        self._link = Link(
            config["broker"],
            self._node,
            (topics.receipt(self._node), topics.command(self._node), topics.time(self._node)),
            (topics.status(self._node), self._status("offline")),
            self._received,
            self._came_up,
        )
        if self._presses:  # the power was cut before the gateway had the press
            self._signals.pressed(0)

    async def run(self) -> None:
        """For ever."""
        await asyncio.gather(self._link.run(), self._watch(), self._tell())

    def pin(self, name: str, level: bool) -> None:
        """The board says that an input reads `level`."""
        self._sensors.change(name, level, self._board.now())
        self._look.set()

    def cut(self, cut: bool) -> None:
        """Play a line that is cut (true) or mended (false)."""
        self._link.cut(cut)

    def state(self) -> "dict[str, object]":
        """What a person at the bench wants to know."""
        return {
            "node": self._node,
            "boot": self._boot,
            "seq": self._seq,
            "led": self._signals.led,
            "buzzer": self._signals.buzzer,
            "up": self._link.up,
            "connections": self._link.connections,
            "unsent": self._store.unsent(),
            "unconfirmed": len(self._store),
            "lost": self._store.lost,
            "unwritten": self._store.unwritten,
            "damaged": self._store.damaged,
            "refused": self._refused + self._link.oversized,
            "clock": self._clock.known,
            "last_fault": self._link.last_fault,
        }

    async def _watch(self) -> None:
        """Inputs and deadlines."""
        while True:
            self._look.clear()
            real = self._board.now()
            domain = self._clock.domain(real)
            for name, level in self._sensors.settled(real):
                self._edge(name, level, real, domain)
            for note in self._core.tick(domain):
                self._keep(note, real, domain)
            self._signals.tick(domain, self._store.waiting())
            self._show()
            await _wait(self._look, self._pause_ms())

    def _edge(self, name: str, level: bool, real: int, domain: int) -> None:
        if name == "fine" and level:
            self._signals.fine()
        if name == "emergency" and level:
            self._signals.pressed(domain)
        for note in self._core.edge(name, level, domain):
            self._keep(note, real, domain)

    def _pause_ms(self) -> "int | None":
        """Until the next deadline, of whichever clock; None when there is none."""
        real = self._board.now()
        deadlines = (self._core.next_deadline(), self._signals.next_deadline())
        pauses = [None if deadline is None else self._clock.real_until(deadline, real) for deadline in deadlines]
        settling = self._sensors.next_deadline()
        pauses.append(None if settling is None else max(0, settling - real))
        known = [pause for pause in pauses if pause is not None]
        return min(known) if known else None

    def _show(self) -> None:
        self._board.show(self._signals.led, self._signals.buzzer)

    def _keep(self, note: Note, real: int, domain: int) -> None:
        """Date a note and put it where it is not lost."""
        value = note.value
        at, noted = None, real - (domain - note.last)
        if note.kind == "health":
            value = self._board.health()
        if self._clock.known:
            now = self._clock.unix(real)
            at, noted = now - (domain - note.first), real
            if note.kind == "motion":
                value["last_at"] = seconds(now - (domain - note.last))  # type: ignore[index]  # motion's is a dict
        self._seq += 1
        entry = Entry(self._boot, self._seq, note.kind, value, at, noted)
        if entry.urgent:
            self._presses.append((entry.boot, entry.seq))
            del self._presses[:-REMEMBERED]
        self._store.put(entry)
        self._news.set()

    async def _tell(self) -> None:
        """What is kept, to the gateway."""
        while True:
            self._news.clear()
            try:
                if self._link.up and await self._tell_next():
                    continue
            except LinkError:
                await asyncio.sleep(0.1)  # the link is about to find out, too
                continue
            repeat = self._store.next_deadline() if self._link.up else None
            await _wait(self._news, None if repeat is None else max(0, repeat - self._board.now()))

    async def _tell_next(self) -> bool:
        """Send the most pressing thing; false when there is none. Raises LinkError."""
        entry = self._store.next(self._board.now())
        if self._acks and not (entry and entry.urgent):
            await self._link.publish(topics.ack(self._node), self._acks[0].encode())
            del self._acks[0]
            return True
        if entry is None:
            return False
        self._store.telling(entry)
        await self._link.publish(topics.event(self._node), self._event(entry).encode())
        self._store.told(entry)
        if entry.urgent:
            pause = REPEAT_MS if entry.tries <= REPEATS_OFTEN else REPEAT_SELDOM_MS
            entry.repeat_at = self._board.now() + pause
            self._signals.sent(self._clock.domain(self._board.now()))
            self._show()
        return True

    def _event(self, entry: Entry) -> Event:
        """What to say of an entry now. A call for help is news, however late it comes."""
        real = self._board.now()
        late = entry.boot != self._boot or real - entry.noted >= LATE_MS
        at = entry.at
        if at is None and self._clock.known:
            at = self._clock.unix(entry.noted)
        return Event(
            entry.boot,
            entry.seq,
            entry.kind,
            entry.value,
            at=None if at is None else seconds(at),
            age_ms=real - entry.noted if at is None else None,
            historical=late and not entry.urgent,
        )

    def _status(self, state: str) -> bytes:
        return Status(state, VERSION, self._boot).encode()

    async def _came_up(self) -> None:
        await self._link.publish(topics.status(self._node), self._status("online"), retain=True)
        self._news.set()

    def _received(self, topic: str, body: bytes) -> None:
        """A message from the gateway. One that breaks the contract is counted and stops nothing."""
        found = topics.split(topic)
        leaf = found[1] if found else ""
        try:
            if leaf == "time":
                self._clock.set(TimeSignal.decode(body), self._board.now())
            elif leaf == "receipt":
                self._receipt(Receipt.decode(body))
            elif leaf == "cmd":
                self._command(Command.decode(body))
        except ContractError:
            self._refused += 1
        self._look.set()
        self._news.set()

    def _receipt(self, receipt: Receipt) -> None:
        """It lights nothing while a press waits: what it says of an earlier one, perhaps an old one, is no promise."""
        self._store.done(receipt.boot, receipt.seq)
        if (receipt.boot, receipt.seq) in self._presses and not self._store.waiting():
            self._signals.receipt(receipt.stage, self._clock.domain(self._board.now()))

    def _command(self, command: Command) -> None:
        """Carry it out once, and say so as often as it comes."""
        for answer in self._answers:
            if answer.id == command.id:
                self._acks.append(answer)
                return
        answer = self._obey(command)
        self._answers.append(answer)
        del self._answers[:-REMEMBERED]
        self._acks.append(answer)

    def _obey(self, command: Command) -> Ack:
        real = self._board.now()
        expires_at = command.expires_at
        if expires_at is not None and self._clock.known and self._clock.unix(real) > expires_at * 1000:
            return Ack(command.id, False, "expired")
        if command.do not in ("ask", "locate", "buzz"):
            return Ack(command.id, False, command.do + ": not known to firmware " + VERSION)
        self._signals.call(command.do, command.for_s, self._clock.domain(real))
        return Ack(command.id, True)


async def _wait(event: asyncio.Event, pause_ms: "int | None") -> None:
    """Until something happens, or for so long."""
    if pause_ms is None:
        await event.wait()
        return
    try:
        await asyncio.wait_for(event.wait(), pause_ms / 1000)
    except asyncio.TimeoutError:
        pass
