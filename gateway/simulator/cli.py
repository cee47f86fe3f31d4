"""The simulator's processes, each a command: `python -m gateway.simulator broker | town | wire | …`."""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from gateway.adapters import mosquitto
from gateway.simulator import broker, plan, quantiles, recording
from gateway.simulator.wire import Wire


@click.group()
def main() -> None:
    """A building that does not exist."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")


@main.command("broker")
@click.option("--port", type=int, required=True)
@click.option("--home", type=click.Path(path_type=Path), required=True, help="Where it keeps its sessions.")
@click.option("--aedes", is_flag=True, help="Take aedes although mosquitto is installed.")
def broker_command(port: int, home: Path, aedes: bool) -> None:
    """Run an MQTT broker on loopback."""
    program = None if aedes else mosquitto.find_mosquitto()
    if program is not None:
        click.echo(f"mosquitto ({program}) on 127.0.0.1:{port}")
        broker.become_mosquitto(program, port, home)
    node = broker.find_node()
    if node is None:
        raise click.ClickException("no broker: install mosquitto, or Node 20 or later and then `make setup`")
    click.echo(f"aedes on 127.0.0.1:{port}; it keeps nothing when it ends")
    broker.become_aedes(node, port)


@main.command("wire")
@click.option("--port", type=int, required=True)
@click.option("--to", "target", type=int, required=True, help="The port on this machine to relay to.")
@click.option("--cut-file", type=click.Path(path_type=Path), required=True, help="While it exists, nothing is carried.")
def wire_command(port: int, target: int, cut_file: Path) -> None:
    """Relay TCP between gateway and backend, until cut."""
    click.echo(f"127.0.0.1:{port} -> 127.0.0.1:{target}")
    _until_told_to_end(Wire(port, target, cut_file).run())


@main.command("town")
@click.argument("file", type=click.Path(path_type=Path))
def town_command(file: Path) -> None:
    """Play the building that FILE describes."""
    from gateway.simulator.loop import run

    town = plan.read(file)
    click.echo(f"{len(town.households)} units, controls on 127.0.0.1:{town.control_port}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        run(town)


@main.command("recording")
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--from", "start", default=None, help="ISO 8601, with offset or in the recording's own time.")
@click.option("--cut-at", default=None, help="From when on its sensors report only their health.")
@click.option("--past", type=click.Path(path_type=Path), required=True, help="Write what came before here, to learn.")
def recording_command(log: Path, start: str | None, cut_at: str | None, past: Path) -> None:
    """Say as JSON what is in the recording LOG, and write its past."""
    try:
        lines = list(recording.rows(log))
        zone = recording.find_zone(lines)
        span = recording.choose_span(lines, _instant(start, zone), _instant(cut_at, zone))
    except (OSError, recording.RecordingError) as error:
        raise click.ClickException(str(error)) from error
    found: dict[str, Any] = {
        "zone": span.zone,
        "start": span.start,
        "cut_at": span.cut_at,
        "past_rows": recording.write_past(past, lines, span.start),
        "nodes": [
            {"node": name, "room": room, "kinds": sorted(kinds)}
            for name, (room, kinds) in sorted(recording.sensors(lines).items())
        ],
    }
    click.echo(msgspec.json.encode(found).decode())


@main.command("quantiles")
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def quantiles_command(logs: tuple[Path, ...]) -> None:
    """Say as JSON how the signs of life in each recording LOG are spread over the day."""
    names = [log.name.partition(".")[0] for log in logs]
    try:
        homes = {name: quantiles.measure(log) for name, log in zip(names, logs, strict=True)}
    except recording.RecordingError as error:
        raise click.ClickException(str(error)) from error
    command = " ".join(["python -m gateway.simulator quantiles", *(log.name for log in logs)])
    click.echo(json.dumps({"command": command, "homes": homes}, indent=1))


def _instant(text: str | None, zone: str) -> float | None:
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"not a time: {text} (give it like 2017-06-20T10:30+02:00)") from error
    return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _until_told_to_end(work: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    try:
        asyncio.run(run())
    except OSError as error:
        raise click.ClickException(str(error)) from error
