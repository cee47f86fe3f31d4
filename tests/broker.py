"""A real mosquitto for tests: on a port of its own, with the settings the product asks for."""

import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from gateway.adapters import mosquitto

_LOG = "log_dest file {log}\nlog_type all\n"
# Below those that the system chooses itself, and each once: what is free now still is when somebody listens on it.
_PORTS = range(10_000, 20_000)
_next_ports = itertools.islice(itertools.cycle(_PORTS), random.SystemRandom().randrange(len(_PORTS)), None)


def free_port() -> int:
    """A TCP port on loopback that nothing listens on, and that nobody else in this process was given."""
    while True:
        port = next(_next_ports)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Broker:
    """mosquitto on 127.0.0.1:`port`; it keeps its sessions and its port when it is killed and started again.

    `extra_config` is added to its configuration file as it stands, and what it sets again is as it says.
    """

    def __init__(self, extra_config: str = "", port: int | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self._home = Path(tempfile.mkdtemp(prefix="broker-"))
        self.log = self._home / "mosquitto.log"
        self.config = self._home / "mosquitto.conf"
        text = mosquitto.settings(self.port, self._home, _LOG.format(log=self.log) + extra_config)
        self.config.write_text(text, encoding="utf-8")
        self._being_saved = self._home / "mosquitto.db.new"  # it writes there, and renames
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the broker is not running"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        assert self._process is None, "the broker runs already"
        program = mosquitto.find_mosquitto()
        assert program is not None, "mosquitto is not installed: apt install mosquitto"
        if self._being_saved.is_file():  # killed over it
            self._being_saved.unlink()
        self._process = subprocess.Popen(
            [program, "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex((self.host, self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("mosquitto did not start:\n" + (self.log.read_text() if self.log.exists() else ""))

    def stop(self) -> None:
        """Ask it to end, as a reboot would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Keep every connection open and answer nothing, as a half-open connection does."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def without_saving(self) -> Iterator[None]:
        """Meanwhile it writes nothing to its disk: killed inside, it was killed before it had saved."""
        _wait(lambda: _made(self._being_saved), "mosquitto did not end its saving")
        yield
        self._being_saved.rmdir()

    def wait_until_saved(self, body: bytes) -> None:
        """Until its file holds a message with this body, and with it all that came before."""
        file = self._home / "mosquitto.db"
        _wait(lambda: file.exists() and body in file.read_bytes(), "mosquitto did not save")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.send_signal(signal.SIGCONT)
        self._process.wait(timeout=60)
        self._process = None

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)


def _wait(reached: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < until, otherwise
        time.sleep(0.001)


def _made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
