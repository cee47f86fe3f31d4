"""baresip's control port: JSON in netstrings over TCP. Commands are answered; what happens to calls comes unasked."""

import logging
import secrets
import socket
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

import msgspec
from msgspec import Struct

ANSWER_S = 3.0  # how long a command may take: baresip has one thread and does nothing slow in it
LONGEST = 1_000_000  # bytes of one message

log = logging.getLogger(__name__)


class ControlLost(Exception):  # noqa: N818  (says what happened)
    """baresip is gone, hangs, or talks nonsense; what became of the last command is not known."""


class Event(Struct, frozen=True):
    """What happened, in baresip's words: "CALL_RINGING", "CALL_DTMF_START" …; `param` is the key or the reason."""

    type: str
    direction: str = ""  # "outgoing" or "incoming", where it is about a call
    param: str = ""
    id: str = ""  # which call
    peeruri: str = ""  # the far end's SIP address


class _Line(Struct):
    """Whatever comes: an event, or the answer to a command."""

    event: bool = False
    response: bool = False
    type: str = ""
    direction: str = ""
    param: str = ""
    id: str = ""
    peeruri: str = ""
    ok: bool = False
    data: str = ""
    token: str = ""


class Netstrings:
    """Cuts a stream of bytes into netstrings ("3:abc,")."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, received: bytes) -> list[bytes]:
        """Return what has become whole. Raises ControlLost for anything that is no netstring."""
        self._kept += received
        whole = []
        while (body := self._next()) is not None:
            whole.append(body)
        return whole

    def _next(self) -> bytes | None:
        digits, colon, rest = self._kept.partition(b":")
        if not digits.isdigit() and (digits or colon):
            raise ControlLost(f"no netstring: {digits[:20]!r}")
        if not colon and len(digits) < len(str(LONGEST)):
            return None
        if len(digits) > len(str(LONGEST)) or (length := int(digits)) > LONGEST:
            raise ControlLost("a netstring without end")
        if len(rest) <= length:
            return None
        if rest[length : length + 1] != b",":
            raise ControlLost("a netstring that does not end where it says")
        self._kept = rest[length + 1 :]
        return rest[:length]


def netstring(body: bytes) -> bytes:
    return b"%d:%s," % (len(body), body)


class Control:
    """One connection. `happened` gets every event in a thread of its own, and None at the end of the connection.

    baresip keeps one connection only: a second one, whoever's, ends this one.
    """

    def __init__(self, port: int, happened: Callable[[Event | None], None]) -> None:
        self._happened = happened
        self._answers: SimpleQueue[_Line | None] = SimpleQueue()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self._socket.settimeout(None)
        threading.Thread(target=self._read, name="baresip", daemon=True).start()

    def command(self, name: str, params: str = "") -> None:
        """Give a command and wait until it is carried out. Raises ValueError when baresip refuses it, ControlLost."""
        token = secrets.token_hex(8)
        body = msgspec.json.encode({"command": name, "params": params, "token": token})
        try:
            self._socket.sendall(netstring(body))
            answer = self._answers.get(timeout=ANSWER_S)
        except (OSError, Empty) as error:
            raise ControlLost(f"no answer to {name}: {type(error).__name__}") from error
        if answer is None or answer.token != token:
            raise ControlLost(f"no answer to {name}")
        if not answer.ok:
            raise ValueError(f"baresip refuses {name}: {answer.data.strip()[:200]}")

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the connection had ended already")
        self._socket.close()

    def _read(self) -> None:
        netstrings = Netstrings()
        try:
            while received := self._socket.recv(65536):
                for body in netstrings.feed(received):
                    self._sort(body)
        except (OSError, ControlLost) as error:
            log.debug("the connection to baresip ended: %s", error)
        finally:
            self._answers.put(None)
            self._happened(None)

    def _sort(self, body: bytes) -> None:
        try:
            # A far end may call itself by bytes that are no UTF-8, and baresip hands them on.
            line = msgspec.json.decode(body.decode("utf-8", "replace"), type=_Line)
        except (msgspec.MsgspecError, RecursionError):
            log.warning("baresip says something unreadable: %r", body[:200])
            return
        if line.event:
            self._happened(Event(line.type, line.direction, line.param, line.id, line.peeruri))
        elif line.response:
            self._answers.put(line)
