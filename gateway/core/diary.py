"""A watch kept cheaply: what it was once, and what it was told since.

To write down all that a watch has learned takes tens of milliseconds; a thousand of them would hold up an emergency
for half a minute each time the gateway takes a snapshot. So a watch is written down only now and then, each at its
own time.
"""

import msgspec

from gateway.core.signs import Sign
from gateway.core.watch import UnitWatch

MOST_ENTRIES = 400  # some days of signs, told again in milliseconds


class Saw(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    at: float
    room: str
    kind: str
    value: str
    node: str


class Paused(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    at: float
    why: str


class Resumed(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    at: float


class Observed(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    until: float


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    since: float
    teaches: bool


class LearnedAnew(msgspec.Struct, frozen=True, array_like=True, tag="l"):
    pass


class LeftOut(msgspec.Struct, frozen=True, array_like=True, tag="x"):
    since: float
    until: float
    why: str


Entry = Saw | Paused | Resumed | Observed | Ended | LearnedAnew | LeftOut


class Kept(msgspec.Struct):
    """A watch's bytes, and what it was told after they were written."""

    base: bytes
    entries: list[Entry] = []


class Diary:
    """Tells a watch things and remembers them. Everything that changes the watch goes through here."""

    def __init__(self, watch: UnitWatch, kept: Kept | None = None) -> None:
        """kept: of `watch` as it was loaded from its base; it is then told again what came after."""
        self._watch, self._kept = watch, kept
        self._is_observed = False
        for entry in kept.entries if kept is not None else ():
            _tell(watch, entry)

    def saw(self, sign: Sign) -> None:
        self._note(Saw(sign.at, sign.room, sign.kind, sign.value, sign.node))

    def pause(self, at: float, why: str) -> None:
        self._note(Paused(at, why))

    def resume(self, at: float) -> None:
        self._note(Resumed(at))

    def ended(self, since: float, teaches: bool) -> None:
        self._note(Ended(since, teaches))

    def leave_out(self, since: float, until: float, why: str) -> None:
        self._note(LeftOut(since, until, why))

    def learn_anew(self) -> None:
        if self._watch.is_stale:
            self._note(LearnedAnew())

    def observed(self, until: float) -> None:
        """Only the first time matters to a watch: a silence without any sign counts from it."""
        if not self._is_observed:
            self._is_observed = True
            self._note(Observed(until))

    def _note(self, entry: Entry) -> None:
        _tell(self._watch, entry)
        if self._kept is not None:
            self._kept.entries.append(entry)
            if len(self._kept.entries) >= MOST_ENTRIES:
                self._kept = Kept(self._watch.dump())

    def keep(self) -> Kept:
        """What to write down now."""
        if self._kept is None:
            self._kept = Kept(self._watch.dump())
        return self._kept


def _tell(watch: UnitWatch, entry: Entry) -> None:
    """Tell, and let the watch learn at once if it is to: what it learns depends on when it is first asked."""
    _pass_on(watch, entry)
    watch.learning()


def _pass_on(watch: UnitWatch, entry: Entry) -> None:
    if isinstance(entry, Saw):
        watch.observe(Sign(entry.at, entry.room, entry.kind, entry.value, entry.node))
    elif isinstance(entry, Paused):
        watch.pause(entry.at, entry.why)
    elif isinstance(entry, Resumed):
        watch.resume(entry.at)
    elif isinstance(entry, Ended):
        watch.outcome(entry.since, entry.teaches)
    elif isinstance(entry, LeftOut):
        watch.leave_out(entry.since, entry.until, entry.why)
    elif isinstance(entry, LearnedAnew):
        watch.learn_anew()
    else:
        watch.observed_until(entry.until)
