"""What systemd is told: that the gateway is ready, that its loop turns, and how it is, in one line (sd_notify(3)).

Nothing is said where no service manager asked for it.
"""

import os
import socket
import time

_EVERY_S = 10.0  # the unit's WatchdogSec is a minute


class ServiceManager:
    """The loop calls `turn` as often as it turns."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._said = ""
        self._said_at = -_EVERY_S

    def turn(self, how: str) -> None:
        """The loop turns; `how` it is, is shown by `systemctl status`. The first time it also means: ready."""
        now = time.monotonic()
        if not self._address or (now - self._said_at < _EVERY_S and how == self._said):
            return
        self._say("READY=1", "WATCHDOG=1", f"STATUS={how}")
        self._said, self._said_at = how, now

    def ending(self) -> None:
        if self._address:
            self._say("STOPPING=1")

    def _say(self, *lines: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.connect(self._address)
            to.sendall("\n".join(lines).encode())
