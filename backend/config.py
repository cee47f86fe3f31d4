"""The configuration: a TOML file, overridden by the environment (``TOMOSHIBI_SECRET_KEY``), checked whole at start."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

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


SipName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~!$&*+=/-]{0,64}$")]  # what needs no quotes in a SIP address
SipHost = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$")]


class SipAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """One line: room for one call at a time. Two calls at once over one account are two lines with the same account."""

    user: SipName
    password: SipName = ""
    auth_user: SipName = ""  # where it is not `user`
    number: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{2,14})?$")] = ""  # E.164: the number that people call it by


class Sip(Struct, frozen=True, forbid_unknown_fields=True):
    """A SIP trunk or telephone system.

    `numbers`: "national" dials 09012345678, "e164" +819012345678; `prefix` is dialled before either. `recordings` is a
    folder of sentences in a person's own voice, see backend/channels/sip/speech.py.
    """

    server: SipHost
    lines: Annotated[tuple[SipAccount, ...], Meta(min_length=1, max_length=16)]
    transport: Literal["udp", "tcp"] = "udp"
    register: bool = True  # false where the trunk knows us by our address
    numbers: Literal["national", "e164"] = "national"
    prefix: Annotated[str, Meta(pattern=r"^[0-9*]{0,8}$")] = ""
    ring_s: Annotated[float, Meta(ge=1, le=60)] = 25.0  # shorter than most networks' voicemail
    set_up_s: Annotated[float, Meta(ge=1, le=60)] = 15.0  # until it rings; then the line is taken for dead
    key_wait_s: Annotated[float, Meta(ge=0.1, le=30)] = 6.0  # after the words, which are said three times
    listen_host: SipHost = "0.0.0.0"  # noqa: S104  (a telephone system calls back from its own address)
    recordings: str | None = None


class Modem(Struct, frozen=True, forbid_unknown_fields=True):
    """A gammu-smsd with a modem, and its SQLite database. `phone_id` is its PhoneID where several share one."""

    database: Annotated[str, Meta(min_length=1)]
    phone_id: str = ""
    rate_per_s: Positive = 0.5
    give_up_s: Annotated[float, Meta(ge=1)] = 60.0  # how long a message may lie there before it is taken back
    silent_s: Annotated[float, Meta(ge=1)] = 150.0  # how long gammu-smsd may give no sign of life (StatusFrequency)


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel of LINE's Messaging API."""

    channel_access_token: Annotated[str, Meta(min_length=1)]
    channel_secret: Annotated[str, Meta(min_length=1)]
    api_url: str = "https://api.line.me"
    rate_per_s: Positive = 50.0


class Push(Struct, frozen=True, forbid_unknown_fields=True):
    """Who we are to the browsers' push services (`tomoshibi-backend push-key` makes a key), and which of them we use.

    A subscription names the address that we then send to, so an address that is no push service is refused.
    """

    private_key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]  # of P-256, base64url
    contact: Annotated[str, Meta(pattern=r"^(mailto:|https://).+")]  # whom the push services may ask
    services: tuple[str, ...] = (
        "https://fcm.googleapis.com",
        "https://updates.push.services.mozilla.com",
        "https://web.push.apple.com",
        "https://*.notify.windows.com",
    )
    rate_per_s: Positive = 20.0


class Email(Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server that takes our mail for delivery."""

    host: Annotated[str, Meta(min_length=1)]
    sender: Annotated[str, Meta(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    ca_file: str | None = None  # where the server's certificate is of an authority of one's own
    rate_per_s: Positive = 5.0


class Operator(Struct, frozen=True, forbid_unknown_fields=True):
    """Who runs the installation, and is told when the worker is silent: by e-mail through [email], by a webhook."""

    email: Annotated[str, Meta(pattern=r"^([^@\s<>]+@[^@\s<>]+)?$")] = ""
    webhook: Annotated[str, Meta(pattern=r"^(https?://.+)?$")] = ""


class DeadMan(Struct, frozen=True, forbid_unknown_fields=True):
    """An outside service that raises the alarm when its address is not asked for once a minute."""

    url: Annotated[str, Meta(pattern=r"^https?://.+")]


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
    """`clock_file`: see contract.clock; `console`: hand messages to the demo's phones.

    `self_test_url`: where the worker reaches the web process for self-tests; empty: at `public_url`, as everybody does.
    """

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
    self_test_url: str = ""
    twilio: Twilio | None = None
    sip: Sip | None = None
    modem: Modem | None = None
    line: Line | None = None
    push: Push | None = None
    email: Email | None = None
    operator: Operator | None = None
    deadman: DeadMan | None = None
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
    if config.self_test_url and not config.self_test_url.startswith(("http://", "https://")):
        problems.append("self_test_url: must begin with http:// or https://")
    if config.sip and config.sip.recordings and not Path(config.sip.recordings).is_dir():
        problems.append(f"sip: recordings: {config.sip.recordings} is no folder")
    if config.email and config.email.user and config.email.security == "none":
        problems.append("email: a password is not sent over an open line; security must be starttls or tls")
    if config.operator and config.operator.email and not config.email:
        problems.append("operator: email: needs [email], the server that takes it")
    if config.clock_file and not Path(config.clock_file).exists():
        problems.append(f"clock_file: {config.clock_file} does not exist")
    limits = config.limits
    if not limits.gateway_red_s < limits.gateway_lost_s < limits.gateway_checks_s:
        problems.append("limits: gateway_red_s < gateway_lost_s < gateway_checks_s is required")
    return problems


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # too many digits are no TOMLDecodeError
        raise ConfigError(f"{path}: {error}") from error
