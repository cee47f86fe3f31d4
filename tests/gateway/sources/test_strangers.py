"""Whatever bytes come, a source answers with readings that can be journalled, or says why it cannot."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config import (
    BackendConfig,
    Config,
    EchonetConfig,
    EsphomeConfig,
    HomeAssistantConfig,
    TasmotaConfig,
    Zigbee2MqttConfig,
)
from gateway.core.inputs import decode, encode
from gateway.sources import Unreadable, open_sources
from tests.nasty import NASTY
from tests.scale import scaled

NOW = 1795400100.0
CONFIG = Config(
    gateway="g",
    data_dir="/nowhere",
    backend=BackendConfig("http://127.0.0.1", "g.s"),
    zigbee2mqtt=Zigbee2MqttConfig("zigbee2mqtt", ("sos",)),
    tasmota=TasmotaConfig({"hall/Switch1": "presence", "hall/Switch2": "emergency", "hall/Button1": "emergency"}),
    esphome=EsphomeConfig({"bath/radar": "presence", "bath/warmth": "temperature"}),
    echonet=EchonetConfig("echonet"),
    homeassistant=HomeAssistantConfig(),
)
TOPICS = [
    "tomoshibi/v1/hall/event",
    "tomoshibi/v1/hall/status",
    "tomoshibi/v1/hall/ack",
    "zigbee2mqtt/device",
    "zigbee2mqtt/sos",
    "zigbee2mqtt/device/availability",
    "zigbee2mqtt/bridge/state",
    "tele/hall/SENSOR",
    "tele/hall/STATE",
    "tele/hall/LWT",
    "stat/hall/RESULT",
    "bath/binary_sensor/radar/state",
    "bath/sensor/warmth/state",
    "bath/status",
    "echonet/button/properties/occurrenceOfEmergency",
    "echonet/meter/properties/instantaneousElectricPower",
    "homeassistant/binary_sensor/x/config",
    "homeassistant/device/x/config",
]
REASONS = {"topic", "size", "json", "type", "range", "version", "kind"}


def readable(topic: str, body: bytes) -> bool:
    """Whether it could be read; what comes out must survive the journal either way."""
    try:
        found, whole = open_sources(CONFIG).read(topic, body, NOW, False), True
    except Unreadable as error:
        assert error.reason in REASONS
        assert len(str(error)) < 2000
        found, whole = error.rest, False
    for reading in found:
        assert decode(encode(reading)) == reading
    return whole


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("name", NASTY)
def test_nasty_bytes_stop_nothing(topic: str, name: str) -> None:
    readable(topic, NASTY[name])


@pytest.mark.parametrize("name", NASTY)
def test_a_node_that_speaks_nonsense_is_refused(name: str) -> None:
    assert not readable("tomoshibi/v1/hall/event", NASTY[name])


def test_a_topic_that_nobody_asked_for_is_refused() -> None:
    assert not readable("elsewhere/x", b"{}")


@settings(max_examples=scaled(3000, least=100))
@given(st.sampled_from(TOPICS), st.binary(max_size=2000))
@example("tomoshibi/v1/hall/event", b"\xef\xbb\xbf{}")
def test_random_bytes_stop_nothing(topic: str, body: bytes) -> None:
    readable(topic, body)


_WORDS = (
    st.sampled_from(
        ["v", "boot", "seq", "at", "age_ms", "kind", "value", "state", "firmware", "wake_by", "id", "ok"]  # ours
    )
    | st.sampled_from(["occupancy", "contact", "action", "sos", "temperature", "humidity", "voltage", "illuminance"])
    | st.sampled_from(
        [
            "Switch1",
            "Switch2",
            "Button1",
            "Action",
            "AM2301",
            "Temperature",
            "ENERGY",
            "Power",
            "LD2410",
            "Energy",
            "Wifi",
        ]
    )
    | st.sampled_from(["dev_cla", "stat_t", "~", "val_tpl", "dev", "ids", "cmps", "avty", "avty_t", "pl_on", "p", "o"])
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([1, "motion", "emergency", "pressed", "online", "climate", 1795400000.0]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=scaled(3000, least=100))
@given(st.sampled_from(TOPICS), st.dictionaries(_WORDS, _JSON, max_size=10))
def test_objects_with_the_right_names_and_wild_values_stop_nothing(topic: str, said: dict[str, object]) -> None:
    readable(topic, json.dumps(said).encode())
