"""What a stranger announces decides nothing but which values are read: no program, no foreign topic, no end of them."""

import json
from typing import Any

import pytest

from gateway.core.inputs import NodeStatus, Observed
from gateway.sources.discovery import MOST_ANNOUNCED, Discovery
from gateway.sources.reading import Reading, Unreadable
from gateway.sources.templates import read_template

NOW = 1795400100.0


def discovery(*buttons: str) -> Discovery:
    return Discovery("homeassistant", buttons, lambda topic: topic.startswith("zigbee2mqtt/"))


def announce(source: Discovery, name: str = "x", component: str = "binary_sensor", **said: Any) -> list[Reading]:
    body = json.dumps({"dev_cla": "motion", "stat_t": f"{name}/state", "uniq_id": name} | said).encode()
    return source.read(f"homeassistant/{component}/{name}/config", body, NOW, True)


def topics(source: Discovery) -> list[str]:
    return [filter_ for filter_ in source.filters if not filter_.endswith("/config")]


@pytest.mark.parametrize(
    ("template", "body", "picked"),
    [
        (None, b"ON", "ON"),
        ("{{ value }}", b"24.6", "24.6"),
        ("{{ value_json.a }}", b'{"a":1}', 1),
        ("{{value_json['a b'].c|float}}", b'{"a b":{"c":2}}', 2),
        ('{{ value_json["a"][1] | round(1) }}', b'{"a":[0,3]}', 3),
        ("{{- value_json.a | lower -}}", b'{"a":"ON"}', "on"),
        ("{{ value_json.__class__ }}", b'{"a":1}', None),
        ("{{ value_json.a.b.c }}", b'{"a":[]}', None),
    ],
)
def test_a_plain_template_picks_a_value(template: str | None, body: bytes, picked: object) -> None:
    assert read_template(template)(body) == picked


@pytest.mark.parametrize(
    "template",
    [
        "{{ 7 * 7 }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for x in range(10**9) %}{% endfor %}",
        "{{ value_json.a if value_json.b else 1 }}",
        "{{ states('lock.door') }}",
        "{{ value_json.a | attr('x') }}",
        "{{ value_json.a }}{{ value_json.b }}",
        "{{ value_json" + ".a" * 9 + " }}",
        "{{ value_json.a" + " " * 100_000,
        7,
        ["{{ value }}"],
    ],
)
def test_any_other_template_is_refused_and_never_run(template: object) -> None:
    with pytest.raises(Unreadable) as caught:
        read_template(template)
    assert caught.value.reason in ("kind", "type")


@pytest.mark.parametrize(
    "topic",
    [
        "#",
        "a/+",
        "$SYS/broker/uptime",
        "$share/g/a",
        "tomoshibi/v1/hall-101/event",
        "Tomoshibi/x",
        "",
        "x" * 201,
        "a\nb",
        "a\0b",
        5,
        None,
        ["a"],
    ],
)
@pytest.mark.parametrize("key", ["stat_t", "avty_t"])
def test_nobody_is_listened_to_where_he_may_not_speak(topic: object, key: str) -> None:
    source = discovery()
    if key == "avty_t" and topic is None:
        return
    with pytest.raises(Unreadable):
        announce(source, **{key: topic})
    assert topics(source) == ([] if key == "stat_t" else ["x/state"])


def test_a_base_topic_opens_no_way_round() -> None:
    source = discovery()
    with pytest.raises(Unreadable):
        announce(source, **{"~": "tomoshibi/v1/hall", "stat_t": "~/event"})
    assert topics(source) == []


@pytest.mark.parametrize("topic", ["zigbee2mqtt/hall", "homeassistant/sensor/y/config", "homeassistant/status"])
def test_what_is_read_already_is_not_given_away(topic: str) -> None:
    source = discovery()
    assert announce(source, stat_t=topic) == []
    assert topics(source) == []


def test_our_own_announcements_are_nobodys_device() -> None:
    source = discovery()
    assert announce(source, o={"name": "tomoshibi"}) == []
    assert topics(source) == []


def test_only_so_many_are_listened_to_and_one_that_leaves_makes_room() -> None:
    source = discovery()
    for n in range(MOST_ANNOUNCED):
        announce(source, f"n{n}")
    with pytest.raises(Unreadable) as caught:
        announce(source, "one-more")
    assert caught.value.reason == "range"
    assert len(topics(source)) == MOST_ANNOUNCED
    source.read("homeassistant/binary_sensor/n0/config", b"", NOW, False)
    announce(source, "one-more")
    assert len(topics(source)) == MOST_ANNOUNCED


def test_that_somebody_was_announced_does_not_say_that_he_is_there() -> None:
    (found,) = announce(discovery())
    assert found == Observed(NOW, NOW, "ha/x", "health", {}, historical=True)


def test_an_availability_is_hearsay_whoever_says_it() -> None:
    source = discovery()
    announce(source, avty=[{"topic": "x/there", "val_tpl": "{{ value_json.state }}"}])
    assert source.read("x/there", b'{"state":"online"}', NOW, False) == [
        NodeStatus(NOW, "ha/x", "online", hearsay=True)
    ]


def test_a_contact_without_a_class_calls_only_where_that_is_configured() -> None:
    for source, expected in ((discovery("ha/x"), ["emergency", "health"]), (discovery(), [])):
        announce(source, dev_cla=None)
        found = source.read("x/state", b"ON", NOW, False) if topics(source) else []
        assert [one.kind for one in found if isinstance(one, Observed)] == expected


def test_a_broken_part_of_a_device_does_not_take_the_others_with_it() -> None:
    source = discovery()
    parts = {
        "a": {"p": "binary_sensor", "dev_cla": "smoke", "val_tpl": "{{ value_json.smoke }}"},
        "b": {"p": "sensor", "dev_cla": "temperature", "val_tpl": "{{ 7 * 7 }}"},
    }
    body = json.dumps({"dev": {"ids": ["d"]}, "stat_t": "d/state", "cmps": parts}).encode()
    with pytest.raises(Unreadable) as caught:
        source.read("homeassistant/device/d/config", body, NOW, True)
    assert "b: value_template" in str(caught.value)
    found = source.read("d/state", b'{"smoke":"ON","t":1}', NOW, False)
    assert next((one.kind, one.value) for one in found if isinstance(one, Observed)) == ("smoke", True)
