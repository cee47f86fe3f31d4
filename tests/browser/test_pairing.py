"""A coordinator in the building, telephone in hand, types the code that a gateway shows."""

import hashlib

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SignIn
from tests.browser.installation import Installation
from tests.browser.test_accessibility import AXE, EVERYTHING, RUN, WIDER

SECRET = "s" * 43


def test_a_coordinator_takes_a_gateway_in_by_telephone(installation: Installation, sign_in: SignIn) -> None:
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    address = f"{installation.url}/api/v1/gateway/enrolments"
    asked = httpx.post(address, json={"digest": digest}, trust_env=False).json()
    page = sign_in("chiba", "/gateways/", viewport=PHONE, bypass_csp=True)
    field = page.get_by_label("ゲートウェイに表示された番号")
    field.fill("aaaa-aaaa")
    page.get_by_label("どこの、何として").select_option(label="新しいゲートウェイ")
    page.get_by_role("button", name="登録する").click()
    expect(page.locator("#code-wrong")).to_contain_text("この番号を表示しているゲートウェイがありません")
    expect(field).to_have_value("aaaa-aaaa")
    page.add_script_tag(path=AXE)
    assert page.evaluate(RUN, EVERYTHING) + page.evaluate(WIDER) == []
    field.fill(f"{asked['code'][:4]}-{asked['code'][4:]}".lower())
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("ゲートウェイを登録しました")).to_be_visible()
    headers = {"Authorization": f"Bearer {SECRET}"}
    found = httpx.get(f"{address}/{asked['enrolment']}", headers=headers, trust_env=False).json()
    assert found["state"] == "paired"
    name = found["gateway"]
    page.locator("summary", has_text=name).click()
    page.add_script_tag(path=AXE)
    assert page.evaluate(RUN, EVERYTHING) + page.evaluate(WIDER) == []
    page.get_by_role("button", name=f"{name} を止める").click()
    expect(page.get_by_text("ゲートウェイを止めました")).to_be_visible()
