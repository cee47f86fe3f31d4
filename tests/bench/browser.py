"""Button to browser: from the moment a button is pressed until a worker's open page shows the alert.

Ours goes through broker, gateway (journalled), backend (committed) and the live page. The peer is the least that could
be done: one process that subscribes to the same broker and pushes the bare message to a page, keeping nothing.
"""

import json
import queue
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
from flask import Flask, Response
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import launch, open_page
from tests.phone_company.served import Served
from tests.system.household import PASSWORD
from tests.system.installation import Installation
from tests.system.nodes import Nodes

PRESSES = 100
PAUSE_S = 0.5

# Notes when a text first appears in the page, in the clock that this process reads too.
SEES = """
window.seen = {};
new MutationObserver(() => {
  for (const each of document.querySelectorAll('SELECTOR')) {
    const found = each.textContent.match(/u\\d+/);
    if (found && !(found[0] in window.seen)) window.seen[found[0]] = Date.now();
  }
}).observe(document, {childList: true, subtree: true, characterData: true});
"""
BARE_PAGE = """<!doctype html><title>bare</title><ul></ul><script>
new EventSource('/stream').onmessage = (event) => {
  const line = document.createElement('li'); line.textContent = event.data; document.querySelector('ul').append(line);
};</script>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Installation(Path(folder), units=2 * PRESSES) as all_of_it:
        all_of_it.start()
        all_of_it.wait_until_watching()
        with Nodes(all_of_it.broker.port) as nodes, sync_playwright() as playwright:
            browser = launch(playwright)
            page = open_page(browser, bypass_csp=True)
            _sign_in(page, all_of_it)
            ours = _press(page, ".place", nodes, all_of_it.units[:PRESSES])
            bare = open_page(browser)
            with Served(_bare_relay(all_of_it.broker.port)) as relay:
                bare.goto(relay.url)
                bare.wait_for_timeout(500)
                peer = _press(bare, "li", nodes, all_of_it.units[PRESSES:])
    print(f"button-to-browser: presses={PRESSES} {_figures(ours)}")
    print(f"button-to-browser, bare relay that keeps nothing: {_figures(peer)}")
    print(f"button-to-browser: ratio of medians {statistics.median(ours) / statistics.median(peer):.1f}")


def _figures(delays_ms: list[float]) -> str:
    ordered = sorted(delays_ms)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"median={statistics.median(ordered):.0f} ms p99={p99:.0f} ms max={ordered[-1]:.0f} ms"


def _sign_in(page: Page, all_of_it: Installation) -> None:
    page.goto(all_of_it.url)
    page.fill("#login", "bea")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_selector("#live")


def _press(page: Page, selector: str, nodes: Nodes, units: list[str]) -> list[float]:
    """Press a button in each unit and return how long each took to be seen, in milliseconds."""
    page.evaluate(SEES.replace("SELECTOR", selector))
    pressed_ms = {}
    for unit in units:
        pressed_ms[unit] = time.time() * 1000
        nodes.press(unit)
        page.wait_for_timeout(PAUSE_S * 1000)
    page.wait_for_function(f"Object.keys(window.seen).length >= {len(units)}", timeout=30_000)
    seen_ms = json.loads(page.evaluate("JSON.stringify(window.seen)"))
    return [seen_ms[unit] - at for unit, at in pressed_ms.items()]


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
