"""Gateway, web and worker die at random instants while events flow: nothing is lost, nothing is doubled."""

import random
import time
from pathlib import Path

from backend.core.alerts import HELD
from tests.scale import scaled
from tests.system.counting import (
    assert_every_event_is_journalled_once,
    assert_nobody_was_paged_twice,
    assert_one_alert_for_each,
    extra_pages,
)
from tests.system.installation import PROCESSES, Installation, wait_until
from tests.system.nodes import Nodes

EVENTS = scaled(10_000)
KILLS = scaled(60, least=6)
PRESSES = scaled(100, least=12)


def test_killing_any_process_at_any_moment_loses_no_event_no_alert_and_no_page(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    with Installation(tmp_path, units=PRESSES) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        with Nodes(all_of_it.broker.port) as nodes:
            _let_events_flow_and_kill(all_of_it, nodes, chance)
            nodes.wait_until_all_confirmed()
            _wait_until_quiet(all_of_it, nodes)
            print(_summary(all_of_it, nodes))
            assert_every_event_is_journalled_once(all_of_it.journalled(), nodes.promised)
            assert_one_alert_for_each(all_of_it, all_of_it.units)
            assert_nobody_was_paged_twice(all_of_it)
            assert all_of_it.bea.rang >= 1
        assert sum(all_of_it.kills.values()) == KILLS


def _let_events_flow_and_kill(all_of_it: Installation, nodes: Nodes, chance: random.Random) -> None:
    """Spread presses among the events and kills over the time they take."""
    presses = dict(zip(chance.sample(range(EVENTS), PRESSES), all_of_it.units, strict=True))
    kills = set(chance.sample(range(EVENTS), KILLS))
    for number in range(EVENTS):
        if number in presses:
            nodes.press(presses[number])
        else:
            nodes.move(chance.choice(all_of_it.units))
        if number in kills:
            time.sleep(chance.uniform(0.0, 0.7))
            all_of_it.kill(chance.choice(PROCESSES))
        time.sleep(0.001)


def _wait_until_quiet(all_of_it: Installation, nodes: Nodes) -> None:
    wait_until(
        lambda: len(all_of_it.journalled()) >= len(nodes.promised) and all_of_it.waiting_reports() == 0,
        what="every event is in the journal and every report with the backend",
        so_far=lambda: (len(all_of_it.journalled()), all_of_it.waiting_reports()),
    )
    wait_until(
        lambda: len(all_of_it.alerts()) >= PRESSES and all(alert.state in HELD for alert in all_of_it.alerts()),
        what="somebody has taken every alert",
        so_far=lambda: sum(alert.state in HELD for alert in all_of_it.alerts()),
    )


def _summary(all_of_it: Installation, nodes: Nodes) -> str:
    pages = len(all_of_it.company.messages) + len(all_of_it.company.calls)
    return (
        f"kills: events={len(nodes.promised)} alerts={PRESSES} kills={dict(all_of_it.kills)} pages={pages} "
        f"extra={sum(extra_pages(all_of_it).values())} callbacks lost={all_of_it.company.lost_callbacks}"
    )
