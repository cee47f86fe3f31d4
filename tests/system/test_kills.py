"""Gateway, web and worker die at random instants while events flow: nothing is lost, nothing is doubled."""

import itertools
import random
import time
from pathlib import Path

from backend.core.alerts import HELD
from tests.scale import scaled
from tests.system.counting import (
    Pages,
    assert_every_event_is_journalled_once,
    assert_one_alert_for_each,
    count_pages,
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
            _wait_until_quiet(all_of_it, nodes)
            pages = count_pages(all_of_it)
            print(_summary(all_of_it, nodes, pages))
            assert_every_event_is_journalled_once(all_of_it.journalled(), nodes.promised)
            assert_one_alert_for_each(all_of_it, all_of_it.units)
            pages.assert_none_is_lost()
            pages.assert_none_is_extra()
        assert sum(all_of_it.kills.values()) == KILLS


def _let_events_flow_and_kill(all_of_it: Installation, nodes: Nodes, chance: random.Random) -> None:
    """Spread presses among the events and kills over the time they take, as many of each process.

    Nothing is told again, for the broker lives: it brings what a gateway that died had not acknowledged. Of the gateway
    every second dies with a disk that hangs, so that what came last has certainly not been committed.
    """
    presses = dict(zip(chance.sample(range(EVENTS), PRESSES), all_of_it.units, strict=True))
    kills = dict(zip(chance.sample(range(EVENTS), KILLS), itertools.cycle(PROCESSES), strict=False))
    for number in range(EVENTS):
        if number in presses:
            nodes.press(presses[number])
        else:
            nodes.move(chance.choice(all_of_it.units))
        if number in kills:
            _kill(all_of_it, nodes, kills[number], chance)
        time.sleep(0.001)


def _kill(all_of_it: Installation, nodes: Nodes, name: str, chance: random.Random) -> None:
    if name == "gateway" and all_of_it.kills[name] % 2 == 0:
        _wait_until_journalled(all_of_it, nodes)
        with all_of_it.disk_hangs():
            for unit in all_of_it.units:
                nodes.move(unit)
            time.sleep(chance.uniform(0.5, 1.0))
            all_of_it.kill(name)
        return
    time.sleep(chance.uniform(0.0, 0.7))
    all_of_it.kill(name)


def _wait_until_journalled(all_of_it: Installation, nodes: Nodes) -> None:
    wait_until(
        lambda: len(all_of_it.journalled()) >= len(nodes.promised),
        what=f"all of {len(nodes.promised)} events are in the journal",
        so_far=lambda: len(all_of_it.journalled()),
    )


def _wait_until_quiet(all_of_it: Installation, nodes: Nodes) -> None:
    _wait_until_journalled(all_of_it, nodes)
    wait_until(
        lambda: all_of_it.waiting_reports() == 0,
        what="every report is with the backend",
        so_far=all_of_it.waiting_reports,
    )
    wait_until(
        lambda: len(all_of_it.alerts()) >= PRESSES and all(alert.state in HELD for alert in all_of_it.alerts()),
        what="somebody has taken every alert",
        so_far=lambda: sum(alert.state in HELD for alert in all_of_it.alerts()),
    )


def _summary(all_of_it: Installation, nodes: Nodes, pages: Pages) -> str:
    return (
        f"kills: events={len(nodes.promised)} alerts={PRESSES} kills={dict(all_of_it.kills)} "
        f"pages={pages.reached.total()} first={pages.first()} extra={sum(pages.extra().values())} "
        f"callbacks lost={all_of_it.company.lost_callbacks}"
    )
