"""What lies where on the machine in the cupboard: docs/appliance.md."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from gateway.adapters.files import sync_folder
from gateway.errors import GatewayError

PROGRAMS = Path("/opt/tomoshibi")
RELEASES = PROGRAMS / "releases"
CURRENT = PROGRAMS / "current"
PREVIOUS = PROGRAMS / "previous"
SETTINGS = Path("/etc/tomoshibi")
CONFIG = SETTINGS / "gateway.toml"
BROKER_CONFIG = SETTINGS / "broker.conf"
AUTHORITY = SETTINGS / "authority"
STATE = Path("/var/lib/tomoshibi")
BROKER_STATE = Path("/var/lib/tomoshibi-broker")
TRIAL = PROGRAMS / "trial.json"
UNITS = Path("/etc/systemd/system")
COMMAND = Path("/usr/local/bin/tomoshibi-gateway")

USER, BROKER_USER = "tomoshibi", "mosquitto"
GATEWAY, BROKER, COMEBACK = "tomoshibi-gateway.service", "tomoshibi-broker.service", "tomoshibi-comeback.service"


def need_root() -> None:
    """Raises GatewayError for anybody else."""
    if os.geteuid() != 0:
        raise GatewayError("this changes the machine and needs root: say sudo before it")


def run(*command: str) -> str:
    """What a program prints. Raises GatewayError with what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GatewayError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip() or done.returncode}")
    return done.stdout


def write(path: Path, text: str, mode: int = 0o644, owner: str | None = None) -> bool:
    """Put `text` at `path` in one step that a power cut does not halve; false where it stood there already.

    owner: user and group of the file, as in passwd; None leaves it root's.
    """
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if owner is not None:
        shutil.chown(fresh, owner, owner)
    fresh.replace(path)
    sync_folder(path.parent)
    return True


def point(link: Path, target: Path) -> None:
    """Let `link` name `target` from one instant to the next."""
    fresh = link.with_name(link.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync_folder(link.parent)


def ensure_folder(path: Path, owner: str) -> None:
    """A folder that only `owner` may look into."""
    path.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(path, owner, owner)


def ensure_user(name: str, home: Path) -> None:
    """A system user who cannot sign in."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(home),
            "--shell", "/usr/sbin/nologin", name)  # fmt: skip
