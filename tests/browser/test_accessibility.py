"""axe-core over every page in every state, in both languages, on a telephone and on a desk, by day and by night."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.backend.web import reporting
from tests.browser.conftest import DESKTOP, PHONE, enter, open_page
from tests.browser.installation import Installation

AXE = Path("node_modules/axe-core/axe.min.js")
RUN = """async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  const said = (each) => each.nodes.map((node) => `${each.id}: ${node.html} ${node.failureSummary}`);
  return found.violations.flatMap(said);
}"""
WIDER = """() => {
  const over = document.documentElement.scrollWidth - window.innerWidth;
  return over > 0 ? [`the page is ${over} px wider than the screen`] : [];
}"""
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast"]
STATES = {
    "open": ("101", []),
    "claimed": ("102", ["claim"]),
    "coming": ("103", ["claim", "coming"]),
    "on_site": ("201", ["claim", "coming", "arrived"]),
    "closed": ("202", ["claim", "close"]),
}
PAGES = (
    "/",
    "/units/",
    "/units/1",
    "/units/6",
    "/units/1/dial/",
    "/units/2/dial/",
    "/gateways/",
    "/own/",
    "/figures/",
    "/rota/1/",
    "/rota/1/plan/",
    "/maintenance/",
    "/self-tests/",
    "/alerts/1/119",
    "/alerts/1/110",
    "/nothing-here",
    "/c/made-up",
)


@pytest.fixture
def full(installation: Installation) -> Installation:
    """One alert in each state; their numbers are in the order of STATES, and the last one is asking."""
    now = time.time()
    installation.report(reporting.health(), reporting.live("101", now), reporting.live("102", now, "learning"))
    installation.report(reporting.dial("101"), reporting.dial("102", known=False))
    installation.report(reporting.live("103", now, "cannot_watch", kitchen="offline", living="battery_low"))
    installation.report(*(reporting.emergency(unit, now) for unit, _ in STATES.values()))
    installation.report(reporting.inactivity("203", now - 7000, stage="asking", ask_until=now + 300, open_at=now + 900))
    installation.report(*(reporting.change("101", now, what) for what in ("night_rising", "rising", "outings")))
    for number, (_, events) in enumerate(STATES.values(), start=1):
        for event in events:
            installation.act(number, event)
    return installation


@pytest.mark.parametrize("login", ["aoki", "chiba", "dana"], ids=["japanese", "coordinator", "english"])
def test_no_page_in_any_state_keeps_anybody_out(full: Installation, browser: Browser, login: str) -> None:
    page = open_page(browser, bypass_csp=True, color_scheme="light")
    page.context.add_init_script(path=AXE)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found[f"{name} {size['width']}"] = page.evaluate(RUN, EVERYTHING) + page.evaluate(WIDER)
        if login == "aoki":
            page.emulate_media(color_scheme="dark")
            found[f"{name} by night"] = page.evaluate(RUN, COLOURS)
            page.emulate_media(color_scheme="light")

    page.goto(f"{full.url}/sign-in")
    look("sign-in")
    enter(page, full.url, login)
    alerts = [f"/alerts/{number}/" for number in range(1, len(STATES) + 2)]
    for path in (*PAGES, *alerts):
        page.goto(full.url + path)
        for fold in page.locator("#finish summary").all():
            fold.click()
        look(path)
    page.evaluate("for (const each of document.querySelectorAll('.notice')) each.hidden = false")
    look("what is wrong with the screen itself")
    page.context.close()
    complaints = [f"{name}: {each}" for name, said in found.items() for each in said]
    assert not complaints, "\n".join(complaints)
