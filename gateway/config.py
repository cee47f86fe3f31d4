"""gateway.toml: read whole, checked whole, every problem named at once.

data_dir = "data"                 # relative paths start at the folder of this file
zone = "Asia/Tokyo"               # until the backend has told the building's own
clock = "clock.json"              # demo and tests only: the file that scales domain time

[broker]
host = "127.0.0.1"                # default
port = 1883                       # default: 8883 with tls, else 1883
user = "gateway"
password = "..."
tls = false                       # may be false only on loopback
ca = "ca.pem"                     # whom to trust; default: the system's authorities

[backend]
url = "https://backend.example"

# A gateway that is paired by a code finds its name and credential in data_dir/credential. Only one that is given them
# another way, as in the demo, has both in this file: `gateway = "gw1"` at the top, and in [backend]
# `credential = "gw1.<secret>"`.

[zigbee2mqtt]                     # only where there is one; so with all that follow
base_topic = "zigbee2mqtt"
emergency_buttons = ["sos-101"]   # devices whose every press is an emergency

[tasmota.inputs]                  # what hangs at a switch: presence, door (ON: open), smoke, leak, tamper, emergency
"hall-101/Switch1" = "presence"   # <topic>/<switch or button>; may be empty

[esphome.entities]                # <topic prefix>/<id>: as above, or temperature, humidity, light, power, water
"bath-101/radar" = "presence"

[echonet]                         # echonetlite2mqtt
base_topic = "echonetlite2mqtt/elapi/v2/devices"

[homeassistant]
prefix = "homeassistant"
listen = true                     # default: read devices that announce themselves
emergency_buttons = ["ha/b101"]   # nodes whose contacts without a class, or of class safety or problem, call for help
announce = false                  # default. true: everybody who may read the broker sees which unit is watched

[window]                          # only where a technician is to look in on the LAN; shut while it has no PIN
host = "127.0.0.1"                # default; "0.0.0.0" for the whole LAN, and then with a certificate
port = 8090                       # default
certificate = "window.pem"        # PEM, with its chain
key = "window.key"
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from gateway.errors import ConfigError

_OURS = "tomoshibi"
CREDENTIAL = "credential"
_CREDENTIAL = re.compile(r"([A-Za-z0-9_-]{1,40})\.[A-Za-z0-9_-]{1,100}", re.ASCII)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Topic = Annotated[str, Meta(pattern=r"^[^/#+$][^#+]{0,99}$")]
Table = TypeVar("Table", bound=Struct)


class BrokerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    host: Word = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    user: Word | None = None
    password: str | None = None
    tls: bool = False
    ca: Word | None = None


class BackendConfig(Struct, frozen=True, forbid_unknown_fields=True):
    url: Word
    credential: Word | Literal[""] = ""


class Zigbee2MqttConfig(Struct, frozen=True, forbid_unknown_fields=True):
    base_topic: Topic = "zigbee2mqtt"
    emergency_buttons: tuple[Word, ...] = ()


Contact = Literal["presence", "door", "smoke", "leak", "tamper", "emergency"]
Figure = Literal["temperature", "humidity", "light", "power", "water"]
Input = Annotated[str, Meta(pattern=r"^[^/#+$]{1,40}/[^/#+]{1,60}$")]
Entity = Annotated[str, Meta(pattern=r"^[^/#+$][^#+]{0,100}/[^/#+]{1,60}$")]


class TasmotaConfig(Struct, frozen=True, forbid_unknown_fields=True):
    inputs: dict[Input, Contact] = {}


class EsphomeConfig(Struct, frozen=True, forbid_unknown_fields=True):
    entities: dict[Entity, Contact | Figure] = {}


class EchonetConfig(Struct, frozen=True, forbid_unknown_fields=True):
    base_topic: Topic = "echonetlite2mqtt/elapi/v2/devices"


class HomeAssistantConfig(Struct, frozen=True, forbid_unknown_fields=True):
    prefix: Topic = "homeassistant"
    listen: bool = True
    emergency_buttons: tuple[Word, ...] = ()
    announce: bool = False


class WindowConfig(Struct, frozen=True, forbid_unknown_fields=True):
    host: Word = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8090
    certificate: Word | None = None
    key: Word | None = None


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All paths in it are absolute; `broker.port` is never None. `gateway` is empty until it is paired."""

    data_dir: Word
    backend: BackendConfig
    gateway: Id | Literal[""] = ""
    broker: BrokerConfig = BrokerConfig()
    zone: Word = "Asia/Tokyo"
    clock: Word | None = None
    zigbee2mqtt: Zigbee2MqttConfig | None = None
    tasmota: TasmotaConfig | None = None
    esphome: EsphomeConfig | None = None
    echonet: EchonetConfig | None = None
    homeassistant: HomeAssistantConfig | None = None
    window: WindowConfig | None = None

    @property
    def is_paired(self) -> bool:
        return bool(self.backend.credential)


