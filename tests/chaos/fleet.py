"""Web and worker replicas as processes, restarted whenever they end, as a service manager would.

Each is forked from one process that has imported the program and done nothing else: a kill costs no second of imports.
"""

import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from tests.broker import free_port
from tests.chaos.points import POINTS
from tests.chaos.replica import Fate, run
from tests.phone_company.company import ACCOUNT, TOKEN

WEBS, WORKERS = 3, 2
ANYWHERE = "anywhere"
LOOKS_EVERY_S = 0.05
SPARED_SHARE = 0.5  # of the processes, so that what is rare is met while the others go on dying elsewhere
MOST_AHEAD = 2.0  # how many times its share of the deaths at fail points a role may have


class Fleet:
    """Three web and two worker processes on one database. `kills` counts by fail point how they died.

    A process that starts while it is `armed` is dealt the fail point that was dealt least so far, or, every other
    time, one at which nobody has died yet; others are killed at any instant.
    """

    def __init__(self, home: Path, database_url: str, api_url: str, public_url: str, chance: random.Random) -> None:
        self._home, self._chance = home, chance
        self._log = home / "kills"
        self._log.touch()
        self._database_url, self._api_url, self._public_url = database_url, api_url, public_url
        self._anywhere = 0
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(["tests.chaos.replica", "tests.chaos.play"])
        self._running: dict[str, BaseProcess] = {}
        self._ports = {f"web{number}": free_port() for number in range(WEBS)}
        self._names = [*self._ports, *(f"worker{number}" for number in range(WORKERS))]
        self._dealt: Counter[str] = Counter()
        self.armed = False
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep_running, name="service manager", daemon=True)

    def __enter__(self) -> "Fleet":
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._keeper.join()
        for process in self._running.values():
            _kill(process)

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    @property
    def kills(self) -> Mapping[str, int]:
        counted = Counter(self._log.read_text(encoding="utf-8").splitlines())
        counted[ANYWHERE] = self._anywhere
        return counted

    @property
    def spared(self) -> list[str]:
        """The fail points at which nobody has died."""
        return sorted(POINTS.keys() - self.kills.keys())

    def kill_one(self) -> None:
        """SIGKILL any one process at whatever it is doing."""
        name = self._chance.choice(self._names)
        process = self._running.get(name)
        if process is not None and process.is_alive():
            _kill(process)
            self._anywhere += 1

    def _keep_running(self) -> None:
        while not self._ended.wait(LOOKS_EVERY_S):
            for name in self._names:
                process = self._running.get(name)
                if process is None or not process.is_alive():
                    self._running[name] = self._start(name)

    def _start(self, name: str) -> BaseProcess:
        role = name.rstrip("0123456789")
        settings = self._home / f"{name}.toml"
        settings.write_text(self._settings(self._ports.get(name, 8000)), encoding="utf-8")
        verb = {"web": "serve", "worker": "work"}[role]
        process = self._forks.Process(
            target=run, args=(verb, settings, self._home / f"{name}.log", self._fate(role)), name=name
        )
        process.start()
        return process

    def _fate(self, role: str) -> Fate | None:
        points = [point for point in POINTS if POINTS[point].role == role]
        if not self.armed or self._is_ahead(points):
            return None
        spared = [point for point in points if point in self.spared]
        if spared and self._chance.random() < SPARED_SHARE:
            points = spared
        chosen = min(points, key=lambda point: (self._dealt[point], self._chance.random()))
        self._dealt[chosen] += 1
        return Fate(chosen, self._chance.randint(0, POINTS[chosen].passes), self._log)

    def _is_ahead(self, points: Sequence[str]) -> bool:
        """Whether so many have died at these that there would be few deaths left for the others."""
        kills = self.kills
        at_these, at_all = (sum(kills.get(point, 0) for point in some) for some in (points, POINTS))
        return at_these > 1 + MOST_AHEAD * at_all * len(points) / len(POINTS)

    def _settings(self, port: int) -> str:
        return (
            f'database_url = "{self._database_url}"\nsecret_key = "{"s" * 40}"\npublic_url = "{self._public_url}"\n'
            f"port = {port}\n"
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom_number = "+815011110000"\n'
            f'api_url = "{self._api_url}"\nrate_per_s = 1000.0\n'
            # What asks first is spread over the buildings of one organisation, and is no storm.
            "[limits]\nlease_s = 30.0\nstorm_units = 1000000\n"
        )


def _kill(process: BaseProcess) -> None:
    assert process.pid is not None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it had just died by itself, or leads no group yet
        process.kill()
    process.join()
