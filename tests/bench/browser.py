"""Button to browser: from the moment a button is pressed until a worker's open page shows the alert.

Ours goes through broker, gateway (journalled), backend (committed) and the live page. The peer is the least that could
be done: one process that subscribes to the same broker and pushes the bare message to a page, keeping nothing.

Measured twice: one press after another, each closed before the next, and in a storm of two a second of which none is,
so that the page fills and everybody is called. The issue's goals are those of one press.
"""

import json
import logging
import os
import queue
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import paho.mqtt.client as paho
from flask import Flask, Response
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from backend.adapters.store.schema import Alert, Unit, Worker
from backend.core.clocks import instant
from backend.services import alerts
from backend.services.actors import acting
from tests.bench.delays import ENOUGH_FOR_P99, figures, p99
from tests.bench.goals import Goal, Judged
from tests.bench.processes import group_cpu_s
from tests.browser.conftest import launch, open_page
from tests.phone_company.served import Served
from tests.system.household import PASSWORD
from tests.system.installation import PROCESSES, Installation
from tests.system.nodes import Nodes

ONE_BY_ONE, REST_S = ENOUGH_FOR_P99, 0.25  # after each: the page and the gateway have learned of its end
STORM, STORM_PAUSE_S = 60, 0.5
WARM_UP = 3  # what has never run is compiled and cached
QUIET_S = 5.0  # longer than a step of the household's policy waits
MEDIAN = Goal("button to browser, median", "<", 200, "ms")
P99 = Goal("button to browser, p99", "<", 500, "ms")

# Notes in the clock that this process reads too when the first frame that shows a text has been drawn.
SEES = """
window.seen = {};
new MutationObserver(() => {
  const texts = [...document.querySelectorAll('SELECTOR')].map((each) => each.textContent.match(/u\\d+/)?.[0]);
  const fresh = texts.filter((text) => text && !(text in window.seen));
  if (fresh.length) requestAnimationFrame(() => setTimeout(() => {
    for (const text of fresh) window.seen[text] ??= Date.now();
  }));
}).observe(document, {childList: true, subtree: true, characterData: true});
"""
BARE_PAGE = """<!doctype html><title>bare</title><ul></ul><script>
new EventSource('/stream').onmessage = (event) => {
  const line = document.createElement('li'); line.textContent = event.data; document.querySelector('ul').append(line);
};</script>"""


def main() -> list[Judged]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, Installation(Path(folder), WARM_UP + ONE_BY_ONE + STORM) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        with Nodes(all_of_it.broker.port) as nodes, sync_playwright() as playwright:
            browser = launch(playwright)
            one_by_one, storm, cpu = _measure_ours(browser, nodes, all_of_it)
            peer = _measure_peer(browser, nodes, all_of_it)
    ratios = [statistics.median(ours) / statistics.median(peer) for ours in (one_by_one, storm)]
    print(f"button-to-browser, one press at a time: {figures(one_by_one)}")
    print(f"button-to-browser, storm: {STORM} presses, one each {STORM_PAUSE_S} s: {figures(storm)}")
    print(f"button-to-browser, storm, CPU for each press: {cpu}; load at the end {os.getloadavg()[0]:.1f}")
    print(f"button-to-browser, bare relay that keeps nothing, all else stopped: {figures(peer)}")
    print(f"button-to-browser: ratio of medians {ratios[0]:.1f}, storm {ratios[1]:.1f}")
    return [MEDIAN.judge(statistics.median(one_by_one)), P99.judge(p99(one_by_one))]


def _measure_ours(browser: Browser, nodes: Nodes, all_of_it: Installation) -> tuple[list[float], list[float], str]:
    """Both delays of the whole way in milliseconds, while everybody is paged, claims and is told; the storm's cost."""
    page = open_page(browser, bypass_csp=True)
    _sign_in(page, all_of_it)
    page.evaluate(SEES.replace("SELECTOR", ".place"))
    warm_up, rest = all_of_it.units[:WARM_UP], all_of_it.units[WARM_UP:]
    _press_one_by_one(page, nodes, warm_up, lambda unit: _close(all_of_it, unit))
    one_by_one = _press_one_by_one(page, nodes, rest[:ONE_BY_ONE], lambda unit: _close(all_of_it, unit))
    all_of_it.wait_until_quiet(QUIET_S)
    before = {name: group_cpu_s(all_of_it.pid(name)) for name in PROCESSES}
    storm = _press_in_a_storm(page, nodes, rest[ONE_BY_ONE:])
    cost = {name: (group_cpu_s(all_of_it.pid(name)) - before[name]) / STORM * 1000 for name in PROCESSES}
    page.context.close()
    return one_by_one, storm, ", ".join(f"{name} {cpu_ms:.0f} ms" for name, cpu_ms in cost.items())


