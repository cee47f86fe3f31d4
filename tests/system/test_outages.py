"""The broker dies, the line to the backend is dead for minutes: what was promised arrives, once and in order."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backend.core.alerts import HELD
from gateway.simulator.wire import Wire
from tests.broker import free_port
from tests.scale import scaled
from tests.system.counting import (
    assert_each_press_is_one_alert,
    assert_every_event_is_journalled,
    count_pages,
)
from tests.system.installation import Installation, wait_until
from tests.system.nodes import Nodes

UNITS = 12
EVENTS = scaled(10_000)
BROKER_DEATHS = scaled(20, least=2)
CUT_S = scaled(600)


def test_killing_the_broker_loses_no_event_and_doubles_none(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    with Installation(tmp_path, units=UNITS) as all_of_it, Nodes(all_of_it.broker.port) as nodes:
        all_of_it.start()
        all_of_it.wait_until_watching()
        presses = dict(zip(chance.sample(range(EVENTS), UNITS), all_of_it.units, strict=True))
        deaths = sorted(chance.sample(range(EVENTS), BROKER_DEATHS))
        for number in range(EVENTS):
            if number in presses:
                nodes.press(presses[number])
            else:
                nodes.move(chance.choice(all_of_it.units))
            if number in deaths:
                _kill_the_broker(all_of_it, deaths.index(number), chance)
            time.sleep(0.001)
        nodes.wait_until_all_confirmed()
        _wait_until_taken(all_of_it, nodes)
        assert_every_event_is_journalled(all_of_it.journalled(), nodes.promised)
        assert_each_press_is_one_alert(all_of_it.presses(), all_of_it.units)
        pages = count_pages(all_of_it)
        pages.assert_none_is_lost()
        pages.assert_none_is_extra()


def _kill_the_broker(all_of_it: Installation, deaths: int, chance: random.Random) -> None:
    """While the gateway listens: what nobody has taken the broker may forget in the moment that it acknowledges it."""
    wait_until(lambda: all_of_it.broker_connections() > deaths, what="the gateway listens")
    all_of_it.broker.kill()
    time.sleep(chance.uniform(0.0, 1.0))
    all_of_it.broker.start()


def test_a_line_cut_for_minutes_delays_reports_and_neither_loses_nor_doubles_one(tmp_path: Path) -> None:
    chance = random.Random(20261125)
    cut = tmp_path / "line.cut"
    with Installation(tmp_path, units=UNITS) as all_of_it, Nodes(all_of_it.broker.port) as nodes:
        all_of_it.gateway_reaches_port = free_port()
        with _wire(all_of_it.gateway_reaches_port, all_of_it.web_port, cut):
            all_of_it.start()
            all_of_it.wait_until_watching()
            nodes.press(all_of_it.units[0])
            wait_until(lambda: len(all_of_it.alerts()) == 1, what="the first alert is with the backend")
            cut.touch()
            presses = iter(all_of_it.units[1:])
            until = time.monotonic() + CUT_S
            for number in range(EVENTS):
                nodes.move(chance.choice(all_of_it.units))
                if number % (EVENTS // UNITS) == 0 and (unit := next(presses, None)):
                    nodes.press(unit)
                time.sleep(max(0.0, min(CUT_S / EVENTS, until - time.monotonic())))
            nodes.wait_until_all_confirmed()
            assert len(all_of_it.alerts()) == 1, "something passed a line that was cut"
            cut.unlink()
            took_s = _wait_until_taken(all_of_it, nodes)
            print(f"cut: {CUT_S} s, {len(nodes.promised)} events, all alerts taken {took_s:.1f} s after it was mended")
            assert_every_event_is_journalled(all_of_it.journalled(), nodes.promised)
            assert_each_press_is_one_alert(all_of_it.presses(), all_of_it.units)
            pages = count_pages(all_of_it)
            pages.assert_none_is_lost()
            pages.assert_none_is_extra()


def _wait_until_taken(all_of_it: Installation, nodes: Nodes) -> float:
    """Return the seconds until every event was journalled, every report delivered and every alert claimed."""
    journalled_s = wait_until(
        lambda: len(all_of_it.journalled()) >= len(nodes.promised) and all_of_it.waiting_reports() == 0,
        what="every event is in the journal and every report with the backend",
        so_far=lambda: (len(all_of_it.journalled()), all_of_it.waiting_reports()),
    )
    return journalled_s + wait_until(
        lambda: len(all_of_it.alerts()) == UNITS and all(alert.state in HELD for alert in all_of_it.alerts()),
        what="somebody has taken every alert",
        so_far=lambda: sum(alert.state in HELD for alert in all_of_it.alerts()),
    )


@contextmanager
def _wire(port: int, to: int, cut: Path) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    task = loop.create_task(Wire(port, to, cut).run())

    def relay() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    yield
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
