"""What nodes and gateway say to each other: one JSON object of at most 1 KiB each.

The tables below are the contract. Encoding, decoding and the documentation read them, on CPython and on MicroPython.
Instants are Unix time in seconds, UTC. Every constructor and every `decode` raises ContractError on what the tables
do not allow.
"""

from contract.shapes import Choice, ContractError, Flag, Number, Record, Shape, Text, dump, load, shown

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

__all__ = (
    "COMMANDS",
    "KINDS",
    "STAGES",
    "Ack",
    "Command",
    "ContractError",
    "Event",
    "Receipt",
    "Status",
    "TimeSignal",
)

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_PLAIN = _LOWER + _LOWER.upper() + "0123456789.+-_ "

# 2000 to 2100. Whether an instant is plausible today is for the gateway, which knows today.
INSTANT = Number("s since 1970, UTC", 946684800, 4102444800)
_INSTANT_MS = Number("ms since 1970, UTC", 946684800000, 4102444800000, whole=True)
_AGE_MS = Number("ms", 0, 31622400000, whole=True)
_BOOT = Text(16, _LOWER + "0123456789")
_SEQ = Number("", 0, 9007199254740991, whole=True)  # what every JSON reader keeps exactly

# How far an event has come: on the gateway's disk, in the backend, taken by a worker, and that worker is on the way.
STAGES = ("journalled", "backend", "claimed", "coming")

COMMANDS = ("ask", "locate", "buzz", "config", "update")

# kind -> what its value looks like
KINDS: dict[str, Shape] = {
    # Trips since the last report. The event is dated at the first of them; a node without a clock gives no last_at,
    # and dates the event at the last.
    "motion": Record({"count": Number("trips", 1, 1000000, whole=True)}, {"last_at": INSTANT}),
    "door": Choice("open", "closed"),
    "emergency": Choice("pressed", "released"),
    "fine": Choice("pressed"),
    "away": Choice("out", "back"),
    "presence": Flag(),
    "climate": Record({"temperature_c": Number("°C", -60, 100)}, {"humidity_pct": Number("%", 0, 100)}),
    "light": Record({"lux": Number("lx", 0, 200000)}),
    "power": Record({"w": Number("W", -100000, 100000)}),
    "water": Record({"l_per_min": Number("l/min", 0, 1000)}),
    "smoke": Flag(),
    "leak": Flag(),
    "tamper": Flag(),
    "health": Record(
        {"uptime_s": Number("s", 0, 4000000000)},
        {
            "battery_v": Number("V", 0, 60),
            "rssi_dbm": Number("dBm", -150, 20),
            "free_heap_b": Number("bytes", 0, 1099511627776, whole=True),
            "reset_cause": Text(24, _PLAIN),
        },
    ),
}

_EVENT = Record(
    {"boot": _BOOT, "seq": _SEQ, "value": Shape()},
    {"at": INSTANT, "age_ms": _AGE_MS, "historical": Flag()},
)
_STATUS = Record(
    {"state": Choice("online", "sleeping", "offline"), "firmware": Text(32, _PLAIN), "boot": _BOOT},
    {"wake_by": INSTANT},
)
_RECEIPT = Record({"boot": _BOOT, "seq": _SEQ, "stage": Choice(*STAGES)})
_COMMAND = Record(
    {"id": Text(40, _PLAIN), "do": Choice(*COMMANDS)},
    {"for_s": Number("s", 0, 3600), "expires_at": INSTANT, "settings": Record({})},
)
_ACK = Record({"id": Text(40, _PLAIN), "ok": Flag()}, {"detail": Text(80, _PLAIN + ",:;()/'")})
_TIME = Record({"now_ms": _INSTANT_MS, "rate": Number("domain seconds per real second", 0, 100000)})


class Event:
    """Something a node noticed. The gateway knows it by (node, boot, seq).

    boot: which start of the node this is; seq: counts within it.
    at: when it was noticed; or, from a node that does not know the time, age_ms: how long before sending.
    value: of the shape KINDS[kind]: text, a flag, or a dict of numbers and text.
    historical: it was kept back, for want of a connection, and is no news.
    """

    def __init__(
        self,
        boot: str,
        seq: int,
        kind: str,
        value: Any,
        at: float | None = None,
        age_ms: int | None = None,
        historical: bool = False,
    ) -> None:
        if not isinstance(kind, str) or kind not in KINDS:
            raise ContractError("kind", "kind: unknown: " + shown(kind))
        if at is None and age_ms is None:
            raise ContractError("type", "event: has neither at nor age_ms")
        _EVENT.check(
            "event",
            {"boot": boot, "seq": seq, "value": value, "at": at, "age_ms": age_ms, "historical": historical},
        )
        self.boot: str = boot
        self.seq: int = seq
        self.kind: str = kind
        self.value: Any = KINDS[kind].check("value", value)
        self.at: float | None = at
        self.age_ms: int | None = age_ms
        self.historical: bool = historical

    @staticmethod
    def decode(body: bytes) -> "Event":
        """The event in a stranger's bytes. Raises ContractError."""
        message = load(body)
        return Event(
            message.get("boot"),
            message.get("seq"),
            message.get("kind"),
            message.get("value"),
            message.get("at"),
            message.get("age_ms"),
            message.get("historical", False),
        )

    def encode(self) -> bytes:
        fields: dict[str, object] = {"boot": self.boot, "seq": self.seq}
        if self.at is not None:
            fields["at"] = self.at
        else:
            fields["age_ms"] = self.age_ms
        fields["kind"] = self.kind
        fields["value"] = self.value
        if self.historical:
            fields["historical"] = True
        return dump(fields)

    def sensed_at(self, received_at: float) -> float:
        """When it was noticed, in Unix seconds, for a message that came at `received_at`."""
        if self.at is not None:
            return self.at
        return received_at - (self.age_ms or 0) / 1000


