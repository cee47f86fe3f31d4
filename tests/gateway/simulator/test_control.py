import threading
from collections.abc import Iterator

import httpx
import pytest

from gateway.simulator.control import Control
from gateway.simulator.plan import Household, NodePlan, Plan
from gateway.simulator.town import Town
from tests.broker import free_port

HUB = NodePlan("u1-hub", "living", ("motion", "emergency", "fine"), mains=True)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def url(said: list[str]) -> Iterator[str]:
    plan = Plan("Asia/Tokyo", 1795400000.0, "", 0, 0, (Household("101", (HUB,)),))
    town = Town(plan, lambda topic, body: said.append(topic), "b00t")
    port = free_port()
    control = Control(port, town, lambda: 1795400000.0, threading.Lock())
    control.start()
    yield f"http://127.0.0.1:{port}"
    control.shutdown()
    control.server_close()


def test_a_button_is_pressed_over_http(url: str, said: list[str]):
    assert httpx.post(f"{url}/press", json={"unit": "101"}).status_code == 200
    assert said == ["tomoshibi/v1/u1-hub/event"]
    state = httpx.get(f"{url}/state").json()
    assert state["units"][0]["nodes"][0]["light"] == "sent"


@pytest.mark.parametrize("deed", ["cut", "mend"])
def test_a_sensor_is_cut_and_mended_over_http(url: str, deed: str):
    assert httpx.post(f"{url}/{deed}", json={"node": "u1-hub"}).status_code == 200
    assert httpx.get(f"{url}/state").json()["units"][0]["nodes"][0]["cut"] is (deed == "cut")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/press", b'{"unit": "999"}', 404),
        ("/press", b'{"node": "u1-hub"}', 400),
        ("/press", b"[1]", 400),
        ("/press", b'{"unit": 3}', 400),
        ("/press", b"{", 400),
        ("/press", b"", 400),
        ("/explode", b"{}", 404),
    ],
)
def test_nonsense_is_refused_and_moves_nothing(url: str, said: list[str], path: str, body: bytes, status: int):
    reply = httpx.post(url + path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == status and reply.json()["problem"]
    assert said == []


def test_a_form_of_another_site_cannot_press_the_button(url: str, said: list[str]):
    reply = httpx.post(f"{url}/press", content=b'{"unit": "101"}', headers={"Content-Type": "text/plain"})
    assert reply.status_code == 400
    assert said == []
