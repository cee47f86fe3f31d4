"""axe-core over every page in every state, in both languages, on a telephone and on a desk, by day and by night."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.backend.web import reporting
from tests.browser.conftest import DESKTOP, PHONE, enter, open_page
from tests.browser.installation import Installation

AXE = Path("node_modules/axe-core/axe.min.js")
RUN = """async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html} ${node.failureSummary}`));
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
PAGES = ("/", "/units/", "/units/1", "/units/6", "/gateways/", "/alerts/1/119", "/nothing-here", "/c/made-up")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Installation]:
    """An installation with one alert in each state; the numbers of the alerts are those of STATES, then the asking."""
    with Installation(tmp_path_factory.mktemp("full")) as installation:
        now = time.time()
        installation.report(reporting.health(), reporting.live("101", now), reporting.live("102", now, "learning"))
        installation.report(reporting.live("103", now, "cannot_watch", kitchen="offline", living="battery_low"))
        installation.report(*(reporting.emergency(unit, now) for unit, _ in STATES.values()))
        installation.report(
            reporting.inactivity("203", now - 7000, stage="asking", ask_until=now + 300, open_at=now + 900)
        )
        page = open_page(browser)
        enter(page, installation.url, "aoki")
        for number, (_, actions) in enumerate(STATES.values(), start=1):
            for action in actions:
                press(page, f"{installation.url}/alerts/{number}", action)
        press(page, f"{installation.url}/alerts/3", "called", who="resident:3", result="no_answer")
        page.context.close()
        yield installation


def press(page: Page, address: str, action: str, **fields: str) -> None:
    """Send a form of the page without looking for its button."""
    page.goto(f"{address}/")
    token = page.get_attribute("meta[name=csrf-token]", "content")
    form = {"csrf_token": token or "", "outcome": "helped", **fields}
    assert page.request.post(f"{address}/{action}", form=form, headers={"Referer": address}).ok


@pytest.mark.parametrize(
    ("login", "scheme", "sizes", "only"),
    [
        ("aoki", "light", [DESKTOP, PHONE], EVERYTHING),
        ("dana", "light", [DESKTOP, PHONE], EVERYTHING),
        ("aoki", "dark", [DESKTOP], COLOURS),
    ],
    ids=["japanese", "english", "night"],
)
def test_no_page_in_any_state_keeps_anybody_out(
    full: Installation, browser: Browser, login: str, scheme: str, sizes: list[dict[str, int]], only: list[str]
) -> None:
    page = open_page(browser, bypass_csp=True, color_scheme=scheme)
    page.context.add_init_script(path=AXE)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        for size in sizes:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            if said := page.evaluate(RUN, only):
                found[f"{name} {size['width']}"] = said

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
    assert not found, "\n".join(f"{name}: {each}" for name, said in found.items() for each in said)
