"""Screenshots of every page, both languages, desktop and phone, light and dark: ``python -m tests.browser.screens``."""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.backend.web import reporting
from tests.browser.conftest import DESKTOP, PHONE, WALL, enter, launch, open_page
from tests.browser.installation import Installation

TARGET = Path("var/screens")
PAGES = {
    "board": "/",
    "alert-emergency": "/alerts/1/",
    "alert-inactivity": "/alerts/2/",
    "alert-asking": "/alerts/4/",
    "script": "/alerts/1/119",
    "units": "/units/",
    "unit": "/units/1",
    "gateways": "/gateways/",
    "figures": "/figures/",
    "own": "/own/",
    "error": "/nothing-here",
}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        Installation(Path(home)) as installation,
        sync_playwright() as playwright,
    ):
        _fill(installation)
        browser = launch(playwright)
        for size_name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for login, language in (("aoki", "ja"), ("dana", "en")):
                for scheme in ("light", "dark"):
                    page = open_page(browser, viewport=size, color_scheme=scheme)
                    _shoot_all(page, installation.url, login, f"{language}-{size_name}-{scheme}")
                    page.context.close()
        wall = open_page(browser, viewport=WALL)
        _shoot_all(wall, installation.url, "aoki", "ja-wall-light")
        browser.close()


def _fill(installation: Installation) -> None:
    now = time.time()
    installation.report(
        reporting.health(),
        reporting.live("101", now, ago_s=25),
        reporting.live("102", now, ago_s=7800),
        reporting.live("103", now, "learning"),
        reporting.live("201", now, "cannot_watch", kitchen="offline", living="offline"),
        reporting.live("202", now, presence="away", ago_s=9000),
        reporting.emergency("101", now - 20, presses=2),
        reporting.inactivity("102", now - 7800),
        reporting.battery("103", now - 3000),
        reporting.inactivity("203", now - 7000, stage="asking", ask_until=now + 100, open_at=now + 600),
    )


def _shoot_all(page: Page, url: str, login: str, suffix: str) -> None:
    page.goto(f"{url}/sign-in")
    page.screenshot(path=TARGET / f"sign-in-{suffix}.png")
    enter(page, url, login)
    for name, path in PAGES.items():
        page.goto(url + path)
        page.wait_for_timeout(700)
        page.screenshot(path=TARGET / f"{name}-{suffix}.png", full_page=True)


if __name__ == "__main__":
    main()
