"""What a contact that is on or off says, by what hangs at it. Such a level is told again and again while it lasts."""

from gateway.sources.bodies import Said

CONTACTS = frozenset(("presence", "door", "smoke", "leak", "tamper", "emergency"))
AGAIN_S = 900.0  # as for smoke: that it was off in between may have been lost on the way
_MOST = 2000


class Contacts:
    """Levels go on as levels, in which the core looks for edges, with a memory that outlasts a restart.

    Of calls for help alone an edge is looked for here: a pull-cord that hangs down would otherwise call anew whenever
    it is told how it stands. What is not known counts as an edge: rather called once too often than once too seldom.
    Such a call is undated, since it may be old: it calls, and is no sign of life.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[bool, float]] = {}

    def says(self, name: str, kind: str, on: bool, at: float, *, surely: bool = False) -> list[Said]:
        """name: of this one contact, kind: one of CONTACTS. surely: it is no repetition, whatever was said before."""
        if kind == "door":
            return [(kind, "open" if on else "closed")]
        if kind != "emergency":
            return [(kind, on)]
        value, before = "pressed" if on else "released", self._note(name, on, at)
        if surely or (before is not None and before[0] is not on):
            return [(kind, value)]
        is_stale = before is None or abs(at - before[1]) > AGAIN_S
        return [(kind, value, "undated")] if is_stale else []

    def _note(self, name: str, on: bool, at: float) -> tuple[bool, float] | None:
        before = self._last.pop(name, None)
        self._last[name] = (on, at)
        if len(self._last) > _MOST:
            del self._last[next(iter(self._last))]
        return before
