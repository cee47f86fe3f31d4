"""The gateway's commands. This is where its parts are put together."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec
from contract import reports
from contract.clock import Clock, open_clock
from contract.reports import AlertKind

from gateway import pairing
from gateway.adapters import recovery
from gateway.adapters.backups import Backups
from gateway.adapters.database import held
from gateway.adapters.durable import DurableCore, unit_of
from gateway.adapters.enrolment import Enrolling
from gateway.adapters.journal import Journal
from gateway.adapters.onlooker import Onlooker
from gateway.adapters.pin import set_pin
from gateway.adapters.service_manager import ServiceManager
from gateway.appliance.cli import COMMANDS as APPLIANCE
from gateway.config import Config, load_config
from gateway.core import showing
from gateway.core.building import check
from gateway.core.decisions import Send
from gateway.core.inputs import Told
from gateway.doctor.doctor import doctor
from gateway.errors import BackupError, ConfigError, GatewayError, ThreadError
from gateway.learning import teach
from gateway.replay import only_unit, replay
from gateway.runtime import Runtime
from gateway.simulator.simulate import simulate
from gateway.status import look, read_status, text_of
from gateway.terminal import live

log = logging.getLogger(__name__)

DEFAULT_CONFIG = "/etc/tomoshibi/gateway.toml"

_config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True,
    help="The gateway's configuration.",
)  # fmt: skip
_existing = click.Path(path_type=Path, exists=True, dir_okay=False)
_new = click.Path(path_type=Path, dir_okay=False)


class _SaysWhatToDo(click.Group):
    """Turns the gateway's errors into one sentence on stderr."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GatewayError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_SaysWhatToDo)
@click.version_option(package_name="tomoshibi")
def main() -> None:
    """The part of Tomoshibi that hangs in the building: it listens to the nodes and watches over the units."""


