"""A press, smoke, a leak, a sensor torn off: raised at once, once, and confirmed to the node."""

import pytest
from contract.reports import Closed, Receipt

from gateway.core.decisions import Send
from tests.gateway.core.house import HOUR, START, House, place


def test_a_press_is_an_open_alert_and_a_receipt_in_the_same_breath() -> None:
    house = House()
    house.wait(60)
    house.move()
    alert, receipt = house.press()
    assert isinstance(alert, Send)
    assert alert.lane == "alert"
    assert house.stages("emergency") == ["open"]
    assert receipt == house.told("button")[0]
    assert receipt.body == {"boot": "b1", "seq": house.seq, "stage": "journalled"}
    assert "living" in house.alerts()[0].reason.en
    assert "居間" in house.alerts()[0].reason.ja


def test_presses_join_the_alert_until_it_is_closed() -> None:
    house = House(place("button"), place("cord", "101", "toilet", "emergency"))
    house.press()
    house.wait(5)
    house.press("cord")
    first, second = house.alerts("emergency")
    assert first.alert == second.alert
    assert (second.evidence.presses, second.evidence.place) == (2, "toilet")
    house.tell(Closed(first.alert, house.now, "false"))
    house.wait(5)
    house.press()
    assert house.alerts("emergency")[-1].alert != first.alert
    assert house.alerts("emergency")[-1].evidence.presses == 1


def test_how_far_an_alert_has_come_reaches_every_node_that_pressed() -> None:
    house = House(place("button"), place("cord", "101", "toilet", "emergency"))
    house.press()
    house.press("cord")
    for stage in ("backend", "claimed", "coming"):
        house.tell(Receipt(house.alerts()[0].alert, stage))
    for node in ("button", "cord"):
        assert [told.body["stage"] for told in house.told(node)] == ["journalled", "backend", "claimed", "coming"]


def test_a_press_that_joins_an_alert_is_told_how_far_that_has_come() -> None:
    house = House()
    house.press()
    house.tell(Receipt(house.alerts()[0].alert, "claimed"))
    _, *receipts = house.press()
    assert receipts == house.told("button")[-2:]
    assert [(told.body["seq"], told.body["stage"]) for told in house.told("button")[-2:]] == [
        (house.seq, "journalled"),
        (house.seq, "claimed"),
    ]


def test_a_repeated_press_is_confirmed_again_and_raises_nothing() -> None:
    house = House()
    house.press()
    house.tell(Receipt(house.alerts()[0].alert, "claimed"))
    seen = house.journal[-2]
    house.take(seen)
    assert house.stages("emergency") == ["open"]
    assert [told.body["stage"] for told in house.told("button")[-2:]] == ["journalled", "claimed"]


def test_a_closed_press_that_a_node_tells_again_at_every_start_raises_nothing() -> None:
    house = House()
    house.press()
    seen = house.journal[-1]
    house.tell(Closed(house.alerts()[0].alert, house.now, "real"))
    for start in range(100):
        house.take(seen)
        house.sense("button", "health", {"uptime_s": 1}, boot=f"later{start}")
    assert house.stages("emergency") == ["open"]
    assert [told.body["stage"] for told in house.told("button")] == ["journalled"] * 101


def test_a_repeated_word_of_smoke_is_confirmed_again_and_raises_nothing() -> None:
    house = House(place("detector", "101", "kitchen", "smoke", "health"))
    house.sense("detector", "smoke", True)
    house.take(house.journal[-1])
    assert house.stages("smoke") == ["open"]
    assert [told.body["stage"] for told in house.told("detector")] == ["journalled", "journalled"]


@pytest.mark.parametrize("at", [0.0, 1.5, 4e9, float("nan"), float("inf")])
def test_a_press_from_a_node_with_an_impossible_clock_raises_at_once_and_moves_no_clock(at: float) -> None:
    house = House()
    house.wait(600)
    house.press(at=at)
    assert house.alerts("emergency")[0].since == house.now
    assert house.stages("clock") == ["open"]
    house.wait(600)
    assert house.stages("clock") == ["open", "resumed"]


def test_a_press_that_comes_hours_late_raises_and_says_when_it_was() -> None:
    house = House()
    house.wait(6 * HOUR)
    house.sense("button", "emergency", "pressed", at=START + HOUR, historical=True)
    (alert,) = house.alerts("emergency")
    assert alert.since == START + HOUR
    assert "13:00" in alert.reason.en


def test_a_node_whose_clock_stands_still_can_call_for_help_again() -> None:
    house = House()
    house.press(at=START)
    house.tell(Closed(house.alerts()[0].alert, house.now, "false"))
    house.wait(600)
    house.press(at=START)
    assert len({alert.alert for alert in house.alerts("emergency")}) == 2


def test_smoke_is_raised_once_for_as_long_as_it_smokes() -> None:
    house = House(place("smoke", "101", "kitchen", "smoke", "health"))
    house.sense("smoke", "smoke", True, boot="")
    house.sense("smoke", "smoke", True, boot="")
    house.sense("smoke", "smoke", False, boot="")
    assert house.stages("smoke") == ["open"], "only a person ends it"


@pytest.mark.parametrize(("kind", "every_s"), [("smoke", 300.0), ("leak", HOUR), ("tamper", HOUR)])
def test_what_a_detector_repeats_after_a_worker_closed_it_is_raised_anew_only_after_a_pause(
    kind: str, every_s: float
) -> None:
    house = House(place("zb", "101", "kitchen", "smoke", "health"))
    house.sense("zb", kind, True, boot="")
    house.tell(Closed(house.alerts(kind)[0].alert, house.now, "real"))
    for _ in range(20):
        house.wait(every_s)
        house.sense("zb", kind, True, boot="")
    assert house.stages(kind) == ["open"]
    house.wait(20 * 60 if kind == "smoke" else 5 * HOUR)
    house.sense("zb", kind, True, boot="", historical=True)
    assert house.stages(kind) == ["open"], "nobody knows how old it is"
    house.sense("zb", kind, True, boot="")
    assert house.stages(kind) == ["open", "open"], "that it had stopped was lost"
    assert len({alert.alert for alert in house.alerts(kind)}) == 2


def test_each_smoke_that_a_node_of_ours_numbers_anew_is_a_call() -> None:
    house = House(place("smoke", "101", "kitchen", "smoke", "health"))
    house.sense("smoke", "smoke", True)
    house.sense("smoke", "smoke", True)
    assert [alert.evidence.presses for alert in house.alerts("smoke")] == [1, 2], "it joins the one that stands"
    house.tell(Closed(house.alerts("smoke")[0].alert, house.now, "real"))
    house.sense("smoke", "smoke", True)
    assert len({alert.alert for alert in house.alerts("smoke")}) == 2


@pytest.mark.parametrize("kind", ["leak", "tamper"])
def test_a_leak_and_a_tampered_sensor_are_alerts_for_as_long_as_they_last(kind: str) -> None:
    house = House()
    house.sense("button", kind, False)
    house.sense("button", kind, True)
    house.sense("button", kind, True)
    assert house.stages(kind) == ["open"]
    house.sense("button", kind, False)
    assert house.stages(kind) == ["open", "resumed"]
