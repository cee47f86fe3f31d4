"""A technician with a phone in front of a gateway's local window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, open_page
from tests.gateway.backend_server import wait_for
from tests.gateway.window import PIN, Windowed, windowed

AXE = Path("node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windowed]:
    with windowed(tmp_path_factory.mktemp("window")) as made:
        made.sense("hall-101")
        yield made


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    page = open_page(browser, viewport=PHONE, bypass_csp=False)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content" in message.text else None)
    yield page
    page.context.close()
    assert not complaints, complaints


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    page.wait_for_selector(".unit")


def test_a_technician_signs_in_and_sees_what_is_wrong(gateway: Windowed, phone: Page) -> None:
    phone.goto(gateway.url)
    phone.fill("#pin", "000000")
    phone.press("#pin", "Enter")
    expect(phone.locator(".wrong")).to_contain_text("暗証番号が違います")
    sign_in(phone, gateway.url)
    first = phone.locator(".unit").first
    expect(first).to_contain_text("見守り不能")
    expect(first).to_contain_text("まだ一度も届いていない")
    phone.click("#language")
    expect(first).to_contain_text("Cannot be watched")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.click("#sign-out")
    phone.wait_for_selector("#pin")


def test_each_sensor_lights_within_a_second_as_one_walks_by(gateway: Windowed, phone: Page) -> None:
    sign_in(phone, gateway.url)
    phone.click('.unit[data-unit="101"] summary')
    phone.click('.unit[data-unit="101"] button')
    expect(phone.locator("#walk-notice")).to_contain_text("通報はそのまま働いています")
    expect(phone.locator("#walk-nodes .dark")).to_have_count(3)
    expect(phone.locator("#walk-nodes .mute")).to_have_count(1)
    gateway.sense("hall-101")  # returns when the gateway has it
    phone.locator('.lit[data-node="hall-101"]').wait_for(timeout=5000)
    said = phone.locator('.lit[data-node="hall-101"] .said').inner_text()
    assert said in ("点灯 0秒前", "点灯 1秒前"), said
    expect(phone.locator("#walk-nodes .dark")).to_have_count(2)
    assert phone.locator("#walk-nodes li").last.get_attribute("data-node") == "air-101"
    phone.click("#walk-end")
    phone.wait_for_selector(".unit")
    wait_for(lambda: gateway.gateway.said("walk test of unit 101"))


def test_a_walk_test_that_is_over_says_so(gateway: Windowed, phone: Page) -> None:
    sign_in(phone, gateway.url)
    phone.click('.unit[data-unit="101"] summary')
    phone.click('.unit[data-unit="101"] button')
    phone.wait_for_selector("#walk-nodes li")
    over = '{"unit":"101","left_s":0,"nodes":[]}'
    phone.route("**/walk.json", lambda route: route.fulfill(body=over, content_type="application/json"))
    expect(phone.locator("#trouble")).to_contain_text("歩行テストは終わりました")
    expect(phone.locator(".unit").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_the_rules_of_accessibility(gateway: Windowed, browser: Browser, scheme: str) -> None:
    page = open_page(browser, viewport=PHONE, color_scheme=scheme, bypass_csp=True)
    try:
        page.goto(gateway.url)
        assert _broken(page) == []
        sign_in(page, gateway.url)
        page.click('.unit[data-unit="101"] summary')
        assert _broken(page) == []
        page.click('.unit[data-unit="101"] button')
        page.wait_for_selector("#walk-nodes li")
        gateway.sense("hall-101")
        page.wait_for_selector(".lit")
        assert _broken(page) == []
    finally:
        page.context.close()


def _broken(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
