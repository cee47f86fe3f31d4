"""The service worker in a real browser: what the backend encrypts is what the person is shown."""

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page

from backend.channels.webpush.client import payload
from backend.ports import Message
from tests.browser.conftest import SignIn
from tests.browser.installation import Installation

WORKER = "/static/js/push-worker.js"
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/static/js/");
  const shown = await registration.getNotifications();
  return shown.map((one) => ({ title: one.title, body: one.body, tag: one.tag, link: one.data.link }));
}"""


def message(name: str) -> Message:
    link = "https://watch.example/c/abc"
    return Message(name * 32, 1, "worker:1", "push", "ja", "ひだまり荘 10:32", "【緊急】緊急ボタン", (link,))


@pytest.fixture
def page(installation: Installation, sign_in: SignIn) -> Page:
    page = sign_in("aoki", "/own/")
    page.context.grant_permissions(["notifications"], origin=installation.url)
    page.evaluate(f"""async () => {{
      const registration = await navigator.serviceWorker.register("{WORKER}");
      const worker = registration.installing ?? registration.waiting ?? registration.active;
      while (worker.state !== "activated") await new Promise((done) => worker.addEventListener("statechange", done));
    }}""")
    return page


def push(context: BrowserContext, page: Page, url: str, data: str) -> None:
    """Hand a decrypted push to the page's service worker, as the browser does."""
    session: CDPSession = context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    session.send("ServiceWorker.deliverPushMessage", {"origin": url, "registrationId": found[-1], "data": data})
    session.detach()


def test_a_push_is_shown_once_however_often_it_comes(installation: Installation, page: Page) -> None:
    order = message("a")
    for one in (order, order, message("b")):
        push(page.context, page, installation.url, payload(one))
    page.wait_for_function(f"async () => (await ({SHOWN})()).length === 2")
    shown = {one["tag"]: one for one in page.evaluate(SHOWN)}
    assert shown[order.id] == {
        "title": "【緊急】緊急ボタン",
        "body": "ひだまり荘 10:32",
        "tag": order.id,
        "link": order.links[0],
    }
