"""What our own nodes say, and what strangers say in their place."""

import json
from typing import Any

import pytest

from gateway.core.inputs import Acked, NodeStatus, Observed
from gateway.sources.native import Native
from gateway.sources.reading import Reading, Unreadable

NOW = 1795400100.0
EVENT = "tomoshibi/v1/hall-pir/event"
STATUS = "tomoshibi/v1/hall-pir/status"
ACK = "tomoshibi/v1/hall-pir/ack"


def body(**fields: Any) -> bytes:
    return json.dumps({"v": 1, **fields}).encode()


def read(topic: str, said: bytes, *, retained: bool = False) -> list[Reading]:
    return Native().read(topic, said, NOW, retained)


def seen(at: float, kind: str, value: Any, *, historical: bool = False, seq: int = 7) -> Observed:
    return Observed(at, NOW, "hall-pir", kind, value, historical, "9f3c", seq)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"at": 1795400000.25, "kind": "motion", "value": {"count": 7, "last_at": 1795400041.5}},
            seen(1795400000.25, "motion", {"count": 7, "last_at": 1795400041.5}),
        ),
        ({"age_ms": 5200, "kind": "door", "value": "open"}, seen(NOW - 5.2, "door", "open")),
        (
            {
                "at": 1795300000.0,
                "kind": "climate",
                "value": {"temperature_c": 29.4, "humidity_pct": 71},
                "historical": True,
            },
            seen(1795300000.0, "climate", {"temperature_c": 29.4, "humidity_pct": 71}, historical=True),
        ),
        ({"at": NOW, "kind": "emergency", "value": "pressed"}, seen(NOW, "emergency", "pressed")),
        ({"at": NOW, "kind": "presence", "value": False}, seen(NOW, "presence", False)),
        (
            {"at": NOW, "kind": "health", "value": {"uptime_s": 60, "battery_v": 2.9, "reset_cause": "power on"}},
            seen(NOW, "health", {"uptime_s": 60, "battery_v": 2.9, "reset_cause": "power on"}),
        ),
    ],
)
def test_an_event_becomes_an_observation_dated_when_it_was_sensed(said: dict[str, Any], expected: Observed) -> None:
    assert read(EVENT, body(boot="9f3c", seq=7, **said)) == [expected]


def test_a_retained_event_is_no_news() -> None:
    (found,) = read(EVENT, body(boot="9f3c", seq=7, at=NOW, kind="door", value="open"), retained=True)
    assert isinstance(found, Observed)
    assert found.historical


@pytest.mark.parametrize("retained", [False, True])
def test_a_status_says_whether_the_node_is_there_and_whether_the_broker_kept_it(retained: bool) -> None:
    said = body(state="sleeping", wake_by=NOW + 3600, firmware="1.4.0", boot="9f3c")
    assert read(STATUS, said, retained=retained) == [
        NodeStatus(NOW, "hall-pir", "sleeping", NOW + 3600, "1.4.0", "9f3c", hearsay=retained)
    ]


def test_a_status_taken_from_the_broker_says_nothing() -> None:
    assert read(STATUS, b"", retained=True) == []


def test_an_acknowledgement_tells_what_became_of_a_command() -> None:
    assert read(ACK, body(id="ask-1", ok=False, detail="no buzzer")) == [
        Acked(NOW, "hall-pir", "ask-1", False, "no buzzer")
    ]


def test_a_press_with_an_impossible_date_is_refused_and_still_a_press() -> None:
    with pytest.raises(Unreadable) as caught:
        read(EVENT, body(boot="9f3c", seq=7, at=0.0, kind="emergency", value="pressed"))
    assert caught.value.reason == "range"
    assert caught.value.rest == [seen(NOW, "emergency", "pressed")]


def test_smoke_with_an_impossible_date_is_refused_and_still_smoke() -> None:
    with pytest.raises(Unreadable) as caught:
        read(EVENT, body(boot="9f3c", seq=7, at=0.0, kind="smoke", value=True))
    assert caught.value.rest == [seen(NOW, "smoke", True)]


def test_motion_with_an_impossible_date_is_refused_and_nothing_else() -> None:
    with pytest.raises(Unreadable) as caught:
        read(EVENT, body(boot="9f3c", seq=7, at=0.0, kind="motion", value={"count": 1}))
    assert caught.value.rest == []


@pytest.mark.parametrize("topic", ["tomoshibi/v1/HALL/event", "tomoshibi/v1/a b/event", "tomoshibi/v1/-x/status"])
def test_a_name_that_no_node_may_bear_is_refused(topic: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(topic, body(boot="a", seq=1, at=NOW, kind="door", value="open"))
    assert caught.value.reason == "topic"
