"""A gateway comes in by its code, learns, is lost; another machine in its place knows what it knew."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from click.testing import CliRunner
from contract.clock import SharedClock, write_anchor

from gateway.adapters.backups import Backups
from gateway.adapters.durable import DurableCore
from gateway.adapters.enrolment import asked_in
from gateway.adapters.journal import Journal
from gateway.adapters.onlooker import MOST_SKIPPED
from gateway.cli import main
from gateway.core.limits import Limits, LimitSettings, LocalClock, learn
from gateway.core.rhythm import Silence
from gateway.core.watch import WatchSettings
from gateway.core.watch_state import unpack
from tests.broker import Broker
from tests.gateway.real_backend import RealBackend
from tests.system.installation import ROOT, wait_until

DAYS_A_MINUTE = 10
LEARNED_DAYS = 20
UNIT, UNITS = "u101", 6


class Machine:
    """One machine of the building, a process with data of its own, and no name before it is paired."""

    def __init__(self, home: Path, url: str, broker: Broker, clock: Path) -> None:
        home.mkdir()
        self.home, self.data = home, home / "data"
        self._config = home / "gateway.toml"
        self._config.write_text(
            f'data_dir = "data"\nclock = "{clock}"\n[broker]\nport = {broker.port}\n[backend]\nurl = "{url}"\n'
        )
        self._running: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str, said: str = "") -> str:
        """What another command of the gateway's says."""
        done = CliRunner().invoke(main, [*arguments, "--config", str(self._config)], input=said)
        assert done.exit_code == 0, done.output
        return done.stdout

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.command("status", "--json"))
        return found

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            arguments = [sys.executable, "-m", "gateway", "run", "--config", str(self._config)]
            self._running = subprocess.Popen(arguments, cwd=ROOT, stdout=log, stderr=log)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(timeout=60)
            self._running = None

    def code(self) -> str:
        """The code that it shows."""
        wait_until(lambda: bool((asked := asked_in(self.data)) and asked.code), what="the gateway shows a code")
        asked = asked_in(self.data)
        assert asked is not None and asked.shown() in self.command("status")
        return asked.shown()

    def wait_until_configured(self) -> None:
        def is_configured() -> bool:
            done = CliRunner().invoke(main, ["status", "--json", "--config", str(self._config)])
            if done.exit_code != 0:
                assert "there is no journal yet" in done.output
            return done.exit_code == 0 and len(json.loads(done.stdout).get("units", ())) == UNITS

        wait_until(is_configured, what="the gateway has its building")

    def learned(self, unit: str) -> tuple[list[Silence], Limits]:
        """The silences that teach, and the limits that they come to."""
        journal = Journal(self.data)
        name = (self.data / "credential").read_text().partition(".")[0]
        body = DurableCore(name, journal, Backups(name, self.data)).core.units[unit].watch.dump()
        journal.close()
        silences = list(unpack(body, WatchSettings().window_days)[1].silences())
        return silences, learn(silences, LocalClock(ZoneInfo("Asia/Tokyo")), LimitSettings(), True)


class Building:
    """The backend, the broker and the clock; the machines come and go."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home, self._stack = home, stack
        self.backend = RealBackend(home)
        stack.callback(self.backend.stop)
        self._broker = stack.enter_context(Broker())
        self._clock_path = home / "clock.json"
        write_anchor(str(self._clock_path), datetime.now(UTC).timestamp(), 1.0)
        self._clock = SharedClock(str(self._clock_path))

    def machine(self, name: str) -> Machine:
        found = Machine(self.home / name, self.backend.url, self._broker, self._clock_path)
        self._stack.callback(found.stop)
        return found

    def pair(self, machine: Machine) -> None:
        """In the place of the building's gateway."""
        self.backend.pair(machine.code())
        machine.wait_until_configured()

    def teach(self, machine: Machine) -> None:
        """A resident who moves every quarter of an hour by day and sleeps by night."""
        path = self.home / "past.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("time", "node", "room", "kind", "value"))
            table.writerows(self._past())
        machine.stop()
        machine.command("learn", str(path), "--unit", UNIT)

    def _past(self) -> Iterator[tuple[str, str, str, str, str]]:
        end = datetime.fromtimestamp(self._clock.now() - 600, UTC)
        for quarter in range(LEARNED_DAYS * 96, 0, -1):
            at = end - timedelta(minutes=15 * quarter)
            if 7 <= (at.hour + 9) % 24 < 22:
                yield at.isoformat(), "room-101", "living", "motion", "1"

    def let_a_day_pass(self) -> None:
        """Until what was learned of every unit has been backed up."""
        self._clock.set(rate=DAYS_A_MINUTE * 1440.0)
        wait_until(lambda: self.backend.backed_up() == UNITS, what="the units are backed up")
        self._clock.set(rate=1.0)


@pytest.fixture
def building(tmp_path: Path) -> Iterator[Building]:
    with ExitStack() as stack:
        yield Building(tmp_path, stack)


def test_a_lost_gateway_is_replaced_by_one_that_knows_what_it_knew(building: Building) -> None:
    backend, first = building.backend, building.machine("first")
    first.start()
    building.pair(first)
    building.teach(first)
    first.start()
    building.let_a_day_pass()
    wait_until(lambda: first.status()["backup_at"] is not None, what="the gateway says when it was backed up last")
    key, credential = first.command("recovery-key").strip(), (first.data / "credential").read_text().strip()
    known = first.learned(UNIT)
    assert len(known[0]) > LEARNED_DAYS * 50

    backend.revoke()
    wait_until(lambda: first.status()["refused_since"] is not None, what="the lost gateway says that it is refused")
    assert "refuses this gateway" in (first.home / "log").read_text(encoding="utf-8")
    assert "nobody hears of it" in first.command("status")
    first.stop(signal.SIGKILL)

    second = building.machine("second")
    second.start()
    building.pair(second)
    assert second.status()["gateway"] == first.status()["gateway"]
    wait_until(lambda: len(second.status()["skipped_commands"]) == MOST_SKIPPED, what="no unit's backup can be opened")
    assert all("wrong recovery key" in text for text in second.status()["skipped_commands"])
    # Somebody finds the paper.
    assert "it opens what was learned of 6" in second.command("recovery-key", "--set", said=key.lower() + "\n")
    wait_until(lambda: not backend.untold(), what="the backups were taken over")
    second.stop()
    assert second.learned(UNIT) == known
    refused = httpx.post(
        f"{backend.url}/api/v1/gateway/reports",
        headers={"Authorization": f"Bearer {credential}", "Content-Type": "application/json"},
        content=b'{"journal":"j","sent_at":0}',
        trust_env=False,
    )
    assert refused.status_code == 401