def load_config(path: Path) -> Config:
    """Return what the file says, and data_dir/credential. Raises ConfigError naming everything that is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name the gateway's file by --config") from None
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    problems: list[str] = []
    config = _read(table, Config, "", problems)
    if config is not None:
        problems += _contradictions(config)
    if config is None or problems:
        raise ConfigError(f"{path}: " + "; ".join(problems))
    return _with_credential(_completed(config, path.resolve().parent))


def _read(table: dict[str, Any], shape: type[Table], prefix: str, problems: list[str]) -> Table | None:
    """Build `shape` from `table`; None when anything is wrong, each wrong key added to `problems`."""
    before = len(problems)
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    problems += [f"{prefix}{key}: unknown; known are {', '.join(fields)}" for key in table if key not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        nested = _nested(field.type)
        if name not in table:
            if field.required and nested is None:
                problems.append(f"{prefix}{name}: missing")
            elif field.required and nested is not None:
                _read({}, nested, f"{prefix}{name}.", problems)
        elif nested is not None and isinstance(table[name], dict):
            values[name] = _read(table[name], nested, f"{prefix}{name}.", problems)
        else:
            try:
                values[name] = msgspec.convert(table[name], field.type)
            except msgspec.ValidationError as error:
                problems.append(f"{prefix}{name}: {error}")
    return shape(**values) if len(problems) == before else None


def _nested(kind: Any) -> type[Struct] | None:
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, Struct):
            return one
    return None


def _contradictions(config: Config) -> list[str]:
    """What is wrong although each value is of the right kind."""
    found = []
    broker, url = config.broker, _split(config.backend.url)
    if not broker.tls and broker.host not in _LOOPBACK:
        found.append("broker.tls: must be true for a broker on another machine")
    if broker.ca and not broker.tls:
        found.append("broker.ca: says whom to trust, but broker.tls is false")
    if broker.password is not None and broker.user is None:
        found.append("broker.user: missing, though there is a password")
    if url is None or url.scheme not in ("http", "https") or not url.hostname:
        found.append("backend.url: must be like https://backend.example")
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        found.append("backend.url: must begin with https:// for a backend on another machine")
    head, _, secret = config.backend.credential.partition(".")
    if bool(config.gateway) != bool(config.backend.credential):
        found.append("gateway and backend.credential: name both, or neither for a gateway that is paired by a code")
    elif head != config.gateway or (head and not secret):
        found.append(f"backend.credential: must be as the backend gave it: {config.gateway}.<secret>")
    found += _claims(config)
    if config.window is not None:
        found += _window_contradictions(config.window)
    try:
        ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, like Asia
        found.append(f"zone: must be an IANA name like Asia/Tokyo, not {config.zone!r}")
    return found


def _claims(config: Config) -> list[str]:
    """Topics that nobody may be given: our own nodes', which no other maker's device may speak for."""
    named = {
        "zigbee2mqtt.base_topic": config.zigbee2mqtt and config.zigbee2mqtt.base_topic,
        "echonet.base_topic": config.echonet and config.echonet.base_topic,
        "homeassistant.prefix": config.homeassistant and config.homeassistant.prefix,
    }
    named |= {f"esphome.entities.{name}": name for name in (config.esphome.entities if config.esphome else ())}
    return [
        f"{key}: belongs to our own nodes" for key, topic in named.items() if f"{topic or ''}/".startswith(f"{_OURS}/")
    ]


def _window_contradictions(window: WindowConfig) -> list[str]:
    if (window.certificate is None) != (window.key is None):
        return ["window.certificate, window.key: each is worth nothing without the other"]
    if window.certificate is None and window.host not in _LOOPBACK:
        return ["window.certificate: missing; without it a neighbour on the LAN reads the PIN and the page"]
    return []


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # half an address of IPv6
        return None


def _completed(config: Config, home: Path) -> Config:
    def absolute(name: str | None) -> str | None:
        return None if name is None else str(home / name)

    broker = msgspec.structs.replace(
        config.broker,
        port=config.broker.port or (8883 if config.broker.tls else 1883),
        ca=absolute(config.broker.ca),
    )
    window = config.window and msgspec.structs.replace(
        config.window, certificate=absolute(config.window.certificate), key=absolute(config.window.key)
    )
    backend = msgspec.structs.replace(config.backend, url=config.backend.url.rstrip("/"))
    return msgspec.structs.replace(
        config,
        data_dir=str(home / config.data_dir),
        clock=absolute(config.clock),
        broker=broker,
        backend=backend,
        window=window,
    )


def _with_credential(config: Config) -> Config:
    """With the name and the credential that were given to the gateway when it was paired, if it was."""
    path = Path(config.data_dir) / CREDENTIAL
    if config.is_paired:
        return config
    try:
        found = _CREDENTIAL.fullmatch(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return config
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from None
    if found is None:
        raise ConfigError(f"{path}: is damaged; remove it, and pair this gateway in its own place")
    backend = msgspec.structs.replace(config.backend, credential=found[0])
    return msgspec.structs.replace(config, gateway=found[1], backend=backend)
