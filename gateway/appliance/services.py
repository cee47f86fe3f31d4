"""Installing and removing: users, broker, configuration, services.

What stands there already is kept, so that all of it may be done again.
"""

import secrets
import shutil
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from gateway.adapters import recovery
from gateway.adapters.recovery import RecoveryKey
from gateway.appliance.authority import ensure_authority
from gateway.appliance.broker import GATEWAY as BROKER_NAME
from gateway.appliance.broker import ensure_broker
from gateway.appliance.layout import (
    AUTHORITY,
    BROKER,
    BROKER_CONFIG,
    BROKER_STATE,
    BROKER_USER,
    COMEBACK,
    COMMAND,
    CONFIG,
    CURRENT,
    GATEWAY,
    PROGRAMS,
    SETTINGS,
    STATE,
    UNITS,
    USER,
    ensure_folder,
    ensure_user,
    point,
    run,
    write,
)
from gateway.errors import GatewayError

_CONFIG = """\
# Written once, by install, and yours to change. All keys: the head of gateway/config.py in the project.
data_dir = "{state}"
zone = "{zone}"

[broker]
user = "{broker_name}"
password = "{password}"

[backend]
url = "{backend}"
"""


def install(release: Path, backend: str, zone: str, key: RecoveryKey | None) -> None:
    """Make `release` the gateway of this machine and start it. `key`: of a gateway before it. Raises GatewayError."""
    ensure_user(USER, STATE)
    ensure_folder(STATE, USER)
    if key is not None:
        recovery.set_key(STATE, key)
    if not CONFIG.exists():
        filled = _CONFIG.format(
            state=STATE, zone=zone, broker_name=BROKER_NAME, password=secrets.token_urlsafe(32), backend=backend
        )
        write(CONFIG, filled, 0o640, USER)
    point(CURRENT, release)
    point(COMMAND, CURRENT / "bin/tomoshibi-gateway")
    lay_services()
    run("systemctl", "disable", "--now", "--quiet", "mosquitto.service")
    run("systemctl", "enable", "--quiet", BROKER, GATEWAY)
    run("systemctl", "restart", BROKER, GATEWAY)


def lay_services() -> None:
    """The broker's settings, the certificates and the units as this release wants them; restarts only the broker."""
    password = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["broker"]["password"]
    stale = ensure_authority(AUTHORITY, datetime.now(UTC), BROKER_USER)
    stale |= ensure_broker(password)
    for unit in (GATEWAY, BROKER, COMEBACK):
        text = files("gateway.appliance").joinpath("units", unit).read_text(encoding="utf-8")
        stale |= write(UNITS / unit, text) and unit == BROKER
    run("systemctl", "daemon-reload")
    if stale:
        run("systemctl", "try-restart", BROKER)


def uninstall(*, with_data: bool) -> None:
    """Take the services and every release away; what was learned and configured stays unless `with_data`."""
    for unit in (GATEWAY, BROKER):
        if (UNITS / unit).exists():
            run("systemctl", "disable", "--now", "--quiet", unit)
    for unit in (GATEWAY, BROKER, COMEBACK):
        (UNITS / unit).unlink(missing_ok=True)
    run("systemctl", "daemon-reload")
    COMMAND.unlink(missing_ok=True)
    BROKER_CONFIG.unlink(missing_ok=True)
    if with_data:
        for folder in (STATE, BROKER_STATE, SETTINGS):
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(PROGRAMS)  # last: it is what runs


def check_installed() -> None:
    """Raises GatewayError where `install` was never run."""
    if not CURRENT.is_symlink():
        raise GatewayError("no gateway is installed here; unpack a bundle and run its ./install.sh")
