"""What is not yet on the gateway's disk, in memory and in a file, so that neither a cut line nor a cut in the power

loses it; nor a broker that dies with what it has acknowledged. Broker and gateway keep the order of what we tell. So
a receipt for something that was told later shows that what is still without one was lost, and it is told again. No
timer is needed, and while the gateway is away nothing is told twice.

The file is a log of entries, one JSON array a line. Entries are not struck out one by one, for flash wears: the file is
emptied once everything in it has arrived and it has grown. What a restart finds there may therefore have been told
before; the gateway knows an event by (node, boot, seq) and takes it once. Only a call for help is struck out when it
has arrived: told once more to a gateway that has forgotten it, or to another one, it would send people out for nothing.
"""

import json
import os

from contract.observations import Event

try:
    from collections.abc import Callable
    from typing import TextIO
except ImportError:  # MicroPython, which never looks at annotations
    pass

CAPACITY = 500
STALE_LINES = 32
MOST_TELLINGS = 5  # of what never arrives though everything else does: the gateway cannot read it


class Entry:
    """One event on its way.

    at: Unix milliseconds, or None while the time is not known; noted: real milliseconds since boot (0 for an
    earlier boot's); place: where in the order of telling it stands; told: whether a broker has it; tries: how often
    one had; repeat_at: when an emergency that nobody has journalled is to be told again.
    """

    def __init__(self, boot: str, seq: int, kind: str, value: object, at: int | None, noted: int) -> None:
        self.boot = boot
        self.seq = seq
        self.kind = kind
        self.value = value
        self.at = at
        self.noted = noted
        self.place = 0
        self.told = False
        self.tries = 0
        self.repeat_at = 0

    @property
    def urgent(self) -> bool:
        """Whether it is a call for help, which goes first and is repeated until the gateway has it on disk."""
        return self.kind == "emergency" and self.value == "pressed"


class Store:
    """The ring of entries without a receipt. When it is full, the oldest that is no call for help gives way.

    `lost` counts those that no broker had then, and those that were given up. Of health only the newest is kept.
    """

    def __init__(self, path: str, capacity: int = CAPACITY) -> None:
        self.lost = 0
        self.damaged = 0
        self.unwritten = 0
        self._path = path
        self._capacity = capacity
        self._entries: list[Entry] = []
        self._lines = 0
        self._tellings = 0
        self._load()

    def __len__(self) -> int:
        return len(self._entries)

    def unsent(self) -> int:
        """How many no broker has yet, or has lost."""
        return sum([1 for entry in self._entries if not entry.told])

    def put(self, entry: Entry) -> None:
        """Keep an entry, on disk too, but for health, of which only the newest is of use.

        A disk that takes nothing is counted in `unwritten`; the entry is then kept in memory alone.
        """
        if entry.kind == "health":
            self._entries = [other for other in self._entries if other.kind != "health"]
        self._hold(entry)
        if entry.kind == "health":
            return
        if self._lines >= 2 * self._capacity:
            self._try(self._rewrite)
        else:
            self._try(self._append, entry)

    def next(self, now: int) -> Entry | None:
        """The next one to tell: calls for help first, then the oldest."""
        for entry in self._entries:
            if entry.urgent and entry.repeat_at <= now:
                return entry
        for entry in self._entries:
            if not entry.urgent and not entry.told:
                return entry
        return None

    def telling(self, entry: Entry) -> None:
        """It is being told; its receipt may be here before the broker's acknowledgement.

        An emergency keeps the place of its first time, whose receipt may come after its second.
        """
        self._tellings += 1
        if not (entry.urgent and entry.place):
            entry.place = self._tellings

    def told(self, entry: Entry) -> None:
        """A broker has it."""
        entry.told = True
        entry.tries += 1

    def next_deadline(self) -> int | None:
        """When a call for help is to be repeated, in real milliseconds."""
        repeats = [entry.repeat_at for entry in self._entries if entry.urgent]
        return min(repeats) if repeats else None

    def done(self, boot: str, seq: int) -> Entry | None:
        """Forget an entry that is on the gateway's disk, and return it; None when there is none such."""
        for position, entry in enumerate(self._entries):
            if entry.seq == seq and entry.boot == boot:
                del self._entries[position]
                self._missed(entry.place)
                self._tidy(entry)
                return entry
        return None

    def _missed(self, place: int) -> None:
        """What was told before that place and has no receipt is to be told again, unless it has been so often.

        Calls for help are told again by their own clock, and health that is missed is old news.
        """
        for entry in [entry for entry in self._entries if entry.told and entry.place < place and not entry.urgent]:
            entry.told = False
            if entry.kind == "health":
                self._entries.remove(entry)
            elif entry.tries >= MOST_TELLINGS:
                self._entries.remove(entry)
                self.lost += 1

    def urgent_ids(self) -> "list[tuple[str, int]]":
        """(boot, seq) of the calls for help that are kept."""
        return [(entry.boot, entry.seq) for entry in self._entries if entry.urgent]

    def waiting(self) -> bool:
        """Whether a call for help is not yet on the gateway's disk."""
        return any(entry.urgent for entry in self._entries)

    def _hold(self, entry: Entry) -> None:
        self._entries.append(entry)
        if len(self._entries) > self._capacity:
            self._give_way()

    def _give_way(self) -> None:
        """What a broker has goes first: it is on its way, and only a broker that dies before it has saved loses it."""
        patient = [entry for entry in self._entries if not entry.urgent]
        with_broker = [entry for entry in patient if entry.told]
        self._entries.remove((with_broker or patient or self._entries)[0])
        if not with_broker:
            self.lost += 1

    def _tidy(self, arrived: Entry) -> None:
        """Empty the file once nothing in it is needed and it has grown; strike out a call for help at once."""
        grown = self._lines >= STALE_LINES and all(entry.kind == "health" for entry in self._entries)
        if grown or arrived.urgent:
            self._try(self._rewrite)

    def _try(self, write: Callable[..., None], *arguments: object) -> None:
        try:
            write(*arguments)
        except OSError:
            self.unwritten += 1

    def _append(self, entry: Entry) -> None:
        with open(self._path, "a") as file:
            self._write(file, entry)
        self._lines += 1

    def _write(self, file: TextIO, entry: Entry) -> None:
        file.write(json.dumps([entry.boot, entry.seq, entry.kind, entry.value, entry.at]) + "\n")

    def _rewrite(self) -> None:
        """Write what is left beside the old file and put it in its place by one rename."""
        part = self._path + ".part"
        kept = [entry for entry in self._entries if entry.kind != "health"]
        with open(part, "w") as file:
            for entry in kept:
                self._write(file, entry)
        os.rename(part, self._path)
        self._lines = len(kept)

    def _load(self) -> None:
        line = b"\n"
        try:
            with open(self._path, "rb") as file:
                for line in file:
                    self._load_line(line)
        except OSError:  # the first start
            return
        if self.damaged or not line.endswith(b"\n"):  # the next entry must begin on a line of its own
            self._try(self._rewrite)

    def _load_line(self, line: bytes) -> None:
        self._lines += 1
        try:
            boot, seq, kind, value, at = json.loads(line)
            Event(boot, seq, kind, value, at=at and at / 1000, age_ms=0)
        # A power cut has cut it short, or the flash is worn. RuntimeError: nested deeper than the interpreter's stack;
        # OverflowError: more digits than a float can hold.
        except (ValueError, TypeError, RuntimeError, OverflowError, MemoryError):
            self.damaged += 1
            return
        self._hold(Entry(boot, seq, kind, value, at, 0))  # the file may hold twice what the ring does
