"""Answers that come in another order than they were asked for: what is older is never shown over what is newer."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.backend.web import reporting
from tests.browser.conftest import SignIn
from tests.browser.installation import Installation

FRAGMENT = re.compile(r"/(board|alerts/\d+/part)\?seen=")


class Held:
    """The first answer from such an address: the server has given it, and the page gets it when the test says so."""

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self._page, self._address = page, address
        self._kept: Callable[[], None] | None = None
        page.route(address, self._keep)

    def _keep(self, route: Route) -> None:
        if self._kept is not None:
            route.fallback()
            return
        answer = route.fetch()
        self._kept = lambda: route.fulfill(response=answer)

    def given(self) -> None:
        """Wait until the server has answered."""
        until = time.monotonic() + 120
        while self._kept is None:
            assert time.monotonic() < until, f"the page never asked for {self._address.pattern}"
            self._page.wait_for_timeout(20)

    def arrives(self) -> None:
        self.given()
        assert self._kept is not None
        self._kept()


def live(page: Page) -> None:
    page.wait_for_selector("body[data-link=live]")


@pytest.fixture
def quiet(installation: Installation) -> Iterator[Installation]:
    """The installation without its worker process, which would ring the pages for each message that it sends."""
    installation.kill("work")
    yield installation
    installation.start("work", wait=False)


NEVER_AGAIN = """(selector) => {
  window.shownAgain = false;
  const look = () => { window.shownAgain ||= document.querySelector(selector) !== null; };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def test_an_older_fragment_is_not_shown_over_the_answer_to_a_press(quiet: Installation, sign_in: SignIn) -> None:
    quiet.report(reporting.emergency("101", time.time()))
    page = sign_in(path="/alerts/1/")
    live(page)
    held = Held(page, FRAGMENT)
    quiet.report(reporting.emergency("101", time.time(), presses=2))
    held.given()
    page.get_by_role("button", name="引き受ける").click()
    expect(page.get_by_role("button", name="向かっています")).to_be_visible()
    page.evaluate(NEVER_AGAIN, "#claim-1")
    held.arrives()
    quiet.report(reporting.emergency("101", time.time(), presses=3))
    expect(page.get_by_text("押した回数 3回")).to_be_visible()
    assert not page.evaluate("window.shownAgain"), "as if nobody had claimed it"


def test_the_answer_to_a_press_is_shown_although_a_fragment_came_before_it(
    quiet: Installation, sign_in: SignIn
) -> None:
    quiet.report(reporting.emergency("101", time.time()))
    page = sign_in("baba", path="/alerts/1/")
    live(page)
    fragment, press = Held(page, FRAGMENT), Held(page, re.compile(r"/claim$"))
    quiet.act(1, "claim")
    fragment.given()
    page.get_by_role("button", name="引き受ける").click()
    press.given()
    fragment.arrives()
    expect(page.get_by_role("button", name="引き受ける")).to_have_count(0)
    press.arrives()
    said = page.get_by_text("青木 さくら さんが先に引き受けました")
    expect(said).to_be_visible()
    quiet.report(reporting.emergency("101", time.time(), presses=2))
    expect(page.get_by_text("押した回数 2回")).to_be_visible()
    expect(said).to_be_visible()


def test_what_was_written_and_sent_is_gone_from_its_field_although_a_fragment_came_before_the_answer(
    quiet: Installation, sign_in: SignIn
) -> None:
    quiet.report(reporting.emergency("101", time.time()))
    page = sign_in(path="/alerts/1/")
    live(page)
    press = Held(page, re.compile(r"/note$"))
    page.fill("#note", "声をかけた")
    page.keyboard.press("Enter")
    press.given()
    expect(page.locator(".timeline").get_by_text("声をかけた")).to_be_visible()
    press.arrives()
    expect(page.locator("#note")).to_have_value("")
    quiet.report(reporting.emergency("101", time.time(), presses=2))
    expect(page.get_by_text("押した回数 2回")).to_be_visible()
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator(".timeline").get_by_text("声をかけた")).to_have_count(1)


def test_a_change_during_a_refresh_is_not_missed(quiet: Installation, sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    held = Held(page, FRAGMENT)
    quiet.report(reporting.emergency("101", time.time()))
    held.given()
    quiet.report(reporting.emergency("102", time.time()))
    expect(page.get_by_role("link", name="緊急 2")).to_be_visible()
    held.arrives()
    expect(page.get_by_text("鈴木 正一")).to_be_visible()


def test_a_refresh_that_failed_is_said_until_one_gets_through(quiet: Installation, sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    page.route(FRAGMENT, lambda route: route.fulfill(status=500), times=2)
    quiet.report(reporting.emergency("101", time.time()))
    expect(page.get_by_text("最新の情報を取得できません")).to_be_visible()
    expect(page.get_by_text("佐藤 ハル")).to_be_visible()
    expect(page.get_by_text("最新の情報を取得できません")).to_be_hidden()


def test_a_press_that_is_lost_on_a_dead_line_is_said_and_stops_no_refresh(quiet: Installation, sign_in: SignIn) -> None:
    quiet.report(reporting.emergency("101", time.time()))
    page = sign_in(path="/alerts/1/")
    live(page)
    page.route(re.compile(r"/claim$"), lambda _route: None)
    page.get_by_role("button", name="引き受ける").click()
    quiet.report(reporting.emergency("101", time.time(), presses=2))
    expect(page.get_by_text("押した回数 2回")).to_be_visible()
    expect(page.get_by_text("操作が届きませんでした")).to_be_visible()
