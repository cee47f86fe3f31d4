"""The configuration: a TOML file, overridden by the environment (``TOMOSHIBI_SECRET_KEY``), checked whole at start."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from backend.errors import ConfigError

Positive = Annotated[float, Meta(gt=0)]
VoiceName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9.-]*$")]


class Twilio(Struct, frozen=True, forbid_unknown_fields=True):
    account_sid: Annotated[str, Meta(min_length=1)]
    auth_token: Annotated[str, Meta(min_length=1)]
    from_number: Annotated[str, Meta(pattern=r"^\+[0-9]{6,15}$")]
    api_url: str = "https://api.twilio.com"
    rate_per_s: Positive = 1.0  # of each kind of message, by all worker processes together
    voice_ja: VoiceName = "Polly.Kazuha-Neural"  # names of Twilio's voices
    voice_en: VoiceName = "Polly.Joanna-Neural"
    ring_s: Annotated[int, Meta(ge=5, le=60)] = 25  # shorter than most networks' voicemail


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """How long is waited for what. `human_limits_s` shortens every wait for a person, and the screen says so."""

    human_limits_s: Positive | None = None
    gateway_red_s: Positive = 90.0  # these three in real time: a gateway's heartbeat is
    gateway_lost_s: Positive = 600.0
    gateway_checks_s: Positive = 7200.0
    lease_s: Annotated[float, Meta(ge=30)] = 60.0  # longer than any channel may take for one send
    claim_link_s: Positive = 3600.0
    storm_units: Annotated[int, Meta(ge=2)] = 8  # so many units' alerts within 5 minutes are one incident
    storm_gateways: Annotated[int, Meta(ge=2)] = 3  # or so many gateways that fall silent


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`clock_file`: see contract.clock; `console`: hand messages to the demo's phones."""

    database_url: str = "sqlite:///tomoshibi.db"
    secret_key: str = ""
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    threads: Annotated[int, Meta(ge=1, le=256)] = 16
    clock_file: str | None = None
    log_level: str = "INFO"
    demo: bool = False
    console: bool = False
    twilio: Twilio | None = None
    limits: Limits = field(default_factory=Limits)


OVERRIDES = ("database_url", "secret_key", "public_url", "host", "port", "threads", "clock_file", "log_level")


def load(path: str | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check the configuration. Raises ConfigError with every problem in it, one a line."""
    raw = _read(path) if path else {}
    for name in OVERRIDES:
        if (value := environment.get(f"TOMOSHIBI_{name.upper()}")) is not None:
            raw[name] = value
    return check(raw)


def check(raw: Mapping[str, Any]) -> Config:
    """Return the configuration that `raw` says. Raises ConfigError."""
    parts: dict[str, Any] = {}
    problems: list[str] = []
    known = {one.name: one for one in msgspec.structs.fields(Config)}
    for name, value in raw.items():
        if name not in known:
            problems.append(f"{name}: there is no such setting")
            continue
        try:
            parts[name] = msgspec.convert(value, known[name].type, strict=not isinstance(value, str))
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}")
    config = Config(**parts)
    problems += _joint_problems(config)
    if problems:
        raise ConfigError("\n".join(problems))
    return config


def _joint_problems(config: Config) -> list[str]:
    problems = []
    if not config.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        problems.append("database_url: must begin with sqlite:/// or postgresql+psycopg://")
    if len(config.secret_key) < 32:
        problems.append("secret_key: must be at least 32 characters long")
    if not config.public_url.startswith(("http://", "https://")):
        problems.append("public_url: must begin with http:// or https://")
    if config.clock_file and not Path(config.clock_file).exists():
        problems.append(f"clock_file: {config.clock_file} does not exist")
    limits = config.limits
    if not limits.gateway_red_s < limits.gateway_lost_s < limits.gateway_checks_s:
        problems.append("limits: gateway_red_s < gateway_lost_s < gateway_checks_s is required")
    return problems


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
