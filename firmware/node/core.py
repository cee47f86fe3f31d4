"""What is worth telling, and when. Pure: time is passed in, in milliseconds of domain time since boot."""

MOTION_WINDOW_MS = 60000
HEALTH_MAINS_MS = 60000
HEALTH_BATTERY_MS = 3600000


class Debounce:
    """A contact's level, once it has held for `settle_ms` (real milliseconds)."""

    def __init__(self, settle_ms: int, level: bool = False) -> None:
        self.level = level
        self._settle_ms = settle_ms
        self._since: int | None = None

    def change(self, level: bool, now: int) -> None:
        """The pin reads `level`."""
        if level == self.level:
            self._since = None
        elif self._since is None:
            self._since = now

    def settled(self, now: int) -> bool:
        """Whether the level has just changed for good; true once per change."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return False
        self.level = not self.level
        self._since = None
        return True

    def next_deadline(self) -> int | None:
        return None if self._since is None else self._since + self._settle_ms


class Note:
    """Something to report: its kind and value as the contract has them, and when it was noticed first and last."""

    def __init__(self, kind: str, value: "str | bool | dict[str, float | int | str]", first: int, last: int) -> None:
        self.kind = kind
        self.value = value
        self.first = first
        self.last = last


class Motion:
    """The first trip is told at once; those that follow are counted and told together, once a minute."""

    def __init__(self, window_ms: int = MOTION_WINDOW_MS) -> None:
        self._window_ms = window_ms
        self._until: int | None = None
        self._count = 0
        self._first = self._last = 0

    def trip(self, now: int) -> list[Note]:
        if self._until is None:
            self._until = now + self._window_ms
            return [Note("motion", {"count": 1}, now, now)]
        if not self._count:
            self._first = now
        self._last = now
        self._count += 1
        return []

    def tick(self, now: int) -> list[Note]:
        if self._until is None or now < self._until:
            return []
        if not self._count:
            self._until = None
            return []
        note = Note("motion", {"count": self._count}, self._first, self._last)
        self._count = 0
        self._until = now + self._window_ms
        return [note]

    def next_deadline(self) -> int | None:
        return self._until


class Core:
    """Edges of the inputs in, notes out."""

    def __init__(self, mains: bool) -> None:
        self._motion = Motion()
        self._health_every_ms = HEALTH_MAINS_MS if mains else HEALTH_BATTERY_MS
        self._health_at = 0

    def edge(self, name: str, level: bool, now: int) -> list[Note]:
        """The input `name` has settled at `level`: true for moving, open, or pressed."""
        if name == "motion":
            return self._motion.trip(now) if level else []
        if name == "door":
            return [Note("door", "open" if level else "closed", now, now)]
        if name == "emergency":
            return [Note("emergency", "pressed" if level else "released", now, now)]
        return [Note("fine", "pressed", now, now)] if name == "fine" and level else []

    def tick(self, now: int) -> list[Note]:
        """What has become due. A health note is empty: the board fills it in."""
        notes = self._motion.tick(now)
        if now >= self._health_at:
            self._health_at = now + self._health_every_ms
            notes.append(Note("health", {}, now, now))
        return notes

    def next_deadline(self) -> int:
        """The instant of the next `tick` that has something to do."""
        motion = self._motion.next_deadline()
        return self._health_at if motion is None else min(motion, self._health_at)
