"""tomoshibi-backend demo up | check, and the commands its Procfile uses."""

import fcntl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from backend.demo import people, performance, processes
from backend.demo.building import HISTORY_DAYS
from backend.demo.director import StepMissingError
from backend.demo.prepare import FailedError, Prepared, Recording, prepare
from backend.demo.running import ROOT, Company, node_environment
from backend.demo.stage import PortTakenError, Stage

HOME = ROOT / "var" / "demo"
WEB_PORT = 8000

_log = click.option("--log", "log_path", default="", help="A recording of a real home to play in one unit.")
_from = click.option(
    "--from", "start", default="", help="Where in the recording to begin; what came before is learned."
)
_cut_at = click.option("--cut-at", default="", help="From when on its sensors report only their health.")


@click.group()
def demo() -> None:
    """The whole system on this machine, with a building that does not exist."""


@demo.command()
@_log
@_from
@_cut_at
@click.option("--port", type=int, default=WEB_PORT, show_default=True, help="Where the browser finds it.")
@click.option("--days", type=int, default=HISTORY_DAYS, show_default=True, help="How many past days are learned.")
@click.option("--home", type=click.Path(path_type=Path), default=HOME, help="Where it keeps its files.")
def up(log_path: str, start: str, cut_at: str, port: int, days: int, home: Path) -> None:
    """Prepare and start everything; Ctrl-C ends it."""
    began = time.monotonic()
    wanted = _recording(log_path, start, cut_at)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(home):
        if left := processes.end_all(str(home.resolve())):
            click.echo(f"前回の実演の残り {left} プロセスを終了しました / ended {left} processes of an earlier demo")
        try:
            stage = Stage.choose(home, port)
            prepared = prepare(stage, datetime.now(UTC), click.echo, wanted, days)
        except PortTakenError as error:
            raise click.ClickException(
                f"port {error} is taken: end what listens there, or choose another: make demo PORT={port + 1}"
            ) from error
        except FailedError as error:
            raise click.ClickException(str(error)) from error
        _welcome(stage, prepared, time.monotonic() - began)
        sys.exit(Company(stage).run())


@demo.command()
@_log
@_from
@_cut_at
def check(log_path: str, start: str, cut_at: str) -> None:
    """Play both stories without a browser or a person, as fast as they go."""
    wanted = _recording(log_path, start, cut_at)
    try:
        with tempfile.TemporaryDirectory(prefix="tomoshibi-recording-") as folder:
            steps = performance.alone("story 1: an emergency and a collapse", None, click.echo)
            title = "story 2: a recording, cut"
            if wanted is None:
                wanted = performance.synthetic_recording(Path(folder), datetime.now(UTC))
                title += " (simulated; give LOG for a real one)"
            steps += performance.alone(title, wanted, click.echo)
    except (StepMissingError, FailedError) as error:
        click.echo(f"demo-check: failed at: {error}")
        sys.exit(1)
    click.echo(f"demo-check: ok steps={steps}")


@demo.command(hidden=True)
@click.argument("home", type=click.Path(path_type=Path))
def company(home: Path) -> None:
    """All processes of a prepared demo but its director."""
    sys.exit(Company(Stage.read(home), without=("director",)).run())


@demo.command(hidden=True)
@click.argument("home", type=click.Path(path_type=Path))
def direct(home: Path) -> None:
    """Play the story of a prepared demo."""
    performance.before_a_visitor(Stage.read(home), click.echo)


def _recording(log_path: str, start: str, cut_at: str) -> Recording | None:
    if log_path:
        return Recording(log_path, start, cut_at)
    if start or cut_at:
        raise click.UsageError("--from and --cut-at are about a recording: name it with --log")
    return None


@contextmanager
def _alone_in(home: Path) -> Iterator[None]:
    """Hold the demo's folder. Raises ClickException when another demo runs in it."""
    with home.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException("a demo of this folder is already running; end it with Ctrl-C first") from error
        yield


def _welcome(stage: Stage, prepared: Prepared, took_s: float) -> None:
    start = datetime.fromtimestamp(prepared.start, ZoneInfo(prepared.zone))
    node = "MicroPython" if node_environment()["NODE_INTERPRETER"] != "python" else "Python"
    logins = "\n".join(f"    {one.login:8} {people.PASSWORD}   {one.name}" for one in people.WORKERS)
    click.echo(f"""
準備ができました（{took_s:.0f}秒） / ready in {took_s:.0f} s

  画面 / screen               {stage.web_url}/
  実演用の電話 / demo phones  {stage.web_url}/demo/phones
  実演の操作 / demo controls  {stage.web_url}/demo/controls

  ログイン / sign in
{logins}

  建物の時刻 / time in the building: {start:%Y-%m-%d %H:%M} ({prepared.zone}), 60×
  人の対応を待つ時間 / waits for people: {stage.human_limits_s:.0f} s（短縮 / shortened）
  101号室のノード / the node in room 101 runs on: {node}""")
    if prepared.cut_at:
        cut = datetime.fromtimestamp(prepared.cut_at, ZoneInfo(prepared.zone))
        click.echo(f"  203号室は記録を再生 / room 203 plays the recording: {start:%Y-%m-%d %H:%M}, cut at {cut:%H:%M}")
    click.echo("\n  Ctrl-C で終了 / Ctrl-C ends everything\n")
