"""The technician's PIN: its hash in a file of its own, and who has signed in by it."""

import hashlib
import hmac
import secrets
import threading
import time
from pathlib import Path

from gateway.adapters.files import write_private
from gateway.core.guessing import Guesses
from gateway.errors import GatewayError

FILE = "window-pin"
SHORTEST, LONGEST = 6, 128
SESSION_S = 8 * 3600.0  # a day on site
IDLE_S = 1800.0
MOST_SESSIONS = 20
_N, _R, _P = 2**14, 8, 1  # 16 MB and some 50 ms: one at a time, and without Python's lock


def set_pin(data_dir: Path, pin: str) -> None:
    """Write its hash, in place of the one before; who was signed in by that is so no longer. Raises GatewayError."""
    if not SHORTEST <= len(pin) <= LONGEST:
        raise GatewayError(f"the PIN must have {SHORTEST} to {LONGEST} characters")
    salt = secrets.token_bytes(16)
    write_private(data_dir / FILE, f"scrypt {salt.hex()} {_hash(pin, salt).hex()}\n")


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)


class SignIns:
    """Who may see the window. For many threads. Times are real."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._guesses = Guesses()
        self._lock = threading.Lock()
        self._hashing = threading.Lock()
        self._sessions: dict[str, tuple[float, float, str]] = {}  # (begun, last used, by which hash)

    def kept(self) -> str | None:
        """What the file holds; None: no PIN is set, so nobody can sign in."""
        try:
            return self._path.read_text(encoding="ascii").strip() or None
        except (OSError, ValueError):
            return None

    def enter(self, pin: str, address: str) -> str | float:
        """A new session's token, or how many seconds this address has to wait before it may try (again)."""
        with self._hashing:
            wait_s = self._guesses.wait_s(address, time.monotonic())
            kept = self.kept()
            if wait_s or kept is None:
                return wait_s
            if not _is_right(kept, pin):
                self._guesses.wrong(address, time.monotonic())
                return self._guesses.wait_s(address, time.monotonic())
        token, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._sessions[token] = (now, now, kept)
            while len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        return token

    def knows(self, token: str) -> bool:
        """Whether this is a session that lasts."""
        now, kept = time.monotonic(), self.kept()
        with self._lock:
            begun, used, by = self._sessions.get(token, (0.0, 0.0, ""))
            if not by:
                return False
            if by != kept or now - begun > SESSION_S or now - used > IDLE_S:
                del self._sessions[token]
                return False
            self._sessions[token] = (begun, now, by)
            return True

    def leave(self, token: str) -> None:
        with self._lock:
            self._sessions.pop(token, None)


def _is_right(kept: str, pin: str) -> bool:
    try:
        _, salt, expected = kept.split()
        return hmac.compare_digest(_hash(pin[:LONGEST], bytes.fromhex(salt)), bytes.fromhex(expected))
    except ValueError:  # nobody's PIN is right by a file that was not written here
        return False
