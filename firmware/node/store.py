"""What has not been told yet, in memory and in a file, so that neither a cut line nor a cut in the power loses it.

The file is a log of entries, one JSON array a line. Sent entries are not struck out one by one, for flash wears:
the file is emptied once everything in it has been sent and it has grown. What a restart finds there may therefore
have been told before; the gateway knows an event by (node, boot, seq) and takes it once.
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


class Entry:
    """One event on its way.

    at: Unix milliseconds, or None while the time is not known; noted: real milliseconds since boot (0 for an
    earlier boot's); repeat_at: when an emergency that nobody has journalled is to be told again; tries: how often
    it has been told.
    """

    def __init__(self, boot: str, seq: int, kind: str, value: object, at: int | None, noted: int) -> None:
        self.boot = boot
        self.seq = seq
        self.kind = kind
        self.value = value
        self.at = at
        self.noted = noted
        self.repeat_at = 0
        self.tries = 0

    @property
    def urgent(self) -> bool:
        """Whether it is a call for help, which goes first and is repeated until the gateway has it on disk."""
        return self.kind == "emergency" and self.value == "pressed"


class Store:
    """The ring of unsent entries. When it is full, the oldest that is no call for help gives way and is counted."""

    def __init__(self, path: str, capacity: int = CAPACITY) -> None:
        self.lost = 0
        self.damaged = 0
        self.unwritten = 0
        self._path = path
        self._capacity = capacity
        self._entries: list[Entry] = []
        self._lines = 0
        self._load()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Keep an entry, on disk too, but for health, of which only the newest is of use.

        A disk that takes nothing is counted in `unwritten`; the entry is then kept in memory alone.
        """
        if entry.kind == "health":
            self._entries = [other for other in self._entries if other.kind != "health"]
        self._entries.append(entry)
        if len(self._entries) > self._capacity:
            self._give_way()
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
            if not entry.urgent:
                return entry
        return None

    def next_deadline(self) -> int | None:
        """When a call for help is to be repeated, in real milliseconds."""
        repeats = [entry.repeat_at for entry in self._entries if entry.urgent]
        return min(repeats) if repeats else None

    def done(self, boot: str, seq: int) -> Entry | None:
        """Forget an entry that has arrived, and return it; None when there is none such."""
        for position, entry in enumerate(self._entries):
            if entry.seq == seq and entry.boot == boot:
                del self._entries[position]
                self._tidy()
                return entry
        return None

    def urgent_ids(self) -> "list[tuple[str, int]]":
        """(boot, seq) of the calls for help that are kept."""
        return [(entry.boot, entry.seq) for entry in self._entries if entry.urgent]

    def waiting(self) -> bool:
        """Whether a call for help is not yet on the gateway's disk."""
        return any(entry.urgent for entry in self._entries)

    def _give_way(self) -> None:
        self.lost += 1
        for position, entry in enumerate(self._entries):
            if not entry.urgent:
                del self._entries[position]
                return
        del self._entries[0]

    def _tidy(self) -> None:
        """Empty the file once nothing in it is needed and it has grown."""
        if not self._entries and self._lines >= STALE_LINES:
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
        with open(part, "w") as file:
            for entry in self._entries:
                self._write(file, entry)
        os.rename(part, self._path)
        self._lines = len(self._entries)

    def _load(self) -> None:
        line = b"\n"
        try:
            with open(self._path, "rb") as file:
                for line in file:
                    self._load_line(line)
        except OSError:  # the first start
            return
        self._entries = self._entries[-self._capacity :]
        if self.damaged or not line.endswith(b"\n"):  # the next entry must begin on a line of its own
            self._try(self._rewrite)

    def _load_line(self, line: bytes) -> None:
        self._lines += 1
        try:
            boot, seq, kind, value, at = json.loads(line)
            Event(boot, seq, kind, value, at=at and at / 1000, age_ms=0)
        except (ValueError, TypeError):  # a power cut has cut it short, or the flash is worn
            self.damaged += 1
            return
        self._entries.append(Entry(boot, seq, kind, value, at, 0))