class Status:
    """Whether a node is there. wake_by: when a sleeping node will have reported again, in Unix seconds."""

    def __init__(self, state: str, firmware: str, boot: str, wake_by: float | None = None) -> None:
        _STATUS.check("status", {"state": state, "firmware": firmware, "boot": boot, "wake_by": wake_by})
        self.state: str = state
        self.firmware: str = firmware
        self.boot: str = boot
        self.wake_by: float | None = wake_by

    @staticmethod
    def decode(body: bytes) -> "Status":
        """Raises ContractError."""
        message = load(body)
        return Status(message.get("state"), message.get("firmware"), message.get("boot"), message.get("wake_by"))

    def encode(self) -> bytes:
        return dump({"state": self.state, "wake_by": self.wake_by, "firmware": self.firmware, "boot": self.boot})


class Receipt:
    """How far the event (boot, seq) has come: one of STAGES. Every event is told "journalled", and kept until then."""

    def __init__(self, boot: str, seq: int, stage: str) -> None:
        _RECEIPT.check("receipt", {"boot": boot, "seq": seq, "stage": stage})
        self.boot: str = boot
        self.seq: int = seq
        self.stage: str = stage

    @staticmethod
    def decode(body: bytes) -> "Receipt":
        """Raises ContractError."""
        message = load(body)
        return Receipt(message.get("boot"), message.get("seq"), message.get("stage"))

    def encode(self) -> bytes:
        return dump({"boot": self.boot, "seq": self.seq, "stage": self.stage})


class Command:
    """Something the gateway asks of a node: one of COMMANDS.

    for_s: how long to ask, light up or sound, in domain seconds; 0 stops it. None leaves it to the node.
    expires_at: Unix seconds after which it must no longer be carried out: a broker may hold it for hours.
    settings: what "config" changes.
    """

    def __init__(
        self,
        id: str,
        do: str,
        for_s: float | None = None,
        expires_at: float | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        _COMMAND.check("command", {"id": id, "do": do, "for_s": for_s, "expires_at": expires_at, "settings": settings})
        self.id: str = id
        self.do: str = do
        self.for_s: float | None = for_s
        self.expires_at: float | None = expires_at
        self.settings: dict[str, Any] | None = settings

    @staticmethod
    def decode(body: bytes) -> "Command":
        """Raises ContractError."""
        message = load(body)
        return Command(
            message.get("id"),
            message.get("do"),
            message.get("for_s"),
            message.get("expires_at"),
            message.get("settings"),
        )

    def encode(self) -> bytes:
        fields: dict[str, object] = {"id": self.id, "do": self.do}
        if self.for_s is not None:
            fields["for_s"] = self.for_s
        if self.expires_at is not None:
            fields["expires_at"] = self.expires_at
        if self.settings is not None:
            fields["settings"] = self.settings
        return dump(fields)


class Ack:
    """What became of the command `id`; detail: in plain words, for a person."""

    def __init__(self, id: str, ok: bool, detail: str | None = None) -> None:
        _ACK.check("ack", {"id": id, "ok": ok, "detail": detail})
        self.id: str = id
        self.ok: bool = ok
        self.detail: str | None = detail

    @staticmethod
    def decode(body: bytes) -> "Ack":
        """Raises ContractError."""
        message = load(body)
        return Ack(message.get("id"), message.get("ok"), message.get("detail"))

    def encode(self) -> bytes:
        fields: dict[str, object] = {"id": self.id, "ok": self.ok}
        if self.detail is not None:
            fields["detail"] = self.detail
        return dump(fields)


class TimeSignal:
    """The gateway's time, in whole milliseconds: a board whose floats are single cannot hold Unix seconds in one.

    rate: how many domain seconds pass in a real one; 1 but in the demo and in tests.
    """

    def __init__(self, now_ms: int, rate: float = 1) -> None:
        _TIME.check("time", {"now_ms": now_ms, "rate": rate})
        self.now_ms: int = now_ms
        self.rate: float = rate

    @property
    def now(self) -> float:
        """Unix seconds, UTC."""
        return self.now_ms / 1000

    @staticmethod
    def decode(body: bytes) -> "TimeSignal":
        """Raises ContractError."""
        message = load(body)
        return TimeSignal(message.get("now_ms"), message.get("rate", 1))

    def encode(self) -> bytes:
        return dump({"now_ms": self.now_ms, "rate": self.rate})