def _measure_peer(browser: Browser, nodes: Nodes, all_of_it: Installation) -> list[float]:
    for name in PROCESSES:
        all_of_it.stop(name)
    bare = open_page(browser)
    with Served(_bare_relay(all_of_it.broker.port)) as relay:
        bare.goto(relay.url)
        bare.evaluate(SEES.replace("SELECTOR", "li"))
        bare.wait_for_timeout(500)
        warm_up, rest = all_of_it.units[:WARM_UP], all_of_it.units[WARM_UP : WARM_UP + ONE_BY_ONE]
        _press_one_by_one(bare, nodes, warm_up, lambda _unit: None)
        return _press_one_by_one(bare, nodes, rest, lambda _unit: None)


def _sign_in(page: Page, all_of_it: Installation) -> None:
    page.goto(all_of_it.url)
    page.fill("#login", "bea")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_selector("body[data-link=live]")


def _press_one_by_one(page: Page, nodes: Nodes, units: list[str], end: Callable[[str], None]) -> list[float]:
    """Press a button in each unit, `end` it once it is seen, and rest; return the delays in milliseconds."""
    delays = []
    for unit in units:
        pressed_ms = _press(nodes, unit)
        delays += _seen_after(page, {unit: pressed_ms})
        end(unit)
        page.wait_for_timeout(REST_S * 1000)
    return delays


def _press_in_a_storm(page: Page, nodes: Nodes, units: list[str]) -> list[float]:
    """Press a button in each unit, one each `STORM_PAUSE_S` whatever is seen; return the delays in milliseconds."""
    begun, pressed_ms = time.monotonic(), {}
    for number, unit in enumerate(units):
        page.wait_for_timeout(max(0.0, begun + number * STORM_PAUSE_S - time.monotonic()) * 1000)
        pressed_ms[unit] = _press(nodes, unit)
    return _seen_after(page, pressed_ms)


def _press(nodes: Nodes, unit: str) -> float:
    """Return when that was, in milliseconds of the clock that the page reads too."""
    pressed_ms = time.time() * 1000
    nodes.press(unit)
    return pressed_ms


def _seen_after(page: Page, pressed_ms: Mapping[str, float]) -> list[float]:
    units = list(pressed_ms)
    page.wait_for_function("(units) => units.every((unit) => unit in window.seen)", arg=units, timeout=30_000)
    seen_ms = json.loads(page.evaluate("JSON.stringify(window.seen)"))
    return [seen_ms[unit] - at for unit, at in pressed_ms.items()]


def _close(all_of_it: Installation, unit: str) -> None:
    """Somebody takes the unit's alert and ends it: the next press finds nobody called, and an empty page."""
    now, organisation_id = instant(time.time()), all_of_it.household.organisation_id
    with all_of_it.store.session(organisation_id, viewer="system:bench", purpose="bench") as session:
        bea = acting(session.scalars(select(Worker).where(Worker.login == "bea")).one(), "web")
        alert_id = session.scalars(select(Alert.id).join(Unit, Unit.id == Alert.unit_id).where(Unit.ref == unit)).one()
        alerts.claim(session, alert_id, bea, now=now)
        alerts.close(session, alert_id, bea, outcome="accidental", now=now)


def _bare_relay(broker_port: int) -> Flask:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.put(message.topic)
    client.connect("127.0.0.1", broker_port)
    client.subscribe("tomoshibi/v1/+/event", 1)
    client.loop_start()
    app = Flask("bare")

    def stream() -> Iterator[str]:
        while True:
            yield f"data: {heard.get()}\n\n"

    app.add_url_rule("/", "page", lambda: BARE_PAGE)
    app.add_url_rule("/stream", "stream", lambda: Response(stream(), mimetype="text/event-stream"))
    return app
