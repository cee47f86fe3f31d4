"""What a contact that is on or off says, by what hangs at it. Such a level is told again and again while it lasts."""

from gateway.sources.bodies import Said

CONTACTS = frozenset(("presence", "door", "smoke", "leak", "tamper", "emergency"))
AGAIN_S = 900.0  # as for smoke: that it was off in between may have been lost on the way
_MOST = 2000


class Contacts:
    """Levels go on as levels, in which the core looks for edges, with a memory that outlasts a restart.

    Of calls for help alone an edge is looked for here: a pull-cord that hangs down would otherwise call anew whenever
    it is told how it stands. What is not known counts as an edge: rather called once too often than once too seldom.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[bool, float]] = {}

    def says(self, name: str, kind: str, on: bool, at: float, *, surely: bool = False) -> list[Said]:
        """name: of this one contact, kind: one of CONTACTS. surely: it is no repetition, whatever was said before."""
        if kind == "door":
            return [(kind, "open" if on else "closed")]
        if kind != "emergency":
            return [(kind, on)]
        news = self._is_news(name, on, at)
        return [(kind, "pressed" if on else "released")] if news or surely else []

    def _is_news(self, name: str, on: bool, at: float) -> bool:
        before = self._last.pop(name, None)
        self._last[name] = (on, at)
        if len(self._last) > _MOST:
            del self._last[next(iter(self._last))]
        return before is None or before[0] is not on or abs(at - before[1]) > AGAIN_S
