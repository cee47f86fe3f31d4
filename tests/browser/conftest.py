"""A real browser in front of the real processes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.backend.web.town import PASSWORD
from tests.browser.installation import Installation

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}

PATIENCE_MS = 120_000  # with what a busy machine may take, where nothing promises to be quick
expect.set_options(timeout=PATIENCE_MS)

SignIn = Callable[..., Page]


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


def open_page(browser: Browser, **options: Any) -> Page:
    """A browser of its own (no shared cookies) whose script errors fail the test that reads `page.errors`."""
    settings: dict[str, Any] = {"viewport": DESKTOP, "locale": "ja-JP", **options}
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two processes take seconds to start; they are started once."""
    with Installation(tmp_path_factory.mktemp("installation")) as installation:
        yield installation


@pytest.fixture
def installation(running: Installation) -> Installation:
    """The running installation with nothing in it but the register."""
    running.clear()
    return running


@pytest.fixture
def sign_in(browser: Browser, installation: Installation) -> Iterator[SignIn]:
    """Sign somebody in, in a browser of their own; whatever the pages complain about fails the test."""
    opened: list[Page] = []
    complaints: list[str] = []

    def sign_in(login: str = "aoki", path: str = "/", **options: Any) -> Page:
        page = open_page(browser, **options)
        opened.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content" in message.text else None)
        enter(page, installation.url, login, path)
        return page

    yield sign_in
    for page in opened:
        page.context.close()
    assert not complaints, complaints


def enter(page: Page, url: str, login: str, path: str = "/") -> None:
    """Fill the sign-in form as a person does."""
    page.goto(url + path)
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("#main")
