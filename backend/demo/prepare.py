"""Get a demo ready: an empty folder, a clock that stands still, a database with people in it, and a gateway that has
learned the last days of each of them."""

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from contract.clock import write_anchor
from msgspec import Struct

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.demo import building, seeding
from backend.demo.building import COLLAPSES, UNITS, Sensor
from backend.demo.stage import Stage

GATEWAY_RED_S = 45.0  # real seconds, as is the gateway's heartbeat every 30 s, which it must not undercut
GATEWAY_LOST_S = 75.0
GATEWAY = str(Path(sys.executable).parent / "tomoshibi-gateway")


class Recording(Struct, frozen=True):
    """A recording to play in one unit, and the part of it to play, as the visitor asked; "" where they did not."""

    path: str
    start: str = ""
    cut_at: str = ""


class FailedError(Exception):
    """A command of the preparation failed; the message is what it said."""


class Prepared(Struct, frozen=True):
    """`start` and `cut_at` (0 without a recording) in Unix seconds of domain time."""

    zone: str
    start: float
    cut_at: float = 0.0


def prepare(
    stage: Stage,
    now: datetime,
    tell: Callable[[str], None],
    wanted: Recording | None = None,
    days: int = building.HISTORY_DAYS,
) -> Prepared:
    """Write everything the demo's processes read. Raises FailedError, OSError."""
    home = Path(stage.home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "history").mkdir()
    stage.write()
    tell("1/4  建物と住む人 / the building and its people")
    prepared, hanging, played = _plan(stage, now, wanted)
    stage.path("prepared.json").write_bytes(msgspec.json.encode(prepared))
    write_anchor(stage.clock_file, prepared.start, 0.0)
    _write_town(stage, prepared, hanging, played)
    tell("2/4  データベース / the database")
    seeded = _database(stage, prepared, hanging)
    _write_configs(stage, seeded, prepared.zone, hanging)
    tell(f"3/4  これまでの{days}日間 / the last {days} days")
    run(GATEWAY, "simulate", str(home / "history"), "--town", str(stage.path("town.json")), "--days", str(days))
    tell("4/4  生活リズムの学習 / learning everybody's rhythm")
    _learn(stage, tell)
    return prepared


def _plan(
    stage: Stage, now: datetime, wanted: Recording | None
) -> tuple[Prepared, tuple[Sensor, ...], dict[str, Any] | None]:
    hanging = {unit: building.sensors(unit) for unit in UNITS}
    if wanted is None:
        return Prepared(building.ZONE, building.last_morning(now)), sum(hanging.values(), ()), None
    past = stage.path("history") / f"{COLLAPSES}.csv.gz"
    command = [sys.executable, "-m", "gateway.simulator", "recording", wanted.path, "--past", str(past)]
    command += ["--from", wanted.start] if wanted.start else []
    command += ["--cut-at", wanted.cut_at] if wanted.cut_at else []
    found = json.loads(run(*command))
    hanging[COLLAPSES] = building.recorded(COLLAPSES, found["nodes"])
    prepared = Prepared(found["zone"], found["start"], found["cut_at"])
    played = {"path": str(Path(wanted.path).resolve()), "cut_at": found["cut_at"]}
    return prepared, sum(hanging.values(), ()), played


def _write_town(stage: Stage, prepared: Prepared, hanging: tuple[Sensor, ...], played: dict[str, Any] | None) -> None:
    plan = building.town(
        zone=prepared.zone,
        start=prepared.start,
        clock_file=stage.clock_file,
        broker_port=stage.broker_port,
        control_port=stage.town_port,
        bench_port=stage.bench_port,
        hanging=hanging,
        recording=played,
    )
    stage.path("town.json").write_bytes(msgspec.json.encode(plan))


def _database(stage: Stage, prepared: Prepared, hanging: tuple[Sensor, ...]) -> seeding.ForGateway:
    store = Store(database_url(stage))
    try:
        migrate(store)
        now = datetime.fromtimestamp(prepared.start, UTC)
        return seeding.fill(store, hanging, prepared.zone, now, datetime.now(UTC), stage.human_limits_s)
    finally:
        store.close()


def database_url(stage: Stage) -> str:
    return f"sqlite:///{stage.path('tomoshibi.db')}"


def _write_configs(stage: Stage, seeded: seeding.ForGateway, zone: str, hanging: tuple[Sensor, ...]) -> None:
    stage.path("building.json").write_bytes(msgspec.json.encode(seeded.building))
    _write_toml(
        stage.path("backend.toml"),
        {
            "database_url": database_url(stage),
            "secret_key": secrets.token_hex(32),
            "public_url": stage.web_url,
            "port": stage.web_port,
            "clock_file": stage.clock_file,
            "log_level": "WARNING",
            "demo": True,
            "console": True,
        },
        {
            "limits": {
                "human_limits_s": stage.human_limits_s,
                "gateway_red_s": GATEWAY_RED_S,
                "gateway_lost_s": GATEWAY_LOST_S,
            }
        },
    )
    _write_toml(
        stage.path("gateway.toml"),
        {
            "gateway": seeded.credential.partition(".")[0],
            "data_dir": str(stage.path("gateway")),
            "zone": zone,
            "clock": stage.clock_file,
        },
        {
            "broker": {"port": stage.broker_port},
            "backend": {"url": f"http://127.0.0.1:{stage.wire_port}", "credential": seeded.credential},
        },
    )
    real = next(one for one in hanging if one.is_real)
    stage.path("node").mkdir()
    node = {
        "node": real.node,
        "broker": {"host": "127.0.0.1", "port": stage.broker_port},
        "inputs": [kind for kind in real.kinds if kind != "health"],
        "mains": real.mains,
        "data_dir": str(stage.path("node")),
        "bench_port": stage.bench_port,
    }
    stage.path("node.json").write_text(json.dumps(node), encoding="utf-8")


def _write_toml(path: Path, top: dict[str, object], tables: dict[str, dict[str, object]]) -> None:
    """Texts, numbers and flags only, which TOML writes as JSON does."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    path.touch(mode=0o600)  # it holds a credential
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _learn(stage: Stage, tell: Callable[[str], None]) -> None:
    config = str(stage.path("gateway.toml"))
    run(GATEWAY, "configure", str(stage.path("building.json")), "--config", config)
    for number, unit in enumerate(UNITS, start=1):
        log = stage.path("history") / f"{unit}.csv.gz"
        said = run(GATEWAY, "learn", str(log), "--unit", unit, "--config", config).strip().splitlines()
        tell(f"     {number}/{len(UNITS)} {said[-1] if said else unit}")


def run(*command: str) -> str:
    """What a command printed. Raises FailedError with what it said instead."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"{' '.join(command[:4])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
