"""One performance of the story: by the director's process before a visitor, or by `check` alone."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from contract.clock import SharedClock

from backend.config import load
from backend.demo import backstage, building, processes, story
from backend.demo.director import ALONE, BEFORE_A_VISITOR, Director, Pace, StepMissingError
from backend.demo.prepare import GATEWAY, Prepared, Recording, prepare, run
from backend.demo.running import ROOT
from backend.demo.stage import Stage, director_pass
from backend.demo.story import Step

_ENDS_WITHIN_S = 15.0
_RECORDED_DAYS = 64
_SHOWN_LINES = 40


def director(stage: Stage, pace: Pace) -> Director:
    """The director of a prepared stage; raises OSError where nothing was prepared."""
    prepared = msgspec.json.decode(stage.path("prepared.json").read_bytes(), type=Prepared)
    steps = story.recorded(prepared.start, prepared.cut_at) if prepared.cut_at else story.day()
    secret = director_pass(load(str(stage.path("backend.toml"))).secret_key)
    return Director(
        steps,
        backstage.Backstage(stage, secret),
        SharedClock(stage.clock_file),
        pace,
        tell=lambda told: backstage.write(stage.path("told.json"), told),
        wish=lambda: backstage.read_wish(stage),
    )


def before_a_visitor(stage: Stage, say: Callable[[str], None]) -> None:
    """Play the story, and then keep time for as long as the visitor stays."""
    played = director(stage, BEFORE_A_VISITOR)
    try:
        played.await_all()
        played.play(lambda step, at: say(f"✓ {step.ja} / {step.en}"))
        say("物語は終わりました。あとはご自由に / The story is over; the building is yours")
    except StepMissingError as error:
        # The visitor can still use the building, and sees on the page where the story stands.
        say(f"物語はここで止まりました / the story stops here: {error}")
        played.give_up(error)
    played.linger()


def alone(title: str, wanted: Recording | None, say: Callable[[str], None]) -> int:
    """Play one story as fast as it goes, in a folder of its own; returns how many steps happened.

    Raises StepMissingError naming the first that did not, FailedError when it could not be prepared.
    """
    with tempfile.TemporaryDirectory(prefix="tomoshibi-demo-check-") as folder:
        stage = Stage.choose(Path(folder) / "demo", 0)
        began = time.monotonic()
        say(f"{title}")
        prepared = prepare(stage, datetime.now(UTC), lambda line: None, wanted)
        say(f"  prepared in {time.monotonic() - began:.1f} s")
        zone = ZoneInfo(prepared.zone)
        count = 0

        def happened(step: Step, at: float) -> None:
            nonlocal count
            count += 1
            when = datetime.fromtimestamp(at, zone)
            say(f"  {count:2}  {when:%Y-%m-%d %H:%M:%S}  {time.monotonic() - began:6.1f} s  {step.name}: {step.en}")

        with _company(stage, say):
            played = director(stage, ALONE)
            played.await_all()
            played.play(happened)
        return count


@contextmanager
def _company(stage: Stage, say: Callable[[str], None]) -> Iterator[None]:
    """All processes but the director, until the block ends; what they said is shown when the block fails."""
    log = stage.path("processes.log")
    program = Path(sys.executable).parent / "tomoshibi-backend"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "demo", "company", stage.home], stdout=output, stderr=output, cwd=ROOT, start_new_session=True
        )
    try:
        yield
    except StepMissingError:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]:
            say(f"    | {line}")
        raise
    finally:
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
        processes.end_all(stage.home)


def synthetic_recording(folder: Path, now: datetime) -> Recording:
    """A simulated resident's life in the recordings' format, for machines without a real recording.

    Raises FailedError.
    """
    nodes = [
        {"node": f"Motion_{room}", "room": room, "kinds": ["motion"]}
        for room in ("bedroom", "living", "kitchen", "toilet", "bath")
    ]
    nodes.append({"node": "Contact_D", "room": "entrance", "kinds": ["door"]})
    end = datetime.fromtimestamp(building.last_morning(now), UTC) + timedelta(days=1)
    unit = building.COLLAPSES
    plan = {
        "zone": building.ZONE,
        "start": end.timestamp(),
        "clock_file": "",
        "broker_port": 0,
        "control_port": 0,
        "households": [{"unit": unit, "seed": "recorded", "habits": building.HABITS[unit], "nodes": nodes}],
    }
    file = folder / "town.json"
    file.write_bytes(msgspec.json.encode(plan))
    run(GATEWAY, "simulate", str(folder), "--town", str(file), "--days", str(_RECORDED_DAYS))
    return Recording(str(folder / f"{unit}.csv.gz"))
