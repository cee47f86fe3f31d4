"""The commands that take a gateway into service, keep it up to date and take it away; all of them need root."""

import signal
import sys
from pathlib import Path

import click

from gateway import pairing
from gateway.adapters import recovery
from gateway.appliance import releases, services
from gateway.appliance.layout import BROKER_STATE, CONFIG, CURRENT, SETTINGS, STATE, need_root
from gateway.config import load_config

_watched = click.option(
    "--watch", "watched_s", default=60.0, show_default=True, help="Seconds for which it must run well to be kept."
)


@click.command()
@click.option("--backend", required=True, metavar="URL", help="Where the backend is: https://…")
@click.option("--zone", default="Asia/Tokyo", show_default=True, help="IANA zone, until the backend tells its own.")
@click.option("--recovery-key", "key", help="Of the lost gateway in whose place this one comes.")
def install(backend: str, zone: str, key: str | None) -> None:
    """Make this release the gateway of this machine; the bundle's install.sh calls it."""
    need_root()
    services.install(Path(sys.prefix), backend, zone, None if key is None else recovery.read(key))
    click.echo(f"the gateway runs, version {releases.version_of(CURRENT)}")
    config = load_config(CONFIG)
    if not config.is_paired:
        click.echo("recovery key, to be put on paper and kept outside this building:")
        click.echo(f"  {recovery.key_in(STATE).written()}")
        click.echo(next(line for line in pairing.waiting(CONFIG) if "being asked" not in line))


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_watched
def upgrade(bundle: Path, watched_s: float) -> None:
    """Go over to the release in BUNDLE, and back again if it does not do well."""
    _prepare()
    releases.upgrade(bundle, watched_s, click.echo)


@click.command()
@_watched
def rollback(watched_s: float) -> None:
    """Go back to the release that ran before this one."""
    _prepare()
    releases.rollback(watched_s, click.echo)


@click.command(hidden=True)
def comeback() -> None:
    """Give way to the release before, if the present one is on trial; the unit tomoshibi-comeback calls it."""
    _prepare()
    # The unit waits before it calls this: meanwhile somebody may have put another release on trial.
    if not releases.has_failed() or not releases.comeback(click.echo):
        click.echo("no release has failed on trial; the gateway is only started again")


@click.command(name="lay-services", hidden=True)
def lay_services() -> None:
    """Write broker settings and units as this release wants them; a release that is going over calls it."""
    _prepare()
    services.lay_services()


@click.command()
@click.option("--with-data", is_flag=True, help="Also forget everything that was learned and configured.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(with_data: bool, yes: bool) -> None:
    """Take the services and every release away. What was learned stays."""
    _prepare()
    if with_data and not yes:
        click.confirm(f"everything in {STATE}, {BROKER_STATE} and {SETTINGS} is lost for ever; go on?", abort=True)
    services.uninstall(with_data=with_data)
    click.echo("removed" if with_data else f"removed; {STATE}, {BROKER_STATE} and {SETTINGS} are left")


def _prepare() -> None:
    need_root()
    services.check_installed()
    # A connection that breaks off must not leave the machine half way.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


COMMANDS = (install, upgrade, rollback, comeback, lay_services, uninstall)
