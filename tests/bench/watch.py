"""The watch's cost: a recording replayed, one resident learned, and 10,000 units in one process at real rates.

`LOGS=folder` names a folder with `home1-dev.csv.gz` (recordings are not shipped); without it a simulated resident of
the same length stands for it, and the lines say so. Beside the replay, in the same run, Cuddihy's method and the fixed
limit on the same recording: they read it and say their deadlines, and keep no nodes, alerts or reports.

Everything is CPU time of a process, which what else runs on the machine disturbs less than a clock.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.core.signs import Sign
from gateway.core.watch import UnitWatch, WatchSettings
from gateway.evaluation import home
from gateway.evaluation.watches import cuddihy, fixed
from gateway.recordings import opened, parse
from gateway.simulator.faults import Faults
from gateway.simulator.life import Life, Span
from gateway.simulator.residents import draw_resident, record
from tests.bench.goals import Goal, Judged

RECORDING = "home1-dev.csv.gz"
SIMULATED_DAYS, START = 83, 1767225600.0  # 2026-01-01 in London
REPLAY = Goal("watch, replay of a recording of 83 days, CPU", "≤", 5, "s")
EVENT = Goal("watch, CPU per event inside the core", "≤", 20, "µs")
STATE = Goal("watch, memory per resident of 60 days", "≤", 32, "KB")
LEARNING = Goal("watch, learning one resident, dial included, CPU", "≤", 200, "ms")
BUILDING_CPU = Goal("watch, 10,000 units at real rates, of one core", "≤", 10, "%")
BUILDING_MEMORY = Goal("watch, 10,000 units in one process, most memory", "≤", 600, "MB")


def main() -> list[Judged]:
    with tempfile.TemporaryDirectory() as folder:
        log, what = _recording(Path(folder))
        replay_s = _child_cpu_s("gateway", "replay", str(log), "--deadlines", f"{folder}/D", "--alarms", f"{folder}/A")
        learning_ms = _learning_ms(log)
        cuddihy_s = _cpu_s(lambda: cuddihy(home.read(log), 1.0))
        fixed_s = _cpu_s(lambda: fixed(home.read(log), 8.0))
    print(f"watch, {what}: replayed in {replay_s:.1f} s of CPU, Cuddihy {cuddihy_s:.1f} s, "
          f"fixed limit {fixed_s:.1f} s; ratio to Cuddihy {replay_s / cuddihy_s:.1f}; "
          f"one learning with the dial {learning_ms:.0f} ms")  # fmt: skip
    found = json.loads(subprocess.check_output([sys.executable, "-m", "tests.bench.watch_building"]))
    daily_pct = found["units"] * learning_ms / 1000 / 86_400 * 100
    print(f"watch, simulated residents: {found['units']:,} units, {found['events_per_s']:.0f} events/s for "
          f"{found['span_s']:.0f} s: {found['busy_pct']:.1f} % of a core, and {daily_pct:.1f} % for learning; "
          f"{found['event_us']:.0f} µs for an event of a sign, {found['all_us']:.0f} µs for everything but learning, "
          f"per event; {found['state_kb']:.0f} KB a unit, {found['memory_mb']:.0f} MB at most")  # fmt: skip
    return [
        REPLAY.judge(replay_s),
        EVENT.judge(found["event_us"]),
        STATE.judge(found["state_kb"]),
        LEARNING.judge(learning_ms),
        BUILDING_CPU.judge(found["busy_pct"] + daily_pct),
        BUILDING_MEMORY.judge(found["memory_mb"]),
    ]


def _recording(folder: Path) -> tuple[Path, str]:
    """The recording that `LOGS` names, or one of a simulated resident, and what to call it."""
    logs = os.environ.get("LOGS")
    if logs:
        log = Path(logs) / RECORDING
        if not log.is_file():
            raise SystemExit(f"{log} is not there: say by LOGS=folder where {RECORDING} lies, or leave LOGS out")
        return log, RECORDING
    log = folder / "simulated.csv.gz"
    resident = draw_resident("bench", "bench", "flat", Life())
    span = Span(START, START + SIMULATED_DAYS * 86_400)
    rows = record(resident, span, "Europe/London", Faults(), log)
    return log, f"SIMULATED resident of {SIMULATED_DAYS} days, {rows} rows (no LOGS=folder with {RECORDING})"


def _child_cpu_s(*arguments: str) -> float:
    """Seconds of CPU of a whole command, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _learning_ms(log: Path) -> float:
    """What a day of the whole window costs once a day: its limits, and the costs of the dial; the median of nine."""
    found = home.read(log)
    watch = UnitWatch(ZoneInfo(found.zone.key), WatchSettings())
    with opened(log, found.zone) as (lines, _):
        for row in map(parse, lines):
            if row.kind == "contact" or (row.kind == "motion" and row.value == "1"):
                kind = "door" if row.kind == "contact" else "motion"
                watch.observe(Sign(row.at, row.room, kind, "open" if row.value == "1" else "closed", row.node))

    def day() -> None:
        watch.settings_changed()
        watch.learning()
        watch.costs()

    return sorted(_cpu_s(day) for _ in range(9))[4] * 1000
