"""What the gateway decides does not depend on when it dies."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from contract.reports import Restore, RhythmBackup

from gateway.adapters.backups import Backups
from gateway.adapters.database import FILE
from gateway.adapters.journal import decode_report
from gateway.core.building import BuildingCore
from tests.gateway.killed_watch import GATEWAY
from tests.scale import scaled
from tests.system.installation import ROOT

KILLS = scaled(60)
UNITS = scaled(90)
LONGEST_LIFE_S = 0.1


def test_the_same_days_lead_to_the_same_alarms_to_the_second_however_often_the_gateway_is_killed(
    tmp_path: Path,
) -> None:
    whole, killed = _folder(tmp_path, "whole"), _folder(tmp_path, "killed")
    _live(whole)
    chance = random.Random(7)
    for _ in range(KILLS):
        _live(killed, kill_after_s=chance.uniform(0, LONGEST_LIFE_S))
    _live(killed)
    reports, state = _decided(whole)
    assert len([lane for lane, _ in reports if lane == "alert"]) > UNITS
    assert _decided(killed) == (reports, state)


def _folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


def _live(folder: Path, kill_after_s: float | None = None) -> None:
    """Let a gateway go on with its days: to the end, or until it is killed so long after it has begun."""
    command = [sys.executable, "-m", "tests.gateway.killed_watch", str(folder), str(UNITS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            process.kill()
        said = process.stdout.read()
    died = kill_after_s is not None
    assert (said, process.returncode) == (("", -signal.SIGKILL) if died else ("over\n", 0))


def _decided(folder: Path) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return all that was to be sent, in its order and unsealed, and the state in which the core ended."""
    with sqlite3.connect(folder / FILE) as journal:
        reports = journal.execute("SELECT lane, body FROM outbox ORDER BY seq").fetchall()
        ((state,),) = journal.execute("SELECT body FROM snapshot").fetchall()
    core = BuildingCore(GATEWAY)
    core.load(state)
    assert core.dump() == state
    return [(lane, _unsealed(folder, body)) for lane, body in reports], state


def _unsealed(folder: Path, body: bytes) -> bytes:
    """What was to be sent; of a backup, which no two seals make the same, what was learned."""
    report = decode_report(body)
    if not isinstance(report, RhythmBackup):
        return body
    return Backups(GATEWAY, folder).open(Restore(report.unit, report.sealed))
