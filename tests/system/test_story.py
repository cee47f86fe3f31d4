"""The main job, end to end: a hand on a real node's button, a phone that rings, a light that answers."""

from pathlib import Path

import pytest

from backend.core.alerts import HELD, State
from tests.firmware.node_process import NodeProcess
from tests.system.household import button_node
from tests.system.installation import Installation, wait_until

CLAIM_REACHES_NODE_WITHIN_S = 2.0


@pytest.mark.alone
def test_a_press_rings_a_phone_and_the_claim_lights_up_the_button(tmp_path: Path) -> None:
    with Installation(tmp_path, units=2) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        unit = all_of_it.units[0]
        with NodeProcess("micropython", tmp_path, all_of_it.broker.port, button_node(unit)) as node:
            node.does("emergency press")
            node.shows(led="received")
            wait_until(lambda: len(all_of_it.alerts()) == 1, what="the backend has the alert")
            wait_until(lambda: all_of_it.aoi.rang > 0, what="Aoi's phone rings")
            wait_until(lambda: all_of_it.alerts()[0].state in HELD, what="Bea presses 1")
            took_s = wait_until(lambda: node.state()["led"] == "someone_is_coming", what="the light says it")
            print(f"claim to light: {took_s:.2f} s")
            assert took_s < CLAIM_REACHES_NODE_WITHIN_S
        (alert,) = all_of_it.alerts()
        assert (alert.priority, alert.state) == ("P1", State.CLAIMED)
        assert any(unit in text for text in all_of_it.aoi.texts), all_of_it.aoi.texts


def test_a_press_while_the_gateway_is_dead_is_kept_and_rings_when_it_is_back(tmp_path: Path) -> None:
    with Installation(tmp_path, units=1) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        with NodeProcess("micropython", tmp_path, all_of_it.broker.port, button_node(all_of_it.units[0])) as node:
            node.shows(up=True)
            all_of_it.stop("gateway")
            node.does("emergency press")
            node.shows(led="sent")
            all_of_it.start(["gateway"])
            node.shows(led="received")
            wait_until(lambda: all_of_it.aoi.rang > 0, what="Aoi's phone rings")
            wait_until(lambda: node.state()["led"] == "someone_is_coming", what="Bea's 1 lights up the button")
        (alert,) = all_of_it.alerts()
        assert (alert.priority, alert.state) == ("P1", State.CLAIMED)
