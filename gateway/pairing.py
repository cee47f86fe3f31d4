"""Taking the gateway in, as a person at the machine sees it: the code, the recovery key, and what became of them."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contract import reports

from gateway.adapters import recovery
from gateway.adapters.enrolment import Asked, asked_in
from gateway.adapters.uplink import Backend
from gateway.config import Config, load_config
from gateway.errors import ConfigError, GatewayError, UplinkError

LOOK_S = 1.0
NOBODY_ASKS_AFTER_S = 15.0


def paired(config: Config) -> Config:
    """The configuration of a gateway that is paired. Raises ConfigError for any other."""
    if not config.is_paired:
        raise ConfigError("this gateway is not paired yet: `tomoshibi-gateway pair` shows the code to be typed")
    return config


def waiting(config_path: Path) -> Iterator[str]:
    """Say which code to type, each time it changes, and at last that the gateway is paired. Raises GatewayError."""
    said, began_at = "", time.monotonic()
    while not (config := load_config(config_path)).is_paired:
        asked = asked_in(Path(config.data_dir))
        if asked is None and time.monotonic() - began_at > NOBODY_ASKS_AFTER_S:
            raise GatewayError(f"no gateway runs on {config.data_dir} that could be paired: start it, then try again")
        line = said if asked is None else line_of(asked, ZoneInfo(config.zone))
        if line != said:
            yield line
        said = line
        time.sleep(LOOK_S)
    yield f"paired: this gateway is {config.gateway}"


def line_of(asked: Asked, zone: ZoneInfo) -> str:
    """What a gateway that is not paired is waiting for."""
    if asked.code and asked.expires_at <= time.time():
        return "not paired: the code has expired, and another one is asked for as soon as the gateway runs"
    if asked.problem:
        return f"not paired: {asked.problem}"
    if not asked.code:
        return "not paired: a code is being asked for"
    until = datetime.fromtimestamp(asked.expires_at, zone)
    return f"not paired: type {asked.shown()} into the backend (機器 → ゲートウェイを追加), before {until:%H:%M:%S}"


def status_of(config: Config, *, as_json: bool) -> str:
    """The status of a gateway that is not paired, for a person or for programs."""
    asked = asked_in(Path(config.data_dir))
    if as_json:
        code = None if asked is None or not asked.code else {"code": asked.shown(), "expires_at": asked.expires_at}
        return json.dumps({"paired": False, "pairing": code, "problem": asked.problem if asked else ""})
    if asked is None:
        return "not paired: no gateway has run on this data_dir yet"
    return line_of(asked, ZoneInfo(config.zone))


def set_recovery_key(config: Config, written: str) -> reports.Restores | None:
    """Use the key on the paper from now on; ask for what it opens, if the gateway is paired. Raises GatewayError.

    A running gateway needs no restart: it reads the key whenever it seals or opens.
    """
    key = recovery.read(written)
    recovery.set_key(Path(config.data_dir), key)
    if not config.is_paired:
        return None
    backend = Backend(config.backend)
    try:
        return backend.want_restores(key.name)
    except UplinkError as error:
        raise GatewayError(
            f"the key is set, but what it opens could not be asked for ({error}); do this once more"
        ) from None
    finally:
        backend.close()
