"""Gateway, web and worker die at random instants while events flow: nothing is lost, nothing is doubled."""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from backend.core.alerts import HELD
from tests.scale import scaled
from tests.system.counting import (
    Pages,
    assert_each_press_is_one_alert,
    assert_every_event_is_journalled,
    count_pages,
)
from tests.system.installation import PROCESSES, Installation, wait_until
from tests.system.nodes import Nodes

EVENTS = scaled(10_000)
KILLS = scaled(60, least=6)
PRESSES = scaled(100, least=12)
PACE_S = 0.03  # between two events: slow enough that a process is seldom killed before the last one is up again
UNCOMMITTED = 10  # events that a gateway whose disk hangs has at least been sent


def test_killing_any_process_at_any_moment_loses_no_event_no_alert_and_no_page(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    with Installation(tmp_path, units=PRESSES) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        with Nodes(all_of_it.broker.port) as nodes:
            with _events_flow(nodes, all_of_it.units, chance) as flow:
                whom = dict(zip(chance.sample(range(EVENTS), KILLS), itertools.cycle(PROCESSES), strict=False))
                for number, name in sorted(whom.items()):
                    _wait_for_events(nodes, number, flow)
                    _kill(all_of_it, nodes, name, chance, flow)
            _wait_until_quiet(all_of_it, nodes)
            pages = count_pages(all_of_it)
            print(_summary(all_of_it, nodes, pages))
            assert_every_event_is_journalled(all_of_it.journalled(), nodes.promised)
            assert_each_press_is_one_alert(all_of_it.presses(), all_of_it.units)
            pages.assert_none_is_lost()
            pages.assert_none_is_extra()
        assert sum(all_of_it.kills.values()) == KILLS


@contextmanager
def _events_flow(nodes: Nodes, units: list[str], chance: random.Random) -> Iterator[Future[None]]:
    """Let all nodes report from a thread of its own until the block has ended, and at least EVENTS; fails as it does.

    Nothing is told again, for the broker lives: it brings what a gateway that died had not acknowledged.
    """
    presses = dict(zip(chance.sample(range(EVENTS), PRESSES), units, strict=True))
    moving = random.Random(chance.random())
    no_more_kills = threading.Event()

    def report() -> None:
        for number in itertools.count():
            if number >= EVENTS and no_more_kills.is_set():
                return
            if number in presses:
                nodes.press(presses[number])
            else:
                nodes.move(moving.choice(units))
            time.sleep(PACE_S)

    with ThreadPoolExecutor(1, "nodes") as hands:
        flow = hands.submit(report)
        try:
            yield flow
        finally:
            no_more_kills.set()
        flow.result()


def _wait_for_events(nodes: Nodes, number: int, flow: Future[None]) -> None:
    """Until so many events were reported; raises what ended their flow."""
    wait_until(
        lambda: len(nodes.promised) >= number or flow.done(),
        what=f"{number} events are reported",
        so_far=lambda: len(nodes.promised),
    )
    if flow.done():
        flow.result()


def _kill(all_of_it: Installation, nodes: Nodes, name: str, chance: random.Random, flow: Future[None]) -> None:
    """Of the gateway every second dies with a disk that hangs, so that what came last has certainly not been committed.

    Events go on while it is down.
    """
    if name == "gateway" and all_of_it.kills[name] % 2 == 0:
        _wait_until_journalled(all_of_it, nodes)
        with all_of_it.disk_hangs():
            _wait_for_events(nodes, len(nodes.promised) + UNCOMMITTED + chance.randint(0, UNCOMMITTED), flow)
            all_of_it.kill(name)
        return
    time.sleep(chance.uniform(0.0, 0.7))
    before = len(nodes.promised)
    all_of_it.kill(name)
    if name == "web":  # up again only when it answers
        assert len(nodes.promised) > before, "no event while the web process was down"


def _wait_until_journalled(all_of_it: Installation, nodes: Nodes) -> None:
    """Until as many events are in the journal as have been reported now."""
    promised = len(nodes.promised)
    wait_until(
        lambda: len(all_of_it.journalled()) >= promised,
        what=f"{promised} events are in the journal",
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
