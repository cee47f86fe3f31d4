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
from contract.clock import SharedClock, write_anchor
from sqlalchemy import func, select

from backend.adapters.store.schema import Gateway, RhythmBackup
from backend.services import enrolments
from gateway.adapters.backups import Backups
from gateway.adapters.durable import DurableCore
from gateway.adapters.enrolment import asked_in
from gateway.adapters.journal import Journal
from gateway.core.limits import Limits, LimitSettings, LocalClock, learn
from gateway.core.rhythm import Silence
from gateway.core.watch import WatchSettings
from gateway.core.watch_state import unpack
from tests.system.household import motion_node
from tests.system.installation import ROOT, Installation, wait_until

DAYS_A_MINUTE = 10
LEARNED_DAYS = 20


class Machine:
    """One machine of the building: its own data, and no name before it is paired."""

    def __init__(self, home: Path, all_of_it: Installation, clock: Path) -> None:
        home.mkdir()
        self.home, self.data = home, home / "data"
        self._config = home / "gateway.toml"
        self._config.write_text(
            f'data_dir = "data"\nclock = "{clock}"\n[broker]\nport = {all_of_it.broker.port}\n'
            f'[backend]\nurl = "{all_of_it.url}"\n'
        )
        self._running: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str, said: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments, "--config", str(self._config)],
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
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
            return (self.data / "journal.sqlite").exists() and bool(self.status()["units"])

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
    """The installation without its own gateway, and the machines that come and go."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.all_of_it = stack.enter_context(Installation(home, units=2))
        self.home, self._stack = home, stack
        self.clock_path = home / "clock.json"
        write_anchor(str(self.clock_path), datetime.now(UTC).timestamp(), 1.0)
        self.clock = SharedClock(str(self.clock_path))
        self.all_of_it.start(["web"])
        self.unit = self.all_of_it.units[0]
        self.gateway_id = int(self.all_of_it.household.gateway.removeprefix("gw"))

    def machine(self, name: str) -> Machine:
        found = Machine(self.home / name, self.all_of_it, self.clock_path)
        self._stack.callback(found.stop)
        return found

    def pair(self, machine: Machine) -> None:
        """As the coordinator does: in the place of the building's gateway."""
        code = machine.code()
        with self.all_of_it.store.session(self.all_of_it.household.organisation_id, viewer="worker:1") as session:
            now = datetime.now(UTC)
            enrolments.pair(session, code, in_place_of=self.gateway_id, now=now, real_now=now)
        machine.wait_until_configured()

    def revoke(self) -> None:
        with self.all_of_it.store.session(self.all_of_it.household.organisation_id, viewer="worker:1") as session:
            enrolments.revoke(session, self.gateway_id, datetime.now(UTC))

    def backups(self) -> int:
        with self.all_of_it.store.reading(self.all_of_it.household.organisation_id) as session:
            return session.scalar(select(func.count(RhythmBackup.id))) or 0

    def teach(self, machine: Machine) -> None:
        """A resident who moves every quarter of an hour by day and sleeps by night."""
        path = self.home / "past.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("time", "node", "room", "kind", "value"))
            table.writerows(self._past())
        machine.stop()
        machine.command("learn", str(path), "--unit", self.unit)

    def _past(self) -> Iterator[tuple[str, str, str, str, str]]:
        end = datetime.fromtimestamp(self.clock.now() - 600, UTC)
        for quarter in range(LEARNED_DAYS * 96, 0, -1):
            at = end - timedelta(minutes=15 * quarter)
            if 7 <= (at.hour + 9) % 24 < 22:
                yield at.isoformat(), motion_node(self.unit), "living", "motion", "1"

    def let_a_day_pass(self) -> None:
        """Until what was learned of both units has been backed up."""
        self.clock.set(rate=DAYS_A_MINUTE * 1440.0)
        wait_until(lambda: self.backups() >= 2, what="both units are backed up")
        self.clock.set(rate=1.0)


@pytest.fixture
def building(tmp_path: Path) -> Iterator[Building]:
    with ExitStack() as stack:
        yield Building(tmp_path, stack)


def test_a_lost_gateway_is_replaced_by_one_that_knows_what_it_knew(building: Building) -> None:
    first = building.machine("first")
    first.start()
    building.pair(first)
    building.teach(first)
    first.start()
    building.let_a_day_pass()
    wait_until(lambda: first.status()["backup_at"] is not None, what="the gateway says when it was backed up last")
    key, credential = first.command("recovery-key").strip(), (first.data / "credential").read_text().strip()
    known = _learned_well(first, building.unit)

    building.revoke()
    wait_until(lambda: first.status()["refused_since"] is not None, what="the lost gateway says that it is refused")
    assert "refuses this gateway" in (first.home / "log").read_text(encoding="utf-8")
    assert "nobody hears of it" in first.command("status")
    first.stop(signal.SIGKILL)

    second = building.machine("second")
    second.start()
    building.pair(second)
    assert second.status()["gateway"] == first.status()["gateway"]
    wait_until(lambda: len(second.status()["skipped_commands"]) == 2, what="neither unit's backup can be opened")
    assert all("wrong recovery key" in text for text in second.status()["skipped_commands"])
    # Somebody finds the paper.
    assert "it opens what was learned of 2" in second.command("recovery-key", "--set", said=key.lower() + "\n")
    wait_until(lambda: not _is_told(building), what="the backups were taken over")
    second.stop()
    assert second.learned(building.unit) == known
    refused = httpx.post(
        f"{building.all_of_it.url}/api/v1/gateway/reports",
        headers={"Authorization": f"Bearer {credential}", "Content-Type": "application/json"},
        content=b'{"journal":"j","sent_at":0}',
        trust_env=False,
    )
    assert refused.status_code == 401


def _learned_well(machine: Machine, unit: str) -> tuple[list[Silence], Limits]:
    found = machine.learned(unit)
    assert len(found[0]) > LEARNED_DAYS * 50
    return found


def _is_told(building: Building) -> bool:
    """Whether the gateway has still to fetch something."""
    with building.all_of_it.store.reading(building.all_of_it.household.organisation_id) as session:
        statement = "SELECT count(*) FROM gateway_command WHERE delivered_at IS NULL"
        assert session.get_one(Gateway, building.gateway_id).revoked_at is None
        return bool(session.connection().exec_driver_sql(statement).scalar())
