"""What light and buzzer tell the person in the room. Pure: time is passed in, in domain milliseconds since boot."""

from contract.observations import STAGES

HOLD_MS = 3600000
ASK_MS = 120000
SHORT_MS = 30000

# From the press of the emergency button on. A claim is a person's promise to come.
_LIGHTS = ("sending", "sent", "received", "someone_is_coming")
_BY_STAGE = {"journalled": 2, "backend": 2, "claimed": 3, "coming": 3}
assert set(_BY_STAGE) == set(STAGES)  # a stage without a light would leave the person in the dark


class Signals:
    """The state behind the light and the buzzer.

    `led`: "off", "sending", "sent", "received", "someone_is_coming", "asking" or "locating".
    `buzzer`: "off", "asking", "locating" or "buzzing".
    """

    def __init__(self) -> None:
        self._reached: int | None = None
        self._shown_until = 0
        self._calls: dict[str, int] = {}  # what was asked of us -> until when

    def pressed(self, now: int) -> None:
        """The emergency button. What an earlier press has reached holds no longer: its alert may be closed by now.

        Where it is not, the gateway's receipt for this press says at once how far the alert has come.
        """
        self._calls.pop("ask", None)
        self._reached = None
        self._reach(0, now)

    def sent(self, now: int) -> None:
        """The broker has the press."""
        self._reach(1, now)

    def receipt(self, stage: str, now: int) -> None:
        """The gateway says how far it has come; a receipt that comes late does not set the light back."""
        self._reach(_BY_STAGE[stage], now)

    def _reach(self, step: int, now: int) -> None:
        self._reached = step if self._reached is None else max(step, self._reached)
        self._shown_until = now + HOLD_MS

    def call(self, do: str, for_s: float | None, now: int) -> None:
        """Carry out "ask", "locate" or "buzz" for so long; 0 s ends it."""
        for_ms = (ASK_MS if do == "ask" else SHORT_MS) if for_s is None else int(for_s * 1000)
        self._calls[do] = now + for_ms

    def fine(self) -> None:
        """The "I'm all right" key ends the asking."""
        self._calls.pop("ask", None)

    def tick(self, now: int, waiting: bool) -> None:
        """Let go of what has run out. `waiting`: a press has not reached the gateway, and its light stays."""
        if waiting:
            self._shown_until = now + HOLD_MS
        elif now >= self._shown_until:
            self._reached = None
        for do in [do for do, until in self._calls.items() if now >= until]:
            del self._calls[do]

    def next_deadline(self) -> int | None:
        deadlines = list(self._calls.values())
        if self._reached is not None:
            deadlines.append(self._shown_until)
        return min(deadlines) if deadlines else None

    @property
    def led(self) -> str:
        if "ask" in self._calls:
            return "asking"
        if self._reached is not None:
            return _LIGHTS[self._reached]
        return "locating" if "locate" in self._calls else "off"

    @property
    def buzzer(self) -> str:
        for do, sound in (("ask", "asking"), ("buzz", "buzzing"), ("locate", "locating")):
            if do in self._calls:
                return sound
        return "off"
