"""Where a demo keeps its files and which ports it uses; every process of it reads the same `stage.json`."""

import hmac
import secrets
import socket
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

# Below those that the system chooses for others: the demo prepares for many seconds before it listens on its own.
_PORTS = range(20_000, 32_000, 8)
ENVIRONMENT = "TOMOSHIBI_DEMO"  # names the folder of the demo to its processes, and its processes to the next start


class PortTakenError(Exception):
    """Somebody listens on a port the demo wants."""


class Stage(Struct, frozen=True):
    """One demo. Ports are on 127.0.0.1; only `web_port` is for people."""

    home: str
    web_port: int
    broker_port: int
    wire_port: int
    town_port: int
    bench_port: int
    human_limits_s: float = 20.0

    @classmethod
    def choose(cls, home: Path, web_port: int) -> Self:
        """A stage at `web_port`, or at any free port when it is 0. Raises PortTakenError."""
        if web_port and not is_free(web_port):
            raise PortTakenError(str(web_port))
        free = free_ports(5)
        return cls(str(home.resolve()), web_port or free[4], *free[:4])

    @classmethod
    def read(cls, home: Path) -> Self:
        """Raises OSError where no demo is."""
        return msgspec.json.decode((home / "stage.json").read_bytes(), type=cls)

    def write(self) -> None:
        self.path("stage.json").write_bytes(msgspec.json.encode(self))

    def path(self, name: str) -> Path:
        return Path(self.home) / name

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def town_url(self) -> str:
        return f"http://127.0.0.1:{self.town_port}"

    @property
    def clock_file(self) -> str:
        return str(self.path("clock.json"))

    @property
    def network_cut(self) -> Path:
        """While this file exists, nothing passes between gateway and backend."""
        return self.path("network.cut")


def is_free(port: int) -> bool:
    """Whether nothing listens on `port`, on loopback or on every address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just closed is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """As many neighbouring ports that nothing listens on at present."""
    while True:
        first = secrets.choice(_PORTS)
        found = list(range(first, first + count))
        if all(map(is_free, found)):
            return found


def director_pass(secret_key: str) -> str:
    """What the director shows to the web process, which is started with the same secret."""
    return hmac.new(secret_key.encode(), b"demo director", "sha256").hexdigest()
