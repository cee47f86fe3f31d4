"""The table of checks, and the command that goes through it."""

import json
import os
import time
from pathlib import Path

import click
import msgspec
from contract.clock import open_clock
from contract.reports import Words

from gateway.adapters.onlooker import Onlooker
from gateway.config import load_config
from gateway.doctor import backend, broker, certificates, data, machine, sensors
from gateway.doctor.findings import Check, Finding, Patient
from gateway.errors import ConfigError, JournalError
from gateway.terminal import printable

CHECKS: dict[str, tuple[Words, Check]] = {
    "configuration": (Words("設定", "configuration"), data.configuration),
    "data_dir": (Words("データの置き場所", "data folder"), data.data_dir),
    "disk_space": (Words("空き容量", "disk space"), data.disk_space),
    "journal": (Words("記録", "journal"), data.journal),
    "running": (Words("動作", "running"), data.running),
    "clock": (Words("時計", "clock"), machine.clock),
    "broker": (Words("ブローカー", "broker"), broker.broker),
    "broker_promises": (Words("ブローカーの保存", "broker's keeping"), broker.broker_promises),
    "certificates": (Words("証明書", "certificates"), certificates.certificates),
    "backend": (Words("サーバー", "backend"), backend.backend),
    "backlog": (Words("送信待ち", "backlog"), data.backlog),
    "refusals": (Words("断られたもの", "refusals"), data.refusals),
    "units": (Words("住戸", "units"), sensors.units),
    "lost": (Words("通信", "lost"), sensors.lost),
    "never_seen": (Words("未受信", "never heard"), sensors.never_seen),
    "faulty": (Words("センサーの異常", "faulty"), sensors.faulty),
    "batteries": (Words("電池", "batteries"), sensors.batteries),
    "radio": (Words("電波", "radio"), sensors.radio),
    "unassigned": (Words("未割り当て", "unassigned"), sensors.unassigned),
    "window": (Words("点検ページ", "local window"), data.window),
    "card": (Words("カード・ディスク", "card or disk"), machine.card),
    "memory": (Words("メモリー", "memory"), machine.memory),
    "heat": (Words("温度", "heat"), machine.heat),
    "power": (Words("電源", "power"), machine.power),
}
_MARKS = {"ok": ("OK", "green"), "notice": ("!", "yellow"), "wrong": ("✗", "red"), "unknown": ("?", "cyan")}


@click.command(name="doctor")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default="/etc/tomoshibi/gateway.toml",
    show_default=True,
    help="The gateway's configuration.",
)
@click.option(
    "--mosquitto",
    type=click.Path(path_type=Path),
    default="/etc/tomoshibi/broker.conf",
    show_default=True,
    help="The broker's configuration.",
)
@click.option("--lang", type=click.Choice(["ja", "en"]), help="Default: as LANG says.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(config_path: Path, mosquitto: Path, lang: str | None, as_json: bool) -> None:
    """Say what is wrong with this gateway and what to do. Exit status 1 when something is."""
    patient = examined(config_path, mosquitto)
    found = {name: check(patient) for name, (_, check) in CHECKS.items()}
    if as_json:
        click.echo(json.dumps({name: msgspec.to_builtins(one) for name, one in found.items()}, ensure_ascii=False))
    else:
        _say(found, lang or ("ja" if os.environ.get("LANG", "").startswith("ja") else "en"))
    raise SystemExit(any(one.state == "wrong" for one in found.values()))


def examined(config_path: Path, mosquitto: Path) -> Patient:
    """What the checks look at, as far as it can be read."""
    config = notes = core = None
    real = now = time.time()
    try:
        config = load_config(config_path)
        now = open_clock(config.clock).now()
        onlooker = Onlooker(Path(config.data_dir), config.gateway)
        notes, core = onlooker.look(), onlooker.core
    except (ConfigError, JournalError, OSError, ValueError, KeyError):  # the checks say which
        pass
    return Patient(config_path, config, notes, core, now, real, mosquitto)


def _say(found: dict[str, Finding], lang: str) -> None:
    for name, one in found.items():
        mark, colour = _MARKS[one.state]
        title, said = (getattr(words, lang) for words in (CHECKS[name][0], one.said))
        click.echo(click.style(f"{mark:<2} ", fg=colour) + click.style(title, bold=True) + f": {printable(said)}")
        if one.todo is not None:
            click.echo(f"   → {printable(getattr(one.todo, lang))}")
    wrong = sum(one.state == "wrong" for one in found.values())
    if lang == "ja":
        click.echo(f"直すべきこと: {wrong}件" if wrong else "直すべきことはありません")
    else:
        click.echo(f"to be put right: {wrong}" if wrong else "nothing has to be put right")
