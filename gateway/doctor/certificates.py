"""How long the certificates on this machine still hold, and the broker's."""

import subprocess
from itertools import chain
from pathlib import Path
from ssl import cert_time_to_seconds

from gateway.config import Config
from gateway.doctor.broker import settings
from gateway.doctor.findings import NO_CONFIG, Finding, Patient, notice, ok, unknown, wrong

DAY_S = 86_400.0
SOON_S = 30 * DAY_S


def certificates(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    files = list(dict.fromkeys(chain(_of_config(patient.config), _of_mosquitto(patient.mosquitto))))
    if not files:
        return ok("この機械では証明書を使っていません", "this machine uses no certificate of its own")
    found: list[tuple[float, str]] = []
    for file in files:
        try:
            since, until = _dates(file)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return unknown(f"{file} を読めません ({error})", f"{file} cannot be read ({error})")
        if since > patient.real:
            return wrong(
                f"{file} はまだ有効ではありません",
                f"{file} is not valid yet",
                "時計を確かめてください",
                "check the clock",
            )
        found.append((until, file))
    until, file = min(found)
    days = (until - patient.real) / DAY_S
    if days < 0:
        said = f"{file} は{-days:.0f}日前に切れました", f"{file} ended {-days:.0f} days ago"
    else:
        said = f"{file} はあと{days:.0f}日有効です", f"{file} holds for {days:.0f} more days"
    todo = (
        "新しい証明書に替えてください。切れるとセンサーが接続できません",
        "renew it: nodes connect no more when it has ended",
    )
    if days < 0:
        return wrong(*said, *todo)
    return notice(*said, *todo) if days * DAY_S < SOON_S else ok(*said)


def _of_config(config: Config) -> list[str]:
    window = None if config.window is None else config.window.certificate
    return [file for file in (config.broker.ca, window) if file is not None]


def _of_mosquitto(path: Path) -> list[str]:
    try:
        return [value for key, value in settings(path) if key in ("certfile", "cafile")]
    except OSError:  # `broker_promises` says so
        return []


def _dates(file: str) -> tuple[float, float]:
    """(from, until) of the first certificate in a PEM file, by the openssl program."""
    said = subprocess.run(
        ["openssl", "x509", "-noout", "-dates", "-in", file], capture_output=True, text=True, timeout=10, check=True
    ).stdout
    dates = dict(line.partition("=")[::2] for line in said.splitlines())
    return float(cert_time_to_seconds(dates["notBefore"])), float(cert_time_to_seconds(dates["notAfter"]))
