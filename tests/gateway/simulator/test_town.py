import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from contract import topics
from contract.observations import Command, Event, Receipt, Status

from gateway.simulator.habits import Habits
from gateway.simulator.plan import Household, NodePlan, Plan, Recording
from gateway.simulator.town import Town, UnknownNameError

START = datetime.fromisoformat("2026-06-03T10:30+09:00").timestamp()
NODES = (
    NodePlan("u1-hub", "living", ("motion", "emergency", "fine", "climate", "health"), mains=True),
    NodePlan("u1-bed", "bedroom", ("motion", "health")),
    NodePlan("u1-door", "entrance", ("door", "health")),
)


class Street:
    """Everything the town said, decoded."""

    def __init__(self, household: Household | None = None, bench: Any = None) -> None:
        self.events: list[tuple[str, Event]] = []
        self.states: list[tuple[str, str]] = []
        plan = Plan("Asia/Tokyo", START, "", 0, 0, (household or Household("101", NODES, seed="a"),))
        self.town = Town(plan, self.publish, "b00t", bench)

    def publish(self, topic: str, body: bytes) -> None:
        node, leaf = topics.split(topic) or ("", "")
        if leaf == "event":
            self.events.append((node, Event.decode(body)))
        else:
            self.states.append((node, Status.decode(body).state))

    def kinds(self) -> set[str]:
        return {event.kind for _, event in self.events}


def test_what_is_due_is_published_once_with_the_time_it_happened():
    street = Street()
    street.town.advance(START + 3600)
    first = len(street.events)
    street.town.advance(START + 3600)
    assert len(street.events) == first > 60
    assert all(START <= (event.at or 0) <= START + 3600 for _, event in street.events)
    assert {"motion", "health", "climate"} <= street.kinds()
    due = street.town.next_due()
    assert due is not None and START + 3600 < due <= START + 3661


def test_numbers_never_repeat_within_a_node():
    street = Street()
    street.town.advance(START + 6 * 3600)
    numbers = [(node, event.seq) for node, event in street.events]
    assert len(set(numbers)) == len(numbers)


def test_after_a_collapse_only_health_and_climate_are_left():
    street = Street()
    street.town.collapse("101", START + 60)
    street.town.advance(START + 7200)
    after = {event.kind for _, event in street.events if (event.at or 0) > START + 60}
    assert after == {"health", "climate"}
    street.events.clear()
    street.town.rise("101")
    street.town.advance(START + 10800)
    assert "motion" in street.kinds()


def test_a_press_is_repeated_until_the_gateway_has_it_on_its_disk():
    street = Street()
    street.town.press("101", START)
    node, press = street.events[-1]
    street.town.repeat_presses()
    assert street.events[-1][1].seq == press.seq and press.kind == "emergency"
    street.town.heard(topics.receipt(node), Receipt("another", press.seq, "journalled").encode(), START)
    street.town.repeat_presses()
    assert len(street.events) == 3, "a receipt for another start of the node does not count"
    street.town.heard(topics.receipt(node), Receipt("b00t", press.seq, "journalled").encode(), START)
    street.town.repeat_presses()
    assert len(street.events) == 3
    street.town.heard(topics.receipt(node), Receipt("b00t", press.seq, "coming").encode(), START)
    street.town.heard(topics.receipt(node), Receipt("b00t", press.seq + 1, "journalled").encode(), START)
    assert street.town.state(START)[0]["nodes"][0]["light"] == "coming"


def test_a_button_pressed_is_let_go_again():
    street = Street()
    street.town.press("101", START)
    street.town.advance(START + 5)
    assert [event.value for _, event in street.events if event.kind == "emergency"] == ["pressed", "released"]


def test_a_node_that_asks_shows_it_until_the_key_is_pressed():
    street = Street()
    street.town.heard(topics.command("u1-hub"), Command("c1", "ask", for_s=120).encode(), START)
    assert street.town.state(START + 100)[0]["nodes"][0]["asking"]
    assert not street.town.state(START + 121)[0]["nodes"][0]["asking"]
    assert street.town.state(START + 121)[0]["nodes"][0]["asked"] == 1
    street.town.fine("101", START + 30)
    assert street.events[-1][1].kind == "fine"
    assert not street.town.state(START + 31)[0]["nodes"][0]["asking"]


def test_a_sensor_that_is_cut_says_nothing_until_it_is_mended():
    street = Street()
    street.town.cut("u1-hub")
    assert street.states == [("u1-hub", "offline")]
    street.town.advance(START + 7200)
    assert "u1-hub" not in {node for node, _ in street.events}
    street.town.mend("u1-hub", START + 7200)
    assert street.states[-1] == ("u1-hub", "online")
    street.town.advance(START + 7300)
    assert "u1-hub" in {node for node, _ in street.events}


def test_a_name_nobody_bears_is_refused():
    with pytest.raises(UnknownNameError):
        Street().town.press("999", START)
    with pytest.raises(UnknownNameError):
        Street().town.cut("u9-hub")


def test_a_recording_is_played_from_the_start_and_cut(tmp_path: Path):
    path = tmp_path / "home.csv"
    with path.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(("time", "node", "room", "kind", "value"))
        for minute in range(-60, 240, 5):
            when = datetime.fromtimestamp(START + 60 * minute).astimezone().isoformat()
            table.writerow((when, "M_1", "living", "motion", "1"))
    nodes = (NodePlan("rec-m-1", "living", ("motion",)),)
    street = Street(Household("101", nodes, recording=Recording(str(path), cut_at=START + 3600), habits=Habits()))
    street.town.advance(START + 4 * 3600)
    motions = [event.at for _, event in street.events if event.kind == "motion"]
    assert motions == [START + 300 * n for n in range(12)]
    assert max(event.at or 0 for _, event in street.events) > START + 2 * 3600
