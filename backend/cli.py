"""tomoshibi-backend serve | work | migrate | seed | demo …"""

import gc
import logging
import signal
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TextIO

import click
from contract.clock import Clock, open_clock
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types

from backend.adapters.store import Store
from backend.adapters.store.migrate import is_current, migrate
from backend.app import create_app
from backend.channels.console import ConsoleChannel
from backend.channels.email import EmailChannel
from backend.channels.line import LineApi, LineChannel
from backend.channels.modem import ModemSms
from backend.channels.sip import SipVoice
from backend.channels.twilio import TwilioAccount, TwilioSms, TwilioVoice
from backend.channels.webpush import WebPushChannel
from backend.channels.webpush.identity import VapidKey, new_private_key
from backend.config import Config, load
from backend.core.clocks import instant
from backend.errors import ConfigError, Invalid, ManyInvalid, NotFound
from backend.ports import KINDS, Channel, Channels
from backend.services import beginning, directory, own_settings
from backend.services.demo_phones import Kept
from backend.services.desk import PhoneDesk
from backend.services.inbox import ReplyInbox
from backend.services.register import read as register_of
from backend.services.seed import seed
from backend.services.switchboard import ServiceDesk
from backend.web.frame import EXTENSION
from backend.worker import Worker

_config = click.option("--config", "config_path", default=None, help="The configuration, a TOML file.")


@click.group()
def main() -> None:
    """The backend of Tomoshibi: alerts, escalation, care records."""


if find_spec("honcho"):  # the extra [demo]; a real installation does without
    from backend.demo.cli import demo

    main.add_command(demo)


@main.command()
@_config
def serve(config_path: str | None) -> None:
    """Serve pages and API."""
    config = _read(config_path)
    Server(config).run()


@main.command()
@_config
def work(config_path: str | None) -> None:
    """Run the worker: escalate, send, watch the gateways."""
    config = _read(config_path)
    store, clock = _open(config)
    channels = open_channels(config, store, clock)
    worker = Worker(config, store, channels, clock)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stop())
    with ExitStack() as running:
        for channel in (one for of_kind in channels.values() for one in of_kind):
            if isinstance(channel, AbstractContextManager):  # telephone lines, a modem's inbox
                running.enter_context(channel)
        _keep_for_good()
        worker.run()
    store.close()


@main.command("migrate")
@_config
def migrate_command(config_path: str | None) -> None:
    """Bring the database to this version's schema."""
    store = Store(_read(config_path).database_url)
    migrate(store)
    store.close()
    click.echo("the database is up to date")


@main.command("seed")
@click.option("--register", type=click.File(encoding="utf-8"), help="What to fill it with, a TOML file.")
@_config
def seed_command(register: TextIO | None, config_path: str | None) -> None:
    """Make an organisation, a small one without a register; prints its gateway's credential and a password, once."""
    store, clock = _open(_read(config_path))
    try:
        filled = beginning.register() if register is None else register_of(register.read(), Path(register.name).parent)
        made = seed(store, filled, now=instant(clock.now()), real_now=datetime.now(UTC))
    except (Invalid, ManyInvalid) as error:
        raise click.ClickException(str(error)) from error
    finally:
        store.close()
    click.echo(f"gateway    {made.gateway_ref}")
    click.echo(f"credential {made.credential}")
    click.echo(f"logins     {' '.join(made.logins)}")
    click.echo(f"password   {made.password}")


@main.command("service-number")
@click.argument("organisation_id", type=int)
@click.argument("number")
@_config
def service_number_command(organisation_id: int, number: str, config_path: str | None) -> None:
    """Say which organisation answers who calls or writes to NUMBER."""
    store, _clock = _open(_read(config_path))
    try:
        with store.system_session() as session:
            organisation = directory.set_service_number(session, organisation_id, number)
    except (NotFound, Invalid) as error:
        raise click.ClickException(str(error)) from error
    finally:
        store.close()
    click.echo(f"{organisation.name} {organisation.service_number}")


@main.command("push-key")
def push_key_command() -> None:
    """Make a key for pushes to browsers, as the configuration takes it."""
    key = new_private_key()
    click.echo(f'[push]\nprivate_key = "{key}"\n# public: {VapidKey(key).public_key}')


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one process of threads: the live streams hold a thread each, and SQLite wants one writer."""

    def __init__(self, config: Config) -> None:
        self._ours = config
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"{self._ours.host}:{self._ours.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": self._ours.threads,
            "timeout": 60,
            "graceful_timeout": 2,  # what is cut off is a stream or a long poll: both come again and lose nothing
            "keepalive": 75,
            "control_socket_disable": True,  # its path would be shared by every installation of this user
            "loglevel": self._ours.log_level.lower(),
            "proc_name": "tomoshibi-backend",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        store, clock = _open(self._ours)
        app = create_app(self._ours, store, open_channels(self._ours, store, clock), clock)
        app.extensions[EXTENSION].lookout.start()
        if self._ours.demo:
            # Only here: a real installation never imports the demo's pages.
            from backend.demo.pages import register

            register(app)
        _keep_for_good()
        return app


def open_channels(config: Config, store: Store, clock: Clock) -> Channels:
    """Return the configured ways to reach a person, by kind, in order of preference."""
    found: list[Channel] = []
    if config.console:
        kept = Kept(store, clock.now)
        found += [ConsoleChannel(kind, kept.keep, kept.is_kept) for kind in KINDS]
    if config.modem is not None:
        found.append(ModemSms(config.modem, PhoneDesk(store, clock), ReplyInbox(store, clock, config.limits)))
    if config.sip is not None:
        found.append(
            SipVoice(config.sip, PhoneDesk(store, clock), switchboard=ServiceDesk(store, clock, config.limits))
        )
    if config.twilio is not None:
        account = TwilioAccount.of(config.twilio, config.public_url)
        found += [TwilioSms(account), TwilioVoice(account)]
    if config.line is not None:
        found.append(LineChannel(LineApi(config.line)))
    if config.push is not None:
        found.append(WebPushChannel(config.push, partial(own_settings.forget_browser, store)))
    if config.email is not None:
        found.append(EmailChannel(config.email))
    return {kind: [channel for channel in found if channel.kind == kind] for kind in KINDS}


def _keep_for_good() -> None:
    """Let the collector never again go through what a started program holds anyhow: an emergency would wait for it."""
    gc.collect()
    gc.freeze()


def _open(config: Config) -> tuple[Store, Clock]:
    store = Store(config.database_url)
    if not is_current(store):
        raise click.ClickException("the database is not up to date: run tomoshibi-backend migrate")
    return store, open_clock(config.clock_file)


def _read(path: str | None) -> Config:
    try:
        config = load(path)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config