@main.command()
@_config_option
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
def run(config_path: Path, log_level: str) -> None:
    """Work until told to stop."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = load_config(config_path)
    with held(Path(config.data_dir)):
        _have_recovery_key(config)
        stopping = threading.Event()
        _on_end(stopping.set)
        if not config.is_paired:
            manager = ServiceManager()
            enrolling = Enrolling(config.backend, Path(config.data_dir), beat=lambda: manager.turn("not paired"))
            if not enrolling.run(stopping):
                return
            config = load_config(config_path)
        runtime = Runtime(config, _clock(config))
        _on_end(runtime.stop)
        threading.excepthook = lambda died: runtime.stop(_failure(died))
        if stopping.is_set():
            runtime.stop()
        runtime.run()


def _on_end(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _have_recovery_key(config: Config) -> None:
    """What hangs on it is the backup alone: without it the gateway watches all the same."""
    try:
        recovery.key_in(Path(config.data_dir))
    except BackupError as error:
        log.error("%s", error)


@main.command(name="pair")
@_config_option
def pair_command(config_path: Path) -> None:
    """Show the code by which a coordinator takes this gateway in, and wait until that is done."""
    for line in pairing.waiting(config_path):
        click.echo(line)


@main.command(name="recovery-key")
@_config_option
@click.option("--set", "is_set", is_flag=True, help="Ask for the key on the paper, and use that one from now on.")
def recovery_key(config_path: Path, is_set: bool) -> None:
    """Show the key that opens the backups of what was learned here: to be kept on paper, outside this building."""
    config = load_config(config_path)
    if not is_set:
        click.echo(recovery.key_in(Path(config.data_dir)).written())
        return
    found = pairing.set_recovery_key(config, click.prompt("Recovery key"))
    if found is None:
        click.echo("the key is set; what was learned comes back when this gateway is paired in the lost one's place")
    else:
        click.echo(f"the key is set; of {found.units} units, it opens what was learned of {found.opened_by_key}")


@main.command()
@click.argument("building_path", metavar="BUILDING.json", type=_existing)
@_config_option
def configure(building_path: Path, config_path: Path) -> None:
    """Tell the gateway its units and which node hangs where, while it does not run."""
    config = pairing.paired(load_config(config_path))
    building = read_building(building_path)
    with _offline(config) as (durable, now):
        durable.take(Told(now, reports.Configure(building)))
        durable.commit(now, snapshot=True)
    click.echo(f"{len(building.units)} units and {len(building.nodes)} places of nodes are configured")


@main.command(name="learn")
@click.argument("log_path", metavar="LOG.csv[.gz]", type=_existing)
@click.option("--unit", required=True, help="Whose recording it is.")
@_config_option
def learn_command(log_path: Path, unit: str, config_path: Path) -> None:
    """Teach a unit from a past recording (time,node,room,kind,value), while the gateway does not run."""
    config = pairing.paired(load_config(config_path))
    with _offline(config) as (durable, now), _progress(log_path, f"unit {unit}") as progress:
        taught = unit_of(durable.core, unit)
        found = teach(taught, log_path, now, progress)
        durable.send(Send(showing.dial(taught), "routine"))
        durable.commit(now, snapshot=True)
    click.echo(
        f"unit {unit}: {found.signs} signs of life in {found.rows} rows ({found.unread} unreadable);"
        f" {found.days} days for the weekly comparison"
    )


@main.command(name="replay")
@click.argument("log_path", metavar="LOG.csv[.gz]", type=_existing)
@click.option("--deadlines", type=_new, help="Where to write time,deadline.")
@click.option("--alarms", type=_new, help="Where to write time,since,reason.")
@click.option("--tz", "zone", help="IANA zone of the home; default: one that fits the recording's first offset.")
@click.option(
    "--config", "config_path", type=_existing,
    help="BUILDING.json, for its zone, the unit's dial and its nodes; or gateway.toml, for the zone alone.",
)  # fmt: skip
@click.option("--unit", help="Whose recording it is, where BUILDING.json has several units.")
@click.option("--kind", type=click.Choice(get_args(AlertKind)), default="inactivity", help="Of the alarms; inactivity.")
def replay_command(
    log_path: Path,
    deadlines: Path | None,
    alarms: Path | None,
    zone: str | None,
    config_path: Path | None,
    unit: str | None,
    kind: AlertKind,
) -> None:
    """Play a recording through the building's core, with the recording's times as the clock."""
    building = None
    if config_path is not None and config_path.suffix != ".toml":
        building = only_unit(read_building(config_path), unit)
    elif zone is None and config_path is not None:
        zone = load_config(config_path).zone
    summary = replay(log_path, deadlines, alarms, _zone(zone), building, kind=kind)
    click.echo(
        f"{summary.rows} rows ({summary.unread} unreadable), {summary.signs} signs of life, {summary.alarms} alarms"
    )


@main.command(name="evaluate")
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=_existing)
@click.option("--from", "since", metavar="TIME", help="Judge from here on; default: after 14 days with signs.")
@click.option("--tz", "zone", help="IANA zone of the homes; default: one that fits a recording's first offset.")
@click.option("--entrance", multiple=True, metavar="SENSOR", help="Hangs at the entrance, where no name says so.")
@click.option(
    "--pictures", type=click.Path(path_type=Path, file_okay=False), help="Write frontier.svg and .png into this folder."
)
def evaluate_command(
    logs: tuple[Path, ...], since: str | None, zone: str | None, entrance: tuple[str, ...], pictures: Path | None
) -> None:
    """Compare the watch with simpler ones on recordings: needless checks against the delay of an alarm.

    A recording has time,node,room,kind,value, or is a file of HomeAssist or CASAS as they publish it. NAME.outings.csv
    (left,returned) beside it says when the resident was out.
    """
    try:
        from gateway.evaluation.report import evaluate
    except ImportError as error:
        raise GatewayError(f"{error}: install the project with its extra `evaluate`") from None
    for line in evaluate(logs, _zone(zone), _instant(since), entrance, pictures, _steps):
        click.echo(line)


@main.command()
@_config_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--live", "is_live", is_flag=True, help="Again and again, with radio, batteries and versions.")
def status(config_path: Path, as_json: bool, is_live: bool) -> None:
    """Show units, nodes and what waits to be sent, from the journal; also while the gateway runs."""
    if as_json and is_live:
        raise click.UsageError("--json is for programs and --live for people: one of them")
    config = load_config(config_path)
    if not config.is_paired:
        click.echo(pairing.status_of(config, as_json=as_json))
        return
    if is_live:
        onlooker, clock = Onlooker(Path(config.data_dir), config.gateway), _clock(config)
        live(lambda: look(onlooker, config.gateway, clock.now()), clock.now, ZoneInfo(config.zone))
        return
    found = read_status(Path(config.data_dir), config.gateway, _clock(config).now())
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        click.echo(text_of(found, ZoneInfo(config.zone)))


@main.command(name="window-pin")
@_config_option
@click.password_option("--pin", prompt="PIN or password of the technician", help="Asked for where it is not given.")
def window_pin(config_path: Path, pin: str) -> None:
    """Set the PIN of the local window; whoever is signed in is so no longer. Works while the gateway runs."""
    set_pin(Path(load_config(config_path).data_dir), pin)
    click.echo("the PIN is set")


for _command in (simulate, doctor, *APPLIANCE):
    main.add_command(_command)


def _failure(died: threading.ExceptHookArgs) -> GatewayError:
    """What a thread died of, as one sentence; where in the code, to the log."""
    if isinstance(died.exc_value, GatewayError):
        return died.exc_value
    name = died.thread.name if died.thread is not None else "unknown"
    log.critical("the thread %r has died", name, exc_info=died.exc_value)
    return ThreadError(f"the thread {name!r} has died ({died.exc_type.__name__}: {died.exc_value})")


def _clock(config: Config) -> Clock:
    try:
        return open_clock(config.clock)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"clock: {config.clock} cannot be read ({error}); leave it out for real time") from None


def _instant(written: str | None) -> float | None:
    try:
        found = None if written is None else datetime.fromisoformat(written)
    except ValueError:
        found = None
    if written is not None and (found is None or found.utcoffset() is None):
        raise click.BadParameter(f"{written} is no time with offset like 2026-04-01T00:00+09:00", param_hint="--from")
    return None if found is None else found.timestamp()


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"{name} is no IANA zone like Asia/Tokyo", param_hint="--tz") from None


def read_building(path: Path) -> reports.Building:
    """The building in the file. Raises ConfigError naming every problem."""
    try:
        building = msgspec.json.decode(path.read_bytes(), type=reports.Building)
    except (OSError, UnicodeDecodeError, RecursionError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{path}: is no building: {error}") from None
    problems = check(building)
    if problems:
        raise ConfigError("\n  ".join([f"{path}: nothing was changed; correct these first:", *problems]))
    return building


@contextmanager
def _offline(config: Config) -> Iterator[tuple[DurableCore, float]]:
    """The gateway's memory, while no gateway runs on it, and domain time."""
    now = _clock(config).now()
    data_dir = Path(config.data_dir)
    with held(data_dir):
        journal = Journal(data_dir)
        try:
            yield DurableCore(config.gateway, journal, Backups(config.gateway, data_dir)), now
        finally:
            journal.close()


@contextmanager
def _progress(log: Path, label: str) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=log.stat().st_size, label=label, file=sys.stderr) as bar:
        yield lambda position: bar.update(max(0, position - bar.pos))


@contextmanager
def _steps(count: int) -> Iterator[Callable[[], None]]:
    with click.progressbar(length=count, label="watches", file=sys.stderr) as bar:
        yield lambda: bar.update(1)
