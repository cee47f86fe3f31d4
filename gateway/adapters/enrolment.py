"""How the gateway comes in: it makes a secret, shows a code, and asks what became of it until somebody has typed it.

What it has asked for outlives a restart, so that a code on somebody's paper stays good.
"""

import hashlib
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from contract.reports import Code, Instant

from gateway.adapters.database import FILE as JOURNAL
from gateway.adapters.files import remove, write_private
from gateway.adapters.uplink import Backend
from gateway.config import CREDENTIAL, BackendConfig
from gateway.core.delivery import wait_s
from gateway.errors import ConfigError, UplinkError

FILE = "enrolment.json"
ASK_S = 3.0

log = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True):
    """What a gateway that is not paired has asked for. Times are real time; `problem`: why there is no code now."""

    secret: str
    enrolment: str = ""
    code: Code = ""
    expires_at: Instant = 0.0
    problem: str = ""

    def shown(self) -> str:
        """The code as it is read out: in two halves."""
        return f"{self.code[:4]}-{self.code[4:]}"


def asked_in(data_dir: Path) -> Asked | None:
    """What a gateway has asked for; None where none has, or nobody can read it."""
    try:
        return msgspec.json.decode((data_dir / FILE).read_bytes(), type=Asked)
    except (OSError, ValueError, RecursionError):
        return None


class Enrolling:
    """Asks until it is paired. `backend` is the address alone; `real_time` returns Unix seconds.

    beat: called every few seconds, to say that it still asks.
    """

    def __init__(
        self,
        backend: BackendConfig,
        data_dir: Path,
        real_time: Callable[[], float] = time.time,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._beat = beat
        self._config = backend
        self._data_dir = data_dir
        self._real_time = real_time
        self._asked = asked_in(data_dir) or Asked(secrets.token_urlsafe(32))

    def run(self, stopping: threading.Event) -> bool:
        """Return whether the gateway is paired now; False when it was told to stop. Raises GatewayError."""
        if (self._data_dir / JOURNAL).exists():  # of a gateway of another name, whose numbers are not this one's
            raise ConfigError(
                f"{self._data_dir}: holds a journal, but no {CREDENTIAL}; put that back, or move {JOURNAL}* away "
                "to pair this gateway as one that knows nothing"
            )
        self._keep(self._asked)
        failures = 0
        while not stopping.is_set():
            try:
                if self._step():
                    return True
                failures, pause_s = 0, ASK_S
            except UplinkError as error:
                failures += 1
                pause_s = max(ASK_S, wait_s(failures, random.random()))
                self._failed(error, failures)
            self._wait(stopping, pause_s)
        return False

    def _wait(self, stopping: threading.Event, pause_s: float) -> None:
        until = time.monotonic() + pause_s
        while (left_s := until - time.monotonic()) > 0:
            self._beat()
            if stopping.wait(min(left_s, ASK_S)):
                return

    def _step(self) -> bool:
        if not self._asked.enrolment:
            self._begin()
            return False
        backend = Backend(msgspec.structs.replace(self._config, credential=self._asked.secret))
        try:
            found = backend.enrolment(self._asked.enrolment)
        except UplinkError as error:
            if not error.refused:
                raise
            self._forget("the backend knows nothing of this code any more")
            return False
        finally:
            backend.close()
        if found.state == "paired" and found.gateway:
            self._paired(found.gateway)
            return True
        if found.state == "expired":
            self._forget("the code has expired")
        elif self._asked.problem:
            self._keep(msgspec.structs.replace(self._asked, problem=""))
        return False

    def _begin(self) -> None:
        backend = Backend(self._config)
        try:
            given = backend.enrol(hashlib.sha256(self._asked.secret.encode()).hexdigest())
        finally:
            backend.close()
        until = self._real_time() + given.expires_in_s
        self._keep(Asked(self._asked.secret, given.enrolment, given.code, until))
        if given.code:
            log.info(
                "to pair this gateway, type %s into the backend within %.0f min",
                self._asked.shown(),
                given.expires_in_s / 60,
            )

    def _forget(self, why: str) -> None:
        log.info("%s; another one is asked for", why)
        self._keep(Asked(self._asked.secret))

    def _paired(self, gateway: str) -> None:
        write_private(self._data_dir / CREDENTIAL, f"{gateway}.{self._asked.secret}\n")
        remove(self._data_dir / FILE)
        log.info("paired: this gateway is %s", gateway)

    def _failed(self, error: UplinkError, failures: int) -> None:
        if failures & (failures - 1) == 0:
            log.warning("pairing: %s; it is tried again (failures in a row: %d)", error, failures)
        if self._asked.problem != str(error):
            self._keep(msgspec.structs.replace(self._asked, problem=str(error)))

    def _keep(self, asked: Asked) -> None:
        write_private(self._data_dir / FILE, msgspec.json.encode(asked).decode())
        self._asked = asked
