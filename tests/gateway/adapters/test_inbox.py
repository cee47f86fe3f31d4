"""What waits for the loop keeps its order, and only routine messages that nobody else keeps are given up for room."""

import queue

import pytest

from gateway.adapters import inbox as inbox_module
from gateway.adapters.inbox import Inbox
from gateway.adapters.mqtt import Arrived
from gateway.sources.zigbee2mqtt import Zigbee2Mqtt


def message(n: int, qos: int = 0, body: bytes = b'{"occupancy":true}') -> Arrived:
    return Arrived(f"zigbee2mqtt/pir-{n}", body, False, float(n), n, qos, 0)


def all_of(inbox: Inbox[str]) -> list[object]:
    found: list[object] = []
    while not inbox.empty():
        event = inbox.get()
        found.append(event.mid if isinstance(event, Arrived) else event)
    with pytest.raises(queue.Empty):
        inbox.get()
    return found


def test_everything_comes_out_as_it_went_in() -> None:
    inbox: Inbox[str] = Inbox(Zigbee2Mqtt("zigbee2mqtt").may_call)
    for one in (message(1), "other", message(2, qos=1), message(3)):
        inbox.put(one)
    assert all_of(inbox) == [1, "other", 2, 3]
    assert inbox.dropped() == 0


def test_of_too_much_the_oldest_routine_messages_go_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MOST_BYTES", 3 * inbox_module._size(message(1)))
    inbox: Inbox[str] = Inbox(Zigbee2Mqtt("zigbee2mqtt").may_call)
    for one in (message(1), message(2, qos=1), "other", message(3), message(4), message(5), message(6)):
        inbox.put(one)
    assert all_of(inbox) == [2, "other", 4, 5, 6]
    assert inbox.dropped() == 2
    assert inbox.dropped() == 0
    inbox.put(message(7))
    assert all_of(inbox) == [7]


@pytest.mark.parametrize("body", [b'{"action":"single"}', b'{"sos":true}', b'{"smoke":true}', b'{"action":"panic"}'])
def test_no_word_of_an_emergency_ever_goes(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MOST_BYTES", inbox_module._size(message(1)))
    inbox: Inbox[str] = Inbox(Zigbee2Mqtt("zigbee2mqtt").may_call)
    for one in (message(1), message(2, body=body), message(3)):
        inbox.put(one)
    assert all_of(inbox) == [2, 3]
    assert inbox.dropped() == 1
