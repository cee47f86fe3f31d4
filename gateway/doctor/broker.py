"""The broker: whether it takes our credentials, and whether it keeps what is on its way."""

import itertools
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.adapters.mosquitto import PROMISES
from gateway.config import BrokerConfig
from gateway.doctor.findings import NO_CONFIG, Finding, Patient, ok, unknown, wrong
from gateway.sources import open_sources

ANSWERS_WITHIN_S = 10.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def broker(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    config = patient.config.broker
    place = f"{config.host}:{config.port}"
    try:
        refused = _Visit(config, open_sources(patient.config).filters).refused()
    except ssl.SSLError as error:
        return wrong(
            f"ブローカー {place} の証明書を確かめられません: {error}",
            f"the certificate of the broker {place} does not do: {error}",
            "broker.ca と証明書の期限を確かめてください",
            "check broker.ca, and the dates of the certificate",
        )
    except OSError as error:
        return wrong(
            f"ブローカー {place} に届きません ({error})",
            f"the broker {place} cannot be reached ({error})",
            "mosquitto が動いているか、broker.host と broker.port を確かめてください (systemctl status mosquitto)",
            "check that mosquitto runs (systemctl status mosquitto), broker.host and broker.port",
        )
    if refused:
        return wrong(
            f"ブローカー {place} に断られました ({refused})",
            f"the broker {place} refuses us ({refused})",
            "broker.user、broker.password と、ブローカーのアクセス制御を確かめてください",
            "check broker.user, broker.password and the broker's access list",
        )
    return ok(f"ブローカー {place} に接続できます", f"the broker {place} takes us in")


class _Visit:
    """One connection under a name of its own, so that the running gateway keeps its session."""

    def __init__(self, config: BrokerConfig, filters: tuple[str, ...]) -> None:
        self._config, self._filters = config, filters
        self._done = threading.Event()
        self._refused = "no answer"
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        if config.user is not None:
            client.username_pw_set(config.user, config.password)
        if config.tls:
            client.tls_set_context(ssl.create_default_context(cafile=config.ca))

    def refused(self) -> str:
        """Why we are refused; empty when not. Raises OSError when there is nobody."""
        self._client.connect_timeout = ANSWERS_WITHIN_S
        self._client.connect(self._config.host, self._config.port or 1883)
        self._client.loop_start()
        self._done.wait(ANSWERS_WITHIN_S)
        self._client.disconnect()
        self._client.loop_stop()
        return self._refused

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._end(str(reason))
        else:
            client.subscribe([(filter_, 0) for filter_ in self._filters])

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        self._end(next((str(reason) for reason in reasons if reason.is_failure), ""))

    def _end(self, refused: str) -> None:
        self._refused = refused
        self._done.set()


def broker_promises(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    if patient.config.broker.host not in _LOOPBACK:
        return unknown("ブローカーは別の機械にあります", "the broker is on another machine")
    try:
        said = dict(settings(patient.mosquitto))
    except OSError as error:
        return unknown(
            f"{patient.mosquitto} を読めません ({error.strerror})",
            f"{patient.mosquitto} cannot be read ({error.strerror})",
        )
    promised = dict(_pairs(PROMISES.splitlines()))
    missing = [f"{key} {value}" for key, value in promised.items() if said.get(key) != value]
    if missing:
        return wrong(
            f"mosquitto の設定が足りません: {', '.join(missing)}",
            f"mosquitto is not told: {', '.join(missing)}",
            f"{patient.mosquitto} (または conf.d) に書き、mosquitto を再起動してください。停電で通報が失われます",
            f"write it into {patient.mosquitto} or its conf.d and restart mosquitto: else a power cut loses reports",
        )
    return ok("mosquitto は停電に備えた設定です", "mosquitto is told to keep what is on its way")


def settings(path: Path) -> Iterator[tuple[str, str]]:
    """What a configuration of mosquitto says, with what it includes, in order. Raises OSError."""
    for key, value in _pairs(path.read_text(encoding="utf-8", errors="replace").splitlines()):
        if key == "include_dir":
            yield from itertools.chain.from_iterable(settings(one) for one in sorted(Path(value).glob("*.conf")))
        else:
            yield key, value


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, _, value = line.strip().partition(" ")
        if key and not key.startswith("#"):
            yield key, value.strip()
